import * as v from 'valibot';
import { failure, type HttpAnswer, type HttpRequest, type Verdict } from '../../../src/adapters/http.ts';
import type { AccountSettings, ProviderError } from '../../../src/ports/provider.ts';
import { orNull } from '../../kit/failures.ts';
import { type Asked, type Dialect, JsonClient, type Schema } from '../../kit/json-client.ts';
import { Text } from '../../kit/schemas.ts';
import { endOf } from '../../kit/settle.ts';
import { declaration } from '../declaration.ts';
import { pollAfterMs } from '../pace.ts';
import { sign } from './signature.ts';
import { envelope, troubleOf, troubleOfJob, Whole } from './trouble.ts';

export interface Command extends Asked {
  readonly command: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly write?: boolean;
  /** Error 431 says that there is no such thing. */
  readonly unknownIsMissing?: boolean;
}

/** Jobs: 0 pending, 1 done, 2 failed. An answer without a job is one that is finished already. */
const Started = v.object({
  jobid: v.nullish(v.union([v.string(), v.pipe(v.number(), v.transform(String))])),
  jobstatus: v.nullish(Whole, 0),
  jobresult: v.nullish(v.unknown()),
  success: v.nullish(
    v.union([
      v.boolean(),
      v.pipe(
        v.string(),
        v.transform((text) => text === 'true'),
      ),
    ]),
  ),
  displaytext: Text,
});

const JobState = v.object({ jobstatus: Whole, jobresult: v.nullish(v.unknown()) });

const PageEnd = v.pipe(
  v.object({ count: v.nullish(Whole, null) }),
  v.transform(({ count }) => ({ count })),
);

/** Both known clients (egoscale 50, cs 500) stay at or above this, and no server is known to refuse it. */
const PAGE_SIZE = '50';
/** Servers may refuse more than 15 minutes; both known clients use 10. */
const EXPIRES_MS = 10 * 60_000;

/** The signed cs API of Exoscale and Apache CloudStack: commands, lists in pages, jobs. */
export class Client extends JsonClient<Command> {
  constructor(settings: AccountSettings) {
    super(dialect(settings));
  }

  /**
   * What an id names. Empty where the server answers "no such", which CloudStack says with error 431 and egoscale
   * reads as an empty list. Nothing but the id is sent, so that 431 cannot be about anything else: a machine that is
   * believed to be gone loses its address.
   */
  async named<T extends Schema>(command: string, key: string, id: string, schema: T, signal: AbortSignal) {
    const asked = { command, parameters: { id }, unknownIsMissing: true };
    const Answer = v.object({ [key]: v.nullish(v.array(schema), []) });
    const found = await this.ask(asked, Answer, signal).catch(orNull('missing'));
    return (found?.[key] ?? []) as v.InferOutput<T>[];
  }

  /** Starts an action. Resolves with the id of its job, or with null if it is done already. */
  async start(asked: Command, signal: AbortSignal): Promise<string | null> {
    const started = await this.ask(asked, Started, signal);
    if (started.success === false)
      throw this.ended(asked, {
        kind: 'conflict',
        came: `success false: ${started.displaytext ?? 'no text'}`,
      });
    if (started.jobstatus === 2) throw this.ended(asked, troubleOfJob(started.jobresult, asked.command));
    return started.jobstatus === 0 ? (started.jobid ?? null) : null;
  }

  /** Waits until the job has ended well. */
  async finished(asked: Command, job: string, signal: AbortSignal): Promise<void> {
    const end = await endOf({
      ...{ pace: pollAfterMs, signal, first: null },
      look: async () => {
        const state = await this.#state(job, signal);
        return state.jobstatus === 0 ? null : state;
      },
      givenUp: () =>
        this.ended(asked, { kind: 'unavailable', came: `given up while job ${job} was running` }),
    });
    if (end.jobstatus === 2) throw this.ended(asked, troubleOfJob(end.jobresult, asked.command));
  }

  /** Whether a job has not ended yet. A job that the cloud does not know is over. */
  async running(job: string, signal: AbortSignal): Promise<boolean> {
    const state = await this.#state(job, signal).catch(orNull('missing', 'rejected'));
    return state?.jobstatus === 0;
  }

  #state(jobid: string, signal: AbortSignal) {
    return this.ask({ command: 'queryAsyncJobResult', parameters: { jobid } }, JobState, signal);
  }

  /** An error about the answer to a command. */
  refusal(command: string, verdict: Verdict): ProviderError {
    return this.complaint({ command }, verdict);
  }
}

function dialect({ endpoint = '', credentials }: AccountSettings): Dialect<Command> {
  const [key, secret] = [credentials['api-key']!, credentials['api-secret']!];
  return {
    request: ({ command, parameters, write = false, unknownIsMissing }, signal) => {
      // Names in lower case sort the same everywhere; operators may require POST and an expiry.
      const fixed = { command, response: 'json', signatureversion: '3', expires: expires() };
      const unsigned = { ...parameters, ...fixed, apikey: key.reveal() };
      const signature = sign(unsigned, secret.reveal());
      return {
        ...{ provider: declaration.name, method: 'POST', url: endpoint.replace(/\/+$/, '') },
        ...{ what: command, write, form: { ...unsigned, signature }, expect: 'json', signal },
        secrets: [key.reveal(), secret.reveal(), signature],
        readError: (answer) => {
          const verdict = troubleOf(answer, command);
          const unknown = unknownIsMissing && answer.status === 431 && verdict?.kind === 'rejected';
          return unknown ? { ...verdict, kind: 'missing' } : verdict;
        },
      };
    },
    content,
    lists: {
      page: (asked, { pages }) => {
        const parameters = { ...asked.parameters, page: String(pages + 1), pagesize: PAGE_SIZE };
        return { ...asked, parameters };
      },
      end: PageEnd,
      // The key of a list is absent when the list is empty.
      items: (content, key) => content[key] ?? [],
    },
  };
}

function content(answer: HttpAnswer, asked: HttpRequest): object {
  const inside = envelope(answer.json);
  if (inside === null) throw failure(asked, { kind: 'unavailable', came: 'an answer without its envelope' });
  // Some proxies pass errors on with status 200.
  const trouble = troubleOf(answer, asked.what ?? '');
  if (trouble !== null) throw failure(asked, trouble);
  return inside;
}

/** ISO 8601 with +0000: the only form that both known clients sent to Exoscale. */
function expires(): string {
  return `${new Date(Date.now() + EXPIRES_MS).toISOString().slice(0, 19)}+0000`;
}
