import { type Peer, peerName } from '../peers/peer.ts';
import type { Claim } from '../roles/claim.ts';
import { alarm, allClear, type Step } from '../step.ts';
import { callLimit, deadInterval, describePeriod, foreignPoll } from '../times.ts';
import type { InstanceId } from '../types.ts';
import type { Call } from './calls.ts';
import { describedWithin, isFresh, membersCall, read, readSpaced } from './looks.ts';
import { isOff, machineOf, nameOf, peerOf } from './machines.ts';

/** R11, R12: get, clear where the cloud wants it, attach, verify. */
export function claimingCall(step: Step): Call | null {
  const { policy, state, now } = step;
  const { reading } = state.cloud;
  const claim = state.claim!;
  if (!reading || reading.askedAt < claim.since) return read;
  if (reading.pending || claim.wroteAt !== null) return readSpaced(step, reading);
  const others = reading.holders.filter((instance) => instance !== policy.self.instance);
  const stranger = others.find((instance) => mustDescribe(step, instance));
  if (stranger !== undefined) return { kind: 'describe', instance: stranger };
  const awaited = others.find((instance) => mustWaitFor(step, claim, instance));
  // Somebody else's machine may keep the address for days, or become a member's: that is looked at now and then.
  if (awaited !== undefined) {
    const due = peerOf(state, awaited) || now.mono - reading.at >= foreignPoll;
    return membersCall(step) ?? (due ? readSpaced(step, reading) : null);
  }
  if (!isFresh(step, reading)) return read;
  if (policy.traits.associate === 'refusedWhileHeld' && others.length > 0)
    return { kind: 'dissociate', instance: others[0]! };
  return { kind: 'associate', instance: policy.self.instance };
}

function mustDescribe(step: Step, instance: InstanceId): boolean {
  const peer = peerOf(step.state, instance);
  return !peer?.heard.ever && !describedWithin(step, instance, 2 * describePeriod);
}

/** R11: holders that must not be displaced yet. While we wait for one, the claim's limit does not run. */
function mustWaitFor(step: Step, claim: Claim, instance: InstanceId): boolean {
  const { state, now } = step;
  const peer = peerOf(state, instance);
  const wait = peer ? mustWaitForPeer(step, claim, peer) : isForeign(step, instance);
  if (wait) state.claim = { ...state.claim!, tryingSince: now.mono };
  return wait;
}

/** A peer in hold-off is about to adopt the address; one never heard that runs may be cut off from us alone. */
function mustWaitForPeer(step: Step, claim: Claim, peer: Peer): boolean {
  const { policy, state, now } = step;
  const name = peerName(peer);
  if (peer.liveness === 'alive' && peer.life.holdOffSince !== null) {
    // Its hold-off, and the reading that follows it.
    const holdOff = peer.last?.version === 2 ? peer.last.deadIntervalMs : deadInterval(policy);
    return now.mono - peer.life.holdOffSince < holdOff + callLimit;
  }
  if (peer.heard.ever || machineOf(state, peer)?.state !== 'running') return false;
  const over = now.mono - claim.since >= policy.neverHeardTakeoverAfterMs;
  const code = `never-heard-holder ${peer.member.address}`;
  if (over) allClear(step, code);
  else
    alarm(
      step,
      code,
      `${name} holds ${policy.resource.text}, its machine runs, and it was never heard: open its UDP port to this machine, or wait ${Math.round(policy.neverHeardTakeoverAfterMs / 1000)} s`,
    );
  return !over;
}

function isForeign(step: Step, instance: InstanceId): boolean {
  const { policy, state } = step;
  const machine = state.cloud.machines.find((known) => known.instance === instance);
  if (policy.foreign === 'steal' || (machine && isOff(machine.state))) return false;
  alarm(
    step,
    `foreign ${instance}`,
    `${policy.resource.text} is held by ${nameOf(step, instance)}, which is no member of the group: it stays there; add that machine, release the address, or use --foreign steal`,
  );
  return true;
}
