import type { Now } from '../core/index.ts';

/** The time, and one alarm. */
export interface Clock {
  now(): Now;
  /**
   * Calls `wake` once, as soon as possible after `mono` has been reached; a later call replaces the alarm, null
   * clears it. A wake-up that is more than 10 ms late first lets the sockets be read (R3).
   */
  wakeAt(mono: number | null, wake: () => void): void;
}
