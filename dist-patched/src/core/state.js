import { copySpeech, newSpeech } from "./announce/speech.js";
import { copyDamping, newDamping } from "./cloud/damping.js";
import { copyCloudMemory, newCloudMemory } from "./cloud/memory.js";
import { deadInterval } from "./policy.js";
import { newLease } from "./quorum/promise.js";
import { copyClaims, newClaims } from "./roles/claim.js";
export function report(step, what) {
    step.effects.push({ kind: 'report', report: what });
}
/** Says something an operator should mend, once until it ends. */
export function alarm(step, code, message) {
    if (step.state.said.includes(code))
        return;
    step.state.said = [...step.state.said, code];
    report(step, { kind: 'alarm', code, message });
}
/** The cause of an alarm is gone: say it again when it comes back. */
export function allClear(step, code) {
    if (step.state.said.includes(code))
        step.state.said = step.state.said.filter((said) => said !== code);
}
const never = Number.NEGATIVE_INFINITY;
export function initial(policy, now) {
    const { mono } = now;
    return {
        clock: { mono, boot: now.boot, wall: now.wall, responsive: mono, wakeAt: mono },
        role: 'hold-off',
        association: 'unknown',
        roleSince: mono,
        confirmedAt: never,
        holdOff: { since: mono, until: mono + deadInterval(policy), over: null },
        leaving: null,
        aside: null,
        own: { healthy: policy.checked ? null : true, shift: 0 },
        peers: [],
        members: { known: false, nextAt: mono, reads: 0, askedForStranger: null },
        holder: null,
        vacancy: { since: null, betterSince: null, isolatedAt: never },
        cloud: newCloudMemory(mono),
        claim: null,
        claims: newClaims(),
        damping: newDamping(),
        support: null,
        lease: newLease(),
        speech: newSpeech(mono),
        said: [],
    };
}
/**
 * A step's own copy, at another time. Field by field, and so are the records in their files: all states have one
 * shape then. What `...` makes has none, and costs ten times as much.
 */
export function draftOf(state, now) {
    const { own, vacancy } = state;
    const { responsive, wakeAt } = state.clock;
    return {
        clock: { mono: now.mono, boot: now.boot, wall: now.wall, responsive, wakeAt },
        role: state.role,
        association: state.association,
        roleSince: state.roleSince,
        confirmedAt: state.confirmedAt,
        holdOff: state.holdOff,
        leaving: state.leaving,
        aside: state.aside,
        own: { healthy: own.healthy, shift: own.shift },
        peers: state.peers,
        members: state.members,
        holder: state.holder,
        vacancy: { since: vacancy.since, betterSince: vacancy.betterSince, isolatedAt: vacancy.isolatedAt },
        cloud: copyCloudMemory(state.cloud),
        claim: state.claim,
        claims: copyClaims(state.claims),
        damping: copyDamping(state.damping),
        support: state.support,
        lease: state.lease,
        speech: copySpeech(state.speech),
        said: state.said,
    };
}
