import { isAlive } from "./peers/peer.js";
import { isTwoWay, peerDeadInterval } from "./peers.js";
import { acquisitionWindow, deadInterval, finishingTime, guard, joiningTime, operationLimit, revivalsTolerated, revivalWindow, } from "./policy.js";
import { isMinority } from "./quorum.js";
import { precedes, rankOf, ranksBeforeMe } from "./rank.js";
/**
 * Who should hold the address. Everything here is a question about a state, answered from it alone: the same view
 * gives the same winner on every node, because the order is total.
 */
function full(peer) {
    return peer.last?.version === 2 ? peer.last : null;
}
/** A peer that would claim if it were the best. */
export function isEligible(peer) {
    return isAlive(peer) && wouldClaim(peer);
}
/** The same, as its last datagram said, dead or alive. */
function wouldClaim(peer) {
    if (peer.last === null)
        return false;
    if (peer.last.version === 1)
        return peer.last.priority !== 255;
    const { flags, role } = peer.last;
    const excluded = flags.unhealthy || flags.leaving || flags.unable || flags.witness || flags.notACandidate;
    return role !== 'init' && role !== 'witness' && !excluded;
}
/** Why this node would not claim even if all others fell silent (R31), or null if it would. */
export function inability(view) {
    const { policy, state } = view;
    if (state.role === 'hold-off')
        return 'in hold-off';
    if (!state.members.known)
        return 'the members of the group are not known yet';
    if (policy.witness)
        return 'a witness';
    if (!policy.candidate)
        return 'excluded by its operator';
    if (state.aside !== null)
        return 'standing aside for its operator';
    if (state.cloud.denied)
        return 'the API refuses its credentials';
    if (state.cloud.failures >= 3)
        return 'the API does not answer';
    if (state.own.healthy === null)
        return 'its first health check has not answered';
    if (state.clock.mono < state.claims.unableUntil)
        return 'backing off after a failed takeover';
    if (state.clock.mono < state.damping.yield.until)
        return 'leaving the address to a taker it cannot hear';
    if (isMinority(view))
        return 'cut off from the majority of the voters';
    return isIsolated(view) ? 'cut off from every peer' : null;
}
export function amEligible(view) {
    const { state } = view;
    return state.own.healthy !== false && state.leaving === null && inability(view) === null;
}
export function amBest(view) {
    const { state } = view;
    return amEligible(view) && !state.peers.some((p) => isEligible(p) && ranksBeforeMe(view, p));
}
/** A holder that nobody has a reason to relieve but by preemption. One that only restarts is coming back to it. */
export function isSound(peer) {
    const flags = full(peer)?.flags;
    return !flags || !(flags.unhealthy || flags.notACandidate || (flags.leaving && !flags.restarting));
}
/** The same of this node, while it holds. */
export function amSound(view) {
    const { policy, state } = view;
    return state.own.healthy !== false && policy.candidate && state.aside === null && state.leaving === null;
}
/** R10: a peer that keeps dying and coming back loses the right to preempt this holder. */
export function mayPreemptMe(state, peer) {
    const since = state.clock.mono - revivalWindow;
    return peer.death.revivals.filter((at) => at >= since).length <= revivalsTolerated;
}
/** The live holder: a sound one before one that is to go, the one with the highest claim, then the best; else the best exoip node, which tells no role. */
export function liveHolder(state) {
    let best = null;
    for (const peer of state.peers) {
        if (isAlive(peer) && full(peer)?.role === 'holding' && (best === null || outranks(peer, best)))
            best = peer;
    }
    return best ?? presumedExoipHolder(state);
}
function outranks(peer, best) {
    const [a, b] = [full(peer), full(best)];
    if (isSound(peer) !== isSound(best))
        return isSound(peer);
    return a.claim !== b.claim ? a.claim > b.claim : precedes(rankOf(peer), rankOf(best));
}
/** exoip has no roles: the best one that lives and has not resigned holds, unless one of ours hides it (R26). */
function presumedExoipHolder(state) {
    if (state.role === 'active' && state.association === 'confirmed')
        return null;
    let best = null;
    for (const peer of state.peers) {
        if (peer.last?.version !== 1 || !isEligible(peer))
            continue;
        if (best === null || precedes(rankOf(peer), rankOf(best)))
            best = peer;
    }
    return best;
}
/** Somebody whom I hear still hears a holder whom I do not (pre-vote). The name of the witness, or null. */
export function veto(view) {
    const { policy, state } = view;
    const { mono } = state.clock;
    for (const witness of state.peers) {
        const holder = full(witness)?.holder;
        if (!holder || !isAlive(witness) || full(witness).role === 'holding' || holder.tag === policy.self.tag)
            continue;
        const held = state.peers.find((peer) => full(peer)?.tag === holder.tag);
        if (held && (!isSound(held) || isOutdated(witness, holder.ageMs, held)))
            continue;
        const dead = held ? peerDeadInterval(policy, held) : peerDeadInterval(policy, witness);
        if (holder.ageMs + (mono - witness.heard.at) < dead)
            return witness;
    }
    return null;
}
/** The witness heard the holder before our first refused probe: what we know since then is newer (R29). */
function isOutdated(witness, ageMs, held) {
    return (held.liveness === 'refused' &&
        held.death.refusedAt !== null &&
        witness.heard.at - ageMs < held.death.refusedAt);
}
/** A better node that is taking over and still within the time it is given (R8). */
export function betterAcquirer(view) {
    const { state } = view;
    return (state.peers.find((peer) => {
        return isAcquiring(state, peer) && ranksBeforeMe(view, peer);
    }) ?? null);
}
/** It takes over, and is still within the time it is given: W, or T_op while its API answers. */
function isAcquiring(state, peer) {
    const ad = full(peer);
    if (!isAlive(peer) || ad?.role !== 'acquiring')
        return false;
    const patience = ad.flags.apiOk ? operationLimit : acquisitionWindow;
    return state.clock.mono - (peer.life.acquiringSince ?? peer.heard.at) < patience;
}
/** R23: somebody takes over whom this holder has to let: the lease is given up for it. */
export function mustRelease(view) {
    const { policy, state } = view;
    return state.peers.some((peer) => {
        const ad = full(peer);
        // No voter supports one of other settings: to release for it would be for nothing.
        if (!isAcquiring(state, peer) || !ad?.flags.quorum || ad.configDigest !== policy.configDigest)
            return false;
        if (state.aside?.handing && state.aside.to !== null)
            return peer.member.address === state.aside.to;
        const preempts = policy.preempt && ranksBeforeMe(view, peer) && mayPreemptMe(state, peer);
        return preempts || !amSound(view);
    });
}
/**
 * A worse node that began to take over while we were no candidate. If it has not written yet, it gives way as soon as
 * it hears of us; if it has, two claims at once would make two holders.
 */
