import { isWrite } from "../cloud/calls.js";
import { noteUnresolved } from "../cloud/pace.js";
import { longestDeadIntervalOf } from "../peers/liveness.js";
import { forgetReception, peerName } from "../peers/peer.js";
import { proveLeaseAgain } from "../quorum/lease.js";
import { report } from "../step.js";
import { auditDelay } from "../times.js";
/**
 * The moves from role to role: what each one forgets, sets and says. When to move is decided elsewhere.
 */
/** The role as people read it. */
export function roleName(state) {
    if (state.role !== 'active')
        return state.role;
    if (state.association !== 'confirmed')
        return 'taking over';
    return state.leaving ? 'handing over' : 'active';
}
/** The role as peers are told it. */
export function advertisedRole(state) {
    if (state.role === 'hold-off')
        return 'init';
    if (state.role === 'witness')
        return 'witness';
    if (state.role !== 'active')
        return 'backup';
    return state.association === 'confirmed' ? 'holding' : 'acquiring';
}
function become(step, change, why) {
    const { state, now } = step;
    const from = roleName(state);
    Object.assign(state, change, { roleSince: now.mono });
    Object.assign(state.vacancy, { since: null, betterSince: null });
    const to = roleName(state);
    if (from !== to)
        report(step, { kind: 'role', from, to, why });
}
/** R2: everything we knew of peers and calls is of before the pause. The address stays where it is. */
export function becomeHoldOff(step, why) {
    const { state, now, effects } = step;
    if (state.cloud.pending)
        effects.push({ kind: 'abort', ticket: state.cloud.pending.ticket });
    const wroteLately = state.cloud.pending !== null && isWrite(state.cloud.pending.call.kind);
    const holdOff = { since: now.mono, until: now.mono + longestDeadIntervalOf(step), over: null };
    state.peers = state.peers.map((peer) => forgetReception(peer, now.mono));
    if (state.cloud.pending)
        noteUnresolved(step, state.cloud.pending.call);
    state.cloud.pending = null;
    if (wroteLately)
        state.cloud.unreadSince = now.mono;
    become(step, { role: 'hold-off', association: 'unknown', claim: null, holdOff }, why);
}
/** A voter that never holds: it listens, and says whom it supports and hears (R23). */
export function becomeWitness(step) {
    become(step, { role: 'witness', association: 'unknown', claim: null }, 'hold-off over');
}
export function becomeBackup(step, why) {
    const { now, state } = step;
    const association = state.association === 'confirmed' ? 'unknown' : 'absent';
    Object.assign(state.cloud, { nextReadAt: now.mono, reads: 0 });
    become(step, { role: 'backup', association, claim: null }, why);
}
/** ACQ: from here to the confirmation the node is taking over. */
export function becomeAcquiring(step, reason, before, why) {
    const { now } = step;
    const claim = {
        why: reason,
        since: now.mono,
        tryingSince: now.mono,
        from: before ? peerName(before) : null,
        silentMs: before && before.liveness !== 'alive' && before.last !== null ? now.mono - before.heard.at : null,
        refusedMs: before?.liveness === 'refused' && before.death.refusedAt !== null
            ? now.mono - before.death.refusedAt
            : null,
        readMs: null,
        wroteAt: null,
        settledAt: null,
        acceptedMs: null,
        heldBefore: [],
        associateMs: null,
        cleared: false,
    };
    // A failure of the background is no reason to come late; a pause that the cloud asked for is.
    if (!step.state.cloud.throttled)
        step.state.cloud.retryAt = now.mono;
    proveLeaseAgain(step);
    become(step, { role: 'active', association: 'claiming', claim }, why);
}
/** HOLD: the cloud has confirmed us. After a takeover the claim number grows; an adoption keeps the highest seen. */
export function becomeHolding(step, why) {
    const { policy, state, now } = step;
    const { claim } = state;
    const claimNumber = Math.max(state.claims.seen, state.claims.number) + (claim?.wroteAt == null ? 0 : 1);
    if (claim)
        reportTakeover(step);
    else
        proveLeaseAgain(step);
    const holder = { node: policy.self.node, claim: claimNumber, movedAt: now.mono };
    Object.assign(state.claims, { number: claimNumber, seen: claimNumber, lost: 0 });
    state.damping.planOpen = claim?.wroteAt != null;
    const change = { claim: null, confirmedAt: now.mono, holder };
    become(step, { role: 'active', association: 'confirmed', ...change }, why);
    Object.assign(state.cloud, { reads: 0, nextReadAt: now.mono + auditDelay(policy, 0) });
}
function reportTakeover(step) {
    const { state, now } = step;
    const claim = state.claim;
    report(step, {
        kind: 'takeover',
        why: claim.why,
        from: claim.from,
        silentMs: claim.silentMs,
        refusedMs: claim.refusedMs,
        readMs: claim.readMs ?? 0,
        associateMs: claim.associateMs,
        acceptedMs: claim.acceptedMs,
        verifiedMs: now.mono - (claim.settledAt ?? claim.since),
        totalMs: now.mono - claim.since,
    });
}
