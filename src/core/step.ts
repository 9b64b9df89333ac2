import type { Effect } from './events.ts';
import type { Policy } from './policy.ts';
import type { Report } from './reports.ts';
import type { Draft } from './state.ts';
import type { Now } from './types.ts';

/** What the stages of one step share. */
export interface Step {
  readonly policy: Policy;
  readonly now: Now;
  readonly state: Draft;
  readonly effects: Effect[];
}

export function report(step: Step, what: Report): void {
  step.effects.push({ kind: 'report', report: what });
}

/** Says something an operator should mend, once until it ends. */
export function alarm(step: Step, code: string, message: string): void {
  if (step.state.said.includes(code)) return;
  step.state.said = [...step.state.said, code];
  report(step, { kind: 'alarm', code, message });
}

/** The cause of an alarm is gone: say it again when it comes back. */
export function allClear(step: Step, code: string): void {
  if (step.state.said.includes(code)) step.state.said = step.state.said.filter((said) => said !== code);
}
