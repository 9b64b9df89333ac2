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
