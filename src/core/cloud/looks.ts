import { isIsolated, vanished } from '../election/isolation.ts';
import type { Peer } from '../peers/peer.ts';
import type { Step } from '../step.ts';
import { describePeriod, pollInterval, viewFreshness } from '../times.ts';
import type { InstanceId, Milliseconds } from '../types.ts';
import type { Call } from './calls.ts';
import { isKnown, machineOf, peerOf } from './machines.ts';
import type { Reading } from './memory.ts';

/**
 * Calls that change nothing: whom to ask about, and when.
 */

export const read: Call = { kind: 'read' };

export const glance: Call = { kind: 'read', background: true };

export function readSpaced(step: Step, reading: Reading): Call | null {
  return step.now.mono - reading.at >= pollInterval ? read : null;
}

export function isFresh(step: Step, reading: Reading): boolean {
  return step.now.mono - reading.at < viewFreshness;
}

export function membersCall(step: Step): Call | null {
  const { policy, state, now } = step;
  return policy.grouped && now.mono >= state.members.nextAt ? { kind: 'members' } : null;
}

/** Holders that are not known yet: whose they are must be known before a takeover. */
export function describeCall(step: Step): Call | null {
  const { policy, state } = step;
  const unknown = state.cloud.reading?.holders.find(
    (instance) => instance !== policy.self.instance && !isKnown(step, instance),
  );
  return unknown === undefined ? null : { kind: 'describe', instance: unknown };
}

/** Holders that we do not hear: whether their machines run decides what they are due (R11, R15, R20). */
export function refreshCall(step: Step): Call | null {
  const { policy, state } = step;
  const unheard = state.cloud.reading?.holders.find(
    (instance) =>
      instance !== policy.self.instance &&
      peerOf(state, instance)?.liveness !== 'alive' &&
      !describedWithin(step, instance, describePeriod),
  );
  return unheard === undefined ? null : { kind: 'describe', instance: unheard };
}

export function describedWithin({ state, now }: Step, instance: InstanceId, age: Milliseconds): boolean {
  return state.cloud.machines.some((machine) => machine.instance === instance && now.mono - machine.at < age);
}

/** R22: before a node that is cut off gives up, the cloud is asked whether the peers it misses are off. */
export function arbiterCall(step: Step): Call | null {
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
