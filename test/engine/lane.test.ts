import { expect, test } from 'vitest';
import type { Call, Outcome } from '../../src/core/index.ts';
import { createLane, type End } from '../../src/engine/lane.ts';
import { createWorld } from '../../src/sim/world.ts';

const read: Call = { kind: 'read' };
const write: Call = { kind: 'associate', instance: 'vm-me' };
const done: Outcome = { ok: true };

/** A lane in virtual time, as the simulator runs it; what begins is answered, or ended, by the test. */
function track() {
  const world = createWorld(1);
  const begun: { call: Call; answer: (outcome: Outcome) => void; ended: string[] }[] = [];
  const settled: [ticket: number, outcome: Outcome, tookMs: number][] = [];
  const lane = createLane({
    now: () => world.now,
    after: world.after,
    begin(call, answer): End {
      const ended: string[] = [];
      begun.push({ call, answer, ended });
      return (why) => void ended.push(why);
    },
  });
  const start = (ticket: number, call: Call) =>
    lane.start(ticket, call, (...settlement) => settled.push(settlement));
  return { world, lane, begun, settled, start, pass: (ms: number) => world.runUntil(world.now + ms) };
}

test('how long a call took is counted from its beginning, without the wait for a write', () => {
  const { start, begun, settled, pass } = track();
  start(1, write);
  start(2, read);
  pass(5_000);
  begun[0]!.answer(done);
  pass(300);
  begun[1]!.answer(done);
  expect(settled).toEqual([
    [1, done, 5_000],
    [2, done, 300],
  ]);
});

test('a call whose time is over is asked for what it knows, and is settled with that', () => {
  const { start, begun, settled, pass } = track();
  start(1, write);
  pass(40_000);
  expect([begun[0]!.ended, settled]).toEqual([['out of time'], []]);
  const unknown: Outcome = { ok: false, kind: 'unavailable', mayHaveHappened: true, message: 'silence' };
  begun[0]!.answer(unknown);
  begun[0]!.answer(done);
  expect(settled).toEqual([[1, unknown, 40_000]]);
});

test('a time limit ends with its call: settled or abandoned, it ends nothing later', () => {
  const { lane, start, begun, pass } = track();
  start(1, read);
  begun[0]!.answer(done);
  start(2, read);
  lane.abort(2);
  pass(60_000);
  expect(begun.map(({ ended }) => ended)).toEqual([[], ['no longer wanted']]);
});

test('who is told that a write ended may start a call at once; one that waits comes after it, and is not lost', () => {
  const { lane, start, begun, settled } = track();
  lane.start(1, write, () => start(3, write));
  start(2, read);
  begun[0]!.answer(done);
  expect(begun.map(({ call }) => call.kind)).toEqual(['associate', 'associate']);
  begun[1]!.answer(done);
  begun[2]!.answer(done);
  expect(settled.map(([ticket]) => ticket)).toEqual([3, 2]);
});
