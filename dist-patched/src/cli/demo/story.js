/** After an event, so much time may pass until the right machine alone is associated: processes are real here. */
export const SETTLE_MS = 3_000;
/** For so long it must then stay right, before the next event. */
const REST_MS = 1_000;
/**
 * The story: a group starts, its holder is killed, comes back, the next holder leaves, comes back, the next freezes
 * and wakes. Returns what must be true of it.
 */
export async function tell(stage) {
    const book = new Book(stage);
    const living = new Set(stage.names);
    // The lowest priority wins, and here all are healthy: the right one is the first of the living.
    const best = () => stage.names.find((name) => living.has(name)) ?? 'nobody';
    await stage.startTogether();
    let holder = best();
    await book.chapter({ title: 'three watchdogs run', right: holder });
    const killed = holder;
    living.delete(killed);
    holder = best();
    const kill = async () => stage.kill(killed);
    await book.chapter({ title: `${killed} is killed (SIGKILL)`, right: holder, gone: killed }, kill);
    await book.chapter({ title: `${killed} starts again`, right: holder }, () => returns(killed));
    living.add(killed);
    const leaver = holder;
    living.delete(leaver);
    holder = best();
    const leave = () => stage.leave(leaver);
    await book.chapter({ title: `${leaver} is asked to leave (SIGTERM)`, right: holder, gone: leaver }, leave);
    await book.chapter({ title: `${leaver} starts again`, right: holder }, () => returns(leaver));
    living.add(leaver);
    const frozen = holder;
    living.delete(frozen);
    holder = best();
    await book.chapter({
        title: `${frozen} freezes (SIGSTOP)`,
        right: holder,
        gone: frozen,
        // Silence is all that tells of a frozen machine, so it can only be known after the dead interval. A better one
        // is dissociated only after 3 s more (R20): it may be back by then, as here.
        settleMs: stage.deadIntervalMs + SETTLE_MS,
        beside: frozen,
    }, async () => stage.freeze(frozen));
    const wake = async () => stage.wake(frozen);
    await book.chapter({ title: `${frozen} wakes (SIGCONT)`, right: holder, woken: frozen }, wake);
    await stage.standsBy(frozen);
    return book.closed();
    /** A better machine that comes back leaves the address where it is: it would preempt after 10 s, and 30 s of rest. */
    async function returns(name) {
        await stage.start(name);
        await stage.standsBy(name);
    }
}
/** Chapters as they are told: each ends where the next begins. */
class Book {
    #stage;
    #written = [];
    constructor(stage) {
        this.#stage = stage;
    }
    /** Lets `happen` happen and waits until all must have settled, and then some more. */
    async chapter(opening, happen = async () => { }) {
        const { title, right, settleMs = SETTLE_MS, ...rest } = opening;
        this.#stage.announce(title, `expected: ${right}`);
        const at = this.#stage.now();
        this.#written.push({
            ...{ gone: null, beside: null, woken: null, ...rest },
            ...{ title, right, at, settledAt: at + settleMs },
        });
        await happen();
        await this.#stage.wait(at + settleMs + REST_MS - this.#stage.now());
        this.#stage.breath();
    }
    closed() {
        const end = this.#stage.now();
        return this.#written.map((chapter, index) => ({
            ...chapter,
            until: this.#written[index + 1]?.at ?? end,
        }));
    }
}
