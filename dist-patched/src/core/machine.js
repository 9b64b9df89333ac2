import { announce } from "./announce/announce.js";
import { converge } from "./cloud/converge.js";
import { absorbOutcome } from "./cloud/outcomes.js";
import { tellConditions } from "./conditions/standing.js";
import { noteHolder } from "./election/holder.js";
import { noteIsolation } from "./election/isolation.js";
import { noteChallenger, rank } from "./election/rivals.js";
import { goneFrom, judgePeers, silentFrom } from "./peers/liveness.js";
import { mergeMembers } from "./peers/members.js";
import { absorbAdvertisement, absorbRefusal } from "./peers/receive.js";
import { leaseUntil, proveLeaseAgain } from "./quorum/lease.js";
import { vote } from "./quorum/voter.js";
import { tendAside } from "./roles/aside.js";
import { decideBackup } from "./roles/backup.js";
import { becomeHoldOff } from "./roles/become.js";
import { decideClaiming } from "./roles/claiming.js";
import { decideHoldOff } from "./roles/hold-off.js";
import { decideHolding } from "./roles/holding.js";
import { decideWitness } from "./roles/leaving.js";
import { absorbCommand, absorbPolicy } from "./roles/orders.js";
import { endYield, yieldToTaker } from "./roles/yielding.js";
import { draftOf } from "./state.js";
import { deadInterval, farewellCopies, farewellSpacing, rankStep, tick } from "./times.js";
/**
 * One address of one node. A step is given an event and the time, and returns the next state and what is to be done.
 * The driver owes it an event no later than `deadline`, and one call at a time.
 */
export function step(policy, state, now, event) {
    const early = event.kind === 'tick' && now.mono < state.clock.wakeAt;
    if (early || state.role === 'stopped')
        return { state, effects: [] };
    const draft = draftOf(state, now);
    const s = { policy, now, state: draft, effects: [] };
    passTime(s, state.clock);
    absorb(s, event);
    decide(s);
    vote(s);
    converge(s);
    announce(s);
    tellConditions(s, event);
    draft.clock.wakeAt = nextWake(s);
    return { state: draft, effects: s.effects };
}
/** The instant at which the next tick is due; one before it (timers may fire early) changes nothing. */
export function deadline(state) {
    return state.clock.wakeAt;
}
/**
 * R2, first thing in every step, before the event is looked at: how long was nobody listening? Silence is counted
 * on the responsive clock, which a pause does not move. After a pause longer than D the peers have buried us.
 */
function passTime(step, before) {
    const { policy, state, now } = step;
    const gap = Math.max(now.mono - before.mono, now.boot - before.boot - 20);
    if (gap > deadInterval(policy))
        return becomeHoldOff(step, `this machine was paused for ${Math.round(gap)} ms`);
    if (gap <= policy.intervalMs / 2)
        state.clock.responsive += Math.min(now.mono - before.mono, 2 * tick(policy));
    // Only the clock that also counts suspended time saw it: what we sent is older than we think, and so is our lease.
    if (now.boot - before.boot - (now.mono - before.mono) > 100)
        proveLeaseAgain(step);
    const stepped = now.wall - before.wall - (now.mono - before.mono) > deadInterval(policy);
    if (state.association === 'confirmed' && (gap > policy.intervalMs || stepped))
        state.cloud.readWanted = true;
}
/** First stage: what the event tells is written down. Nothing is decided here. */
function absorb(step, event) {
    switch (event.kind) {
        case 'tick':
            return;
        case 'heard':
            return absorbAdvertisement(step, event.from, event.advertisement);
        case 'refused':
            return absorbRefusal(step, event.peer);
        case 'settled':
            return absorbOutcome(step, event.ticket, event.outcome);
        case 'members':
            return mergeMembers(step, event.members);
        case 'health':
            step.state.own.healthy = event.ok;
            return;
        case 'policy':
            return absorbPolicy(step, event.previous);
        case 'command':
            return absorbCommand(step, event.command);
    }
}
/** Second stage: what this node should be, given everything known. No call is made here. */
function decide(step) {
    judgePeers(step);
    noteHolder(step);
    noteChallenger(step);
    noteIsolation(step);
    endYield(step);
    yieldToTaker(step);
    tendAside(step);
    const { role, association } = step.state;
    if (role === 'hold-off')
        decideHoldOff(step);
    else if (role === 'witness')
        decideWitness(step);
    else if (role === 'backup')
        decideBackup(step);
    else if (role === 'active')
        association === 'confirmed' ? decideHolding(step) : decideClaiming(step);
}
/** Never later than one tick; sooner where something falls due. */
function nextWake(step) {
    const { policy, state, now } = step;
    let next = now.mono + tick(policy);
    const consider = (at) => {
        if (at > now.mono && at < next)
            next = at;
    };
    const ahead = (responsive) => now.mono + (responsive - state.clock.responsive);
    consider(state.speech.nextBeatAt);
    for (const peer of state.peers) {
        if (peer.outbox.fastAt !== null)
            consider(peer.outbox.fastAt);
        for (const at of peer.outbox.probeAt)
            consider(at);
        if (peer.liveness !== 'alive')
            continue;
        consider(ahead(silentFrom(policy, peer)));
        if (peer.death.refusals > 0)
            consider(ahead(goneFrom(policy, peer)));
    }
    if (policy.quorum !== null) {
        consider(leaseUntil(step));
        if (state.support !== null)
            consider(state.support.until);
    }
    if (state.vacancy.since !== null)
        consider(state.vacancy.since + rank(step) * rankStep(policy));
    const { leaving } = state;
    if (leaving && leaving.farewells < farewellCopies)
        consider(leaving.since + leaving.farewells * farewellSpacing);
    return Math.ceil(next);
}
