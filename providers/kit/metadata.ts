import { failure, type HttpRequest, request } from '../../src/adapters/http.ts';
import type { AccountSettings, ProviderError } from '../../src/ports/provider.ts';
import { orNull } from './failures.ts';

/** The literal address needs no name server, and the link-local one no route. */
const METADATA = 'http://169.254.169.254';

export type MetadataSettings = Pick<AccountSettings, 'metadata' | 'source'>;

export interface MetadataOptions {
  readonly provider: string;
  /** Stands before every path. */
  readonly prefix: string;
  /** What to do about any failure. */
  readonly advice: string;
  /** Default 1000. */
  readonly timeoutMs?: number;
  /** Default 64 KiB. */
  readonly maxBytes?: number;
}

type Parse<T> = (text: string) => T | null;

/**
 * The metadata service of this machine. Anybody who answers on that address could lie: whoever asks confirms what it
 * says by the API. What came instead of a value is never shown: user data and passwords may be in it.
 */
export class Metadata {
  readonly #options: MetadataOptions;
  readonly #settings: MetadataSettings;

  constructor(options: MetadataOptions, settings: MetadataSettings) {
    this.#options = options;
    this.#settings = settings;
  }

  /** @param parse - null where the text is none of `what` */
  async value<T>(path: string, what: string, parse: Parse<T>, signal: AbortSignal): Promise<T> {
    const text = (await request(this.#asked(path, signal))).text.trim();
    const value = parse(text);
    if (value !== null) return value;
    const came = `${path.split('/').at(-1)} that is no ${what} (${text.length} characters)`;
    throw this.#failure(path, came);
  }

  /** null: the service answered that the machine has no such thing. */
  optional<T>(path: string, what: string, parse: Parse<T>, signal: AbortSignal): Promise<T | null> {
    return this.value(path, what, parse, signal).catch(orNull('missing'));
  }

  #failure(path: string, came: string): ProviderError {
    return failure(this.#asked(path, new AbortController().signal), { kind: 'unavailable', came });
  }

  #asked(path: string, signal: AbortSignal): HttpRequest {
    const { provider, prefix, advice, timeoutMs = 1000, maxBytes = 64 * 1024 } = this.#options;
    const { metadata = METADATA, source } = this.#settings;
    return {
      ...{ provider, advice, timeoutMs, maxBytes, signal },
      method: 'GET',
      url: metadata.replace(/\/+$/, '') + prefix + path,
      write: false,
      // Which content type it has is documented nowhere.
      expect: 'text',
      anonymous: true,
      ...(source !== undefined && { localAddress: source }),
    };
  }
}
