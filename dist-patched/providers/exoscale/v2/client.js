import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { failure, request } from "../../../src/adapters/http.js";
import { ProviderError } from "../../../src/ports/provider.js";
import { pollAfterMs } from "../under-way.js";
import { Operation } from "./answers.js";
import { authorization } from "./signature.js";
import { troubleOf, troubleOfOperation } from "./trouble.js";
/** The operations in use, by their names in Exoscale's OpenAPI document: IAM roles allow them by the same names. */
const OPERATIONS = {
    'list-instances': ['GET', '/instance'],
    'get-instance': ['GET', '/instance/{id}'],
    'list-elastic-ips': ['GET', '/elastic-ip'],
    'get-elastic-ip': ['GET', '/elastic-ip/{id}'],
    'create-elastic-ip': ['POST', '/elastic-ip'],
    'delete-elastic-ip': ['DELETE', '/elastic-ip/{id}'],
    'attach-instance-to-elastic-ip': ['PUT', '/elastic-ip/{id}:attach'],
    'detach-instance-from-elastic-ip': ['PUT', '/elastic-ip/{id}:detach'],
    'get-operation': ['GET', '/operation/{id}'],
    'list-security-groups': ['GET', '/security-group'],
    'list-private-networks': ['GET', '/private-network'],
    'get-instance-pool': ['GET', '/instance-pool/{id}'],
};
/** All official clients use as long; what the server allows is not documented. */
const EXPIRES_S = 600;
/** The signed API v2 of one zone: answers, lists, actions. */
export class Client {
    #account;
    constructor(account) {
        this.#account = account;
    }
    async ask(name, input, schema, signal) {
        const asked = this.#signed(name, input, signal);
        return shaped(asked, schema, (await request(asked)).json);
    }
    /** What the id names, or null where the API answers that there is no such thing. */
    async lookUp(name, id, schema, signal) {
        const found = await this.ask(name, { id }, schema, signal).catch((error) => {
            if (error instanceof ProviderError && error.kind === 'missing')
                return null;
            throw error;
        });
        if (found === null || found.id === id)
            return found;
        throw this.complaint(name, { kind: 'unavailable', came: `${found.id} instead of ${id}` }, { id });
    }
    /** The whole list: API v2 knows no pages. */
    async list(name, key, schema, signal, query = {}) {
        const asked = this.#signed(name, { query }, signal);
        const answer = shaped(asked, v.record(v.string(), v.unknown()), (await request(asked)).json);
        // Nothing at all is an empty list, something else instead of the list is not.
        const items = Object.keys(answer).length === 0 ? [] : answer[key];
        return shaped(asked, v.array(schema), items);
    }
    /** Starts an action; it may have ended already. */
    start(name, input, signal) {
        return this.ask(name, input, Operation, signal);
    }
    /**
     * Waits until the action has ended well, and returns its last state. Aborting ends the waiting, not the action;
     * every error that leaves its end unknown says that it may have happened.
     */
    async finished(name, input, started, signal) {
        const asked = this.#signed(name, input, signal);
        const startedAt = performance.now();
        let now = started;
        while (now.state === 'pending') {
            await pause(pollAfterMs(performance.now() - startedAt), asked, started);
            now = await this.#polled(started.id, signal);
        }
        if (now.state === 'success')
            return now;
        throw failure(asked, troubleOfOperation(now, name));
    }
    /** Whether an action has not ended yet. One that the API does not know is over. */
    async running(id, signal) {
        const operation = await this.lookUp('get-operation', id, Operation, signal);
        return operation?.state === 'pending';
    }
    /** An error about something that was asked and answered in good order, but not as hoped. */
    complaint(name, verdict, input = {}) {
        return failure(this.#signed(name, input, new AbortController().signal), {
            mayHaveHappened: false,
            ...verdict,
        });
    }
    async #polled(id, signal) {
        try {
            return await this.ask('get-operation', { id }, Operation, signal);
        }
        catch (error) {
            if (!(error instanceof ProviderError))
                throw error;
            const { kind, retryAfterMs } = error;
            const known = kind === 'throttled' || kind === 'denied';
            throw new ProviderError(known ? kind : 'unavailable', error.message, {
                mayHaveHappened: true,
                ...(retryAfterMs !== undefined && { retryAfterMs }),
            });
        }
    }
    #signed(name, input, signal) {
        const { endpoint, apiKey, apiSecret } = this.#account;
        const [method, path] = OPERATIONS[name];
        const url = new URL(endpoint + path.replace('{id}', input.id ?? ''));
        for (const [key, value] of Object.entries(input.query ?? {}))
            url.searchParams.append(key, value);
        // Serialised once: the signature is over these bytes.
        const body = input.body === undefined ? '' : JSON.stringify(input.body);
        const expires = Math.floor(Date.now() / 1000) + EXPIRES_S;
        const account = { key: apiKey.reveal(), secret: apiSecret.reveal() };
        const credentials = authorization({ method, url, body }, account, expires);
        return {
            provider: 'exoscale',
            method,
            url: url.href,
            what: name,
            write: method !== 'GET',
            headers: { authorization: credentials, ...(body !== '' && { 'content-type': 'application/json' }) },
            ...(body !== '' && { body }),
            expect: 'json',
            signal,
            secrets: [account.key, account.secret, credentials.slice(credentials.lastIndexOf('signature=') + 10)],
            readError: (answer) => troubleOf(answer, name),
        };
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
/** Until the next poll, or the error that ends the waiting. */
async function pause(waitMs, asked, { id }) {
    const givenUp = failure(asked, { kind: 'unavailable', came: `given up while operation ${id} was running` });
    if (waitMs === null)
        throw givenUp;
    await sleep(waitMs, undefined, { signal: asked.signal }).catch(() => {
        throw givenUp;
    });
}
