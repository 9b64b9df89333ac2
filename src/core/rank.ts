import type { Peer } from './peers/peer.ts';
import type { Draft, State } from './state.ts';
import type { NodeId, Policy } from './types.ts';

/** Who comes before whom: a total order, so that the same view gives the same winner on every node. */

export interface Rank {
  readonly priority: number;
  readonly node: NodeId;
  /** An exoip node never yields at equal priority: it ranks before one of ours. */
  readonly exoip: boolean;
}

/** Whether `a` ranks before `b`: lower priority first, then lower node id. The only place that knows the direction. */
export function precedes(a: Rank, b: Rank): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority;
  if (a.exoip !== b.exoip) return a.exoip;
  return a.node < b.node;
}

export function rankOf(peer: Peer): Rank | null {
  if (peer.last === null) return null;
  return { priority: peer.last.priority, node: peer.last.node, exoip: peer.last.version === 1 };
}

export function priority(policy: Policy, state: State | Draft): number {
  return Math.min(254, Math.max(0, policy.priority + state.own.shift));
}

export function ownRank(policy: Policy, state: State | Draft): Rank {
  return { priority: priority(policy, state), node: policy.self.node, exoip: false };
}

export function ranksBeforeMe(policy: Policy, state: State | Draft, peer: Peer): boolean {
  const rank = rankOf(peer);
  return rank !== null && precedes(rank, ownRank(policy, state));
}
