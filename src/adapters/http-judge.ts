import type { IncomingHttpHeaders } from 'node:http';
import { failure } from './http-failure.ts';
import type { HttpAnswer, HttpRequest, Verdict } from './http-request.ts';

/** The answer, if it is what was asked for; else a ProviderError. */
export function judged(asked: HttpRequest, came: Omit<HttpAnswer, 'json'>): HttpAnswer {
  const answer = { ...came, json: asked.expect !== 'text' ? parsed(came.text, came.headers) : undefined };
  const verdict = judge(asked, answer);
  if (verdict !== null) throw failure(asked, verdict);
  return answer;
}

/** CloudStack lets its operator choose the content type of JSON, text/javascript among them. */
const JSON_TYPE = /^(application\/([\w.-]+\+)?json|text\/javascript)\b/i;

function parsed(text: string, headers: IncomingHttpHeaders): unknown {
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function judge(asked: HttpRequest, answer: HttpAnswer): Verdict | null {
  if (answer.status >= 300 && answer.status < 400) return redirected(answer);
  if (answer.status >= 400) return asked.readError?.(answer) ?? byStatus(asked, answer);
  if (asked.expect === 'nothing') return answer.text === '' ? null : unexpected(answer);
  return asked.expect === 'json' && answer.json === undefined ? unreadable(answer) : null;
}

function redirected(answer: HttpAnswer): Verdict {
  return {
    kind: 'unavailable',
    came: `${answer.status}, a redirect`,
    advice: 'redirects are never followed with credentials: check the endpoint and what stands before it',
  };
}

function unreadable(answer: HttpAnswer): Verdict {
  const type = answer.headers['content-type'] ?? 'no content type';
  const came = `${answer.status} with ${answer.text.length} characters that are not JSON (${type})`;
  return { kind: 'unavailable', came };
}

function unexpected(answer: HttpAnswer): Verdict {
  const came = `${answer.status} with ${answer.text.length} characters where none were expected`;
  return { kind: 'unavailable', came };
}

/** The meaning of a status that its cloud does not explain. */
function byStatus(asked: HttpRequest, answer: HttpAnswer): Verdict {
  const { status } = answer;
  const wait = retryAfterMs(answer.headers['retry-after']);
  const came = `status ${status}`;
  if (status === 401 || status === 403) return { kind: 'denied', came };
  if (status === 429 || (status === 503 && wait !== undefined)) return throttled(came, wait);
  if (status >= 500) return { kind: 'unavailable', came };
  // A proxy's page is nobody's word on what exists.
  if (asked.expect !== 'text' && answer.text !== '' && answer.json === undefined) return unreadable(answer);
  if (status === 404) return { kind: 'missing', came };
  if (status === 409) return { kind: 'conflict', came };
  return { kind: 'rejected', came };
}

/** The verdict on a request that came too early. */
export function throttled(came: string, waitMs: number | undefined): Verdict {
  if (waitMs === undefined) return { kind: 'throttled', came };
  const advice = `wait ${Math.ceil(waitMs / 1000)} s before the next request`;
  return { kind: 'throttled', came, advice, retryAfterMs: waitMs };
}

/** Retry-After (RFC 9110, 10.2.3) in milliseconds: seconds, or a date. */
export function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
