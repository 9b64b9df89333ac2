import * as v from 'valibot';
import { failure, request, retryAfterMs, throttled, } from "../../src/adapters/http.js";
import { Page, Trouble } from "./answers.js";
/** The longest page that the API gives. */
const PAGE_SIZE = 200;
/** No team has this many pages: a server that never ends a list is not to be waited for. */
const PAGES_MAX = 200;
/** The API of DigitalOcean, version 2: one question, one list, one order; its errors and its budget of requests. */
export class Client {
    #account;
    #budget = new Budget();
    #proven = new Set();
    constructor(account) {
        this.#account = account;
    }
    async ask(question, schema, signal) {
        const asked = this.#asked(question, signal, 'json');
        return this.#shaped(asked, schema, (await this.#answer(asked, question)).json);
    }
    /** A request whose success has no content. */
    async order(question, signal) {
        await this.#answer(this.#asked(question, signal, 'text'), question);
    }
    /**
     * The whole list or an error: a part of a list would look like machines that have vanished. The way to the next
     * page is never taken from the answer, whose URLs could lead the token anywhere.
     */
    async list(listing, signal) {
        const items = [];
        for (let page = 1; page <= PAGES_MAX; page += 1) {
            const query = { ...listing.question.query, page: String(page), per_page: String(PAGE_SIZE) };
            const question = { ...listing.question, query };
            const content = await this.ask(question, Page, signal);
            const asked = this.#asked(question, signal, 'json');
            const found = this.#shaped(asked, v.array(listing.schema), content[listing.key]);
            items.push(...found);
            const more = content.links?.pages?.next != null;
            if (more && found.length > 0)
                continue;
            const whole = !more && (content.meta?.total ?? items.length) === items.length;
            if (whole && new Set(items.map(listing.id)).size === items.length)
                return items;
            throw failure(asked, brokenList(page, items.length, content.meta?.total));
        }
        throw this.complaint(listing.question, brokenList(PAGES_MAX, items.length, undefined));
    }
    /**
     * That the token has a scope: without it the API leaves fields out silently, and "no droplet" would look like "free".
     * Asked at most once; other questions prove their own scope on the way.
     */
    async prove(scope, signal) {
        if (this.#proven.has(scope))
            return;
        const path = { 'droplet:read': '/v2/droplets', 'tag:read': '/v2/tags' }[scope];
        await this.ask({ path, scope, query: { per_page: '1' } }, Page, signal);
    }
    /** An error about something that was asked and answered in good order, but not as hoped. */
    complaint(question, verdict) {
        return failure(this.#asked(question, new AbortController().signal, 'json'), {
            mayHaveHappened: false,
            ...verdict,
        });
    }
    async #answer(asked, { background, scope }) {
        const waitMs = this.#budget.waitMs();
        if (background === true && waitMs > 0)
            throw failure(asked, keptBack(waitMs));
        const answer = await request(asked);
        this.#budget.note(answer);
        this.#proven.add(scope);
        return answer;
    }
    #asked(question, signal, expect) {
        const { provider, endpoint, token } = this.#account;
        const { method = 'GET', path, query, body, what, scope } = question;
        const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
        return {
            provider,
            method,
            url: endpoint + path + search,
            write: method !== 'GET',
            headers: { authorization: `Bearer ${token.reveal()}`, accept: 'application/json' },
            expect,
            signal,
            secrets: [token.reveal()],
            readError: (answer) => {
                this.#budget.note(answer);
                return troubleOf(answer, scope);
            },
            ...(what !== undefined && { what }),
            ...(body !== undefined && { json: body }),
        };
    }
    #shaped(asked, schema, content) {
        const result = v.safeParse(schema, content);
        if (result.success)
            return result.output;
        const { expected } = result.issues[0];
        const where = v.getDotPath(result.issues[0]) ?? 'the whole';
        const came = `an answer of unexpected shape (${where} should be ${expected ?? 'otherwise'})`;
        throw failure(asked, { kind: 'unavailable', came });
    }
}
/**
 * Requests kept for takeovers. The token's limits are 5000 an hour and 250 a minute, for all machines together. A
 * takeover of the longest kind (40 s) asks about 60 times; five machines that try one after another need 300.
 */
