import { full, isAlive, type Peer } from '../peers/peer.ts';
import { isMinority } from '../quorum/lease.ts';
import type { Draft, State } from '../state.ts';
import { revivalsTolerated, revivalWindow } from '../times.ts';
import type { View } from '../view.ts';
import { isIsolated } from './isolation.ts';
import { ranksBeforeMe } from './order.ts';

/**
 * Who may be elected. Everything here is a question about a view, answered from it alone: the same view gives the
 * same winner on every node, because the order is total.
 */

/** A peer that would claim if it were the best. */
export function isEligible(peer: Peer): boolean {
  return isAlive(peer) && wouldClaim(peer);
}

/** The same, as its last datagram said, dead or alive. */
export function wouldClaim(peer: Peer): boolean {
  if (peer.last === null) return false;
  if (peer.last.version === 1) return peer.last.priority !== 255;
  const { flags, role } = peer.last;
  const excluded = flags.unhealthy || flags.leaving || flags.unable || flags.witness || flags.notACandidate;
  return role !== 'init' && role !== 'witness' && !excluded;
}

/** Why this node would not claim even if all others fell silent (R31), or null if it would. */
export function inability(view: View): string | null {
  const { policy, state } = view;
  if (state.role === 'hold-off') return 'in hold-off';
  if (!state.members.known) return 'the members of the group are not known yet';
  if (policy.witness) return 'a witness';
  if (!policy.candidate) return 'excluded by its operator';
  if (state.aside !== null) return 'standing aside for its operator';
  if (state.cloud.denied) return 'the API refuses its credentials';
  if (state.cloud.failures >= 3) return 'the API does not answer';
  if (state.own.healthy === null) return 'its first health check has not answered';
  if (state.clock.mono < state.claims.unableUntil) return 'backing off after a failed takeover';
  if (state.clock.mono < state.damping.yield.until) return 'leaving the address to a taker it cannot hear';
  if (isMinority(view)) return 'cut off from the majority of the voters';
  return isIsolated(view) ? 'cut off from every peer' : null;
}

export function amEligible(view: View): boolean {
  const { state } = view;
  return state.own.healthy !== false && state.leaving === null && inability(view) === null;
}

export function amBest(view: View): boolean {
  const { state } = view;
  return amEligible(view) && !state.peers.some((p) => isEligible(p) && ranksBeforeMe(view, p));
}

/** A holder that nobody has a reason to relieve but by preemption. One that only restarts is coming back to it. */
export function isSound(peer: Peer): boolean {
  const flags = full(peer)?.flags;
  return !flags || !(flags.unhealthy || flags.notACandidate || (flags.leaving && !flags.restarting));
}

/** The same of this node, while it holds. */
export function amSound(view: View): boolean {
  const { policy, state } = view;
  return state.own.healthy !== false && policy.candidate && state.aside === null && state.leaving === null;
}

/** R10: a peer that keeps dying and coming back loses the right to preempt this holder. */
export function mayPreemptMe(state: State | Draft, peer: Peer): boolean {
  const since = state.clock.mono - revivalWindow;
  return peer.death.revivals.filter((at) => at >= since).length <= revivalsTolerated;
}
