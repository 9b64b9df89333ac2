import type { Observation, Observe } from '../ports/observation.ts';

/** One stream for many: whoever subscribes is told of everything from then on, in the order of the subscriptions. */
export interface Observations {
  /** What a node is given. Never throws. */
  readonly observe: Observe;
  /** Returns what ends the subscription. Idempotent. */
  readonly subscribe: (observer: Observe) => () => void;
}

/** An observer that throws is a defect of ours, told once for each; neither the step nor the others suffer from it. */
export function createObservations(onDefect: (error: unknown) => void): Observations {
  const observers = new Set<Observe>();
  const defective = new WeakSet<Observe>();

  function pass(observation: Observation, observer: Observe): void {
    try {
      observer(observation);
    } catch (error) {
      if (defective.has(observer)) return;
      defective.add(observer);
      onDefect(error);
    }
  }

  return {
    observe(observation) {
      for (const observer of observers) pass(observation, observer);
    },
    subscribe(observer) {
      observers.add(observer);
      return () => void observers.delete(observer);
    },
  };
}

/**
 * Waits for the next observation that is meant: true after it, false once the signal is aborted. What it changed is to
 * be seen in the node's state when this resolves. Who looks at that first and then waits misses nothing.
 */
export function happened(
  { subscribe }: Pick<Observations, 'subscribe'>,
  isMeant: (observation: Observation) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (came: boolean) => {
      unsubscribe();
      signal.removeEventListener('abort', aborted);
      resolve(came);
    };
    const aborted = () => end(false);
    const unsubscribe = subscribe((observation) => {
      if (isMeant(observation)) end(true);
    });
    signal.addEventListener('abort', aborted);
  });
}
