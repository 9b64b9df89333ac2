import * as v from 'valibot';
import { type HttpAnswer, retryAfterMs, throttled, type Verdict } from '../../../src/adapters/http.ts';
import type { FailureKind } from '../../../src/core/index.ts';
import { Text, Uuid } from '../../kit/schemas.ts';

/** An asynchronous action. `failure` and `timeout` come with status 200 as well. */
export const Operation = v.object({
  id: Uuid,
  state: v.picklist(['pending', 'success', 'failure', 'timeout']),
  reason: Text,
  message: Text,
  reference: v.nullish(v.object({ id: v.nullish(Uuid) })),
});
export type Operation = v.InferOutput<typeof Operation>;

/** The three shapes of error bodies (egoscale v3's errors.go; the third is RFC 9457). */
const Trouble = v.object({
  message: v.nullish(v.string()),
  error: v.nullish(v.string()),
  title: v.nullish(v.string()),
  detail: v.nullish(v.string()),
  errors: v.nullish(v.array(v.unknown())),
  /** Seconds. */
  retry_after: v.nullish(v.number()),
});

type Trouble = v.InferOutput<typeof Trouble>;

/** What an error answer means; the status decides, the text is for people. null: the answer is not the API's. */
export function troubleOf(answer: HttpAnswer, operation: string): Verdict | null {
  const { status } = answer;
  const trouble = v.safeParse(Trouble, answer.json);
  const text = trouble.success ? textOf(trouble.output) : plainText(answer);
  if (text === null) return null;
  const came = `status ${status}: ${text}`;
  const wait = retryAfterMs(answer.headers['retry-after']) ?? bodyWaitMs(trouble);
  if (status === 401) return { kind: 'denied', came, advice: CREDENTIALS };
  if (status === 403) return { kind: 'denied', came, advice: rights(operation) };
  if (status === 429 || (status === 503 && wait !== undefined)) return throttled(came, wait);
  if (status === 408 || status >= 500) return { kind: 'unavailable', came };
  // That there is no such thing is believed of the API alone: any proxy can say "404 page not found" in plain text.
  if (status === 404) return trouble.success ? { kind: 'missing', came } : null;
  return { kind: [409, 412, 423].includes(status) ? 'conflict' : 'rejected', came };
}

/** Why an action that the API had accepted did not end well. */
export function troubleOfOperation({ state, reason, message }: Operation, operation: string): Verdict {
  const came = `the operation ended with ${[state, reason, message].filter((word) => word != null).join(': ')}`;
  if (state === 'timeout') return { kind: 'unavailable', came };
  const kind = REASONS[reason ?? ''] ?? 'unavailable';
  return { kind, came, ...(kind === 'denied' && { advice: rights(operation) }) };
}

/** The others (fault, interrupted, partial, unavailable, unknown) leave open what was done. */
const REASONS: Record<string, FailureKind> = {
  busy: 'conflict',
  conflict: 'conflict',
  forbidden: 'denied',
  'not-found': 'missing',
  incorrect: 'rejected',
  unsupported: 'rejected',
};

const CREDENTIALS = "check the API key, its secret and this machine's clock";

/** A role that lacks the operation, a wrong signature and an expired one all give 403. */
function rights(operation: string): string {
  return `the IAM role of the API key must allow ${operation} (service class compute); else ${CREDENTIALS}`;
}

function textOf({ message, error, title, detail, errors }: Trouble): string {
  const details = (errors ?? []).map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  const texts = [message, error, title, detail, ...details].filter((text) => text != null && text !== '');
  return texts.length === 0 ? 'no text' : texts.join(': ');
}

function plainText({ headers, text }: HttpAnswer): string | null {
  const plain = /^text\/plain\b/i.test(headers['content-type'] ?? '');
  return plain && text.trim() !== '' ? text : null;
}

function bodyWaitMs(trouble: v.SafeParseResult<typeof Trouble>): number | undefined {
  const seconds = trouble.success ? trouble.output.retry_after : null;
  return seconds == null || seconds < 0 ? undefined : Math.ceil(seconds * 1000);
}
