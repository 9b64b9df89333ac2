import * as v from 'valibot';
import { type HttpAnswer, retryAfterMs, throttled, type Verdict } from '../../../src/adapters/http.ts';
import { Text } from '../../kit/schemas.ts';

/** Numbers come as texts from some operators. */
export const Whole = v.union([
  v.pipe(v.number(), v.integer()),
  v.pipe(v.string(), v.digits(), v.transform(Number)),
]);

const Trouble = v.object({ errorcode: Whole, cserrorcode: v.nullish(Whole), errortext: Text });

/** The content of `{ "<command>response": {…} }`: the only top-level key, because its name is not always regular. */
export function envelope(json: unknown): object | null {
  if (typeof json !== 'object' || json === null) return null;
  const [content, ...more] = Object.values(json) as unknown[];
  return more.length === 0 && typeof content === 'object' ? content : null;
}

/** What an error answer of the cs API means, or null if it is none. */
export function troubleOf(answer: HttpAnswer, command: string): Verdict | null {
  const trouble = v.safeParse(Trouble, envelope(answer.json));
  if (!trouble.success) return null;
  return meaning(trouble.output, command, retryAfterMs(answer.headers['retry-after']));
}

/** The same for the `jobresult` of a job that failed. */
export function troubleOfJob(result: unknown, command: string): Verdict {
  const trouble = v.safeParse(Trouble, result);
  if (trouble.success) return meaning(trouble.output, command, undefined);
  return { kind: 'conflict', came: 'the job failed and does not say why' };
}

/**
 * Codes of Apache CloudStack's ApiErrorCode, cserrorcode of its CSExceptionErrorCode. 431 says that a parameter is
 * not acceptable: because it names nothing that exists, or because the state forbids it, or because it is malformed.
 */
function meaning(
  trouble: v.InferOutput<typeof Trouble>,
  command: string,
  waitMs: number | undefined,
): Verdict {
  const { errorcode: code, cserrorcode, errortext } = trouble;
  const came = `error ${code}: ${errortext ?? 'no text'}`;
  if (code === 429 || cserrorcode === 4545) return throttled(came, waitMs);
  if (code === 401) return { kind: 'denied', came, advice: CREDENTIALS };
  if (code === 403 && /deprecat/i.test(errortext ?? ''))
    return { kind: 'denied', came, advice: SWITCHED_OFF };
  if (code === 403 || code === 531 || cserrorcode === 4365)
    return { kind: 'denied', came, advice: RIGHTS + command };
  if (code === 431) return { kind: parameterKind(errortext ?? ''), came };
  if (code === 503 && waitMs !== undefined) return throttled(came, waitMs);
  if (code >= 535 && code <= 537) return { kind: 'conflict', came };
  if (code >= 500 && code !== 532) return { kind: 'unavailable', came };
  return { kind: 'rejected', came };
}

const CREDENTIALS = "check the API key, its secret and this machine's clock";
const RIGHTS = 'check that the API key may call ';
const SWITCHED_OFF =
  'Exoscale no longer serves this API to everybody: ask whether your organisation still has it';

function parameterKind(text: string): 'missing' | 'conflict' | 'rejected' {
  if (/does(n't| not) exist|not found|unable to find|no such|cannot find/i.test(text)) return 'missing';
  if (/already|in use|is allocated|assigned|another/i.test(text)) return 'conflict';
  return 'rejected';
}
