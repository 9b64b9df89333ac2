/**
 * The flags of an advertisement: a row for each, its mask among the 16 bits of the datagram. A new flag is a new row,
 * and the places that say and read it. The bits 6, 9 and 15 are reserved: zero on sending, ignored on reception.
 */
export const masks = {
  /** Leaving: keeps the address only until a successor is verified. */
  leaving: 1 << 0,
  unhealthy: 1 << 1,
  /** Would not claim even if all others fell silent (R6, R13, R31): nobody waits for it. */
  unable: 1 << 2,
  /** Votes, and never holds (R23). */
  witness: 1 << 3,
  /** From a holder: it has stopped writing, and its voters may support its successor (R23). */
  released: 1 << 4,
  /** Asks for an immediate reply. */
  probe: 1 << 5,
  /** From a holder: you, to whom this datagram is sent, may preempt me (R10). */
  preempt: 1 << 7,
  /** The last call of the cloud's API succeeded. */
  apiOk: 1 << 8,
  quorum: 1 << 10,
  /** Leaves for a restart and is back within `graceMs`. */
  restarting: 1 << 11,
  /** This standby has proven that it could take over now. Nobody says it yet. */
  ready: 1 << 12,
  /** Excluded by its operator or monitor. */
  notACandidate: 1 << 13,
  /** From a holder: you, to whom this datagram is sent, are asked to take over now (R9). */
  heir: 1 << 14,
};

export type Flag = keyof typeof masks;
export type Flags = Readonly<Record<Flag, boolean>>;

const names = Object.keys(masks) as Flag[];
const known = names.reduce((word, name) => word | masks[name], 0);
const kept: Flags[] = [];
/** Where such an object keeps its word: not enumerable, so that a copy with changes does not inherit it. */
const ownWord = Symbol('word');

/** The mask of a flag if it is said. */
export function when(said: boolean, mask: number): number {
  return said ? mask : 0;
}

/** The flags of a word. Equal words give the same frozen object: few combinations occur, and every datagram has one. */
export function flagsOf(word: number): Flags {
  const own = word & known;
  return kept[own] ?? keep(own);
}

function keep(word: number): Flags {
  const pairs = names.map((name) => [name, (word & masks[name]) !== 0] as const);
  const flags = Object.fromEntries(pairs) as Record<Flag, boolean>;
  kept[word] = Object.freeze(Object.defineProperty(flags, ownWord, { value: word }));
  return flags;
}

/** The reverse. */
export function wordOf(flags: Flags & { readonly [ownWord]?: number }): number {
  return flags[ownWord] ?? names.reduce((word, name) => (flags[name] ? word | masks[name] : word), 0);
}
