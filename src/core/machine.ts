import { announce } from './announce/announce.ts';
import { converge } from './cloud/converge.ts';
import { absorbOutcome } from './cloud/outcomes.ts';
import { tellConditions } from './conditions/standing.ts';
import { noteHolder } from './election/holder.ts';
import { noteIsolation } from './election/isolation.ts';
import { noteChallenger, rank } from './election/rivals.ts';
import type { Effect, Event } from './events.ts';
import { goneFrom, judgePeers, silentFrom } from './peers/liveness.ts';
import { mergeMembers } from './peers/members.ts';
import { absorbAdvertisement, absorbRefusal } from './peers/receive.ts';
import type { Policy } from './policy.ts';
import { leaseUntil, needsLease, proveLeaseAgain, renewByVotes } from './quorum/lease.ts';
import { vote } from './quorum/voter.ts';
import { tendAside } from './roles/aside.ts';
import { decideBackup } from './roles/backup.ts';
import { becomeHoldOff } from './roles/become.ts';
import { decideClaiming } from './roles/claiming.ts';
import { decideHoldOff } from './roles/hold-off.ts';
import { decideHolding } from './roles/holding.ts';
import { decideWitness } from './roles/leaving.ts';
import { absorbCommand, absorbPolicy } from './roles/orders.ts';
import { endYield, yieldToTaker } from './roles/yielding.ts';
import { draftOf, type State } from './state.ts';
import type { Step } from './step.ts';
import { deadInterval, farewellCopies, farewellSpacing, rankStep, tick } from './times.ts';
import type { Milliseconds, Now } from './types.ts';

/**
 * One address of one node. A step is given an event and the time, and returns the next state and what is to be done.
 * The driver owes it an event no later than `deadline`, and one call at a time.
 * Five stages: absorb, decide, vote, converge, announce.
 */
export function step(
  policy: Policy,
  state: State,
  now: Now,
  event: Event,
): { state: State; effects: Effect[] } {
  const early = event.kind === 'tick' && now.mono < state.clock.wakeAt;
  if (early || state.role === 'stopped') return { state, effects: [] };
  const draft = draftOf(state, now);
  const s: Step = { policy, now, state: draft, effects: [] };
  passTime(s, state.clock);
  absorb(s, event);
  // Time alone promises nothing.
  if (event.kind !== 'tick') renewByVotes(s);
  decide(s);
  vote(s);
  converge(s);
  announce(s);
  tellConditions(s, event);
  draft.clock.wakeAt = nextWake(s);
  return { state: draft, effects: s.effects };
}

/** The instant at which the next tick is due; one before it (timers may fire early) changes nothing. */
export function deadline(state: State): Milliseconds {
  return state.clock.wakeAt;
}

/**
 * R2, first thing in every step, before the event is looked at: how long was nobody listening? Silence is counted
 * on the responsive clock, which a pause does not move. After a pause longer than D the peers have buried us.
 */
function passTime(step: Step, before: Now): void {
  const { policy, state, now } = step;
  const gap = Math.max(now.mono - before.mono, now.boot - before.boot - 20);
  if (gap > deadInterval(policy))
    return becomeHoldOff(step, `this machine was paused for ${Math.round(gap)} ms`);
  if (gap <= policy.intervalMs / 2)
    state.clock.responsive += Math.min(now.mono - before.mono, 2 * tick(policy));
  // Only the clock that also counts suspended time saw it: what we sent is older than we think, and so is our lease.
  if (now.boot - before.boot - (now.mono - before.mono) > 100) proveLeaseAgain(step);
  const stepped = now.wall - before.wall - (now.mono - before.mono) > deadInterval(policy);
  if (state.association === 'confirmed' && (gap > policy.intervalMs || stepped))
    state.cloud.readWanted = true;
}

/** First of five stages: what the event tells is written down. Nothing is decided here. */
function absorb(step: Step, event: Event): void {
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
    case 'lease':
      // Where votes decide they are counted right after this.
      step.state.lease.until = event.until;
      return;
    case 'policy':
      return absorbPolicy(step, event.previous);
    case 'command':
      return absorbCommand(step, event.command);
  }
}

/** Second stage: what this node should be, given everything known. No call is made here. */
function decide(step: Step): void {
  judgePeers(step);
  noteHolder(step);
  noteChallenger(step);
  noteIsolation(step);
  endYield(step);
  yieldToTaker(step);
  tendAside(step);
  const { role, association } = step.state;
  if (role === 'hold-off') decideHoldOff(step);
  else if (role === 'witness') decideWitness(step);
  else if (role === 'backup') decideBackup(step);
  else if (role === 'active') association === 'confirmed' ? decideHolding(step) : decideClaiming(step);
}

/** Never later than one tick; sooner where something falls due. */
function nextWake(step: Step): Milliseconds {
  const { policy, state, now } = step;
  let next = now.mono + tick(policy);
  const consider = (at: Milliseconds) => {
    if (at > now.mono && at < next) next = at;
  };
  const ahead = (responsive: Milliseconds) => now.mono + (responsive - state.clock.responsive);
  consider(state.speech.nextBeatAt);
  for (const peer of state.peers) {
    if (peer.outbox.fastAt !== null) consider(peer.outbox.fastAt);
    for (const at of peer.outbox.probeAt) consider(at);
    if (peer.liveness !== 'alive') continue;
    consider(ahead(silentFrom(policy, peer)));
    if (peer.death.refusals > 0) consider(ahead(goneFrom(policy, peer)));
  }
  if (needsLease(policy)) {
    consider(leaseUntil(step));
    if (state.support !== null) consider(state.support.until);
  }
  if (state.vacancy.since !== null) consider(state.vacancy.since + rank(step) * rankStep(policy));
  const { leaving } = state;
  if (leaving && leaving.farewells < farewellCopies)
    consider(leaving.since + leaving.farewells * farewellSpacing);
  return Math.ceil(next);
}
