import { expect, test } from 'vitest';
import {
  betweenFalseDeaths,
  count,
  withBursts,
  withoutGuard,
  withQuestions,
} from '../../src/sim/planning/detector.ts';

const usual = { intervalMs: 1_000, deadRatio: 3 };
const day = 86_400_000;

test.each([
  [2, 0.01, 2.8 / 24],
  [3, 0.01, 11.7],
  [3, 0.05, 2.34 / 24],
  [3, 0.1, 18.5 / 1_440],
  [4, 0.05, 1.9],
  [6, 0.1, 12.9],
])('ratio %d at a loss of %d: a false death in %d days', (deadRatio, loss, days) => {
  expect(betweenFalseDeaths({ ...usual, deadRatio }, loss) / day).toBeCloseTo(days, days < 0.1 ? 3 : 1);
});

test('without the guard a ratio of 3 behaves nearly as one of 2', () => {
  // Measured on a prototype whose deadline was exactly r·I: 4.96e-3 for each heartbeat.
  expect(1_000 / withoutGuard(usual, 0.1)).toBeCloseTo(4.96e-3, 4);
});

test('without loss nobody is taken for dead', () => {
  for (const mean of [betweenFalseDeaths, withQuestions, withBursts]) expect(mean(usual, 0)).toBe(Infinity);
});

test('what the detector does is what theory says: not as often as without the guard, and rarer where nodes ask', {
  timeout: 60_000,
}, () => {
  const timing = { intervalMs: 1_000, deadRatio: 2 };
  const { tallies, moves } = count({
    ...{ seed: 1, nodes: 3, associate: 'moves', policy: timing, loss: 0.2, plain: true, forMs: 1_800_000 },
  });
  const per = ({ deaths, linkMs }: { deaths: number; linkMs: number }) => deaths / linkMs;
  const theory = 1 / betweenFalseDeaths(timing, 0.2);
  expect(per(tallies.plain) / theory).toBeGreaterThan(0.8);
  expect(per(tallies.plain) / theory).toBeLessThan(1.2);
  expect(per(tallies.standbys) / theory).toBeLessThan(0.2);
  expect([tallies.holder.deaths, moves]).toEqual([0, 0]);
});
