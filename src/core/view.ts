import type { Policy } from './policy.ts';
import type { State } from './state.ts';
import type { InstanceId, Now } from './types.ts';

/** What every question of the election is answered from: settings, memory, and time. Nobody writes to it. */
export interface View {
  readonly policy: Policy;
  readonly state: State;
  readonly now: Now;
}

/** What a leader converges to: this machine, or a monitor's target. */
export function desired({ policy }: View): InstanceId {
  return policy.desired ?? policy.self.instance;
}

/** Whether leading rests on the lease alone, since what is desired is another machine. */
export function leadsByLease({ policy }: View): boolean {
  return policy.desired !== undefined;
}

/** What a state shows at the instant of its last step. */
export function viewOf(policy: Policy, state: State): View {
  return { policy, state, now: state.clock };
}
