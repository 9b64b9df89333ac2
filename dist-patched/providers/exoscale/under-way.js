/** An action that runs for longer is given up: egoscale, Exoscale's own client, gave up after the same time. */
const LONGEST_MS = 60_000;
/**
 * When to ask again for an action that has run for so long, or null to ask no more. A takeover waits for it, so what
 * is done within a second is known at most 100 ms late. CloudStack's throttle, where an operator turns it on, allows
 * 25 requests a second (`api.throttling.max`); of Exoscale none is known.
 */
export function pollAfterMs(ranMs) {
    if (ranMs < 1_000)
        return 100;
    if (ranMs < 5_000)
        return 250;
    return ranMs <= LONGEST_MS ? 1_000 : null;
}
/**
 * The action of ours whose end we have not seen: it may still change who holds the address. Only our own can be
 * known, because neither API shows those of others.
 */
export class UnderWay {
    #lost = null;
    /** Waits for the end of an action; `isOver` tells of an error whether the action has ended all the same. */
    async until(id, end, isOver) {
        this.#lost = { id, since: performance.now() };
        await end.catch((error) => {
            if (isOver(error))
                this.#lost = null;
            throw error;
        });
        this.#lost = null;
    }
    /** Whether an action that we lost sight of still runs, as the cloud says it. */
    async pending(runs) {
        const lost = this.#lost;
        if (lost === null)
            return false;
        const running = performance.now() - lost.since < LONGEST_MS && (await runs(lost.id));
        if (!running)
            this.#lost = null;
        return running;
    }
}
