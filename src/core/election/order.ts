import type { Peer } from '../peers/peer.ts';
import type { NodeId } from '../types.ts';
import type { View } from '../view.ts';

/**
 * Who comes before whom: a total order, so that the same view gives the same winner on every node.
 */

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

export function priority(view: View): number {
  const { policy, state } = view;
  return Math.min(254, Math.max(0, policy.priority + state.own.shift));
}

export function ownRank(view: View): Rank {
  const { policy } = view;
  return { priority: priority(view), node: policy.self.node, exoip: false };
}

export function ranksBeforeMe(view: View, peer: Peer): boolean {
  const rank = rankOf(peer);
  return rank !== null && precedes(rank, ownRank(view));
}
