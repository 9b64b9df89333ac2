import type { Step } from '../step.ts';
import { type Call, isWrite } from './calls.ts';
import type { Pending } from './memory.ts';
import { continuesPlan } from './pace.ts';
import { nextCall } from './plan.ts';

/** Fourth stage: bring the association to the role, one call at a time. */
export function converge(step: Step): void {
  const { state } = step;
  if (state.cloud.pending && !isOvertaken(step, state.cloud.pending)) return;
  const call = nextCall(step);
  if (
    call === null ||
    (state.cloud.pending &&
      state.cloud.pending.call.kind === call.kind &&
      !isStale(step, state.cloud.pending))
  )
    return;
  abortPending(step);
  emit(step, call);
}

/** A takeover, or the end of the hold-off, does not wait for a reading of the background; a write is never aborted. */
function isOvertaken(step: Step, pending: Pending): boolean {
  return !isWrite(pending.call.kind) && isStale(step, pending);
}

function isStale(step: Step, pending: Pending): boolean {
  const { state } = step;
  if (state.association === 'claiming') return pending.since < state.claim!.since;
  return state.role === 'hold-off' && state.holdOff.over !== null && pending.since < state.holdOff.over;
}

function abortPending(step: Step): void {
  const { state, effects } = step;
  if (state.cloud.pending) effects.push({ kind: 'abort', ticket: state.cloud.pending.ticket });
  state.cloud.pending = null;
}

function emit(step: Step, call: Call): void {
  const { state, now, effects } = step;
  const ticket = state.cloud.nextTicket;
  state.cloud.nextTicket += 1;
  state.cloud.pending = { ticket, call, since: now.mono };
  if (call.kind === 'read') noteRead(step);
  if (isWrite(call.kind)) noteWrite(step, call);
  effects.push({ kind: 'call', ticket, call });
}

function noteRead(step: Step): void {
  const { state, now } = step;
  if (state.cloud.readWanted) state.cloud.extraReadAt = now.mono;
  state.cloud.readWanted = false;
}

/** Counts the plan, and notes that from now on only a later reading tells what is true. */
function noteWrite(step: Step, call: Call): void {
  const { policy, state, now } = step;
  const { claim } = state;
  state.cloud.unreadSince = Number.POSITIVE_INFINITY;
  if (!continuesPlan(step, call)) state.damping.plans = [...state.damping.plans.slice(-31), now.mono];
  state.damping.planOpen = false;
  const own = call.kind !== 'members' && call.kind !== 'read' && call.instance === policy.self.instance;
  if (call.kind === 'dissociate' && !own) state.damping.fencedAt = now.mono;
  if (!claim) return;
  if (call.kind === 'associate') {
    state.claim = {
      ...claim,
      wroteAt: now.mono,
      settledAt: null,
      heldBefore: state.cloud.reading?.holders ?? [],
    };
  } else state.claim = { ...claim, cleared: true };
}
