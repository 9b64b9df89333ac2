import { absorb } from './absorb.ts';
import { announce } from './announce.ts';
import { converge } from './converge.ts';
import { decide } from './decide.ts';
import { rank } from './election.ts';
import { goneFrom, silentFrom } from './peers.ts';
import { deadInterval, farewellCopies, farewellSpacing, rankStep, tick } from './policy.ts';
import { leaseUntil, vote } from './quorum.ts';
import { becomeHoldOff, proveLeaseAgain } from './roles.ts';
import { draftOf, type State, type Step } from './state.ts';
import type { Effect, Event, Milliseconds, Now, Policy } from './types.ts';

/**
 * One address of one node. A step is given an event and the time, and returns the next state and what is to be done.
 * The driver owes it an event no later than `deadline`, and one call at a time.
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
  decide(s);
  vote(s);
  converge(s);
  announce(s);
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
  if (policy.quorum !== null) {
    consider(leaseUntil(step));
    if (state.support !== null) consider(state.support.until);
  }
  if (state.vacancy.since !== null) consider(state.vacancy.since + rank(step) * rankStep(policy));
  const { leaving } = state;
  if (leaving && leaving.farewells < farewellCopies)
    consider(leaving.since + leaving.farewells * farewellSpacing);
  return Math.ceil(next);
}
