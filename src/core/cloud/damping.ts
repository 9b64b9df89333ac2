import type { InstanceId, Milliseconds } from '../types.ts';

/** What keeps this node from acting too often, or across something that may still land (R15, R19–R21). */
export interface Damping {
  /** The instants of the last written plans (R21). */
  readonly plans: readonly Milliseconds[];
  /** The last of them was the association of this takeover: what follows at once belongs to it. */
  readonly planOpen: boolean;
  readonly fencedAt: Milliseconds;
  /** A dissociation of another machine ended without an answer: until then it may still be carried out (R19). */
  readonly fenceUnresolvedUntil: Milliseconds;
  /**
   * The same of our own release: what is ours may yet be lost to it. Nobody is relieved or dissociated meanwhile
   * (R9, R20).
   */
  readonly releaseUnresolvedUntil: Milliseconds;
  readonly yield: Yield;
}

/** The address is left to whoever took it unheard (R15). */
export interface Yield {
  readonly until: Milliseconds;
  readonly count: number;
  readonly lastAt: Milliseconds;
  /** Instance that took the address and is not heard. */
  readonly taker: InstanceId | null;
  /** It has taken it twice within an hour, and this node is the one that gives way. */
  readonly duel: boolean;
}

const never = Number.NEGATIVE_INFINITY;

export function newDamping(): Damping {
  return {
    plans: [],
    planOpen: false,
    fencedAt: never,
    fenceUnresolvedUntil: never,
    releaseUnresolvedUntil: never,
    yield: { until: never, count: 0, lastAt: never, taker: null, duel: false },
  };
}

export function copyDamping(damping: Damping): Damping {
  return {
    plans: damping.plans,
    planOpen: damping.planOpen,
    fencedAt: damping.fencedAt,
    fenceUnresolvedUntil: damping.fenceUnresolvedUntil,
    releaseUnresolvedUntil: damping.releaseUnresolvedUntil,
    yield: damping.yield,
  };
}
