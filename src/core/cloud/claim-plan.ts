import { full, type Peer } from '../peers/peer.ts';
import type { Claim } from '../roles/claim.ts';
import type { Step } from '../step.ts';
import { callLimit, deadInterval, describePeriod, foreignPoll } from '../times.ts';
import type { InstanceId } from '../types.ts';
import { desired, leadsByLease, type View } from '../view.ts';
import type { Call } from './calls.ts';
import { describedWithin, isFresh, membersCall, read, readSpaced } from './looks.ts';
import { isOff, machineOf, peerOf } from './machines.ts';

/** R11, R12: get, clear where the cloud wants it, attach, verify. */
export function claimingCall(step: Step): Call | null {
  const { policy, state, now } = step;
  const { reading } = state.cloud;
  const claim = state.claim!;
  if (!reading || reading.askedAt < claim.since) return read;
  if (reading.pending || claim.wroteAt !== null) return readSpaced(step, reading);
  const others = reading.holders.filter((instance) => instance !== desired(step));
  const waits = leadsByLease(step) ? [] : others;
  const stranger = waits.find((instance) => mustDescribe(step, instance));
  if (stranger !== undefined) return { kind: 'describe', instance: stranger };
  const awaited = waits.find((instance) => mustWaitFor(step, claim, instance));
  // Somebody else's machine may keep the address for days, or become a member's: that is looked at now and then.
  if (awaited !== undefined) {
    // While we wait for one, the claim's limit does not run.
    state.claim = { ...claim, tryingSince: now.mono };
    const due = peerOf(state, awaited) || now.mono - reading.at >= foreignPoll;
    return membersCall(step) ?? (due ? readSpaced(step, reading) : null);
  }
  if (!isFresh(step, reading)) return read;
  if (policy.traits.associate === 'refusedWhileHeld' && others.length > 0)
    return { kind: 'dissociate', instance: others[0]! };
  return { kind: 'associate', instance: desired(step) };
}

function mustDescribe(step: Step, instance: InstanceId): boolean {
  const peer = peerOf(step.state, instance);
  return !peer?.heard.ever && !describedWithin(step, instance, 2 * describePeriod);
}

/** R11: holders that must not be displaced yet. */
function mustWaitFor(view: View, claim: Claim, instance: InstanceId): boolean {
  const peer = peerOf(view.state, instance);
  if (!peer) return isForeign(view, instance);
  return isAboutToAdopt(view, peer) || isUnheardHolder(view, claim, peer);
}

/** A peer in hold-off: it is given its hold-off, and the reading that follows it. */
function isAboutToAdopt({ policy, now }: View, peer: Peer): boolean {
  if (peer.liveness !== 'alive' || peer.life.holdOffSince === null) return false;
  const holdOff = full(peer)?.deadIntervalMs ?? deadInterval(policy);
  return now.mono - peer.life.holdOffSince < holdOff + callLimit;
}

/** A member that was never heard and whose machine runs: it may be cut off from us alone, and is given its time. */
export function isUnheardHolder({ policy, state, now }: View, claim: Claim, peer: Peer): boolean {
  if (peer.heard.ever || machineOf(state, peer)?.state !== 'running') return false;
  return now.mono - claim.since < policy.neverHeardTakeoverAfterMs;
}

/** A machine that is no member's keeps the address, unless the cloud says it is off or the settings say otherwise. */
export function isForeign({ policy, state }: View, instance: InstanceId): boolean {
  const machine = state.cloud.machines.find((known) => known.instance === instance);
  return policy.foreign !== 'steal' && !(machine && isOff(machine.state));
}