export function finishingAcquirer(view) {
    const { state } = view;
    return (state.peers.find((peer) => {
        const ad = full(peer);
        if (!isAlive(peer) || ad?.role !== 'acquiring' || !ad.flags.apiOk)
            return false;
        if (ranksBeforeMe(view, peer))
            return false;
        return state.clock.mono - (peer.life.acquiringSince ?? peer.heard.at) < finishingTime;
    }) ?? null);
}
/**
 * R: how many better nodes are given a head start, as they were last heard. Dead ones count, since others may still
 * hear them, but not the holder whose death is the vacancy: whoever claims has found it dead.
 */
export function rank(view) {
    const { state } = view;
    return state.peers.filter((peer) => wouldClaim(peer) && ranksBeforeMe(view, peer) && !isDeadHolder(peer))
        .length;
}
function isDeadHolder(peer) {
    return !isAlive(peer) && full(peer)?.role === 'holding';
}
/** When a group starts, the best of those that are about to be candidates is given a moment to become one. */
export function bestIsJoining(view) {
    const { state } = view;
    if (state.holder !== null)
        return false;
    return state.peers.some((peer) => isAlive(peer) &&
        peer.life.holdOffSince !== null &&
        state.clock.mono - peer.life.holdOffSince < joiningTime &&
        full(peer)?.flags.witness !== true &&
        ranksBeforeMe(view, peer));
}
/** A member that was added late and may yet be heard (R24). */
export function awaitsNewMember(view) {
    const { policy, state } = view;
    const wait = deadInterval(policy);
    return state.peers.some((peer) => peer.liveness === 'never' && state.clock.mono - peer.addedAt < wait);
}
/** R22: two or more peers vanished, and none is heard that hears us. One that can be excused does not count. */
export function isIsolated(view) {
    const { policy, state } = view;
    // With a quorum the voters decide, and a witness is company enough.
    if (policy.quorum !== null)
        return false;
    if (state.peers.length < 2 || state.peers.some((peer) => isTwoWay(view, peer)))
        return false;
    if (vanished(view).length < 2)
        return false;
    const patience = policy.isolatedTakeoverAfterMs;
    return patience === null || isolatedFor(view) < patience;
}
/** Peers that fell silent without a reason that we know. */
export function vanished(view) {
    const { state } = view;
    return state.peers.filter((peer) => peer.last !== null && !isTwoWay(view, peer) && !isExcused(view, peer));
}
function isExcused(view, peer) {
    const { policy, state } = view;
    if (full(peer)?.flags.leaving || peer.liveness === 'refused')
        return true;
    if (peer.death.refusedAt !== null && state.clock.mono - peer.death.refusedAt < deadInterval(policy))
        return true;
    const machine = machineOf(state, peer);
    return machine !== null && isOff(machine.state) && machine.at > peer.heard.at;
}
function isolatedFor(view) {
    const { state } = view;
    const last = Math.max(...vanished(view).map((peer) => peer.echo.sentAt ?? peer.heard.at));
    return state.clock.mono - last;
}
/**
 * R22: on the way there. The last that we hear of is overdue, too: whoever loses touch with all at once would for a
 * moment find the holder dead and the third one not.
 */
