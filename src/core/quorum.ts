import { isAlive, type Peer } from './peers/peer.ts';
import { deadInterval } from './policy.ts';
import type { Support } from './quorum/promise.ts';
import { precedes, rankOf } from './rank.ts';
import type { Draft, State, Step } from './state.ts';
import {
  type FullAdvertisement,
  type IpAddress,
  isWrite,
  type Milliseconds,
  type NodeId,
  type Policy,
} from './types.ts';
import type { View } from './view.ts';

/**
 * R23. A visible majority is not exclusive: two nodes can each hear most of the voters. Leases are. A voter supports
 * one node at a time, and promises it to nobody else until a dead interval after it last heard that node claim or
 * hold. The node counts a promise from when it *sent* what the voter heard, and five per cent shorter: so of two nodes
 * the later one has a majority only when the lease of the earlier one is over, whatever the network does, as long as
 * no clock runs more than that wrong. Without a lease nothing is written and nobody goes on holding.
 */

/** Clocks may differ in their rate by as much: a lease ends sooner for who has it than for who gave it. */
const clockMargin = 0.95;

export function majority(voters: readonly IpAddress[]): number {
  return Math.floor(voters.length / 2) + 1;
}

function votes(policy: Policy, addresses: readonly IpAddress[]): boolean {
  return policy.quorum !== null && addresses.some((address) => policy.quorum!.voters.includes(address));
}

function isVoter(policy: Policy, peer: Peer): boolean {
  return votes(policy, peer.member.addresses);
}

/** One row for each node that votes, the newest: a node that is known by two addresses has one vote. */
function voters(view: View): Peer[] {
  const { policy, state } = view;
  const rows = state.peers.filter((peer) => isVoter(policy, peer) && peer.last !== null);
  return rows.filter((peer) => rowOf(rows, peer.last!.node) === peer);
}

/** What was last heard of that node, from whatever address. */
export function rowOf(peers: readonly Peer[], node: NodeId): Peer | null {
  let newest: Peer | null = null;
  for (const peer of peers) {
    if (peer.last?.node === node && (newest === null || peer.heard.at > newest.heard.at)) newest = peer;
  }
  return newest;
}

function amVoter(policy: Policy): boolean {
  return votes(policy, policy.self.addresses);
}

/** Voters that are no members by the group's own word, such as a witness in another cloud. */
export function missingVoters(policy: Policy, told: readonly IpAddress[]): IpAddress[] {
  const { voters } = policy.quorum ?? { voters: [] };
  return voters.filter((voter) => !told.includes(voter) && !policy.self.addresses.includes(voter));
}

// --- The voter -----------------------------------------------------------------------------------------------------

/** A stage of its own between the decision and the calls: whom this voter supports now. */
export function vote(step: Step): void {
  const { policy, state, now } = step;
  if (policy.quorum === null) return;
  const able = amVoter(policy) && state.role !== 'hold-off' && state.role !== 'stopped';
  state.support = able ? (kept(step) ?? chosen(step)) : null;
  if (hasLease(step)) state.lease = { ...state.lease, seenAt: now.mono };
}

/** The support of before, as far as it still binds: renewed by what was heard since, until its time is over. */
function kept(step: Step): Support | null {
  const { policy, state, now } = step;
  const held = state.support;
  if (held === null) return null;
  if (held.node === policy.self.node) return claimsSupport(state) ? held : null;
  const peer = rowOf(state.peers, held.node);
  if (!peer) return now.mono < held.until ? held : null;
  if (!isClaiming(peer)) return null;
  // What was promised by longer settings stays promised.
  const until = Math.max(held.until, promisedUntil(policy, peer));
  return now.mono < until ? { ...held, until } : null;
}

/** Nobody bound: this node itself if it claims, else a living claimant of the same settings, a holder before others. */
function chosen(step: Step): Support | null {
  const { policy, state } = step;
  const { node, tag } = policy.self;
  if (claimsSupport(state)) return { node, tag, until: Number.POSITIVE_INFINITY };
  const claimants = state.peers.filter(
    (peer) => isAlive(peer) && maySupport(policy, peer) && state.clock.mono < promisedUntil(policy, peer),
  );
  const [first] = claimants.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  if (!first?.last) return null;
  return { node: first.last.node, tag: first.last.tag, until: promisedUntil(policy, first) };
}

function claimsSupport(state: State | Draft): boolean {
  return state.role === 'active' && !state.lease.released && !letsGo(state);
}

/** It leaves, and has nothing to write any more: its voters are free. */
export function letsGo({ leaving, cloud: { pending } }: State | Draft): boolean {
  return leaving !== null && !(pending !== null && isWrite(pending.call.kind));
}

/** Members that do not agree on the voters may have two majorities: only who says the same is supported. */
function maySupport(policy: Policy, peer: Peer): boolean {
  return isClaiming(peer) && peer.last?.version === 2 && peer.last.configDigest === policy.configDigest;
}

function isClaiming(peer: Peer): boolean {
  if (peer.last?.version !== 2) return false;
  const { role, flags } = peer.last;
  return (role === 'acquiring' || role === 'holding') && flags.quorum && !flags.released;
}

function isBefore(a: Peer, b: Peer): boolean {
  const holds = (peer: Peer) => (peer.last as FullAdvertisement).role === 'holding';
  return holds(a) !== holds(b) ? holds(a) : precedes(rankOf(a)!, rankOf(b)!);
}

/** Both ends know both dead intervals, and count on the shorter one. */
function promisedUntil(policy: Policy, peer: Peer): Milliseconds {
  return peer.heard.at + promisedFor(policy, peer);
}

function promisedFor(policy: Policy, peer: Peer): Milliseconds {
  const own = deadInterval(policy);
  return peer.last?.version === 2 ? Math.min(own, peer.last.deadIntervalMs) : own;
}

// --- The candidate -------------------------------------------------------------------------------------------------

/** When the support of each voter that has given it ends, the longest first; its own does not end by itself. */
function supports(view: View): Milliseconds[] {
  const { policy, state } = view;
  // Who says that it leaves has let its voters go, even those whose last word is still for it.
  if (!claimsSupport(state)) return [];
  const ends = voters(view)
    .filter((peer) => peer.echo.supportedAt !== null)
    .map((peer) => peer.echo.supportedAt! + clockMargin * promisedFor(policy, peer));
  if (state.support?.node === policy.self.node) ends.push(Number.POSITIVE_INFINITY);
  return ends.sort((a, b) => b - a);
}

/** When this node's lease ends, on the monotonic clock; never without a majority. */
export function leaseUntil(view: View): Milliseconds {
  const { policy } = view;
  if (policy.quorum === null) return Number.POSITIVE_INFINITY;
  return supports(view)[majority(policy.quorum.voters) - 1] ?? Number.NEGATIVE_INFINITY;
}

/** Whether this node may write, and go on holding. Always, without a quorum. */
export function hasLease(view: View): boolean {
  const { policy, state } = view;
  return policy.quorum === null || state.clock.mono < leaseUntil(view);
}

/** Voters that support this node now, itself among them. */
export function supporters(view: View): number {
  const { policy, state } = view;
  if (policy.quorum === null) return 0;
  return supports(view).filter((until) => state.clock.mono < until).length;
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

/** Enough voters are bound to nobody else: a claim may succeed. Asked before one begins, so that votes are not split. */
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
