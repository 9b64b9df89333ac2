import { expect, test } from 'vitest';
import { fate, trial } from '../../src/sim/proof/nemesis.ts';
import { failed } from '../../src/sim/proof/run/verdict.ts';
import { replaySchedule } from '../../src/sim/proof/schedule.ts';
import { frozen } from './frozen.ts';
import { record } from './record.ts';

test.each(frozen.map(({ seed, showed, schedule }) => [seed, showed, schedule] as const))(
  'seed %i, frozen, is sound. It once showed: %s',
  { timeout: 60_000 },
  (_seed, _showed, schedule) => {
    const one = replaySchedule(schedule);
    expect(one.violations).toEqual([]);
    expect(failed(one)).toBe(false);
  },
);

test('a recorded trial replayed is the same trial, and the nemesis draws nothing', () => {
  for (const seed of [3, 12, 17]) {
    const schedule = JSON.parse(JSON.stringify(record(fate(seed))));
    expect(replaySchedule(schedule).transcript).toEqual(trial(seed).transcript);
  }
});
