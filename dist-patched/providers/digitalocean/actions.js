import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from "../../src/ports/provider.js";
import { asksAction, familyOf, holderOf } from "./addresses.js";
import { obstacles } from "./obstacles.js";
/** How long an action of ours that we lost sight of counts as under way: longer than the longest seen (11 s). */
const LOST_MS = 60_000;
/** Actions on one address: each is started, awaited, and its refusal explained. */
export class Actions {
    #client;
    #parts;
    #ip;
    #unfinished = null;
    constructor(client, parts, ip) {
        this.#client = client;
        this.#parts = parts;
        this.#ip = ip;
    }
    /** Ends when the cloud says that it is done. A refusal of what is so already is success. */
    async perform(wish, signal, onAccepted) {
        const action = await this.#parts.addresses
            .start(this.#ip, wish, signal)
            .catch((error) => this.#explain(error, wish, signal));
        if (action === null)
            return;
        onAccepted?.();
        this.#unfinished = { wish, since: performance.now() };
        await this.#finished(action, wish, signal);
        this.#unfinished = null;
    }
    /** Whether an action of ours is still to take effect: reserved IPv6 addresses have no lock that would say so. */
    awaited(address) {
        const mine = this.#unfinished;
        if (mine === null || familyOf(this.#ip) === 4)
            return false;
        const open = performance.now() - mine.since < LOST_MS && !fulfils(address, mine.wish);
        if (!open)
            this.#unfinished = null;
        return open;
    }
    /**
     * The action is only a hint: for some addresses (BYOIP) it cannot be asked for, and that of a moved IPv6 address was
     * seen to answer 500. Then the address itself tells.
     */
    async #finished(action, wish, signal) {
        const begun = performance.now();
        let askable = true;
        let ended = endOf(action);
        while (ended === null) {
            await sleep(pollAfterMs(performance.now() - begun), undefined, { signal }).catch(() => {
                throw this.#lost(wish, 'unavailable', `given up while action ${action.id} was running`);
            });
            const state = askable ? await this.#state(action, wish, signal) : null;
            askable = state !== null;
            ended = state === null ? await this.#outcome(wish, signal) : endOf(state);
        }
        if (ended === 'done')
            return;
        this.#unfinished = null;
        throw this.#lost(wish, 'conflict', `action ${action.id} ended in error, which does not say why`);
    }
    async #state({ id }, wish, signal) {
        return this.#parts.addresses.action(this.#ip, id, signal).catch((error) => {
            if (!signal.aborted && isOf(error, ['missing', 'unavailable']))
                return null;
            throw unsure(error, wish);
        });
    }
    async #outcome(wish, signal) {
        const address = await this.#parts.addresses.read(this.#ip, signal).catch((error) => {
            throw unsure(error, wish);
        });
        return fulfils(address, wish) ? 'done' : null;
    }
    /**
     * One status stands for many causes whose texts are not documented: the state tells them apart. null: the wish is
     * fulfilled already. The text counts only where the state shows nothing (`troubleOf` in client.ts).
     */
    async #explain(error, wish, signal) {
        if (!isOf(error, ['conflict', 'rejected', 'missing']))
            throw error;
        const cause = await this.#cause(wish, signal).catch(() => {
            throw error;
        });
        if (cause === 'fulfilled')
            return null;
        throw cause === 'unknown' ? error : this.#client.complaint(asksAction(this.#ip, wish), cause);
    }
    async #cause(wish, signal) {
        const address = await this.#parts.addresses.read(this.#ip, signal);
        if (fulfils(address, wish))
            return 'fulfilled';
        for await (const obstacle of obstacles(this.#parts, address, wish.instance, signal)) {
            // What forbids a droplet to have the address does not keep it from losing it.
            if (wish.verb === 'assign' || obstacle.kind === 'conflict')
                return obstacle;
        }
        return 'unknown';
    }
    #lost(wish, kind, came) {
        return this.#client.complaint(asksAction(this.#ip, wish), { kind, came, mayHaveHappened: true });
    }
}
/** `new` and `in-progress` are under way, and so is any word to come; `done` was seen for `completed` in 2021. */
function endOf({ status }) {
    if (status === 'completed' || status === 'done')
        return 'done';
    return status === 'errored' ? 'failed' : null;
}
/**
 * When to ask again for an action that has run for so long: what is done is known at most a fifth of its time late.
 * In 40 s, after which the engine gives up, that is about 50 of the token's 250 requests a minute.
 */
export function pollAfterMs(ranMs) {
    return Math.min(1000, Math.max(100, ranMs / 5));
}
function fulfils(address, { verb, instance }) {
    return !address.locked && (holderOf(address) === instance) === (verb === 'assign');
}
function isOf(error, kinds) {
    return error instanceof ProviderError && kinds.includes(error.kind);
}
/** A failure while an action of ours runs says nothing of its end. */
function unsure(error, { verb, instance }) {
    if (!(error instanceof ProviderError))
        return error;
    const { kind, message, retryAfterMs } = error;
    const known = kind === 'throttled' || kind === 'denied' ? kind : 'unavailable';
    return new ProviderError(known, `${message} (while ${verb} ran for droplet ${instance})`, {
        mayHaveHappened: true,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
}
