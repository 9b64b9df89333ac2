import type { Milliseconds, NodeId, Tag } from '../types.ts';

/** Whom this voter supports, and until when nobody else (R23). */
export interface Support {
  readonly node: NodeId;
  readonly tag: Tag;
  /** Monotonic; infinity while it is this node itself. */
  readonly until: Milliseconds;
}

/** This node's lease, as data: who has one may write and go on holding (R23). Votes renew it, or an arbiter outside. */
export interface Lease {
  /** Until when, on the monotonic clock; minus infinity without one. */
  readonly until: Milliseconds;
  /** Only datagrams after this sequence bear one: those of this takeover, adoption or return. */
  readonly after: number;
  /** Until then a holder may be without one: it has just adopted the address, or taken back its release. */
  readonly proveBy: Milliseconds;
  /** When it was last seen to be valid. */
  readonly seenAt: Milliseconds;
  /** Given up for a successor that is taking over. */
  readonly released: boolean;
}

const never = Number.NEGATIVE_INFINITY;

export function copyLease({ until, after, proveBy, seenAt, released }: Lease): Lease {
  return { until, after, proveBy, seenAt, released };
}

export function newLease(): Lease {
  return { until: never, after: 0, proveBy: never, seenAt: never, released: false };
}
