import type { ClaimReason } from '../reports.ts';
import type { InstanceId, Milliseconds } from '../types.ts';

/** A takeover under way. */
export interface Claim {
  readonly why: ClaimReason;
  readonly since: Milliseconds;
  /** As `since`, but moved on while waiting is right: the limit of R13 counts from here. */
  readonly tryingSince: Milliseconds;
  /** How the holder before fell away, for the report. */
  readonly from: string | null;
  readonly silentMs: Milliseconds | null;
  readonly refusedMs: Milliseconds | null;
  readonly readMs: Milliseconds | null;
  /** The association that was sent last: when, and when it ended; from then on only a read counts. */
  readonly wroteAt: Milliseconds | null;
  readonly settledAt: Milliseconds | null;
  readonly acceptedMs: Milliseconds | null;
  /** The holders before that write: if they are unchanged afterwards, nobody was faster, it just failed. */
  readonly heldBefore: readonly InstanceId[];
  readonly associateMs: Milliseconds | null;
  /** Dissociating the holder was part of this claim: the association that follows is the same plan. */
  readonly cleared: boolean;
}

/** Takeovers of before: the numbers of the claims, and what failed ones cost. */
export interface Claims {
  /** Of this node's last hold, and the highest that was heard. */
  readonly number: number;
  readonly seen: number;
  /** Takeovers that failed in a row (R13). */
  readonly lost: number;
  readonly unableUntil: Milliseconds;
}

export function newClaims(): Claims {
  return { number: 0, seen: 0, lost: 0, unableUntil: Number.NEGATIVE_INFINITY };
}

export function copyClaims(claims: Claims): Claims {
  return {
    number: claims.number,
    seen: claims.seen,
    lost: claims.lost,
    unableUntil: claims.unableUntil,
  };
}
