import { expect, test } from 'vitest';
import { pollAfterMs } from '../../../providers/exoscale/pace.ts';
import { UnderWay } from '../../../providers/kit/settle.ts';
import { ProviderError } from '../../../src/ports/provider.ts';

test.each([
  [0, 100],
  [999, 100],
  [1_000, 250],
  [4_999, 250],
  [5_000, 1_000],
  [60_000, 1_000],
  [60_001, null],
])('an action that has run for %i ms is asked for again after %s ms', (ranMs, waitMs) => {
  expect(pollAfterMs(ranMs)).toBe(waitMs);
});

const failing = () => Promise.reject(new Error('lost'));

test('an action whose end we saw is not asked for again', async () => {
  const underWay = new UnderWay();
  await underWay.until(
    'a',
    () => Promise.resolve(),
    () => false,
  );
  await expect(underWay.until('b', failing, () => true)).rejects.toThrow('lost');
  expect(await underWay.pending(() => expect.fail('was asked'))).toBe(false);
});

test('an action that we lost sight of is pending until the cloud says that it ended', async () => {
  const underWay = new UnderWay();
  await expect(underWay.until('a', failing, () => false)).rejects.toThrow('lost');
  const asked: string[] = [];
  const runs = (answer: boolean) => async (id: string) => {
    asked.push(id);
    return answer;
  };
  expect(await underWay.pending(runs(true))).toBe(true);
  expect(await underWay.pending(runs(false))).toBe(false);
  expect(await underWay.pending(runs(true))).toBe(false);
  expect(asked).toEqual(['a', 'a']);
});

test.each([
  ['conflict', true, false],
  ['conflict', false, false],
  ['rejected', false, false],
  ['unavailable', true, true],
  ['throttled', true, true],
] as const)('an action that failed as %s, perhaps done: %s, is under way: %s', async (kind, maybe, runs) => {
  const underWay = new UnderWay();
  const failed = () => Promise.reject(new ProviderError(kind, 'failed', { mayHaveHappened: maybe }));
  await expect(underWay.until('a', failed)).rejects.toThrow('failed');
  expect(await underWay.pending(() => true)).toBe(runs);
});
