import type { Reading } from './cloud/memory.ts';
import { hasHeir, isKnown, nameOf, successor } from './decide.ts';
import {
  isEligible,
  isIsolated,
  isOff,
  isSound,
  liveHolder,
  machineOf,
  peerOf,
  tookUnheard,
  vanished,
  veto,
} from './election.ts';
import { type Peer, peerName } from './peers/peer.ts';
import {
  callLimit,
  deadInterval,
  describePeriod,
  extraReadSpacing,
  fenceDelay,
  fenceSpacing,
  foreignPoll,
  operationLimit,
  planSpacing,
  plansPerMinute,
  pollInterval,
  viewFreshness,
} from './policy.ts';
import { hasLease } from './quorum.ts';
import { ranksBeforeMe } from './rank.ts';
import type { Claim } from './roles/claim.ts';
import { alarm, allClear, type Step } from './state.ts';
import { type Call, type InstanceId, isWrite, type Milliseconds } from './types.ts';

/**
 * What is the next call, if any? The association has to follow the role; one call at a time, each asked for anew from
 * what is known now, so that a write is emitted in the very step that found its rule fulfilled.
 */
export function nextCall(step: Step): Call | null {
  const { state, now } = step;
  // A witness has no cloud to ask.
  if (step.policy.witness || state.role === 'stopped' || now.mono < state.cloud.retryAt) return null;
  if (state.cloud.unreadSince !== null) return read;
  const call = wantedCall(step);
  return call && isWrite(call.kind) && !maySend(step, call) ? null : call;
}

/** R21, R23: no write too soon, and none without a lease but to let go of what is ours. */
function maySend(step: Step, call: Call): boolean {
  const { policy } = step;
  const letsGo = call.kind === 'dissociate' && call.instance === policy.self.instance;
  return (letsGo || hasLease(step)) && (continuesPlan(step, call) || mayWrite(step));
}

function wantedCall(step: Step): Call | null {
  const { role, association } = step.state;
  if (role === 'hold-off') return holdOffCall(step);
  if (role === 'backup') return standbyCall(step);
  return association === 'confirmed' ? holdingCall(step) : claimingCall(step);
}

const read: Call = { kind: 'read' };
const glance: Call = { kind: 'read', background: true };

function holdOffCall(step: Step): Call | null {
  const { state } = step;
  const { over } = state.holdOff;
  if (!state.members.known) return membersCall(step);
  if (over !== null) return !state.cloud.reading || state.cloud.reading.askedAt < over ? read : null;
  return state.cloud.reading === null ? read : describeCall(step);
}

/** A backup reads now and then, so that bad credentials are known before they are needed. */
function standbyCall(step: Step): Call | null {
  const { state, now } = step;
  if (state.leaving) return null;
  const release = selfReleaseCall(step);
  if (release) return release;
  return (
    arbiterCall(step) ??
    membersCall(step) ??
    (now.mono >= state.cloud.nextReadAt ? glance : null) ??
    describeCall(step) ??
    refreshCall(step)
  );
}

/**
 * R19: attached although another holds the address: let go, unless a dissociation may still land on it, one of ours or
 * one of its own that an earlier life of it left behind.
 */
function selfReleaseCall(step: Step): Call | null {
  const { policy, state, now } = step;
  const { reading } = state.cloud;
  if (policy.traits.associate !== 'adds' || !reading?.holders.includes(policy.self.instance)) return null;
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

function isFresh(step: Step, reading: Reading): boolean {
  return step.now.mono - reading.at < viewFreshness;
}

function readSpaced(step: Step, reading: Reading): Call | null {
  return step.now.mono - reading.at >= pollInterval ? read : null;
}

/** R21: plans of writes keep their distance. */
function mayWrite(step: Step): boolean {
  const { state, now } = step;
  const lately = state.damping.plans.filter((at) => now.mono - at < 60_000);
  const last = lately.at(-1);
  return lately.length < plansPerMinute && (last === undefined || now.mono - last >= planSpacing);
}

/** Clear and attach are one plan, so are attach and the first dissociation of the dead holder. */
export function continuesPlan({ state, now }: Step, call: Call): boolean {
  const last = state.damping.plans.at(-1);
  if (state.claim) return call.kind === 'associate' && state.claim.cleared;
  const follows = state.damping.planOpen && state.cloud.reads === 0 && state.role === 'active';
  return last !== undefined && follows && now.mono - last < 60_000;
}

/** R22: before a node that is cut off gives up, the cloud is asked whether the peers it misses are off. */
function arbiterCall(step: Step): Call | null {
  const { state, now } = step;
  if (!isIsolated(step)) return null;
  const missed = vanished(step);
  for (const peer of missed) {
    const instance = instanceOf(step, peer);
    const machine = machineOf(state, peer);
    if (instance && (!machine || now.mono - machine.at > 10_000)) return { kind: 'describe', instance };
  }
  // A list of addresses names no machines; the cloud names that of the holder.
  const isNameless = missed.some((peer) => instanceOf(step, peer) === null);
  const lastHeard = Math.max(...missed.map((peer) => peer.heard.at));
  return isNameless && (state.cloud.reading === null || state.cloud.reading.at < lastHeard) ? read : null;
}

function instanceOf(step: Step, peer: Peer): InstanceId | null {
  return peer.member.instance ?? machineOf(step.state, peer)?.instance ?? null;
}

function membersCall(step: Step): Call | null {
  const { policy, state, now } = step;
  return policy.grouped && now.mono >= state.members.nextAt ? { kind: 'members' } : null;
}

/** Holders that are not known yet: whose they are must be known before a takeover. */
function describeCall(step: Step): Call | null {
  const { policy, state } = step;
  const unknown = state.cloud.reading?.holders.find(
    (instance) => instance !== policy.self.instance && !isKnown(step, instance),
  );
  return unknown === undefined ? null : { kind: 'describe', instance: unknown };
}

/** Holders that we do not hear: whether their machines run decides what they are due (R11, R15, R20). */
function refreshCall(step: Step): Call | null {
  const { policy, state } = step;
  const unheard = state.cloud.reading?.holders.find(
    (instance) =>
      instance !== policy.self.instance &&
      peerOf(state, instance)?.liveness !== 'alive' &&
      !describedWithin(step, instance, describePeriod),
  );
  return unheard === undefined ? null : { kind: 'describe', instance: unheard };
}

function describedWithin({ state, now }: Step, instance: InstanceId, age: Milliseconds): boolean {
  return state.cloud.machines.some((machine) => machine.instance === instance && now.mono - machine.at < age);
}

/** R11, R12: get, clear where the cloud wants it, attach, verify. */
function claimingCall(step: Step): Call | null {
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
      `${name} holds ${policy.address}, its machine runs, and it was never heard: open its UDP port to this machine, or wait ${Math.round(policy.neverHeardTakeoverAfterMs / 1000)} s`,
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
    `${policy.address} is held by ${nameOf(step, instance)}, which is no member of the group: it stays there; add that machine, release the address, or use --foreign steal`,
  );
  return true;
}

