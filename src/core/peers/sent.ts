import type { Milliseconds } from '../types.ts';

/**
 * The datagrams that were sent to a peer, newest first: each leads to the one before it, so that one more copies
 * nothing. The last 64 count; when twice as many have gathered the older half is let go.
 */
export interface Sent {
  readonly sequence: number;
  readonly at: Milliseconds;
  readonly before: Sent | null;
  /** How many there are, with this one. */
  readonly length: number;
}

const counted = 64;

export function withSent(before: Sent | null, sequence: number, at: Milliseconds): Sent {
  const kept = before !== null && before.length === 2 * counted ? newest(before, counted) : before;
  return { sequence, at, before: kept, length: (kept?.length ?? 0) + 1 };
}

/** When the datagram of that number was sent, if it is one of the last. */
export function sentAt(sent: Sent | null, sequence: number): Milliseconds | null {
  let left = counted;
  for (let one = sent; one !== null && left > 0; one = one.before) {
    if (one.sequence === sequence) return one.at;
    if (one.sequence < sequence) return null;
    left -= 1;
  }
  return null;
}

function newest({ sequence, at, before }: Sent, length: number): Sent {
  return { sequence, at, before: length > 1 && before ? newest(before, length - 1) : null, length };
}
