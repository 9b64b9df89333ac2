import { isOff, machineOf } from '../cloud/machines.ts';
import { isTwoWay } from '../peers/liveness.ts';
import { full, type Peer } from '../peers/peer.ts';
import type { Policy } from '../policy.ts';
import { needsLease } from '../quorum/lease.ts';
import type { Step } from '../step.ts';
import { deadInterval, guard } from '../times.ts';
import type { Milliseconds } from '../types.ts';
import type { View } from '../view.ts';

/**
 * R22: whether it is the others that are gone, or this node that is cut off.
 */

/** R22: two or more peers vanished, and none is heard that hears us. One that can be excused does not count. */
export function isIsolated(view: View): boolean {
  const { policy, state } = view;
  // With a quorum the voters decide, and a witness is company enough.
  if (needsLease(policy)) return false;
  if (state.peers.length < 2 || state.peers.some((peer) => isTwoWay(view, peer))) return false;
  if (vanished(view).length < 2) return false;
  const patience = policy.isolatedTakeoverAfterMs;
  return patience === null || isolatedFor(view) < patience;
}

/** Peers that fell silent without a reason that we know. */
export function vanished(view: View): Peer[] {
  const { state } = view;
  return state.peers.filter((peer) => peer.last !== null && !isTwoWay(view, peer) && !isExcused(view, peer));
}

function isExcused(view: View, peer: Peer): boolean {
  const { policy, state } = view;
  if (full(peer)?.flags.leaving || peer.liveness === 'refused') return true;
  if (peer.death.refusedAt !== null && state.clock.mono - peer.death.refusedAt < deadInterval(policy))
    return true;
  const machine = machineOf(state, peer);
  return machine !== null && isOff(machine.state) && machine.at > peer.heard.at;
}

function isolatedFor(view: View): Milliseconds {
  const { state } = view;
  const last = Math.max(...vanished(view).map((peer) => peer.echo.sentAt ?? peer.heard.at));
  return state.clock.mono - last;
}

/**
 * R22: on the way there. The last that we hear of is overdue, too: whoever loses touch with all at once would for a
 * moment find the holder dead and the third one not.
 */
export function isLosingTouch(view: View): boolean {
  const { policy, state } = view;
  if (needsLease(policy) || state.peers.length < 2) return false;
  const { mono } = state.clock;
  const close = state.peers.filter((peer) => isTwoWay(view, peer));
  if (close.length === 0 || close.some((peer) => mono - peer.heard.at < overdue(policy, peer))) return false;
  return close.length + vanished(view).length >= 2;
}

/** Two advertisements are missing. */
function overdue(policy: Policy, peer: Peer): Milliseconds {
  return 2 * (full(peer)?.intervalMs ?? policy.intervalMs) + guard(policy);
}

/** In hold-off nobody has had time to tell that he hears us. */
export function noteIsolation(step: Step): void {
  const { state, now } = step;
  if (state.role !== 'hold-off' && isIsolated(step)) state.vacancy.isolatedAt = now.mono;
}

/** R22: the first peer that is heard again knows no more than we do; the holder may be the next one. */
export function hasJustComeBack(step: Step): boolean {
  const { policy, state, now } = step;
  const inTouch = state.peers.some((peer) => isTwoWay(step, peer));
  return inTouch && now.mono - state.vacancy.isolatedAt < deadInterval(policy);
}
