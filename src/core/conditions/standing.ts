import type { Event } from '../events.ts';
import { report, type Step } from '../step.ts';
import { tick } from '../times.ts';
import type { Milliseconds } from '../types.ts';
import { conditions } from './causes.ts';
import { type Condition, patienceOf, type Standing } from './condition.ts';

/**
 * The last stage of a step: what has begun and what has ended since the last look is told. Datagrams and ticks come
 * often and change little: for their sake it looks once in a tick.
 */
export function tellConditions(step: Step, event: Event): void {
  const { policy, state, now } = step;
  const often = event.kind === 'tick' || event.kind === 'heard' || event.kind === 'refused';
  if (often && now.mono - state.conditions.lookedAt < tick(policy)) return;
  const before = state.conditions.standing;
  const causes = conditions(step);
  const standing = causes.length + before.length === 0 ? before : follow(step, before, causes);
  state.conditions = { standing, lookedAt: now.mono };
}

function follow(step: Step, before: readonly Standing[], causes: readonly Condition[]): Standing[] {
  const standing: Standing[] = [];
  for (const one of before) {
    const lasting = lasts(step, one, find(causes, one));
    if (lasting !== null) standing.push(lasting);
  }
  for (const cause of causes) {
    if (find(before, cause) === null) standing.push(stand(step, cause, step.now.mono, false));
  }
  return standing;
}

/** What has become of a condition, or null if it is over. */
function lasts(step: Step, one: Standing, cause: Condition | null): Standing | null {
  const { mono } = step.now;
  const { code, subject, facts, since, begun } = one;
  if (cause) return stand(step, cause, since, begun);
  const goneSince = one.goneSince ?? mono;
  if (begun && mono - goneSince < patienceOf(code, step.policy).ends)
    return { code, subject, facts, since, goneSince, begun };
  if (begun) tell(step, one, 'ended');
  return null;
}

/** The cause stands: told, if it has stood for its time and was not told yet. */
function stand(step: Step, cause: Condition, since: Milliseconds, told: boolean): Standing {
  const { code, subject, facts } = cause;
  const begun = told || step.now.mono - since >= patienceOf(code, step.policy).begins;
  if (begun && !told) tell(step, cause, 'began');
  return { code, subject, facts, since, goneSince: null, begun };
}

function find<C extends Condition>(some: readonly C[], { code, subject }: Condition): C | null {
  for (const one of some) if (one.code === code && one.subject === subject) return one;
  return null;
}

function tell(step: Step, { code, subject, facts }: Condition, change: 'began' | 'ended'): void {
  report(step, { kind: 'condition', change, code, subject, facts });
}
