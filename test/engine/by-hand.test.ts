import { expect, test } from 'vitest';
import type { Call, Outcome } from '../../src/core/index.ts';
import { confirmLimit, createByHand, type Verdict } from '../../src/engine/by-hand.ts';
import { createLane } from '../../src/engine/lane.ts';
import { createWorld } from '../../src/sim/world.ts';

const [me, other] = ['vm-me', 'vm-other'];
const holders = (...names: string[]): Outcome => ({ ok: true, view: { holders: names, pending: false } });
const failure = (mayHaveHappened: boolean, kind: 'unavailable' | 'denied' = 'unavailable'): Outcome => ({
  ok: false,
  kind,
  mayHaveHappened,
  message: `cloud: ${kind}`,
});

/** A cloud that answers a write and then each reading as listed, the last one again and again; 10 ms each. */
function desk(write: Outcome, readings: readonly Outcome[]) {
  const world = createWorld(1);
  const left = [...readings];
  const calls: string[] = [];
  const clock = { now: () => world.now, after: world.after };
  const answer = (call: Call) => {
    if (call.kind !== 'read') return write;
    return left.length > 1 ? left.shift()! : left[0]!;
  };
  const lane = createLane({
    ...clock,
    begin(call, settle) {
      calls.push(call.kind);
      return world.after(10, () => settle(answer(call)));
    },
  });
  return { world, calls, hand: createByHand(lane, clock) };
}

/** What came of a deed, and after how many readings; virtual time goes on as long as it takes. */
async function outcome({ world, calls }: ReturnType<typeof desk>, deed: Promise<Verdict>) {
  let came: Verdict | Error | null = null;
  deed.then(
    (verdict) => {
      came = verdict;
    },
    (error: Error) => {
      came = error;
    },
  );
  for (let i = 0; i < 5_000 && came === null; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    world.runUntil(world.now + 10);
  }
  const end = came as Verdict | Error | null;
  const told = end instanceof Error ? end.message : end?.confirmed;
  return { told, readings: calls.filter((call) => call === 'read').length };
}

const ok: Outcome = { ok: true };
const stale = holders(other);
const busy: Outcome = { ok: true, view: { holders: [me], pending: true } };

test.each<[string, Outcome, Outcome[], { told: unknown; readings: number }]>([
  ['the cloud says so at once', ok, [holders(me)], { told: true, readings: 1 }],
  ['what it says lags behind', ok, [stale, stale, holders(me)], { told: true, readings: 3 }],
  ['a change is still under way', ok, [busy, holders(me)], { told: true, readings: 2 }],
  ['a reading fails meanwhile', ok, [failure(false), holders(me)], { told: true, readings: 2 }],
  ['nothing shows it within 30 s', ok, [stale], { told: false, readings: 30 }],
  ['no reading succeeds', ok, [failure(false)], { told: 'cloud: unavailable', readings: 30 }],
  ['reading is not allowed', ok, [failure(false, 'denied')], { told: 'cloud: denied', readings: 1 }],
  [
    'refused, whatever a stale reading says',
    failure(false, 'denied'),
    [holders(me)],
    { told: 'cloud: denied', readings: 0 },
  ],
  ['unknown, and it happened', failure(true), [stale, holders(me)], { told: true, readings: 2 }],
  ['unknown, and nothing shows it', failure(true), [stale], { told: 'cloud: unavailable', readings: 30 }],
])('an association is read back: %s', async (_what, write, readings, expected) => {
  const one = desk(write, readings);
  expect(await outcome(one, one.hand.associate(me))).toEqual(expected);
  expect(one.world.now).toBeLessThan(confirmLimit + 2_000);
});

test('a dissociation is read back, too, and concerns that instance alone', async () => {
  const one = desk(ok, [holders(me, other), holders(other)]);
  expect(await outcome(one, one.hand.dissociate(me))).toEqual({ told: true, readings: 2 });
});

test('questions that are asked at once are asked one after the other, and none is forgotten', async () => {
  const { world, hand, calls } = desk(
    { ok: true, description: { instance: me, state: 'off', addresses: [] } },
    [stale],
  );
  const all = Promise.all([hand.describe(me), hand.describe(other), hand.read()]);
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls.length).toBeLessThanOrEqual(i + 1);
    world.runUntil(world.now + 10);
  }
  expect((await all).map((one) => 'state' in one || one.holders)).toEqual([true, true, [other]]);
});
