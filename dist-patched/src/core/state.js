import { copySpeech, newSpeech } from "./announce/speech.js";
import { copyDamping, newDamping } from "./cloud/damping.js";
import { copyCloudMemory, newCloudMemory } from "./cloud/memory.js";
import { noConditions } from "./conditions/condition.js";
import { newLease } from "./quorum/promise.js";
import { copyClaims, newClaims } from "./roles/claim.js";
import { deadInterval } from "./times.js";
function newMembership(now) {
    return {
        known: false,
        nextAt: now,
        reads: 0,
        askedForStranger: null,
        refused: null,
        total: 0,
        impostor: null,
    };
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
        members: newMembership(mono),
        holder: null,
        vacancy: { since: null, betterSince: null, isolatedAt: never },
        cloud: newCloudMemory(mono),
        claim: null,
        claims: newClaims(),
        damping: newDamping(),
        support: null,
        lease: newLease(),
        speech: newSpeech(mono),
        conditions: noConditions(),
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
        conditions: state.conditions,
    };
}
