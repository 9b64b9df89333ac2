import type { FullAdvertisement } from '../advertisement.ts';
import { precedes, rankOf } from '../election/order.ts';
import { isAlive, type Peer } from '../peers/peer.ts';
import { rowOf } from '../peers/table.ts';
import type { Policy } from '../policy.ts';
import type { Step } from '../step.ts';
import { claimsSupport, hasLease, needsLease, renewByVotes } from './lease.ts';
import type { Support } from './promise.ts';
import { amVoter, promisedUntil } from './voters.ts';

/**
 * R23, this node as a voter: whom it supports. See README.md for why.
 */

/** Third stage, between the decision and the calls: whom this voter supports now. */
export function vote(step: Step): void {
  const { policy, state } = step;
  if (policy.quorum === null) return noteLease(step);
  const able = amVoter(policy) && state.role !== 'hold-off' && state.role !== 'stopped';
  const wasOwn = isOwn(step);
  state.support = able ? (kept(step) ?? chosen(step)) : null;
  if (isOwn(step) !== wasOwn) renewByVotes(step);
  noteLease(step);
}

/** This node's vote is its own. */
function isOwn({ policy, state }: Step): boolean {
  return state.support?.node === policy.self.node;
}

function noteLease(step: Step): void {
  const { policy, state, now } = step;
  if (needsLease(policy) && hasLease(step)) state.lease.seenAt = now.mono;
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
  return now.mono < until ? { node: held.node, tag: held.tag, until } : null;
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
