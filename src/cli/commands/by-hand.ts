import { after } from '../../adapters/after.ts';
import type { IpAddress } from '../../core/index.ts';
import { type ByHand, createByHand, type Verdict } from '../../engine/by-hand.ts';
import { createExecutor } from '../../engine/executor.ts';
import type { Provider } from '../../ports/provider.ts';
import { Failure } from '../../watchdog/failure.ts';

/** The lane of one address, for a command. */
export function byHand(provider: Provider): ByHand {
  const clock = { now: () => performance.now(), after };
  return createByHand(createExecutor({ provider, ...clock }), clock);
}

/** The verdict, if the cloud confirms what it accepted. */
export function confirmed(address: IpAddress, verdict: Verdict, hint: string): Verdict {
  if (verdict.confirmed) return verdict;
  const { holders, pending } = verdict.view;
  const who = holders.join(', ') || 'nobody';
  const still = pending ? ', and that a change is under way' : '';
  throw new Failure(`${address}: the cloud accepted the change, but says that ${who} holds it${still}`, {
    hint,
  });
}
