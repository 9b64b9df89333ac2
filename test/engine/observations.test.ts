import { expect, test } from 'vitest';
import { createObservations, happened } from '../../src/engine/observations.ts';
import type { Observation } from '../../src/ports/observation.ts';

const drop = (reason: string): Observation => ({ kind: 'drop', reason, from: '10.0.0.9', mono: 0 });

function stream() {
  const defects: unknown[] = [];
  return { defects, ...createObservations((error) => defects.push(error)) };
}

test('everybody who subscribed is told of everything from then on, in the order of the subscriptions', () => {
  const { observe, subscribe } = stream();
  const told: string[] = [];
  const hear = (who: string) => (one: Observation) =>
    void told.push(`${who} ${one.kind === 'drop' && one.reason}`);
  subscribe(hear('a'));
  observe(drop('early'));
  const end = subscribe(hear('b'));
  observe(drop('stranger'));
  end();
  end();
  observe(drop('replayed'));
  expect(told).toEqual(['a early', 'a stranger', 'b stranger', 'a replayed']);
});

test('an observer that throws does not reach the step nor the others, and is told of once', () => {
  const { observe, subscribe, defects } = stream();
  let heard = 0;
  const error = new Error('no such metric');
  subscribe(() => {
    throw error;
  });
  subscribe(() => {
    heard += 1;
  });
  for (const reason of ['early', 'stranger']) expect(() => observe(drop(reason))).not.toThrow();
  expect([heard, defects]).toEqual([2, [error]]);
});

test('who waits goes on with the first observation that is meant, and is subscribed no more', async () => {
  const { observe, subscribe } = stream();
  let asked = 0;
  const isMeant = (one: Observation) => {
    asked += 1;
    return one.kind === 'drop' && one.reason === 'stranger';
  };
  const waiting = happened({ subscribe }, isMeant, new AbortController().signal);
  for (const reason of ['early', 'stranger', 'stranger']) observe(drop(reason));
  expect([await waiting, asked]).toEqual([true, 2]);
});

test('who waits is let go when told to stop, before or meanwhile', async () => {
  const { observe, subscribe } = stream();
  const stop = new AbortController();
  let asked = 0;
  const isMeant = () => {
    asked += 1;
    return true;
  };
  const waiting = happened({ subscribe }, isMeant, stop.signal);
  stop.abort();
  observe(drop('stranger'));
  expect([await waiting, await happened({ subscribe }, isMeant, stop.signal), asked]).toEqual([
    false,
    false,
    0,
  ]);
});
