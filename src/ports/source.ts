import type { Event } from '../core/index.ts';

/** Anything that turns the world into events of a machine: signals, resolved peer names, health checks, a witness. */
export interface Source {
  /** Starts telling; must not throw. */
  start(emit: (event: Event) => void): void;
  /** Idempotent. Nothing is emitted afterwards. */
  stop(): void;
}
