import * as v from 'valibot';
import { type HttpAnswer, retryAfterMs, throttled, type Verdict } from '../../src/adapters/http.ts';
import type { AccountSettings } from '../../src/ports/provider.ts';
import { bearerRequest, type Question as Plain } from '../kit/bearer.ts';
import { Budget } from '../kit/budget.ts';
import { type Dialect, JsonClient } from '../kit/json-client.ts';
import { Text } from '../kit/schemas.ts';
import { declaration } from './declaration.ts';

/** Names of DigitalOcean's token scopes, as far as they are needed. */
export type Scope =
  | `reserved_ip:${'read' | 'update' | 'create' | 'delete'}`
  | `${'droplet' | 'tag' | 'vpc' | 'firewall' | 'actions'}:read`;

/** One request to the API, with what the token must be allowed to do. */
export interface Question extends Plain {
  readonly scope: Scope;
}

/** The API of DigitalOcean, version 2: its token scopes, its errors and its budget of requests. */
export class Client extends JsonClient<Question> {
  readonly #proven: Set<Scope>;

  constructor(settings: AccountSettings) {
    const proven = new Set<Scope>();
    super(dialect(settings, proven));
    this.#proven = proven;
  }

  /**
   * That the token has a scope: without it the API leaves fields out silently, and "no droplet" would look like "free".
   * Asked at most once; other questions prove their own scope on the way.
   */
  async prove(scope: 'droplet:read' | 'tag:read', signal: AbortSignal): Promise<void> {
    if (this.#proven.has(scope)) return;
    const path = { 'droplet:read': '/v2/droplets', 'tag:read': '/v2/tags' }[scope];
    await this.ask({ path, scope, query: { per_page: '1' } }, PageEnd, signal);
  }
}

/** `next` is an URL, which is not followed: pages have numbers. */
const PageEnd = v.pipe(
  v.looseObject({
    links: v.nullish(v.object({ pages: v.nullish(v.object({ next: Text })) })),
    meta: v.nullish(v.object({ total: v.nullish(v.pipe(v.number(), v.integer())) })),
  }),
  v.transform(({ links, meta }) => ({ count: meta?.total ?? null, next: links?.pages?.next != null })),
);

/** The longest page that the API gives. */
const PAGE_SIZE = '200';

function dialect({ endpoint, credentials }: AccountSettings, proven: Set<Scope>): Dialect<Question> {
  const base = (endpoint ?? 'https://api.digitalocean.com').replace(/\/+$/, '').replace(/\/+v2$/, '');
  const account = { provider: declaration.name, endpoint: base, token: credentials.token! };
  const budget = new Budget();
  return {
    request: (question, signal) => ({
      ...bearerRequest(account, question, signal),
      readError: (answer) => {
        note(budget, answer);
        return troubleOf(answer, question.scope);
      },
    }),
    ordered: 'text',
    answered: (answer, { scope }) => {
      note(budget, answer);
      proven.add(scope);
    },
    budget: { waitMs: () => budget.waitMs(), keptBack },
    lists: {
      page: (question, { pages }) => {
        const query = { ...question.query, page: String(pages + 1), per_page: PAGE_SIZE };
        return { ...question, query };
      },
      end: PageEnd,
    },
  };
}

/**
 * Requests kept for takeovers. The token's limits are 5000 an hour and 250 a minute, for all machines together. A
 * takeover of the longest kind (40 s) asks about 60 times; five machines that try one after another need 300.
 */
const RESERVE = 300;
/** Old news of the budget: background reads try again, at most once in this time. */
const QUIET_MS = 60_000;

/** What an answer says of the token's remaining requests. */
function note(budget: Budget, { status, headers }: HttpAnswer): void {
  const quiet = (ms: number) => budget.quiet(Math.min(QUIET_MS, Math.max(1000, ms)));
  const remaining = headerNumber(headers['ratelimit-remaining']);
  if (status === 429) return quiet(retryAfterMs(headers['retry-after']) ?? QUIET_MS);
  // Not every proxy passes these headers on; an answer without them says nothing.
  if (remaining === null) return;
  budget.open();
  if (remaining < RESERVE) quiet(untilReset(headers['ratelimit-reset']));
}

/** `ratelimit-reset` is when the oldest request of the last hour stops counting, not when the budget is full again. */
function untilReset(header: string | string[] | undefined): number {
  const seconds = headerNumber(header);
  return seconds === null ? QUIET_MS : seconds * 1000 - Date.now();
}

function headerNumber(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^\d{1,12}$/.test(header.trim()) ? Number(header) : null;
}

function keptBack(waitMs: number): Verdict {
  const came = `not sent: fewer than ${RESERVE} requests are left to the token, and they are kept for takeovers`;
  const advice = 'give ha-ip a token of its own, or fewer machines to one token';
  return { kind: 'throttled', came, advice, retryAfterMs: waitMs };
}

/** The body of every error. `request_id` is what DigitalOcean's support asks for. */
const Trouble = v.object({ id: v.string(), message: v.string(), request_id: Text });

/**
 * What an error answer means, null if it is not in DigitalOcean's form. Texts are hints at most: who asks looks at the
 * state afterwards (`#explain` in provider.ts).
 */
function troubleOf(answer: HttpAnswer, scope: Scope): Verdict | null {
  const { status, headers } = answer;
  const trouble = v.safeParse(Trouble, answer.json);
  if (!trouble.success) return status === 404 && answer.json !== undefined ? strange404 : null;
  const { id, message, request_id } = trouble.output;
  const request = request_id ?? headers['x-request-id'];
  const came = `status ${status}: ${message}${request === undefined ? '' : ` (request ${request})`}`;
  if (status === 401) return { kind: 'denied', came, advice: TOKEN };
  if (status === 403) return { kind: 'denied', came, advice: scopeAdvice(scope) };
  if (status === 404) return id === 'not_found' ? { kind: 'missing', came } : strange404;
  if (status === 409) return { kind: 'conflict', came };
  if (status === 422) return { kind: /pending event/i.test(message) ? 'conflict' : 'rejected', came };
  if (status === 429) return throttled(came, retryAfterMs(headers['retry-after']));
  if (status === 503) return null;
  return { kind: status >= 500 ? 'unavailable' : 'rejected', came };
}

/** Somebody before the API: what does not exist is only DigitalOcean's to say. */
const strange404: Verdict = { kind: 'unavailable', came: "status 404, but not in DigitalOcean's form" };

const TOKEN =
  'the token is wrong, expired or revoked: make one in the control panel under API, ' +
  'and give its file with --token-file';

function scopeAdvice(scope: Scope): string {
  return (
    `give the token the scope ${scope} with its required companions (providers/digitalocean/README.md); ` +
    'if it has them, look whether the account is in arrears'
  );
}
