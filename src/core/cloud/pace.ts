import type { Step } from '../step.ts';
import { operationLimit, planSpacing, plansPerMinute } from '../times.ts';
import type { Call } from './calls.ts';

/**
 * R21: plans of writes keep their distance; and what was written may land late.
 */

/** R21: plans of writes keep their distance. */
export function mayWrite(step: Step): boolean {
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

/** The end of that call is not known: a dissociation may be carried out within an operation's time (R19, R20). */
export function noteUnresolved({ policy, state, now }: Step, call: Call): void {
  if (call.kind !== 'dissociate') return;
  const until = now.mono + operationLimit;
  if (call.instance === policy.self.instance) state.damping.releaseUnresolvedUntil = until;
  else state.damping.fenceUnresolvedUntil = until;
}
