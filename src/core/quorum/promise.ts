import type { Milliseconds, NodeId, Tag } from '../types.ts';

/** Whom this voter supports, and until when nobody else (R23). */
export interface Support {
  readonly node: NodeId;
  readonly tag: Tag;
  /** Monotonic; infinity while it is this node itself. */
  readonly until: Milliseconds;
}

/** What bears this node's lease (R23). */
export interface Lease {
  /** Only datagrams after this sequence bear one: those of this takeover, adoption or return. */
  readonly after: number;
  /** Until then a holder may be without one: it has just adopted the address, or taken back its release. */
  readonly proveBy: Milliseconds;
  /** When it was last seen to be valid. */
  readonly seenAt: Milliseconds;
  /** Given up for a successor that is taking over. */
  readonly released: boolean;
}

export function newLease(): Lease {
  return { after: 0, proveBy: Number.NEGATIVE_INFINITY, seenAt: Number.NEGATIVE_INFINITY, released: false };
}
