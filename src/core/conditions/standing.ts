import type { Event } from '../events.ts';
import { report, type Step } from '../step.ts';
import { tick } from '../times.ts';
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
  const lasting = before.flatMap((one) => lasts(step, one, causes) ?? []);
  const fresh = causes.filter((cause) => !before.some((one) => isSame(one, cause)));
  return [
    ...lasting,
    ...fresh.map((cause) => begin(step, { ...cause, since: step.now.mono, goneSince: null, begun: false })),
  ];
}

/** What has become of a condition, or null if it is over. */
function lasts(step: Step, one: Standing, causes: readonly Condition[]): Standing | null {
  const { mono } = step.now;
  const cause = causes.find((other) => isSame(one, other));
  if (cause) return begin(step, { ...one, facts: cause.facts, goneSince: null });
  const goneSince = one.goneSince ?? mono;
  if (one.begun && mono - goneSince < patienceOf(one.code, step.policy).ends) return { ...one, goneSince };
  if (one.begun) tell(step, one, 'ended');
  return null;
}

function begin(step: Step, one: Standing): Standing {
  if (one.begun || step.now.mono - one.since < patienceOf(one.code, step.policy).begins) return one;
  tell(step, one, 'began');
  return { ...one, begun: true };
}

function tell(step: Step, { code, subject, facts }: Standing, change: 'began' | 'ended'): void {
  report(step, { kind: 'condition', change, code, subject, facts });
}

function isSame(a: Condition, b: Condition): boolean {
  return a.code === b.code && a.subject === b.subject;
}
