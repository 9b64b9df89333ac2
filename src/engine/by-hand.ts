import {
  type Call,
  type Description,
  type InstanceId,
  type Outcome,
  operationLimit,
  pollInterval,
  type View,
} from '../core/index.ts';
import { ProviderError } from '../ports/provider.ts';
import type { LaneParts, Performer } from './lane.ts';

/**
 * Deeds of an operator: the calls of one address, one after the other through the lane of the watchdog, and believed as
 * the watchdog believes them. What a write has done, only a reading tells.
 */
export interface ByHand {
  /** @throws ProviderError */
  read(): Promise<View>;
  /** @throws ProviderError */
  describe(instance: InstanceId): Promise<Description>;
  /**
   * Writes, and reads back. A write of unknown outcome counts if the cloud says so afterwards. Idempotent.
   * @throws ProviderError - of the write, if it did not happen or nothing shows that it did
   */
  associate(instance: InstanceId): Promise<Verdict>;
  /** The same: takes the address from that instance. */
  dissociate(instance: InstanceId): Promise<Verdict>;
  /**
   * Reads until the cloud says so and no change is under way: at once, then every second for `confirmLimit`, since what
   * it says may lag behind what it did. Readings that fail meanwhile are repeated, too.
   * @throws ProviderError - the last reading failed
   */
  confirm(isSo: (view: View) => boolean): Promise<Verdict>;
}

/** What the cloud said last. Not confirmed: it accepted the change, and does not show it. */
export interface Verdict {
  readonly confirmed: boolean;
  readonly view: View;
}

/** As long as the watchdog gives its own writes (T_op), and as often as it looks. */
export const confirmLimit = operationLimit;

type Clock = Pick<LaneParts, 'now' | 'after'>;

export function createByHand(performer: Performer, { now, after }: Clock): ByHand {
  let calls = 0;
  let last: Promise<unknown> = Promise.resolve();

  /** Behind the call before it: the lane itself keeps only the latest wish. */
  function ask(call: Call): Promise<Outcome> {
    const outcome = last.then(() => settled(call));
    last = outcome;
    return outcome;
  }

  function settled(call: Call): Promise<Outcome> {
    calls += 1;
    return new Promise((resolve) => performer.start(calls, call, (_ticket, outcome) => resolve(outcome)));
  }

  async function change(call: Call, isSo: (view: View) => boolean): Promise<Verdict> {
    const outcome = await ask(call);
    if (!outcome.ok && !outcome.mayHaveHappened) throw failureOf(outcome);
    const verdict = await confirm(isSo);
    if (!outcome.ok && !verdict.confirmed) throw failureOf(outcome);
    return verdict;
  }

  async function confirm(isSo: (view: View) => boolean): Promise<Verdict> {
    const end = now() + confirmLimit;
    for (;;) {
      const outcome = await ask({ kind: 'read' });
      const confirmed = outcome.ok && isSo(outcome.view!) && !outcome.view!.pending;
      const pause = pauseAfter(outcome);
      if (confirmed || now() + pause > end) return { confirmed, view: successOf(outcome).view! };
      await new Promise<void>((resolve) => void after(pause, resolve));
    }
  }

  return {
    read: async () => successOf(await ask({ kind: 'read' })).view!,
    describe: async (instance) => successOf(await ask({ kind: 'describe', instance })).description!,
    associate: (instance) => change({ kind: 'associate', instance }, holds(instance)),
    dissociate: (instance) => change({ kind: 'dissociate', instance }, (view) => !holds(instance)(view)),
    confirm,
  };
}

const holds =
  (instance: InstanceId) =>
  ({ holders }: View) =>
    holders.includes(instance);

/** Infinite where asking again cannot help. */
function pauseAfter(outcome: Outcome): number {
  if (outcome.ok) return pollInterval;
  const canPass =
    outcome.kind === 'unavailable' || outcome.kind === 'throttled' || outcome.kind === 'conflict';
  return canPass ? Math.max(pollInterval, outcome.retryAfterMs ?? 0) : Number.POSITIVE_INFINITY;
}

function successOf(outcome: Outcome): Outcome & { readonly ok: true } {
  if (!outcome.ok) throw failureOf(outcome);
  return outcome;
}

function failureOf({
  kind,
  message,
  mayHaveHappened,
  retryAfterMs,
}: Outcome & { readonly ok: false }): ProviderError {
  const isKnown = retryAfterMs !== undefined;
  return new ProviderError(kind, message, { mayHaveHappened, ...(isKnown && { retryAfterMs }) });
}
