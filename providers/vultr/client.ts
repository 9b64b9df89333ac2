import * as v from 'valibot';
import { type HttpAnswer, retryAfterMs, throttled, type Verdict } from '../../src/adapters/http.ts';
import type { IpAddress } from '../../src/core/index.ts';
import type { AccountSettings } from '../../src/ports/provider.ts';
import { canonicalAddress, isIPv6 } from '../../src/wire/address.ts';
import { bearerRequest, type Question } from '../kit/bearer.ts';
import { Budget } from '../kit/budget.ts';
import { type Dialect, JsonClient } from '../kit/json-client.ts';
import { TextOrEmpty } from '../kit/schemas.ts';
import { declaration } from './declaration.ts';

/**
 * The address that requests leave from, once it is known: the key's allow-list knows the machine's main address, and
 * with the shared one on this machine another source could be chosen.
 */
interface Way {
  from: IpAddress | null;
}

/** Vultr's API, version 2, and what its errors mean. An order that was answered with 204 was accepted, not done. */
export class Client extends JsonClient<Question> {
  readonly #way: Way;

  constructor(settings: AccountSettings) {
    const way: Way = { from: null };
    super(dialect(settings, way));
    this.#way = way;
  }

  callFrom(address: IpAddress): void {
    this.#way.from = address;
  }
}

/** `next` is a cursor, not a URL; "" on the last page. It goes into our own URL, and leads nowhere else. */
const PageEnd = v.pipe(
  v.looseObject({
    meta: v.nullish(
      v.object({
        total: v.nullish(v.pipe(v.number(), v.integer())),
        links: v.nullish(v.object({ next: TextOrEmpty })),
      }),
    ),
  }),
  v.transform(({ meta }) => ({ count: meta?.total ?? null, next: meta?.links?.next ?? '' })),
);

/** The longest page that the API gives. */
const PAGE_SIZE = '500';
/** The limit is per second; the older pages of the documentation name no Retry-After. */
const THROTTLED_MS = 1000;

function dialect({ endpoint, credentials }: AccountSettings, way: Way): Dialect<Question> {
  const base = (endpoint ?? 'https://api.vultr.com/v2').replace(/\/+$/, '');
  const account = { provider: declaration.name, endpoint: base, token: credentials.token! };
  // Allow-lists mostly know a machine's IPv4 address alone.
  const literal6 = new URL(base).hostname.startsWith('[');
  const localAddress = () => way.from !== null && { localAddress: way.from };
  const budget = new Budget();
  return {
    request: (question, signal) => ({
      ...bearerRequest(account, question, signal),
      ...(!literal6 && { family: 4, ...localAddress() }),
      readError: (answer) => {
        const verdict = troubleOf(answer, way.from);
        if (verdict?.kind === 'throttled') budget.quiet(verdict.retryAfterMs ?? THROTTLED_MS);
        return verdict;
      },
    }),
    budget: { waitMs: () => budget.waitMs(), keptBack: (waitMs) => throttled(KEPT_BACK, waitMs) },
    lists: {
      page: (question, { next }) => {
        const query = { ...question.query, per_page: PAGE_SIZE, ...(next !== '' && { cursor: `${next}` }) };
        return { ...question, query };
      },
      end: PageEnd,
    },
  };
}

const KEPT_BACK =
  'not sent: the API has asked for fewer requests, and what it still takes is kept for takeovers';

const Trouble = v.object({ error: v.string() });

/**
 * What an error answer means, null if it is not in Vultr's form. There are no codes but the status, and a busy
 * instance comes as 500: texts choose between kinds that are all safe, and the caller looks at the state afterwards.
 */
function troubleOf(answer: HttpAnswer, from: IpAddress | null): Verdict | null {
  const { status } = answer;
  const trouble = v.safeParse(Trouble, answer.json);
  if (!trouble.success) return status === 404 && answer.json !== undefined ? strange404 : null;
  const text = trouble.output.error;
  const came = `status ${status}: ${text}`;
  const wait = retryAfterMs(answer.headers['retry-after']);
  if (status === 429 || (status === 503 && (wait !== undefined || /rate limit/i.test(text))))
    return throttled(came, wait ?? THROTTLED_MS);
  if (status === 401) return { kind: 'denied', came, advice: unlisted(text, from) };
  if (status === 403) return { kind: 'denied', came, advice: RIGHTS };
  const state = stateOf(text);
  // Of a server that failed, only a read tells what it has done all the same.
  if (state !== null) return { kind: 'conflict', came, advice: state, mayHaveHappened: status >= 500 };
  if (status === 404) return { kind: 'missing', came };
  if (status === 409) return { kind: 'conflict', came };
  return { kind: status >= 500 ? 'unavailable' : 'rejected', came };
}

/** Somebody before the API: what does not exist is only Vultr's to say. */
const strange404: Verdict = { kind: 'unavailable', came: "status 404, but not in Vultr's form" };

/** What to do about a refusal that the state of instance or address explains, null if the text tells of none. */
function stateOf(text: string): string | null {
  if (/\block(ed)?\b/i.test(text)) return 'another action on the instance has to end first: try again';
  if (/already attached/i.test(text))
    return 'the address has to be detached first, and Vultr may take a moment to know it: try again';
  return /unable to detach|restart your server/i.test(text) ? RESTART : null;
}

const RESTART =
  'Vultr does not let go of it while its machine is in this state: ' +
  'restart or stop that machine in the portal, ha-ip never does';

const RIGHTS =
  "the key's user lacks a right: in the portal under Account, Users, give it Subscriptions " +
  '(and Firewall for groups by name)';

/**
 * A wrong key and a right key from an address that is not allowed are both 401; the latter names the caller's address.
 */
function unlisted(text: string, from: IpAddress | null): string {
  const named = /unauthori[sz]ed ip\D*?([0-9a-f:.]+)\s*$/i.exec(text)?.[1];
  const caller = canonicalAddress(named ?? '') ?? null;
  if (caller === null && !/unauthori[sz]ed ip/i.test(text)) {
    const here = from === null ? "this machine's address" : `this machine's address ${from}`;
    return `check the API key (--token-file); if it is right, ${listing(here)}`;
  }
  return `the key may be right, but not from here: ${listing(allowable(caller ?? from))}`;
}

function allowable(address: IpAddress | null): string {
  if (address === null) return "this machine's address";
  return isIPv6(address) ? `${address}/128` : `${address}/32`;
}

function listing(what: string): string {
  return (
    `add ${what} in Vultr's portal under Account, API, Access Control ` +
    '(for a sub-user: POST /v2/users/{user-id}/ip-whitelist), for every machine of the group'
  );
}
