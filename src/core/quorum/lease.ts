import type { FullAdvertisement } from '../advertisement.ts';
import { isWrite } from '../cloud/calls.ts';
import { isAlive, openPeer, type Peer } from '../peers/peer.ts';
import type { Policy } from '../policy.ts';
import type { Draft, State } from '../state.ts';
import type { Step } from '../step.ts';
import { deadInterval } from '../times.ts';
import type { Milliseconds } from '../types.ts';
import type { View } from '../view.ts';
import { amVoter, isVoter, majority, promisedFor, voters } from './voters.ts';

/**
 * R23. A visible majority is not exclusive: two nodes can each hear most of the voters. Leases are. A voter supports
 * one node at a time, and promises it to nobody else until a dead interval after it last heard that node claim or
 * hold. The node counts a promise from when it *sent* what the voter heard, and five per cent shorter: so of two nodes
 * the later one has a majority only when the lease of the earlier one is over, whatever the network does, as long as
 * no clock runs more than that wrong. Without a lease nothing is written and nobody goes on holding.
 */

/** Clocks may differ in their rate by as much: a lease ends sooner for who has it than for who gave it. */
const clockMargin = 0.95;

export function claimsSupport(state: State | Draft): boolean {
  return state.role === 'active' && !state.lease.released && !letsGo(state);
}

/** It leaves, and has nothing to write any more: its voters are free. */
export function letsGo({ leaving, cloud: { pending } }: State | Draft): boolean {
  return leaving !== null && !(pending !== null && isWrite(pending.call.kind));
}

/** When the support of each voter that has given it ends, the longest first; its own does not end by itself. */
function promiseEnds(view: View): Milliseconds[] {
  const { policy, state } = view;
  const ends = voters(view)
    .filter((peer) => peer.echo.supportedAt !== null)
    .map((peer) => peer.echo.supportedAt! + clockMargin * promisedFor(policy, peer));
  if (state.support?.node === policy.self.node) ends.push(Number.POSITIVE_INFINITY);
  return ends.sort((a, b) => b - a);
}

/** Whether a lease is asked for at all: by a quorum, or by an arbiter outside. */
export function needsLease({ quorum, arbiter }: Policy): boolean {
  return quorum !== null || arbiter === 'external';
}

/** The votes as they are now become the lease. Whenever a promise may have changed, and only where votes decide. */
export function renewByVotes(step: Step): void {
  const { policy, state } = step;
  if (policy.quorum === null) return;
  state.lease.until = promiseEnds(step)[majority(policy.quorum.voters) - 1] ?? Number.NEGATIVE_INFINITY;
}

/** When this node's lease ends, on the monotonic clock. */
export function leaseUntil({ policy, state }: View): Milliseconds {
  if (!needsLease(policy)) return Number.POSITIVE_INFINITY;
  // Who says that it leaves has let its voters go, even those whose last word is still for it.
  return claimsSupport(state) ? state.lease.until : Number.NEGATIVE_INFINITY;
}

/** Whether this node may write, and go on holding. Always, where no lease is asked for. */
export function hasLease(view: View): boolean {
  return !needsLease(view.policy) || view.state.clock.mono < leaseUntil(view);
}

/** Voters that support this node now, itself among them. */
export function supporters(view: View): number {
  const { policy, state } = view;
  if (policy.quorum === null || !claimsSupport(state)) return 0;
  return promiseEnds(view).filter((until) => state.clock.mono < until).length;
}

/** Voters that have heard this node as lately as a lease asks for, and could support somebody. */
function reachable(view: View): Peer[] {
  const { policy, state } = view;
  return voters(view).filter((peer) => {
    if (!isAlive(peer) || peer.echo.sentAt === null) return false;
    const answered = state.clock.mono < peer.echo.sentAt + clockMargin * promisedFor(policy, peer);
    return answered && peer.last?.version === 2 && peer.last.role !== 'init';
  });
}

/** Cut off from the majority: whatever this node did, it would have no lease. */
export function isMinority(view: View): boolean {
  const { policy } = view;
  if (policy.quorum === null) return false;
  const own = amVoter(policy) ? 1 : 0;
  return own + reachable(view).length < majority(policy.quorum.voters);
}

/** Enough voters are bound to nobody else: a claim may succeed. Asked before one begins, so that votes do not split. */
export function isMajorityFree(view: View): boolean {
  const { policy, state } = view;
  if (policy.quorum === null) return true;
  const bound = state.support !== null && state.support.node !== policy.self.node;
  const own = amVoter(policy) && !bound ? 1 : 0;
  const free = reachable(view).filter((peer) => {
    const { support } = peer.last as FullAdvertisement;
    return support === 0 || support === policy.self.tag;
  });
  return own + free.length >= majority(policy.quorum.voters);
}

/** A voter is asked for a fresh word now and then, so that one lost answer costs no lease. */
export function wantsSupport(view: View, peer: Peer): boolean {
  const { policy, state } = view;
  if (policy.quorum === null || !claimsSupport(state) || !isVoter(policy, peer)) return false;
  return peer.echo.supportedAt === null || state.clock.mono - peer.echo.supportedAt > policy.intervalMs / 2;
}

/** R23: what was sent before bears no lease any more. The holder has a dead interval to prove itself anew. */
export function proveLeaseAgain(step: Step): void {
  const { policy, state, now } = step;
  const proveBy = now.mono + deadInterval(policy);
  Object.assign(state.lease, { after: state.speech.sequence, proveBy, released: false });
  if (policy.quorum) state.peers = state.peers.map(withoutSupport);
  if (needsLease(policy)) state.lease.until = Number.NEGATIVE_INFINITY;
  renewByVotes(step);
}

function withoutSupport(peer: Peer): Peer {
  const { sentAt, age } = peer.echo;
  const next = openPeer(peer);
  next.echo = { sentAt, age, supportedAt: null };
  return next;
}
