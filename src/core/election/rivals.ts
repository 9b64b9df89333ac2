import { full, isAlive, type Peer } from '../peers/peer.ts';
import type { Draft, State } from '../state.ts';
import type { Step } from '../step.ts';
import { acquisitionWindow, deadInterval, finishingTime, joiningTime, operationLimit } from '../times.ts';
import type { View } from '../view.ts';
import { amSound, mayPreemptMe, wouldClaim } from './candidates.ts';
import { ranksBeforeMe } from './order.ts';

/**
 * Who else is about to take the address, and how long it is left to them.
 */

/** A better node that is taking over and still within the time it is given (R8). */
export function betterAcquirer(view: View): Peer | null {
  const { state } = view;
  return (
    state.peers.find((peer) => {
      return isAcquiring(state, peer) && ranksBeforeMe(view, peer);
    }) ?? null
  );
}

/**
 * A worse node that began to take over while we were no candidate. If it has not written yet, it gives way as soon as
 * it hears of us; if it has, two claims at once would make two holders.
 */
export function finishingAcquirer(view: View): Peer | null {
  const { state } = view;
  return (
    state.peers.find((peer) => {
      const ad = full(peer);
      if (!isAlive(peer) || ad?.role !== 'acquiring' || !ad.flags.apiOk) return false;
      if (ranksBeforeMe(view, peer)) return false;
      return state.clock.mono - (peer.life.acquiringSince ?? peer.heard.at) < finishingTime;
    }) ?? null
  );
}

/** It takes over, and is still within the time it is given: W, or the operation limit while its API answers. */
function isAcquiring(state: State | Draft, peer: Peer): boolean {
  const ad = full(peer);
  if (!isAlive(peer) || ad?.role !== 'acquiring') return false;
  const patience = ad.flags.apiOk ? operationLimit : acquisitionWindow;
  return state.clock.mono - (peer.life.acquiringSince ?? peer.heard.at) < patience;
}

/**
 * How many better nodes are given a head start, as they were last heard. Dead ones count, since others may still
 * hear them, but not the holder whose death is the vacancy: whoever claims has found it dead.
 */
export function rank(view: View): number {
  const { state } = view;
  return state.peers.filter((peer) => wouldClaim(peer) && ranksBeforeMe(view, peer) && !isDeadHolder(peer))
    .length;
}

function isDeadHolder(peer: Peer): boolean {
  return !isAlive(peer) && full(peer)?.role === 'holding';
}

/** When a group starts, the best of those that are about to be candidates is given a moment to become one. */
export function bestIsJoining(view: View): boolean {
  const { state } = view;
  if (state.holder !== null) return false;
  return state.peers.some(
    (peer) =>
      isAlive(peer) &&
      peer.life.holdOffSince !== null &&
      state.clock.mono - peer.life.holdOffSince < joiningTime &&
      full(peer)?.flags.witness !== true &&
      ranksBeforeMe(view, peer),
  );
}

/** A member that was added late and may yet be heard (R24). */
export function awaitsNewMember(view: View): boolean {
  const { policy, state } = view;
  const wait = deadInterval(policy);
  return state.peers.some((peer) => peer.liveness === 'never' && state.clock.mono - peer.addedAt < wait);
}

/** A worse node that takes over gives way when it hears a holder, but what it has written by then is carried out. */
export function noteChallenger(step: Step): void {
  const { state, now } = step;
  const challenged = state.peers.some(
    (peer) =>
      isAlive(peer) &&
      peer.last?.version === 2 &&
      peer.last.role === 'acquiring' &&
      !ranksBeforeMe(step, peer),
  );
  if (challenged) state.cloud.challengedAt = now.mono;
}

/** R23: somebody takes over whom this holder has to let: the lease is given up for it. */
export function mustRelease(view: View): boolean {
  const { policy, state } = view;
  return state.peers.some((peer) => {
    const ad = full(peer);
    // No voter supports one of other settings: to release for it would be for nothing.
    if (!isAcquiring(state, peer) || !ad?.flags.quorum || ad.configDigest !== policy.configDigest)
      return false;
    if (state.aside?.handing && state.aside.to !== null) return peer.member.address === state.aside.to;
    const preempts = policy.preempt && ranksBeforeMe(view, peer) && mayPreemptMe(state, peer);
    return preempts || !amSound(view);
  });
}
