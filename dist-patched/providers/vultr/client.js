import * as v from 'valibot';
import { failure, request, retryAfterMs, throttled, } from "../../src/adapters/http.js";
import { canonicalAddress, isIPv6 } from "../../src/wire/address.js";
import { Page, Trouble } from "./answers.js";
/** The longest page that the API gives. */
const PAGE_SIZE = 500;
/** No account has this many pages: a server that never ends a list is not to be waited for. */
const PAGES_MAX = 200;
/** The limit is per second; the older pages of the documentation name no Retry-After. */
const THROTTLED_MS = 1000;
/** Vultr's API, version 2: one question, one list, one order, and what its errors mean. */
export class Client {
    #account;
    /**
     * The address that requests leave from, once it is known: the key's allow-list knows the machine's main address, and
     * with the shared one on this machine another source could be chosen.
     */
    #from = null;
    #quietUntil = 0;
    constructor(account) {
        this.#account = account;
    }
    callFrom(address) {
        this.#from = address;
    }
    async ask(question, schema, signal) {
        const asked = this.#asked(question, signal, 'json');
        return shaped(asked, schema, (await this.#answer(asked, question)).json);
    }
    /** A request whose success has no content. 204 says that it was accepted, not that it is done. */
    async order(question, signal) {
        await this.#answer(this.#asked(question, signal, 'nothing'), question);
    }
    /** The whole list or an error: a part of a list would look like machines that have vanished. */
    async list(question, key, schema, signal) {
        const items = [];
        let cursor = '';
        for (let page = 1; page <= PAGES_MAX; page += 1) {
            const query = { ...question.query, per_page: String(PAGE_SIZE), ...(cursor !== '' && { cursor }) };
            const asked = this.#asked({ ...question, query }, signal, 'json');
            const content = shaped(asked, Page, (await this.#answer(asked, question)).json);
            const found = shaped(asked, v.array(schema), content[key]);
            items.push(...found);
            // A cursor goes into our own URL, whatever it looks like: it leads nowhere else.
            const next = content.meta?.links?.next ?? '';
            if (next !== '' && next !== cursor && found.length > 0) {
                cursor = next;
                continue;
            }
            if (next === '' && addsUp(items, content.meta?.total))
                return items;
            throw failure(asked, brokenList(page, items.length, content.meta?.total));
        }
        throw this.complaint(question, brokenList(PAGES_MAX, items.length, undefined));
    }
    /** An error about something that was asked and answered in good order, but not as hoped. */
    complaint(question, verdict) {
        return failure(this.#asked(question, new AbortController().signal, 'json'), {
            mayHaveHappened: false,
            ...verdict,
        });
    }
    async #answer(asked, { background }) {
        const waitMs = Math.ceil(this.#quietUntil - performance.now());
        if (background === true && waitMs > 0)
            throw failure(asked, keptBack(waitMs));
        return request(asked);
    }
    #asked(question, signal, expect) {
        const { provider, endpoint, token } = this.#account;
        const { method = 'GET', path, query, body } = question;
        return {
            provider,
            method,
            url: endpoint + path + (query === undefined ? '' : `?${new URLSearchParams(query)}`),
            write: method !== 'GET',
            headers: { authorization: `Bearer ${token.reveal()}`, accept: 'application/json' },
            ...(body !== undefined && { json: body }),
            expect,
            signal,
            secrets: [token.reveal()],
            ...this.#way(),
            readError: (answer) => this.#trouble(answer),
        };
    }
    /** Allow-lists mostly know a machine's IPv4 address alone. */
    #way() {
        if (new URL(this.#account.endpoint).hostname.startsWith('['))
            return {};
        return { family: 4, ...(this.#from !== null && { localAddress: this.#from }) };
    }
    #trouble(answer) {
        const verdict = troubleOf(answer, this.#from);
        if (verdict?.kind === 'throttled')
            this.#quietUntil = performance.now() + (verdict.retryAfterMs ?? THROTTLED_MS);
        return verdict;
    }
}
function shaped(asked, schema, content) {
    const result = v.safeParse(schema, content);
    if (result.success)
        return result.output;
    const { expected } = result.issues[0];
    const where = v.getDotPath(result.issues[0]) ?? 'the whole';
    const came = `an answer of unexpected shape (${where} should be ${expected ?? 'otherwise'})`;
    throw failure(asked, { kind: 'unavailable', came });
}
function addsUp(items, total) {
    return (total ?? items.length) === items.length && new Set(items.map(({ id }) => id)).size === items.length;
}
function brokenList(pages, entries, total) {
    const came = `a list that does not add up: ${entries} entries of ${total ?? 'an unknown number'} after page ${pages}`;
    return { kind: 'unavailable', came, advice: 'a part of a list decides nothing: try again' };
}
function keptBack(waitMs) {
    const came = 'not sent: the API has asked for fewer requests, and what it still takes is kept for takeovers';
    return throttled(came, waitMs);
}
/**
 * What an error answer means, null if it is not in Vultr's form. There are no codes but the status, and a busy
 * instance comes as 500: texts choose between kinds that are all safe, and the caller looks at the state afterwards.
 */
function troubleOf(answer, from) {
    const trouble = v.safeParse(Trouble, answer.json);
    if (!trouble.success)
        return answer.status === 404 && answer.json !== undefined ? strange404 : null;
    const { status } = answer;
    const text = trouble.output.error;
    const came = `status ${status}: ${text}`;
    const wait = retryAfterMs(answer.headers['retry-after']);
    if (status === 429 || (status === 503 && (wait !== undefined || /rate limit/i.test(text))))
        return throttled(came, wait ?? THROTTLED_MS);
    if (status === 401)
        return { kind: 'denied', came, advice: unlisted(text, from) };
    if (status === 403)
        return { kind: 'denied', came, advice: RIGHTS };
    const state = stateOf(text);
    // Of a server that failed, only a read tells what it has done all the same.
    if (state !== null)
        return { kind: 'conflict', came, advice: state, mayHaveHappened: status >= 500 };
    if (status === 404)
        return { kind: 'missing', came };
    if (status === 409)
        return { kind: 'conflict', came };
    return { kind: status >= 500 ? 'unavailable' : 'rejected', came };
}
/** Somebody before the API: what does not exist is only Vultr's to say. */
const strange404 = { kind: 'unavailable', came: "status 404, but not in Vultr's form" };
/** What to do about a refusal that the state of instance or address explains, null if the text tells of none. */
function stateOf(text) {
    if (/\block(ed)?\b/i.test(text))
        return 'another action on the instance has to end first: try again';
    if (/already attached/i.test(text))
        return 'the address has to be detached first, and Vultr may take a moment to know it: try again';
    if (/unable to detach|restart your server/i.test(text))
        return RESTART;
    return null;
}
const RESTART = 'Vultr does not let go of it while its machine is in this state: restart or stop that machine in the portal, ha-ip never does';
const RIGHTS = "the key's user lacks a right: in the portal under Account, Users, give it Subscriptions (and Firewall for groups by name)";
/**
 * A wrong key and a right key from an address that is not allowed are both 401; the latter names the caller's address.
 */
function unlisted(text, from) {
    const named = /unauthori[sz]ed ip\D*?([0-9a-f:.]+)\s*$/i.exec(text)?.[1];
    const caller = canonicalAddress(named ?? '') ?? null;
    if (caller === null && !/unauthori[sz]ed ip/i.test(text)) {
        const here = from === null ? "this machine's address" : `this machine's address ${from}`;
        return `check the API key (--token-file); if it is right, ${listing(here)}`;
    }
    return `the key may be right, but not from here: ${listing(allowable(caller ?? from))}`;
}
function allowable(address) {
    if (address === null)
        return "this machine's address";
    return isIPv6(address) ? `${address}/128` : `${address}/32`;
}
function listing(what) {
    return `add ${what} in Vultr's portal under Account, API, Access Control (for a sub-user: POST /v2/users/{user-id}/ip-whitelist), for every machine of the group`;
}
