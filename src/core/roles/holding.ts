import { isWrite } from '../cloud/calls.ts';
import { isKnown, nameOf, peerOf } from '../cloud/machines.ts';
import type { Reading } from '../cloud/memory.ts';
import { amSound, isEligible } from '../election/candidates.ts';
import { ranksBeforeMe } from '../election/order.ts';
import { mustRelease } from '../election/rivals.ts';
import { isAlive, peerName } from '../peers/peer.ts';
import { hasLease, needsLease, proveLeaseAgain } from '../quorum/lease.ts';
import type { Step } from '../step.ts';
import { deadInterval, operationLimit } from '../times.ts';
import { desired, leadsByLease } from '../view.ts';
import { becomeAcquiring, becomeBackup } from './become.ts';
import { decideLeaving } from './leaving.ts';
import { betterRival } from './rival.ts';
import { yieldTo } from './yielding.ts';

export function decideHolding(step: Step): void {
  const { state } = step;
  const { reading } = state.cloud;
  const evicted =
    reading &&
    reading.askedAt >= state.confirmedAt &&
    !reading.pending &&
    !reading.holders.includes(desired(step));
  if (state.leaving && decideLeaving(step)) return;
  if (evicted && leadsByLease(step)) return putBack(step);
  if (evicted && mayJudgeTaker(step, reading)) return decideEvicted(step, reading);
  const rival = betterRival(step);
  if (rival) {
    const better = amSound(step) ? ' too and ranks before this node' : ' in its stead';
    return becomeBackup(step, `${peerName(rival)} holds the address${better}`);
  }
  if (!keepsLease(step)) return becomeBackup(step, 'no majority of the voters supports this node any more');
  wantReading(step);
}

/**
 * R23: a holder gives its lease up for a successor that takes over, takes it back when that one fails, and without
 * one does not go on holding: the address stays where it is until the majority moves it.
 */
function keepsLease(step: Step): boolean {
  const { policy, state, now } = step;
  if (!needsLease(policy) || state.leaving) return true;
  const writing = state.cloud.pending !== null && isWrite(state.cloud.pending.call.kind);
  const release = mustRelease(step) && !writing;
  if (state.lease.released && !release) proveLeaseAgain(step);
  else if (release !== state.lease.released) state.lease.released = release;
  return state.lease.released || hasLease(step) || now.mono < state.lease.proveBy;
}

/** What is desired is not there any more, and this node still leads: the takeover is made again, by the same rules. */
function putBack(step: Step): void {
  becomeAcquiring(step, 'dead', null, 'the cloud has something else than what is desired');
}

/** Whose machine took the address must be known, unless the cloud does not tell. */
function mayJudgeTaker(step: Step, reading: Reading): boolean {
  const taker = reading.holders[0];
  return taker === undefined || step.state.cloud.failures > 0 || isKnown(step, taker);
}

/** R15: never take back blindly. A taker that we do not hear lives all the same: it took the address after us. */
function decideEvicted(step: Step, reading: Reading): void {
  const { state, policy } = step;
  const taker = reading.holders.find((instance) => instance !== policy.self.instance) ?? null;
  const heard = taker !== null && peerOf(state, taker)?.liveness === 'alive';
  becomeBackup(
    step,
    taker === null ? 'the cloud took the address away' : `${nameOf(step, taker)} took the address`,
  );
  state.association = 'absent';
  if (taker !== null && !heard) yieldTo(step, taker);
}

/** R14: what makes a holder look at once. */
function wantReading(step: Step): void {
  const { policy, state, now } = step;
  const doubt = state.peers.some((peer) => {
    if (!isAlive(peer)) return false;
    if (peer.last?.version !== 2) return ranksBeforeMe(step, peer) && isEligible(peer);
    const { role, claim } = peer.last;
    if (role === 'holding') return claim > state.claims.number || ranksBeforeMe(step, peer);
    if (role === 'acquiring') return false;
    return peer.echo.age !== null && peer.echo.age.ageMs > deadInterval(policy);
  });
  if (doubt || now.mono - state.cloud.challengedAt < operationLimit) state.cloud.readWanted = true;
}
