import type { Flags } from '../core/index.ts';

/** Bit n is the mask 1 << n of the 16 bits. Bit 15 is zero on sending and ignored on reception. */
const bits: Readonly<Record<keyof Flags, number>> = {
  leaving: 0,
  unhealthy: 1,
  unable: 2,
  witness: 3,
  released: 4,
  probe: 5,
  reply: 6,
  preempt: 7,
  apiOk: 8,
  multi: 9,
  quorum: 10,
  restarting: 11,
  ready: 12,
  notACandidate: 13,
  heir: 14,
};

const known = 0x7fff;

export function packFlags(flags: Flags): number {
  let word = 0;
  for (const [name, bit] of masks) if (flags[name]) word |= bit;
  return word;
}

/** Equal words give the same frozen object: few combinations occur, and every datagram has one. */
export function unpackFlags(word: number): Flags {
  const own = word & known;
  return unpacked[own] ?? remember(own);
}

const masks = (Object.keys(bits) as (keyof Flags)[]).map((name) => [name, 1 << bits[name]] as const);
const unpacked: Flags[] = [];

function remember(word: number): Flags {
  const pairs = masks.map(([name, mask]) => [name, (word & mask) !== 0] as const);
  const flags = Object.freeze(Object.fromEntries(pairs) as Record<keyof Flags, boolean>);
  unpacked[word] = flags;
  return flags;
}
