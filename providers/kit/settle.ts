import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../../src/ports/provider.ts';
import { isOf, unsure } from './failures.ts';

/** When to ask again for an action that has run for so long, or null to ask no more. Milliseconds. */
export type Pace = (ranMs: number) => number | null;

/** A pace of steps: up to (and without) so many milliseconds of age, so long between two looks. */
export function steps(...rows: readonly (readonly [ageMs: number, waitMs: number])[]): Pace {
  return (ranMs) => rows.find(([ageMs]) => ranMs < ageMs)?.[1] ?? null;
}

export interface Waiting<End> {
  readonly pace: Pace;
  readonly signal: AbortSignal;
  /** What is known at the beginning; null: the action runs. Without it the first look is at once. */
  readonly first?: End | null;
  /** Looks for the end; null: the action runs still. */
  look(): Promise<End | null>;
  /** The error where the end is not waited for any longer; it may have happened. */
  givenUp(): ProviderError;
  /** Follows the message of a look that failed. */
  readonly note?: string;
}

/** Waits for the end of an action. Aborting ends the waiting, not the action. */
export async function endOf<End>(waiting: Waiting<End>): Promise<End> {
  const { pace, signal, first, givenUp, note } = waiting;
  const look = () =>
    waiting.look().catch((error: unknown) => {
      throw unsure(error, note);
    });
  const begun = performance.now();
  for (let end = first === undefined ? await look() : first; ; end = await look()) {
    if (end !== null) return end;
    const wait = pace(performance.now() - begun);
    if (wait === null) throw givenUp();
    await sleep(wait, undefined, { signal }).catch(() => {
      throw givenUp();
    });
  }
}

/** How long an action of ours that we lost sight of counts as under way. */
const LOST_MS = 60_000;

/**
 * The action of ours whose end we have not seen: it may still change who holds the address. Only our own can be
 * known, because no API shows those of others.
 */
export class UnderWay<Action = string> {
  #lost: { readonly action: Action; readonly since: number } | null = null;

  /** Waits for the end of an action; `isOver` tells of an error whether the action has ended all the same. */
  async until<T>(action: Action, end: () => Promise<T>, isOver = hasEnded): Promise<T> {
    this.#lost = { action, since: performance.now() };
    const result = await end().catch((error: unknown) => {
      if (isOver(error)) this.#lost = null;
      throw error;
    });
    this.#lost = null;
    return result;
  }

  /** Whether an action that we lost sight of still runs, as the cloud says it. */
  async pending(runs: (action: Action) => Promise<boolean> | boolean): Promise<boolean> {
    const lost = this.#lost;
    if (lost === null) return false;
    const running = performance.now() - lost.since < LOST_MS && (await runs(lost.action));
    if (!running) this.#lost = null;
    return running;
  }
}

/** A conflict is an end that was seen; all else that may have happened is not. */
function hasEnded(error: unknown): boolean {
  return error instanceof ProviderError && (!error.mayHaveHappened || isOf(error, 'conflict'));
}
