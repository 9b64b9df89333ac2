import { priority } from '../election/order.ts';
import type { Command } from '../events.ts';
import type { Policy } from '../policy.ts';
import { proveLeaseAgain } from '../quorum/lease.ts';
import { report, type Step } from '../step.ts';
import { deadInterval } from '../times.ts';
import { standAside } from './aside.ts';

export function absorbCommand(step: Step, command: Command): void {
  const { policy, state, now } = step;
  switch (command.kind) {
    case 'drain':
      state.leaving ??= { since: now.mono, how: policy.onStop, farewells: 0 };
      return;
    case 'leave':
      state.role = 'stopped';
      step.effects.push({ kind: 'stop', code: 0 });
      return;
    case 'handover':
      return standAside(step, command);
    case 'rejoin':
      if (state.aside) report(step, { kind: 'notice', message: 'takes part again: told to' });
      state.aside = null;
      return;
    case 'priority': {
      const before = priority(step);
      const wanted = Math.min(254, Math.max(0, before + command.shift));
      state.own.shift = wanted - policy.priority;
      report(step, { kind: 'notice', message: `priority ${before} -> ${wanted}` });
      return;
    }
  }
}

/** SIGHUP: only what the settings say differently changes; the role, the peers and the address stay. */
export function absorbPolicy(step: Step, previous: Policy): void {
  const { policy, state } = step;
  if (policy.priority !== previous.priority) state.own.shift = 0;
  if (policy.intervalMs !== previous.intervalMs) state.speech.nextBeatAt = step.now.mono;
  // What was promised to our earlier datagrams was promised for the shorter time that they told.
  if (deadInterval(policy) > deadInterval(previous)) proveLeaseAgain(step);
  if (policy.checked !== previous.checked) state.own.healthy = policy.checked ? null : true;
}
