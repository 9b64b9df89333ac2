import { uptime } from 'node:os';
/**
 * The machine's clocks and one timer. `mono` stands still while the machine is suspended, `boot` does not.
 *
 * A process that was stopped or busy wakes up to an overdue timer *and* a full socket, and Node runs timers first:
 * judged at once, every peer would look dead. So a late wake-up first reads what has come (R3).
 */
export function createSystemClock({ received = () => 0 } = {}) {
    let cancel = () => { };
    return {
        now: () => ({ mono: performance.now(), boot: uptime() * 1000, wall: Date.now() }),
        wakeAt(mono, wake) {
            cancel();
            cancel = mono === null ? () => { } : alarm(mono, received, wake);
        },
    };
}
/** Later than this is late: an idle process wakes within about one millisecond. */
const lateMs = 10;
/** What libuv reads from one socket in one turn; a turn that brought fewer has emptied it. */
const readsPerTurn = 32;
/** 512 datagrams: more than a group sends in a second. A flood must not put off the wake-up for ever. */
const turnsMax = 16;
/** Node's timers take no more; longer ones would fire at once. */
const timeoutMax = 2 ** 31 - 1;
/** Arms one alarm and returns how to cancel it, at whatever stage it is. */
function alarm(mono, received, wake) {
    let timer;
    let turn;
    /** Node cuts off fractions and counts from when its loop last looked at the clock: it may fire early. */
    const arm = () => {
        const restMs = mono - performance.now();
        if (restMs > 0)
            timer = setTimeout(arm, Math.min(Math.ceil(restMs), timeoutMax));
        else if (restMs < -lateMs)
            drain(turnsMax);
        else
            wake();
    };
    const drain = (turnsLeft) => {
        const before = received();
        turn = setImmediate(() => {
            if (received() - before < readsPerTurn || turnsLeft === 1)
                wake();
            else
                drain(turnsLeft - 1);
        });
    };
    // Never from within `wakeAt`: the caller may be in the middle of a step.
    if (mono > performance.now())
        arm();
    else
        turn = setImmediate(arm);
    return () => {
        clearTimeout(timer);
        clearImmediate(turn);
    };
}
