import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { failure, request } from "../../../src/adapters/http.js";
import { ProviderError } from "../../../src/ports/provider.js";
import { pollAfterMs } from "../under-way.js";
import { Count, JobState, Started } from "./answers.js";
import { further, nothingRead } from "./pages.js";
import { sign } from "./signature.js";
import { envelope, troubleOf, troubleOfJob } from "./trouble.js";
/** Both known clients (egoscale 50, cs 500) stay at or above this, and no server is known to refuse it. */
const PAGE_SIZE = 50;
/** No account has this many pages: a server that never ends a list is not to be waited for. */
const PAGES_MAX = 200;
/** Servers may refuse more than 15 minutes; both known clients use 10. */
const EXPIRES_MS = 10 * 60_000;
/** The signed cs API of Exoscale and Apache CloudStack: commands, lists in pages, jobs. */
export class Client {
    #account;
    constructor(account) {
        this.#account = account;
    }
    /** One object that a command of the reading kind answers with. */
    async ask(command, parameters, schema, signal) {
        const asked = this.#signed(command, parameters, { write: false, signal });
        return this.#shaped(asked, schema, await this.#content(asked));
    }
    /**
     * What an id names. Empty where the server answers "no such", which CloudStack says with error 431 and egoscale
     * reads as an empty list. Nothing but the id is sent, so that 431 cannot be about anything else: a machine that is
     * believed to be gone loses its address.
     */
    async lookUp(command, key, id, schema, signal) {
        const asked = this.#signed(command, { id }, { write: false, signal, unknownIsMissing: true });
        try {
            return this.#items(asked, key, schema, await this.#content(asked));
        }
        catch (error) {
            if (error instanceof ProviderError && error.kind === 'missing')
                return [];
            throw error;
        }
    }
    /** The whole list or an error: a part of a list would look like machines that have vanished. */
    async list(command, key, parameters, schema, signal) {
        const items = [];
        let progress = nothingRead;
        while (progress.end === 'more' && progress.pages < PAGES_MAX) {
            const paged = { ...parameters, page: String(progress.pages + 1), pagesize: String(PAGE_SIZE) };
            const asked = this.#signed(command, paged, { write: false, signal });
            const content = await this.#content(asked);
            const found = this.#items(asked, key, schema, content);
            items.push(...found);
            progress = further(progress, found.length, this.#shaped(asked, Count, content).count ?? null);
        }
        if (progress.end === 'complete')
            return items;
        throw this.complaint(command, brokenList(progress));
    }
    /** Starts an action. Resolves with the id of its job, or with null if it is done already. */
    async start(command, parameters, signal) {
        const asked = this.#signed(command, parameters, { write: true, signal });
        const started = this.#shaped(asked, Started, await this.#content(asked));
        if (started.success === false)
            throw failure(asked, refused(started.displaytext));
        if (started.jobstatus === 2)
            throw failure(asked, troubleOfJob(started.jobresult, command));
        return started.jobstatus === 0 ? (started.jobid ?? null) : null;
    }
    /**
     * Waits until the job of `command` has ended well. Aborting ends the waiting, not the job; every error that leaves
     * its end unknown says that it may have happened.
     */
    async finished(command, job, signal) {
        const asked = this.#signed(command, {}, { write: true, signal });
        const startedAt = performance.now();
        const givenUp = { kind: 'unavailable', came: `given up while job ${job} was running` };
        for (;;) {
            const wait = pollAfterMs(performance.now() - startedAt);
            if (wait === null)
                throw failure(asked, givenUp);
            await sleep(wait, undefined, { signal }).catch(() => {
                throw failure(asked, givenUp);
            });
            const state = await this.#polled(job, signal);
            if (state.jobstatus === 1)
                return;
            if (state.jobstatus === 2)
                throw failure(asked, troubleOfJob(state.jobresult, command));
        }
    }
    /** Whether a job has not ended yet. A job that the cloud does not know is over. */
    async running(job, signal) {
        try {
            return (await this.ask('queryAsyncJobResult', { jobid: job }, JobState, signal)).jobstatus === 0;
        }
        catch (error) {
            if (error instanceof ProviderError && ['missing', 'rejected'].includes(error.kind))
                return false;
            throw error;
        }
    }
    /** An error about something that was asked and answered in good order, but not as hoped. */
    complaint(command, verdict) {
        const signal = new AbortController().signal;
        return failure(this.#signed(command, {}, { write: false, signal }), verdict);
    }
    async #polled(job, signal) {
        try {
            return await this.ask('queryAsyncJobResult', { jobid: job }, JobState, signal);
        }
        catch (error) {
            if (!(error instanceof ProviderError))
                throw error;
            const { kind, retryAfterMs } = error;
            throw new ProviderError(kind === 'throttled' || kind === 'denied' ? kind : 'unavailable', error.message, {
                mayHaveHappened: true,
                ...(retryAfterMs !== undefined && { retryAfterMs }),
            });
        }
    }
    /** Always POST and always with an expiry: operators may require both. Names in lower case sort the same everywhere. */
    #signed(command, parameters, how) {
        const { provider, endpoint, apiKey, apiSecret } = this.#account;
        const fixed = {
            command,
            response: 'json',
            signatureversion: '3',
            expires: expires(),
            apikey: apiKey.reveal(),
        };
        const unsigned = { ...parameters, ...fixed };
        const signature = sign(unsigned, apiSecret.reveal());
        return {
            provider,
            method: 'POST',
            url: endpoint,
            what: command,
            write: how.write,
            form: { ...unsigned, signature },
            expect: 'json',
            signal: how.signal,
            secrets: [apiKey.reveal(), apiSecret.reveal(), signature],
            readError: (answer) => {
                const verdict = troubleOf(answer, command);
                const unknown = how.unknownIsMissing === true && answer.status === 431 && verdict?.kind === 'rejected';
                return unknown ? { ...verdict, kind: 'missing' } : verdict;
            },
        };
    }
    async #content(asked) {
        const answer = await request(asked);
        const content = envelope(answer.json);
        if (content === null)
            throw failure(asked, { kind: 'unavailable', came: 'an answer without its envelope' });
        // Some proxies pass errors on with status 200.
        const trouble = troubleOf(answer, asked.what ?? '');
        if (trouble !== null)
            throw failure(asked, trouble);
        return content;
    }
    /** The key of a list is absent when the list is empty. */
    #items(asked, key, schema, content) {
        const items = content[key] ?? [];
        return this.#shaped(asked, v.array(schema), items);
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
/** ISO 8601 with +0000: the only form that both known clients sent to Exoscale. */
function expires() {
    return `${new Date(Date.now() + EXPIRES_MS).toISOString().slice(0, 19)}+0000`;
}
function brokenList({ pages, entries, count }) {
    const came = `${entries} of ${count ?? 'an unknown number of'} entries after page ${pages}`;
    return { kind: 'unavailable', came, advice: 'a part of a list decides nothing: try again' };
}
function refused(text) {
    return { kind: 'conflict', came: `success false: ${text ?? 'no text'}` };
}
