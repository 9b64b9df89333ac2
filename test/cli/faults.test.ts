import { describe, expect, test } from 'vitest';
import { FAULTS, fault } from '../../src/cli/planning/faults.ts';
import { randomFaults, spoken } from '../../src/sim/planning/faults.ts';
import { createWorld } from '../../src/sim/world.ts';

/** The language of `--fault`: what is typed, and the fault that is meant. */

const min = 60_000;

test.each([
  ['kill lb1 at 30s', { deed: { kind: 'kill', who: 1 }, at: 30_000, for: null }],
  ['KILL  Holder  at 30', { deed: { kind: 'kill', who: 'holder' }, at: 30_000, for: null }],
  ['kill lb12 for 500ms at 1.5min', { deed: { kind: 'kill', who: 12 }, at: 90_000, for: 500 }],
  ['stop lb1 at 90s', { deed: { kind: 'stop', who: 1 }, at: 90_000, for: null }],
  ['restart all at 2h', { deed: { kind: 'restart', who: 'all' }, at: 120 * min, for: null }],
  ['start lb3 at 0', { deed: { kind: 'start', who: 3 }, at: 0, for: null }],
  ['pause lb2 at 10s for 60s', { deed: { kind: 'pause', who: 2 }, at: 10_000, for: min }],
  ['isolate lb1 at 1min for 30s', { deed: { kind: 'isolate', who: 1 }, at: min, for: 30_000 }],
  ['unhealthy lb1 at 1s for 2s', { deed: { kind: 'unhealthy', who: 1 }, at: 1_000, for: 2_000 }],
  [
    'cut lb1>lb2 at 60s for 20s',
    { deed: { kind: 'cut', from: 1, to: 2, both: false }, at: min, for: 20_000 },
  ],
  ['cut lb2<>lb1 at 60s', { deed: { kind: 'cut', from: 2, to: 1, both: true }, at: min, for: null }],
  ['loss 10% at 0s for 5min', { deed: { kind: 'loss', share: 0.1 }, at: 0, for: 5 * min }],
  ['loss 2.5%', { deed: { kind: 'loss', share: 0.025 }, at: 0, for: null }],
  ['delay 50ms-200ms', { deed: { kind: 'delay', min: 50, max: 200 }, at: 0, for: null }],
  ['delay 1s at 9s', { deed: { kind: 'delay', min: 1_000, max: 1_000 }, at: 9_000, for: null }],
  ['api down', { deed: { kind: 'api down', who: 'all' }, at: 0, for: null }],
  ['api down for lb1 at 30s for 1min', { deed: { kind: 'api down', who: 1 }, at: 30_000, for: min }],
  ['api down for 1min at 30s', { deed: { kind: 'api down', who: 'all' }, at: 30_000, for: min }],
  [
    'api slow 3s for holder at 5s',
    { deed: { kind: 'api slow', ms: 3_000, who: 'holder' }, at: 5_000, for: null },
  ],
  ['api fail 30% at 1s', { deed: { kind: 'api fail', share: 0.3, who: 'all' }, at: 1_000, for: null }],
  ['random', { random: true, at: 0, for: null }],
  ['random at 1min for 1h', { random: true, at: min, for: 60 * min }],
])('%s', (text, meant) => {
  expect(fault(text)).toEqual({ ok: true, value: meant });
});

describe('a mistake is told with its place, and what was expected there', () => {
  const verbs = 'one of kill, stop, restart, start, pause, isolate, unhealthy, cut, loss, delay, api, random';
  const machine = 'a machine (lb1, lb2, …, holder, all)';
  test.each([
    ['', `${verbs} at the end, character 1`],
    ['kil lb1 at 30s', `${verbs} at character 1 ("kil")`],
    ['kill', `${machine} at the end, character 5`],
    ['kill lb0 at 3s', `${machine} at character 6 ("lb0")`],
    ['kill at 30s', `${machine} at character 6 ("at")`],
    ['kill lb1', 'at and a time at the end, character 9'],
    ['kill lb1 30s', 'at or for and a time at character 10 ("30s")'],
    ['kill lb1 at', 'a time, such as 30s, 5min or 2h at the end, character 12'],
    ['kill lb1 at noon', 'a time, such as 30s, 5min or 2h at character 13 ("noon")'],
    ['kill lb1 at 3s at 4s', 'for and a time at character 16 ("at")'],
    ['kill lb1 at 3s for 1s please', 'nothing more at character 23 ("please")'],
    ['cut lb1 at 3s', 'two machines, such as lb1>lb2 or lb1<>lb2 at character 5 ("lb1")'],
    ['cut lb1>lb1 at 3s', 'two machines, such as lb1>lb2 or lb1<>lb2 at character 5 ("lb1>lb1")'],
    ['loss 10', 'a share, such as 10% at character 6 ("10")'],
    ['loss 101%', 'a share, such as 10% at character 6 ("101%")'],
    ['delay 9ms-3ms', 'a time or two, such as 50ms or 50ms-200ms at character 7 ("9ms-3ms")'],
    ['api', 'down, slow or fail at the end, character 4'],
    ['api up', 'down, slow or fail at character 5 ("up")'],
    ['api slow 6s', 'a time up to 5s, such as 3s at character 10 ("6s")'],
    ['api down for lbx', `${machine} at character 14 ("lbx")`],
  ])('%s', (text, expected) => {
    expect(fault(text)).toEqual({ ok: false, expected });
  });
});

test('every form of the help is understood', () => {
  expect(FAULTS.map(([form]) => form).filter((form) => !fault(form).ok)).toEqual([]);
});

test('a fault by chance is told in words that mean it when they are typed', () => {
  const faults = randomFaults(createWorld(7).random, 3, { from: 1_000, until: 36_000_000, delayMax: 200 });
  expect(new Set(faults.map(({ deed }) => deed.kind)).size).toBe(12);
  for (const one of faults) expect(fault(spoken(one))).toEqual({ ok: true, value: one });
});
