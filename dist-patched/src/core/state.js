import { newSpeech } from "./announce/speech.js";
import { newDamping } from "./cloud/damping.js";
import { newCloudMemory } from "./cloud/memory.js";
import { deadInterval } from "./policy.js";
import { newLease } from "./quorum/promise.js";
import { newClaims } from "./roles/claim.js";
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
        clock: { ...now, responsive: mono, wakeAt: mono },
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
/** A step's own copy, at another time. */
export function draftOf(state, now) {
    return {
        ...state,
        clock: { ...state.clock, mono: now.mono, boot: now.boot, wall: now.wall },
        own: { ...state.own },
        vacancy: { ...state.vacancy },
        cloud: { ...state.cloud },
        claims: { ...state.claims },
        damping: { ...state.damping },
        speech: { ...state.speech },
    };
}
