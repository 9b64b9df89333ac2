import { readdirSync, readFileSync } from 'node:fs';
import type { Schedule } from '../../src/sim/proof/schedule.ts';

/** A seed that once failed: its faults, which no change of the nemesis changes, and what it showed. */
export interface Frozen {
  readonly seed: number;
  readonly showed: string;
  readonly schedule: Schedule;
}

const folder = new URL('./schedules/', import.meta.url);

export const frozen: readonly Frozen[] = readdirSync(folder).map((file) =>
  JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
);
