import { isWrite } from "../cloud/calls.js";
import { hasHeir, successor } from "../election/holder.js";
import { report } from "../step.js";
import { roleName } from "./become.js";
/** R18, and the end of a hand-over. True when the role has been settled for this step. */
export function decideLeaving(step) {
    const { state, now, policy } = step;
    const { since, how } = state.leaving;
    if (how === 'keep') {
        leaveAfter(step, 120);
        return true;
    }
    const { reading } = state.cloud;
    const fresh = reading !== null && reading.askedAt >= since && !reading.pending;
    if (fresh && state.cloud.unreadSince === null && !reading.holders.includes(policy.self.instance))
        return done(step);
    const waited = now.mono - since;
    // Releasing takes its own time after the wait for a successor.
    if (how === 'release'
        ? waited < 2 * policy.handoverTimeoutMs
        : successor(step) && waited < policy.handoverTimeoutMs)
        return true;
    if (waited >= policy.handoverTimeoutMs || !hasHeir(step))
        leaveAfter(step, 200);
    return true;
}
/** A node that holds nothing repeats its farewell and goes. */
export function leaveAfter(step, delay) {
    const { state, now } = step;
    const writing = state.cloud.pending !== null && isWrite(state.cloud.pending.call.kind);
    if (!writing && now.mono >= state.leaving.since + delay)
        stop(step);
}
function stop(step) {
    const { state } = step;
    report(step, { kind: 'role', from: roleName(state), to: 'stopped', why: 'asked to stop' });
    state.role = 'stopped';
    step.effects.push({ kind: 'stop', code: 0 });
}
export function decideWitness(step) {
    if (step.state.leaving)
        leaveAfter(step, 200);
}
function done(step) {
    leaveAfter(step, 200);
    return true;
}
