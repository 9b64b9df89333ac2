import { expect, test } from 'vitest';
import type { Call, FailureKind, Outcome, View } from '../../src/core/index.ts';
import { createExecutor } from '../../src/engine/executor.ts';
import type { Performer } from '../../src/engine/lane.ts';
import { type GroupMember, type Provider, ProviderError } from '../../src/ports/provider.ts';

const me = 'vm-me';
const view: View = { holders: [me], pending: false };
const read: Call = { kind: 'read' };
const associate: Call = { kind: 'associate', instance: me };
const dissociate: Call = { kind: 'dissociate', instance: 'vm-other' };

/**
 * One request that has reached the cloud; it ends when the test says so, or by its signal as `fetch`-like clients do.
 */
interface Request {
  readonly what: string;
  readonly signal: AbortSignal;
  readonly accept: () => void;
  readonly answer: (value?: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** A cloud that answers when told, a clock that moves when told, and the executor between them. */
function workbench(group?: Parameters<typeof createExecutor>[0]['group']) {
  const requests: Request[] = [];
  const outcomes: { ticket: number; outcome: Outcome }[] = [];
  const alarms = new Map<() => void, number>();
  let now = 1_000;

  function request<T>(what: string, signal: AbortSignal, accept = () => {}): Promise<T> {
    return new Promise((resolve, fail) => {
      requests.push({ what, signal, accept, answer: (value) => resolve(value as T), fail });
      signal.addEventListener('abort', () => fail(signal.reason));
    });
  }

  const provider: Provider = {
    name: 'cloud',
    traits: { associate: 'adds', fences: true, settleMs: 0 },
    identify: () => Promise.reject(new Error('not asked here')),
    read: (signal) => request('read', signal),
    describe: (instance, signal) => request(`describe ${instance}`, signal),
    associate: (instance, signal, accept) => request(`associate ${instance}`, signal, accept),
    dissociate: (instance, signal) => request(`dissociate ${instance}`, signal),
    members: (name, signal) => request(`members ${name}`, signal),
  };
  const executor = createExecutor({
    provider,
    ...(group && { group }),
    now: () => now,
    after: (ms, expired) => {
      alarms.set(expired, now + ms);
      return () => void alarms.delete(expired);
    },
  });
  const pass = (ms: number) => {
    now += ms;
    for (const [expired, at] of alarms) {
      if (at <= now) expired();
    }
  };
  const start = startOn(executor, outcomes);
  return { executor, requests, outcomes, alarms, pass, start };
}

/** Every promise that can go on has gone on. */
const quiet = () => new Promise((resolve) => setImmediate(resolve));

function startOn(executor: Performer, outcomes: { ticket: number; outcome: Outcome }[]) {
  return (ticket: number, call: Call) =>
    executor.start(ticket, call, (which, outcome) => outcomes.push({ ticket: which, outcome }));
}

test('a reading is settled once, by its ticket, with what the cloud said', async () => {
  const { start, requests, outcomes, alarms } = workbench();
  start(7, read);
  requests[0]!.answer(view);
  await quiet();
  expect(outcomes).toEqual([{ ticket: 7, outcome: { ok: true, view } }]);
  expect(alarms.size).toBe(0);
});

test.each<[Call, unknown, Outcome]>([
  [read, view, { ok: true, view }],
  [
    { kind: 'describe', instance: 'vm-x' },
    { instance: 'vm-x', state: 'off', addresses: [] },
    { ok: true, description: { instance: 'vm-x', state: 'off', addresses: [] } },
  ],
  [associate, undefined, { ok: true }],
  [dissociate, undefined, { ok: true }],
])('every call reaches its method of the provider: %j', async (call, answer, outcome) => {
  const { start, requests, outcomes } = workbench();
  start(1, call);
  expect(requests[0]!.what).toBe('instance' in call ? `${call.kind} ${call.instance}` : call.kind);
  requests[0]!.answer(answer);
  await quiet();
  expect(outcomes[0]!.outcome).toEqual(outcome);
});

test('the members are asked of the group and become members by its choice', async () => {
  const machines: GroupMember[] = [
    { instance: 'vm-a', state: 'running', addresses: [{ ip: '10.0.0.1', network: 'n', private: true }] },
  ];
  const member = { address: '10.0.0.1', addresses: ['10.0.0.1'], instance: 'vm-a' };
  const choose = (all: readonly GroupMember[]) => (all === machines ? [member] : []);
  const { start, requests, outcomes } = workbench({ name: 'lb', choose });
  start(1, { kind: 'members' });
  expect(requests[0]!.what).toBe('members lb');
  requests[0]!.answer(machines);
  await quiet();
  expect(outcomes[0]!.outcome).toEqual({ ok: true, members: [member] });
});

test('without a group there is nothing to ask for', async () => {
  const { start, requests, outcomes } = workbench();
  start(1, { kind: 'members' });
  await quiet();
  expect([requests.length, outcomes[0]!.outcome]).toEqual([0, { ok: true }]);
});

test('one call at a time: the second begins when the first has been settled', async () => {
  const { start, requests, outcomes } = workbench();
  start(1, associate);
  start(2, read);
  await quiet();
  expect(requests.map(({ what }) => what)).toEqual(['associate vm-me']);
  requests[0]!.answer();
  await quiet();
  expect(outcomes.map(({ ticket }) => ticket)).toEqual([1]);
  expect(requests.map(({ what }) => what)).toEqual(['associate vm-me', 'read']);
});

test('a call may be started while another is being settled', async () => {
  const { executor, requests, outcomes } = workbench();
  executor.start(1, read, () => startOn(executor, outcomes)(2, associate));
  requests[0]!.answer(view);
  await quiet();
  requests[1]!.answer();
  await quiet();
  expect(outcomes.map(({ ticket }) => ticket)).toEqual([2]);
});

test('an aborted reading is cut off at once, frees its place in the same moment, and is never settled', async () => {
  const { executor, start, requests, outcomes, alarms } = workbench();
  start(1, read);
  executor.abort(1);
  start(2, associate);
  expect(requests.map(({ what, signal }) => [what, signal.aborted])).toEqual([
    ['read', true],
    ['associate vm-me', false],
  ]);
  requests[1]!.answer();
  await quiet();
  expect(outcomes.map(({ ticket }) => ticket)).toEqual([2]);
  expect(alarms.size).toBe(0);
});

test('the answer to an aborted reading that was already on its way changes nothing', async () => {
  const { executor, start, requests, outcomes } = workbench();
  start(1, read);
  requests[0]!.answer(view);
  executor.abort(1);
  await quiet();
  expect(outcomes).toEqual([]);
});

test.each([associate, dissociate])(
  'a write is never aborted, and the next call waits for it: %j',
  async (write) => {
    const { executor, start, requests, outcomes } = workbench();
    start(1, write);
    executor.abort(1);
    start(2, read);
    await quiet();
    expect([requests.length, requests[0]!.signal.aborted]).toEqual([1, false]);
    requests[0]!.answer();
    await quiet();
    expect(requests.map(({ what }) => what).at(-1)).toBe('read');
    requests[1]!.answer(view);
    await quiet();
    expect(outcomes.map(({ ticket }) => ticket)).toEqual([1, 2]);
  },
);

test('of the calls that wait for a write, the latest wish counts', async () => {
  const { executor, start, requests, outcomes } = workbench();
  start(1, associate);
  start(2, read);
  executor.abort(2);
  start(3, dissociate);
  requests[0]!.answer();
  await quiet();
  expect(requests.map(({ what }) => what)).toEqual(['associate vm-me', 'dissociate vm-other']);
  requests[1]!.answer();
  await quiet();
  expect(outcomes.map(({ ticket }) => ticket)).toEqual([1, 3]);
});

test('a reading that still waits for a write is forgotten when it is aborted', async () => {
  const { executor, start, requests } = workbench();
  start(1, associate);
  start(2, read);
  executor.abort(2);
  requests[0]!.answer();
  await quiet();
  expect(requests.map(({ what }) => what)).toEqual(['associate vm-me']);
});

test('to abort a ticket that is not running does nothing', async () => {
  const { executor, start, requests, outcomes } = workbench();
  start(2, read);
  executor.abort(1);
  requests[0]!.answer(view);
  await quiet();
  expect(outcomes.map(({ ticket }) => ticket)).toEqual([2]);
});

test.each<[Call, number]>([
  [read, 10_000],
  [{ kind: 'describe', instance: 'vm-x' }, 10_000],
  [{ kind: 'members' }, 20_000],
  [associate, 40_000],
  [dissociate, 40_000],
])('a call that does not end is given up after its time: %j', async (call, limit) => {
  const { start, pass, requests, outcomes } = workbench({ name: 'lb', choose: () => [] });
  start(1, call);
  pass(limit - 1);
  await quiet();
  expect([requests[0]!.signal.aborted, outcomes.length]).toEqual([false, 0]);
  pass(1);
  await quiet();
  expect(requests[0]!.signal.aborted).toBe(true);
  expect(outcomes[0]!.outcome).toMatchObject({ ok: false, kind: 'unavailable', mayHaveHappened: true });
});

test('the deadline is of each call: one that waited has its full time', async () => {
  const { start, pass, requests, outcomes } = workbench();
  start(1, associate);
  start(2, read);
  pass(39_000);
  requests[0]!.answer();
  await quiet();
  pass(9_999);
  await quiet();
  expect(outcomes.map(({ ticket }) => ticket)).toEqual([1]);
  pass(1);
  await quiet();
  expect(outcomes.map(({ ticket }) => ticket)).toEqual([1, 2]);
});

test.each<FailureKind>(['denied', 'missing', 'conflict', 'throttled', 'unavailable', 'rejected'])(
  'a failure of the world keeps its kind: %s',
  async (kind) => {
    const { start, requests, outcomes } = workbench();
    start(1, associate);
    requests[0]!.fail(new ProviderError(kind, 'cloud: no', { mayHaveHappened: kind === 'unavailable' }));
    await quiet();
    const mayHaveHappened = kind === 'unavailable';
    expect(outcomes[0]!.outcome).toEqual({ ok: false, kind, mayHaveHappened, message: 'cloud: no' });
  },
);

test('how long to wait is passed on', async () => {
  const { start, requests, outcomes } = workbench();
  start(1, read);
  requests[0]!.fail(new ProviderError('throttled', 'cloud: slowly', { retryAfterMs: 7_000 }));
  await quiet();
  expect(outcomes[0]!.outcome).toMatchObject({ kind: 'throttled', retryAfterMs: 7_000 });
});

test('a defect of ours is an unknown outcome that says whose it is, and the next call goes on', async () => {
  const { start, requests, outcomes } = workbench();
  start(1, associate);
  start(2, read);
  requests[0]!.fail(new TypeError('x is not a function'));
  await quiet();
  expect(outcomes[0]!.outcome).toEqual({
    ok: false,
    kind: 'unavailable',
    mayHaveHappened: true,
    message: 'cloud: associate: x is not a function (a defect of ha-ip)',
  });
  expect(requests.at(-1)!.what).toBe('read');
});

test('a provider that throws before it returns a promise is the same defect', async () => {
  const outcomes: Outcome[] = [];
  const broken = {
    name: 'cloud',
    read() {
      throw new Error('early');
    },
  } as unknown as Provider;
  const executor = createExecutor({ provider: broken, now: () => 0, after: () => () => {} });
  executor.start(1, read, (_ticket, outcome) => outcomes.push(outcome));
  await quiet();
  expect(outcomes).toMatchObject([{ kind: 'unavailable', message: /early.*defect/ }]);
});

test('when the cloud accepted an association is told, counted from the start of the call', async () => {
  const { start, pass, requests, outcomes } = workbench();
  start(1, associate);
  pass(120);
  requests[0]!.accept();
  pass(900);
  requests[0]!.answer();
  await quiet();
  expect(outcomes[0]!.outcome).toEqual({ ok: true, acceptedMs: 120 });
});
