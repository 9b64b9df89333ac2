import type { Identity, Provider } from '../ports/provider.ts';
import { sleep } from './sleep.ts';

const patience = { first: 1_000, longest: 30_000, attempt: 20_000 };

/**
 * Asks until it is answered who this machine is, waiting 1 s to 30 s in between; without knowing it, a watchdog has
 * nothing to say to its peers. Each new reason is said once. Ends early, with null, when `signal` is aborted.
 */
export async function identifyPatiently(
  provider: Provider,
  signal: AbortSignal,
  say: (sentence: string) => void,
): Promise<Identity | null> {
  let pause = patience.first;
  const said = new Set<string>();
  while (!signal.aborted) {
    try {
      return await provider.identify(AbortSignal.any([signal, AbortSignal.timeout(patience.attempt)]));
    } catch (error) {
      if (signal.aborted) return null;
      const reason = error instanceof Error ? error.message : String(error);
      if (!said.has(reason)) say(`cannot tell yet which machine this is, trying on in silence: ${reason}`);
      said.add(reason);
    }
    await sleep(pause, signal);
    pause = Math.min(patience.longest, pause * 2);
  }
  return null;
}
