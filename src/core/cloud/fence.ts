import { isSound } from '../election/candidates.ts';
import { liveHolder, veto } from '../election/holder.ts';
import { isIsolated } from '../election/isolation.ts';
import { ranksBeforeMe } from '../election/order.ts';
import { needsLease } from '../quorum/lease.ts';
import type { Step } from '../step.ts';
import { callLimit, fenceDelay, fenceSpacing, operationLimit, pollInterval } from '../times.ts';
import type { InstanceId } from '../types.ts';
import { leadsByLease } from '../view.ts';
import type { Call } from './calls.ts';
import { describeCall, isFresh, read, readSpaced } from './looks.ts';
import { isOff, machineOf, peerOf, tookUnheard } from './machines.ts';

/**
 * R19, R20: the dead are dissociated, and so is this node where another holds.
 */

/** R20: dissociate dead peers, one per reading, only from a reading that confirms ourselves. */
export function fenceCall(step: Step): Call | null {
  const { policy, state, now } = step;
  const { reading } = state.cloud;
  if (
    leadsByLease(step) ||
    policy.traits.associate !== 'adds' ||
    !policy.traits.fences ||
    !reading ||
    now.mono < state.damping.releaseUnresolvedUntil ||
    now.mono - state.damping.fencedAt < fenceSpacing
  )
    return null;
  const target = reading.holders.find(
    (instance) => instance !== policy.self.instance && mayFence(step, instance),
  );
  // R22: who hears nobody is the one that is cut off.
  if (target === undefined || veto(step) || isIsolated(step)) return null;
  const confirmed = reading.holders.includes(policy.self.instance) && !reading.pending;
  const recent = now.mono - reading.at < Math.min(pollInterval, callLimit);
  if (recent && confirmed) return { kind: 'dissociate', instance: target };
  return now.mono - reading.at >= pollInterval ? read : null;
}

/** Only a configured peer that is dead; a better one that nobody certifies dead is given some more silence. */
function mayFence(step: Step, instance: InstanceId): boolean {
  const { policy, state, now } = step;
  const peer = peerOf(state, instance);
  if (!peer || peer.liveness === 'alive') return false;
  const machine = machineOf(state, peer);
  const off = machine !== null && isOff(machine.state) && machine.at > peer.heard.at;
  // With a lease we are the majority: whoever took it before that has lost it.
  const taken = !needsLease(policy) ? tookUnheard(state, instance) : null;
  if (taken && !off) return now.mono - taken.seenAt >= policy.neverHeardTakeoverAfterMs;
  if (peer.liveness === 'never') {
    const since = Math.max(peer.addedAt, state.confirmedAt);
    return off || now.mono - since >= policy.neverHeardTakeoverAfterMs;
  }
  // With a lease nobody fences us back.
  const certain = peer.liveness === 'refused' || off || needsLease(policy);
  const delay = certain || !ranksBeforeMe(step, peer) ? 0 : fenceDelay;
  return now.mono - (peer.death.at ?? now.mono) >= delay;
}

/**
 * R19: attached although another holds the address: let go, unless a dissociation may still land on it, one of ours or
 * one of its own that an earlier life of it left behind.
 */
export function selfReleaseCall(step: Step): Call | null {
  const { policy, state, now } = step;
  const { reading } = state.cloud;
  if (
    leadsByLease(step) ||
    policy.traits.associate !== 'adds' ||
    !reading?.holders.includes(policy.self.instance)
  )
    return null;
  const holder = liveHolder(state);
  if (!holder || !isSound(holder) || now.mono < state.damping.fenceUnresolvedUntil) return null;
  if (holder.life.adopted && now.mono - holder.life.bornAt < operationLimit) return null;
  if (!isFresh(step, reading) || reading.askedAt < state.roleSince) return readSpaced(step, reading);
  const unknown = describeCall(step);
  if (unknown) return unknown;
  if (!reading.holders.some((instance) => peerOf(state, instance) === holder) || reading.pending)
    return readSpaced(step, reading);
  return { kind: 'dissociate', instance: policy.self.instance };
}
