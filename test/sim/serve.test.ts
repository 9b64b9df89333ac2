import { createConnection } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Cloud } from '../../src/sim/cloud.ts';
import { type Effect, Faults, type Route, type Served, serve } from '../../src/sim/serve.ts';

const IP = '203.0.113.10';

const machine = {
  id: 'a',
  name: 'a',
  zone: 'z',
  state: 'running',
  nics: [],
  groups: [],
  tags: [],
} as const;

let cloud: Cloud;
let served: Served;
afterEach(() => served.close());

const take: Route = {
  method: 'POST',
  path: /^\/take\/(?<who>\w+)$/,
  name: ({ groups }) => ({ who: groups.who ?? '', what: 'take', write: true, subject: 'a' }),
  answer: ({ at, groups }, fault) => {
    const timing = fault?.kind === 'job' ? fault.timing : cloud.timing;
    cloud.start({ kind: 'associate', address: IP, instance: 'a' }, at, groups.who ?? '', timing);
    return { status: 200, body: { taken: true } };
  },
};

async function start(reportsAfterMs = 0, keepAliveMs?: number): Promise<void> {
  cloud = new Cloud({
    instances: [{ ...machine }],
    addresses: [{ id: 'ip', ip: IP, zone: 'z', mode: 'adds' }],
    timing: { reportsAfterMs },
  });
  served = await serve({ cloud, routes: [take], ...(keepAliveMs !== undefined && { keepAliveMs }) });
}

const post = (who = 'x', signal = AbortSignal.timeout(5000)) =>
  fetch(`${served.url}/take/${who}`, { method: 'POST', signal });

test('a request is recorded with its caller, subject and outcome', async () => {
  await start();
  expect(await (await post('lb1')).json()).toEqual({ taken: true });
  expect(cloud.calls).toMatchObject([
    { who: 'lb1', what: 'take', write: true, subject: 'a', outcome: '200' },
  ]);
});

test('an unknown path is 404 and no call of the cloud', async () => {
  await start();
  const answer = await fetch(`${served.url}/nothing`);
  expect([answer.status, cloud.calls]).toEqual([404, []]);
});

test('what is due happens in its time, without another request', async () => {
  await start(80);
  const changed = new Promise<number>((resolve) => cloud.onChange(() => resolve(performance.now())));
  const asked = performance.now();
  await post();
  const late = (await changed) - asked;
  expect(late).toBeGreaterThanOrEqual(80);
  expect(cloud.changes[0]!.at).toBeLessThanOrEqual(performance.now());
});

test('faults strike whom and what they name, as often as they say', async () => {
  const faults = new Faults();
  const effect: Effect = { kind: 'truncated' };
  faults.add({ what: 'take', who: 'lb1', times: 2, effect });
  faults.add({ what: /^list/, effect });
  const strike = (who: string, what: string) => faults.take({ who, what, write: false });
  expect(strike('lb2', 'take')).toBeNull();
  expect([1, 2, 3].map(() => strike('lb1', 'take'))).toEqual([effect, effect, null]);
  expect([1, 2, 3].map(() => strike('lb2', 'listThings'))).toEqual([effect, effect, effect]);
  faults.clear();
  expect(strike('lb2', 'listThings')).toBeNull();
});

test.each<[string, Effect, { acts: boolean; answers: boolean }]>([
  ['latency', { kind: 'latency', ms: 30 }, { acts: true, answers: true }],
  ['a drip', { kind: 'drip', everyMs: 1 }, { acts: true, answers: true }],
  ['a hang before headers', { kind: 'hang', at: 'headers' }, { acts: true, answers: false }],
  ['a hang in the body', { kind: 'hang', at: 'body' }, { acts: true, answers: false }],
  ['a cut before acting', { kind: 'cut', when: 'before' }, { acts: false, answers: false }],
  ['a cut after acting', { kind: 'cut', when: 'after' }, { acts: true, answers: false }],
  ['a cut in the body', { kind: 'cut', when: 'body' }, { acts: true, answers: false }],
  ['truncated JSON', { kind: 'truncated' }, { acts: true, answers: false }],
  ['HTML', { kind: 'html' }, { acts: false, answers: false }],
  ['another answer', { kind: 'answer', status: 500, body: {} }, { acts: false, answers: false }],
  [
    'another answer, acting',
    { kind: 'answer', status: 500, body: {}, acts: true },
    { acts: true, answers: false },
  ],
])('%s', async (_name, effect, { acts, answers }) => {
  await start();
  const end = served.faults.add({ effect });
  const whole = post('x', AbortSignal.timeout(300)).then(
    async (answer) => answer.ok && (await answer.json()),
  );
  expect(await whole.catch(() => false)).toEqual(answers ? { taken: true } : false);
  expect(cloud.holders(IP)).toEqual(acts ? ['a'] : []);
  end();
  expect((await post()).status).toBe(200);
});

test('a wait: the cloud neither acts nor answers until it is over', async () => {
  await start();
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  const end = served.faults.add({ effect: { kind: 'wait', until } });
  const arrived = new Promise((resolve) => cloud.onCall(resolve));
  const answer = post();
  await arrived;
  end();
  expect((await post()).status).toBe(200); // a later one is not concerned, and takes a whole round trip
  expect(cloud.calls.map(({ outcome }) => outcome)).toEqual([null, '200']);
  release();
  expect((await answer).status).toBe(200);
});

test('idle connections are closed after the time that was asked for', async () => {
  await start(0, 50);
  const socket = createConnection(Number(new URL(served.url).port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await new Promise((resolve) => socket.on('data', () => undefined).on('close', resolve));
});