function holdingCall(step: Step): Call | null {
  const { policy, state, now } = step;
  if (state.leaving) return leavingCall(step);
  if (state.cloud.reading && !state.cloud.reading.holders.includes(policy.self.instance))
    return describeCall(step) ?? readSpaced(step, state.cloud.reading);
  if (state.cloud.readWanted && now.mono - state.cloud.extraReadAt >= extraReadSpacing) return read;
  const fence = fenceCall(step);
  if (fence) return fence;
  // Own confirmation first: after an API that failed for long it is the oldest news of all.
  return (
    (now.mono >= state.cloud.nextReadAt ? glance : null) ??
    membersCall(step) ??
    describeCall(step) ??
    refreshCall(step)
  );
}

/** R18: nothing until a successor says that it holds; then read, and where several may hold, let go of ours. */
function leavingCall(step: Step): Call | null {
  const { policy, state, now } = step;
  const { since, how } = state.leaving!;
  const heir = successor(step);
  const release = how === 'release' && (now.mono - since >= policy.handoverTimeoutMs || !hasHeir(step));
  const { reading } = state.cloud;
  if (how === 'keep') return null;
  if (!heir && !release) return mayBeTakenByExoip(step) && reading ? readSpaced(step, reading) : null;
  if (!reading || reading.askedAt < since || !isFresh(step, reading)) return read;
  const unknown = describeCall(step);
  if (unknown) return unknown;
  const letGo = release || policy.traits.associate === 'adds';
  const held = reading.holders.includes(policy.self.instance);
  const safe = release || reading.holders.some((instance) => peerOf(state, instance) === heir);
  if (letGo && held && safe && !reading.pending)
    return { kind: 'dissociate', instance: policy.self.instance };
  return readSpaced(step, reading);
}

/** An exoip node does not say that it holds: only the cloud does (R26). */
function mayBeTakenByExoip({ state }: Step): boolean {
  return state.peers.some((peer) => peer.last?.version === 1 && isEligible(peer));
}

/** R20: dissociate dead peers, one per reading, only from a reading that confirms ourselves. */
function fenceCall(step: Step): Call | null {
  const { policy, state, now } = step;
  const { reading } = state.cloud;
  if (
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

/** Only a configured peer that is dead; a better one that nobody certifies dead is given some more silence (F). */
function mayFence(step: Step, instance: InstanceId): boolean {
  const { policy, state, now } = step;
  const peer = peerOf(state, instance);
  if (!peer || peer.liveness === 'alive') return false;
  const machine = machineOf(state, peer);
  const off = machine !== null && isOff(machine.state) && machine.at > peer.heard.at;
  // With a lease we are the majority: whoever took it before that has lost it.
  const taken = policy.quorum === null ? tookUnheard(state, instance) : null;
  if (taken && !off) return now.mono - taken.seenAt >= policy.neverHeardTakeoverAfterMs;
  if (peer.liveness === 'never') {
    const since = Math.max(peer.addedAt, state.confirmedAt);
    return off || now.mono - since >= policy.neverHeardTakeoverAfterMs;
  }
  // With a lease nobody fences us back.
  const certain = peer.liveness === 'refused' || off || policy.quorum !== null;
  const delay = certain || !ranksBeforeMe(step, peer) ? 0 : fenceDelay;
  return now.mono - (peer.death.at ?? now.mono) >= delay;
}
