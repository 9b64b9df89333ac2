import type { FailureKind } from '../core/index.ts';
import { ProviderError } from '../ports/provider.ts';
import type { HttpRequest, Verdict } from './http-request.ts';

const ADVICE: Record<FailureKind, string> = {
  denied: 'check the credentials and their rights',
  missing: 'check the ids and the endpoint',
  conflict: 'read the state and try again',
  throttled: 'wait before the next request',
  unavailable: "try again; if it lasts, check the endpoint, the network and the cloud's status page",
  rejected: 'check the settings',
};

/** The one error line: who, what was asked, what came, what to do. */
export function failure(asked: HttpRequest, verdict: Verdict): ProviderError {
  const { host, pathname } = new URL(asked.url);
  const what = [asked.method, host + pathname, asked.what].filter((word) => word !== undefined).join(' ');
  const came = oneLine(verdict.came, asked.secrets ?? []);
  const message = `${asked.provider}: ${what}: ${came}; ${verdict.advice ?? asked.advice ?? ADVICE[verdict.kind]}`;
  return new ProviderError(verdict.kind, message, {
    mayHaveHappened: verdict.mayHaveHappened ?? (asked.write && verdict.kind === 'unavailable'),
    ...(verdict.retryAfterMs !== undefined && { retryAfterMs: verdict.retryAfterMs }),
  });
}

const LINE_MAX = 240;

/** What others wrote, fit for a log: no control characters, no line breaks, no secrets, not long. */
function oneLine(text: string, secrets: readonly string[]): string {
  let line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  for (const secret of secrets.flatMap((value) => [value, encodeURIComponent(value)])) {
    if (secret !== '') line = line.replaceAll(secret, '***');
  }
  return line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)}…` : line;
}
