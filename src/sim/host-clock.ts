import type { Now } from '../core/index.ts';

/** The clocks of one simulated machine, all of which may be wrong: change them while it runs. */
export interface HostClock {
  /** Its milliseconds per true one. Set it before the first process starts. */
  rate: number;
  /** What the monotonic clock, and the one that counts suspended time, have not counted (ms of their own). */
  monoMissed: number;
  bootMissed: number;
  /** How far somebody has set the wall clock. */
  wallStep: number;
}

/** Which clocks go on while a machine is paused: a stopped process · a suspended machine · a migrated one. */
export type Counting = 'all' | 'boot' | 'none';

const wallAtStart = 1_700_000_000_000;

export const fairClock = (): HostClock => ({ rate: 1, monoMissed: 0, bootMissed: 0, wallStep: 0 });

export function readClock({ rate, monoMissed, bootMissed, wallStep }: HostClock, trueNow: number): Now {
  const passed = trueNow * rate;
  return { mono: passed - monoMissed, boot: passed - bootMissed, wall: wallAtStart + passed + wallStep };
}

/** The true instant at which the monotonic clock will have reached `mono`. */
export function trueTimeOf(clock: HostClock, mono: number): number {
  const at = (mono + clock.monoMissed) / clock.rate;
  // Rounding must not make an alarm early: it would be set again for the very instant in which it rings.
  return readClock(clock, at).mono < mono ? at + 0.001 : at;
}

export function pass(clock: HostClock, trueMs: number, counting: Counting): void {
  if (counting !== 'all') clock.monoMissed += trueMs * clock.rate;
  if (counting === 'none') clock.bootMissed += trueMs * clock.rate;
}
