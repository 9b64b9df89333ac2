import type { HttpRequest } from '../../src/adapters/http.ts';
import type { Credential } from '../../src/ports/provider.ts';
import type { Asked } from './json-client.ts';

/** One request to an API of paths and JSON. */
export interface Question extends Asked {
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Names what is asked where the path does not. */
  readonly what?: string;
}

export interface BearerAccount {
  readonly provider: string;
  /** What stands before the path. */
  readonly endpoint: string;
  readonly token: Credential;
}

/** The request for a question, by whoever bears the token. */
export function bearerRequest(
  { provider, endpoint, token }: BearerAccount,
  { method = 'GET', path, query, body, what }: Question,
  signal: AbortSignal,
): HttpRequest {
  return {
    ...{ provider, method, signal, expect: 'json', write: method !== 'GET' },
    url: endpoint + path + (query === undefined ? '' : `?${new URLSearchParams(query)}`),
    headers: { authorization: `Bearer ${token.reveal()}`, accept: 'application/json' },
    secrets: [token.reveal()],
    ...(what !== undefined && { what }),
    ...(body !== undefined && { json: body }),
  };
}
