import { isEligible } from '../election/candidates.ts';
import { hasHeir, successor } from '../election/holder.ts';
import { hasLease } from '../quorum/lease.ts';
import type { Step } from '../step.ts';
import { extraReadSpacing } from '../times.ts';
import { desired } from '../view.ts';
import { type Call, isWrite } from './calls.ts';
import { claimingCall } from './claim-plan.ts';
import { fenceCall, selfReleaseCall } from './fence.ts';
import {
  arbiterCall,
  describeCall,
  glance,
  isFresh,
  membersCall,
  read,
  readSpaced,
  refreshCall,
} from './looks.ts';
import { peerOf } from './machines.ts';
import { continuesPlan, mayWrite } from './pace.ts';

/**
 * What is the next call, if any? The association has to follow the role; one call at a time, each asked for anew from
 * what is known now, so that a write is emitted in the very step that found its rule fulfilled.
 */

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

function holdingCall(step: Step): Call | null {
  const { state, now } = step;
  if (state.leaving) return leavingCall(step);
  if (state.cloud.reading && !state.cloud.reading.holders.includes(desired(step)))
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
