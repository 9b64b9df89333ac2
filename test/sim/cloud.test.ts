import { expect, test } from 'vitest';
import type { Traits } from '../../src/core/index.ts';
import { Cloud, type HolderChange, type SimInstance, type Timing } from '../../src/sim/cloud.ts';

const IP = '203.0.113.10';

const machine = (id: string, zone = 'z'): SimInstance => ({
  id,
  name: id,
  zone,
  state: 'running',
  nics: [{ id: `nic-${id}`, network: 'net', default: true, addresses: ['192.0.2.1'] }],
  groups: [],
  tags: [],
});

const cloudOf = (mode: Traits['associate'], holders: string[] = [], oneActionAtATime = false): Cloud =>
  new Cloud({
    instances: [machine('a'), machine('b'), machine('far', 'elsewhere')],
    addresses: [{ id: 'ip', ip: IP, zone: 'z', mode, holders }],
    oneActionAtATime,
  });

const associate = (instance: string) => ({ kind: 'associate', address: IP, instance }) as const;
const dissociate = (instance: string | null) => ({ kind: 'dissociate', address: IP, instance }) as const;

function job(cloud: Cloud, action: Parameters<Cloud['start']>[0], now: number, timing?: Timing) {
  const started = cloud.start(action, now, 'test', timing);
  if (typeof started === 'string') throw new Error(`refused: ${started}`);
  return started;
}

test('an action takes effect when its time has come, not before', () => {
  const cloud = cloudOf('adds');
  const started = job(cloud, associate('a'), 0);
  expect(cloud.nextDue()).toBe(1000);
  cloud.advance(999);
  expect([cloud.holders(IP), started.state, cloud.pending(IP)]).toEqual([[], 'pending', true]);
  cloud.advance(1000);
  expect([cloud.holders(IP), started.state, cloud.pending(IP)]).toEqual([['a'], 'done', false]);
  expect(cloud.nextDue()).toBeNull();
});

test.each<[Traits['associate'], string[] | 'held']>([
  ['adds', ['a', 'b']],
  ['moves', ['b']],
  ['refusedWhileHeld', 'held'],
])('associating an address that another holds: %s', (mode, expected) => {
  const cloud = cloudOf(mode, ['a']);
  const started = cloud.start(associate('b'), 0, 'b', { reportsAfterMs: 0 });
  expect(typeof started === 'string' ? started : cloud.holders(IP)).toEqual(expected);
});

test('two actions race for an address that only one may hold: the second fails when its effect is due', () => {
  const cloud = cloudOf('refusedWhileHeld');
  const first = job(cloud, associate('a'), 0);
  const second = job(cloud, associate('b'), 1);
  cloud.advance(2000);
  expect([first.state, second.state, second.error]).toEqual(['done', 'failed', 'held']);
  expect(cloud.holders(IP)).toEqual(['a']);
});

test.each<[string, Timing, string, string[], string[]]>([
  ['fails and never happens', { reportsAfterMs: 10, fails: 'no' }, 'failed', [], []],
  ['fails and happens late', { reportsAfterMs: 10, appliesAfterMs: 50, fails: 'no' }, 'failed', [], ['a']],
  ['never reports but happens', { reportsAfterMs: null, appliesAfterMs: 10 }, 'pending', ['a'], ['a']],
  ['never reports, never happens', { reportsAfterMs: null }, 'pending', [], []],
])('a job that %s', (_what, timing, state, soon, later) => {
  const cloud = cloudOf('adds');
  const started = job(cloud, associate('a'), 0, timing);
  cloud.advance(10);
  expect([started.state, cloud.holders(IP)]).toEqual([state, soon]);
  cloud.advance(1000);
  expect([started.state, cloud.holders(IP)]).toEqual([state, later]);
});

test('dissociating: from the named instance only, from anybody for null, from nobody without effect', () => {
  const cloud = cloudOf('adds', ['a', 'b']);
  const now = { reportsAfterMs: 0 };
  job(cloud, dissociate('far'), 0, now);
  expect(cloud.holders(IP)).toEqual(['a', 'b']);
  job(cloud, dissociate('a'), 1, now);
  expect(cloud.holders(IP)).toEqual(['b']);
  job(cloud, dissociate(null), 2, now);
  expect(cloud.holders(IP)).toEqual([]);
});

test('refusals: unknown address, unknown or vanished instance, other zone, an action under way', () => {
  const cloud = cloudOf('moves', [], true);
  const refusal = (action: Parameters<Cloud['start']>[0]) => cloud.start(action, 0, 'test');
  expect(refusal({ ...associate('a'), address: '203.0.113.99' })).toBe('noSuchAddress');
  expect(refusal(associate('nobody'))).toBe('noSuchInstance');
  expect(refusal(associate('far'))).toBe('otherZone');
  cloud.setState('b', 'gone', 0);
  expect(refusal(associate('b'))).toBe('noSuchInstance');
  job(cloud, associate('a'), 0);
  expect(refusal(dissociate(null))).toBe('pending');
});

test('every change of holders is told and kept, and the past can be asked', () => {
  const cloud = cloudOf('moves', ['a']);
  const heard: HolderChange[] = [];
  const end = cloud.onChange((change) => heard.push(change));
  job(cloud, associate('b'), 100, { reportsAfterMs: 0 });
  end();
  cloud.setState('b', 'gone', 200);
  expect(heard.map(({ at, instance, change }) => [at, instance, change])).toEqual([
    [100, 'a', 'lost'],
    [100, 'b', 'gained'],
  ]);
  expect(cloud.changes.at(-1)).toMatchObject({ at: 200, instance: 'b', change: 'lost', holders: [] });
  expect([99, 100, 199, 200].map((instant) => cloud.holders(IP, instant))).toEqual([['a'], ['b'], ['b'], []]);
});

test('calls are noted when they arrive and completed when they are answered', () => {
  const cloud = cloudOf('adds');
  const heard: string[] = [];
  cloud.onCall((call) => heard.push(`${call.at} ${call.who} ${call.what}`));
  const record = cloud.called({ at: 5, who: 'a', what: 'attach', write: true, subject: 'a' });
  expect(heard).toEqual(['5 a attach']);
  expect(cloud.calls).toMatchObject([{ outcome: null, endedAt: null }]);
  cloud.answered(record, '200', 9);
  expect(cloud.calls).toMatchObject([{ outcome: '200', endedAt: 9 }]);
});

test('an operator changes the holders: gained before lost', () => {
  const cloud = cloudOf('adds', ['a']);
  cloud.setHolders(IP, ['b'], 7);
  expect(cloud.holders(IP)).toEqual(['b']);
  expect(cloud.changes.map(({ change, who }) => [change, who])).toEqual([
    ['gained', 'operator'],
    ['lost', 'operator'],
  ]);
});