export function isLosingTouch(view) {
    const { policy, state } = view;
    if (policy.quorum !== null || state.peers.length < 2)
        return false;
    const { mono } = state.clock;
    const close = state.peers.filter((peer) => isTwoWay(view, peer));
    if (close.length === 0 || close.some((peer) => mono - peer.heard.at < overdue(policy, peer)))
        return false;
    return close.length + vanished(view).length >= 2;
}
/** Two advertisements are missing. */
function overdue(policy, peer) {
    return 2 * (full(peer)?.intervalMs ?? policy.intervalMs) + guard(policy);
}
/**
 * R15: the peer has come to hold the address since we last heard it, and was not about to then: it lives, although we
 * do not hear it. A write of one that died in its takeover may land as late.
 */
export function tookUnheard(state, instance) {
    const peer = peerOf(state, instance);
    const arrival = state.cloud.arrivals.find((one) => one.instance === instance);
    if (!peer || !arrival || isAlive(peer) || !peer.heard.ever)
        return null;
    const role = full(peer)?.role;
    const wasAboutTo = role === undefined || role === 'acquiring' || role === 'holding';
    return wasAboutTo || peer.heard.at >= arrival.after ? null : arrival;
}
export function isOff(machine) {
    return machine === 'off' || machine === 'gone';
}
/** What the cloud last said of the peer's machine. */
export function machineOf(state, peer) {
    return state.cloud.machines.find((machine) => peerOf(state, machine.instance) === peer) ?? null;
}
/** The peer that an instance is: by its id, by the node id it advertises, or by an address it has (R11). */
export function peerOf(state, instance) {
    const byId = state.peers.find((peer) => peer.member.instance === instance);
    if (byId)
        return byId;
    const machine = state.cloud.machines.find((known) => known.instance === instance);
    if (!machine)
        return null;
    return (state.peers.find((peer) => (peer.last !== null && peer.last.node === machine.node) ||
        peer.member.addresses.some((address) => machine.addresses.includes(address))) ?? null);
}
