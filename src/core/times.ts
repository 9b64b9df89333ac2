import type { Policy } from './policy.ts';
import type { Milliseconds, NodeId } from './types.ts';

/**
 * The times that follow from a policy, and the ones that nobody needs to set. The letters are those of
 * README.md, where the others go by their names here.
 */

/** Γ: keeps the deadline from racing the last advertisement; without it a ratio of 3 behaves like one of 2. */
export function guard(policy: Pick<Policy, 'intervalMs'>): Milliseconds {
  return Math.max(policy.intervalMs / 4, 20);
}

/** D: silence after which a peer is dead. */
export function deadInterval(policy: Pick<Policy, 'intervalMs' | 'deadRatio'>): Milliseconds {
  return policy.intervalMs * policy.deadRatio + guard(policy);
}

/** Dead intervals that may be set anywhere: two of the shortest intervals, and a minute. */
export const shortestDeadInterval = 200;

export const longestDeadInterval = 60_000;

/** Head start of each better-ranked peer, so that the best survivor moves first. */
export function rankStep(policy: Policy): Milliseconds {
  return Math.min(100, policy.intervalMs / 10);
}

/** The longest time between two steps. Silence is counted at most two of these per step (the responsive clock). */
export function tick(policy: Policy): Milliseconds {
  return Math.min(100, policy.intervalMs / 10);
}

/** B: how often a holder and its two best backups exchange datagrams, so that refusals are soon conclusive (R29). */
export function burst(policy: Policy): Milliseconds {
  return Math.min(policy.intervalMs, Math.min(200, Math.max(100, policy.intervalMs / 5)));
}

/** Delays of the further probes that follow the first refusal. */
export const confirmingProbes: readonly Milliseconds[] = [20, 60, 140];

/** Probes that must be refused before silence becomes certainty. */
export const refusalsNeeded = 3;

/** W: how long others wait for a better node that takes over while its API does not answer. */
export const acquisitionWindow = 15_000;

/** How long a node that could claim waits at the start of a group for a better one in hold-off. */
export const joiningTime = 1_000;

/** How long a better node lets a worse one finish that had begun to take over before the better one could. */
export const finishingTime = 3_000;

/** The same while its API answers: the limit of one asynchronous operation. */
export const operationLimit = 30_000;

/** A reading older than this proves nothing when another machine is to be dissociated. */
export const callLimit = 5_000;

/** The address must have rested this long before a better node may preempt. */
export const minimumHold = 30_000;

/** Extra silence before a better-ranked dead holder is dissociated, where nobody certifies its death. */
export const fenceDelay = 3_000;

export const fenceSpacing = 5_000;

/** After any failed call, the next one of the background. */
export const retryAfterFailure = 5_000;

/** How often a takeover looks again while the cloud is busy or a wait runs. */
export const pollInterval = 1_000;

/** The same while a machine that is no member's holds the address. */
export const foreignPoll = 15_000;

/** A written plan may follow another after this, and at most `plansPerMinute` in any 60 s (R21). */
export const planSpacing = 2_000;

export const plansPerMinute = 10;

/** A reading older than this does not allow a write. */
export const viewFreshness = 2_000;

/** The cloud's word on a machine that we do not hear is asked anew after this, and decides nothing after twice this. */
export const describePeriod = 60_000;

const membersPeriod = 60_000;

/** An unknown sender for our address makes us read the members, at most this often. */
export const strangerSpacing = 10_000;

/** Extra readings of the truth for the same cause (R14). */
export const extraReadSpacing = 2_000;

export const maxPeers = 64;

/** A member that is absent from three good lists is removed only after this much silence. */
export const removalSilence = 60_000;

export const listsBeforeRemoval = 3;

/** More revivals than this in ten minutes lose a peer the right to preempt (R10). */
export const revivalsTolerated = 3;

export const revivalWindow = 600_000;

/** Two losses against a taker that is not heard within this time are a duel (R15). */
export const duelWindow = 3_600_000;

export const duelTruce = 900_000;

/** A leaving node repeats its farewell at this spacing before it beats at half the interval. */
export const farewellSpacing = 50;

export const farewellCopies = 3;

const reconcileHolding = 30_000;

const reconcileStandby = 60_000;

const backOffBase = 5_000;

const yieldBase = 15_000;

const backOffCap = 300_000;

/** 5 s · 2^k, at most 300 s: how long a node that failed to take over lets others try (R12, R13). */
export function backOff(failures: number): Milliseconds {
  return Math.min(backOffCap, backOffBase * 2 ** failures);
}

/** 15 s · 2^k, at most 300 s: how long an evicted node leaves the address to a taker that it cannot hear. */
export function yieldTime(evictions: number): Milliseconds {
  return Math.min(backOffCap, yieldBase * 2 ** evictions);
}

/**
 * When to compare again with the cloud after `audits` comparisons since the last change: one dead interval, then
 * doubling up to the regular period. A call of a node that crashed just before may land late; this heals it soon.
 */
export function auditDelay(policy: Policy, audits: number): Milliseconds {
  const soon = deadInterval(policy) * 2 ** Math.min(audits, 10);
  return soon < reconcileHolding ? soon : jitter(policy.self.node, audits, reconcileHolding);
}

export function standbyReadDelay(policy: Policy, reads: number): Milliseconds {
  return jitter(policy.self.node, reads, reconcileStandby);
}

export function membersDelay(policy: Policy, reads: number): Milliseconds {
  return jitter(policy.self.node, reads, membersPeriod);
}

/** The period ± 10 %, spread by a hash of node id and counter, so that a group does not ask in step. */
function jitter(node: NodeId, counter: number, period: Milliseconds): Milliseconds {
  let hash = 2_166_136_261 ^ counter;
  for (let i = 0; i < node.length; i++) hash = Math.imul(hash ^ node.charCodeAt(i), 16_777_619);
  return Math.round(period * (0.9 + ((hash >>> 0) % 2_001) / 10_000));
}
