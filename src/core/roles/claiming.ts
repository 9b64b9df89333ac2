import { nameOf } from '../cloud/machines.ts';
import type { Reading } from '../cloud/memory.ts';
import { amBest, amEligible, isSound } from '../election/candidates.ts';
import { liveHolder, veto } from '../election/holder.ts';
import { ranksBeforeMe } from '../election/order.ts';
import { betterAcquirer } from '../election/rivals.ts';
import { isHeir } from '../election/vacancy.ts';
import { isTwoWay } from '../peers/liveness.ts';
import { type Peer, peerName } from '../peers/peer.ts';
import { hasLease } from '../quorum/lease.ts';
import type { Step } from '../step.ts';
import { acquisitionWindow, backOff, deadInterval, operationLimit } from '../times.ts';
import { desired } from '../view.ts';
import { becomeBackup, becomeHolding } from './become.ts';
import type { Claim } from './claim.ts';

/** R11–R13: a takeover goes on only while its reason stands. */
export function decideClaiming(step: Step): void {
  const { state, now } = step;
  const claim = state.claim!;
  const objection = objectionToClaim(step, claim);
  if (objection) return becomeBackup(step, objection);
  const reading = freshReading(step, claim);
  const ours = reading?.holders.includes(desired(step)) ?? false;
  if (ours && hasLease(step))
    return becomeHolding(step, claim.wroteAt === null ? 'the address is ours already' : 'verified');
  if (isForsaken(step, claim)) return giveUp(step, 'no majority of the voters supports this node');
  if (!ours && claim.settledAt !== null && reading && !reading.pending)
    return concludeWrite(step, claim, reading);
  const limit = state.cloud.failures === 0 && claim.wroteAt !== null ? operationLimit : acquisitionWindow;
  if (now.mono - claim.tryingSince >= limit) giveUp(step, 'the takeover did not succeed in time');
}

/** R23: a dead interval without a lease. The voters are bound to somebody whom we do not hear, or out of reach. */
function isForsaken(step: Step, claim: Claim): boolean {
  const { policy, state, now } = step;
  if (hasLease(step)) return false;
  return now.mono - Math.max(claim.since, state.lease.seenAt) >= deadInterval(policy);
}

/** Why this takeover must end, or null. Once the write is sent, a better candidate is no reason: a sound holder is. */
function objectionToClaim(step: Step, claim: Claim): string | null {
  const { state } = step;
  if (state.cloud.denied) return 'the API refuses the credentials';
  if (state.own.healthy === false) return 'this node is not healthy';
  const holder = liveHolder(state);
  if (holder && isSound(holder) && !allowsClaim(step, claim, holder))
    return `${peerName(holder)} holds the address`;
  if (claim.wroteAt !== null) return null;
  if (state.leaving) return 'asked to stop';
  if (!amEligible(step)) return 'this node is no candidate any more';
  if (claim.why !== 'handover' && !amBest(step)) return 'a better node is there';
  if (holder) return null;
  if (betterAcquirer(step)) return 'a better node is taking over';
  const witness = veto(step);
  return witness ? `${peerName(witness)} still hears the holder` : null;
}

/** A sound holder that may be relieved all the same. */
function allowsClaim(step: Step, claim: Claim, holder: Peer): boolean {
  if (claim.why === 'handover') return isHeir(step, holder);
  return claim.why === 'preempt' && mayGoOnPreempting(step, holder);
}

function mayGoOnPreempting(step: Step, holder: Peer): boolean {
  const { policy } = step;
  const allowed = holder.last?.version !== 2 || holder.last.flags.preempt;
  return policy.preempt && allowed && isTwoWay(step, holder) && !ranksBeforeMe(step, holder);
}

/** A reading that was asked after the claim began, and after its write ended. */
function freshReading(step: Step, claim: Claim): Reading | null {
  const { reading } = step.state.cloud;
  const after = claim.wroteAt !== null ? (claim.settledAt ?? Number.POSITIVE_INFINITY) : claim.since;
  return reading && reading.askedAt >= after ? reading : null;
}

/** R12: our write ended and the address is not ours. Somebody was faster, or it simply failed and is tried again. */
function concludeWrite(step: Step, claim: Claim, reading: Reading): void {
  const { state } = step;
  const taker = reading.holders.find((instance) => !claim.heldBefore.includes(instance));
  if (taker !== undefined) return giveUp(step, `${nameOf(step, taker)} was faster`);
  state.claim = { ...claim, wroteAt: null, settledAt: null, cleared: false };
  // The next write is as new as the first: what has come up meanwhile stands against it.
  const objection = objectionToClaim(step, state.claim);
  if (objection) becomeBackup(step, objection);
}

function giveUp(step: Step, why: string): void {
  const { state, now } = step;
  becomeBackup(step, why);
  state.claims.unableUntil = now.mono + backOff(state.claims.lost);
  state.claims.lost += 1;
}
