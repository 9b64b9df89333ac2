import type { IncomingHttpHeaders } from 'node:http';
import type { FailureKind } from '../core/index.ts';

/** One question to a cloud, with all that is needed to say in one line what became of it. */
export interface HttpRequest {
  /** First word of every error. */
  readonly provider: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  /** What is asked, where method and path do not tell: the command in a form. */
  readonly what?: string;
  /** Whether the cloud changes something: then the request is sent once and never again. */
  readonly write: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** A body as it is to be sent, byte for byte: a signature may have been made over it. Its type is in `headers`. */
  readonly body?: string;
  /** `nothing`: success has no body (204), and an error is JSON. */
  readonly expect: 'json' | 'text' | 'nothing';
  readonly signal: AbortSignal;
  /** For the whole exchange, milliseconds. Default 5000. */
  readonly timeoutMs?: number;
  /** Default 2 MiB. */
  readonly maxBytes?: number;
  /** Local address of the connection. */
  readonly localAddress?: string;
  /** Which addresses of the host are used. Default: whichever answers. */
  readonly family?: 4 | 6;
  /** Carries no credential (metadata): plain http is then allowed to any host, not only to this machine. */
  readonly anonymous?: boolean;
  /** What to do about any failure, where its kind alone does not tell. */
  readonly advice?: string;
  /** Must never appear in a message, even if the answer repeats them. */
  readonly secrets?: readonly string[];
  /** Lets a cloud read its own errors (status 400 and above) first; null: the status alone decides. */
  readonly readError?: (answer: HttpAnswer) => Verdict | null;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body where JSON was expected and came, else undefined. */
  readonly json: unknown;
}

/** What went wrong: its kind, what came, and what to do. */
export interface Verdict {
  readonly kind: FailureKind;
  readonly came: string;
  readonly advice?: string;
  readonly retryAfterMs?: number;
  /** Default: true for a write that got no usable answer. */
  readonly mayHaveHappened?: boolean;
}