const RESERVE = 300;
/** Old news of the budget: background reads try again, at most once in this time. */
const QUIET_MS = 60_000;
/** What the answers said of the token's remaining requests. */
class Budget {
    #quietUntil = 0;
    note({ status, headers }) {
        const remaining = headerNumber(headers['ratelimit-remaining']);
        if (status === 429)
            return this.#quiet(retryAfterMs(headers['retry-after']) ?? QUIET_MS);
        // Not every proxy passes these headers on; an answer without them says nothing.
        if (remaining === null)
            return;
        this.#quietUntil = 0;
        if (remaining < RESERVE)
            this.#quiet(untilReset(headers['ratelimit-reset']));
    }
    /** How long background questions have to wait still, 0: not at all. */
    waitMs() {
        return Math.max(0, this.#quietUntil - performance.now());
    }
    #quiet(ms) {
        this.#quietUntil = performance.now() + Math.min(QUIET_MS, Math.max(1000, ms));
    }
}
/** `ratelimit-reset` is when the oldest request of the last hour stops counting, not when the budget is full again. */
function untilReset(header) {
    const seconds = headerNumber(header);
    return seconds === null ? QUIET_MS : seconds * 1000 - Date.now();
}
function headerNumber(header) {
    return typeof header === 'string' && /^\d{1,12}$/.test(header.trim()) ? Number(header) : null;
}
function keptBack(waitMs) {
    const came = `not sent: fewer than ${RESERVE} requests are left to the token, and they are kept for takeovers`;
    const advice = 'give ha-ip a token of its own, or fewer machines to one token';
    return { kind: 'throttled', came, advice, retryAfterMs: Math.ceil(waitMs) };
}
/**
 * What an error answer means, null if it is not in DigitalOcean's form. Texts are hints at most: who asks looks at the
 * state afterwards (`explain` in provider.ts).
 */
function troubleOf(answer, scope) {
    const trouble = v.safeParse(Trouble, answer.json);
    if (!trouble.success)
        return answer.status === 404 && answer.json !== undefined ? strange404 : null;
    const came = inWords(answer, trouble.output);
    switch (answer.status) {
        case 401:
            return { kind: 'denied', came, advice: TOKEN };
        case 403:
            return { kind: 'denied', came, advice: scopeAdvice(scope) };
        case 404:
            return trouble.output.id === 'not_found' ? { kind: 'missing', came } : strange404;
        case 409:
            return { kind: 'conflict', came };
        case 422:
            return { kind: /pending event/i.test(trouble.output.message) ? 'conflict' : 'rejected', came };
        case 429:
            return throttled(came, retryAfterMs(answer.headers['retry-after']));
        case 503:
            return null;
    }
    return { kind: answer.status >= 500 ? 'unavailable' : 'rejected', came };
}
function inWords({ status, headers }, { message, request_id }) {
    const request = request_id ?? headers['x-request-id'];
    return `status ${status}: ${message}${request === undefined ? '' : ` (request ${request})`}`;
}
/** Somebody before the API: what does not exist is only DigitalOcean's to say. */
const strange404 = { kind: 'unavailable', came: "status 404, but not in DigitalOcean's form" };
const TOKEN = 'the token is wrong, expired or revoked: make one in the control panel under API, and give its file with --token-file';
function scopeAdvice(scope) {
    return `give the token the scope ${scope} with its required companions (providers/digitalocean/README.md); if it has them, look whether the account is in arrears`;
}
function brokenList(page, entries, total) {
    const came = `a list that does not add up: ${entries} entries of ${total ?? 'an unknown number'} after page ${page}`;
    return { kind: 'unavailable', came, advice: 'a part of a list decides nothing: try again' };
}
