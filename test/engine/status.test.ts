import { expect, test } from 'vitest';
import type { Member, State } from '../../src/core/index.ts';
import { createJournal } from '../../src/engine/journal.ts';
import { statusBefore, statusOf } from '../../src/engine/status.ts';
import type { CheckStatus } from '../../src/ports/check.ts';
import { addressResource } from '../../src/wire/resource.ts';
import { active, D, fake, Lab, standby } from '../core/lab.ts';

/** 2026-01-01T00:00:00Z, when the machine's monotonic clock showed what the lab's shows. */
const wall = Date.UTC(2026, 0, 1);

function statusOfLab(lab: Lab, laterMs = 0, checks: readonly CheckStatus[] = []) {
  const journal = createJournal(() => {});
  for (const { at, report } of lab.reports) journal.report(lab.policy.resource, report, at);
  journal.dropped('stranger', '10.9.9.9', lab.mono);
  return statusOf({
    version: '1.2.3',
    pid: 42,
    policy: lab.policy,
    state: lab.state,
    journal,
    mono: lab.mono + laterMs,
    wall: wall + laterMs,
    checks,
  });
}

test('a holder among healthy backups: nothing is degraded', () => {
  const lab = active({ peers: [fake('b', 30)] });
  expect(statusOfLab(lab)).toEqual({
    version: '1.2.3',
    pid: 42,
    address: '198.51.100.50',
    node: lab.policy.self.node,
    instance: 'vm-self',
    role: 'active',
    association: 'ours',
    holder: 'vm-self',
    since: new Date(wall - (lab.mono - lab.state.roleSince)).toISOString(),
    aside: null,
    peers: [
      {
        address: '10.0.1.2',
        name: 'b',
        instance: 'vm-b',
        role: 'backup',
        priority: 30,
        heardAgoMs: expect.any(Number),
        state: 'alive',
        twoWay: true,
      },
    ],
    lastTransition: {
      at: new Date(wall - (lab.mono - lab.state.roleSince)).toISOString(),
      from: 'hold-off',
      to: 'active',
      why: 'the address is ours already',
    },
    api: { ok: true, failures: 0, lastReadAgoMs: Math.round(lab.mono - lab.state.cloud.reading!.at) },
    quorum: null,
    health: { ok: true, checks: [] },
    counters: { stranger: 1 },
    degraded: [],
  });
});

test('standing aside is told with its times and whom the holder asked, and is nothing to mend', () => {
  const lab = active({ peers: [fake('b', 30)] });
  lab.command({ kind: 'handover', to: '10.0.1.2', forMs: 60_000 });
  const { aside, degraded } = statusOfLab(lab, 90);
  expect(aside).toEqual({
    since: new Date(wall).toISOString(),
    until: new Date(wall + 60_000).toISOString(),
    to: 'b (10.0.1.2)',
  });
  expect(degraded).toEqual([]);
  lab.command({ kind: 'handover', to: null, forMs: null });
  expect(statusOfLab(lab).aside).toMatchObject({ until: null, to: null });
});

test('times are of the wall clock of the answer, however late it is asked', () => {
  const lab = active({ peers: [fake('b', 30)] });
  const [now, later] = [statusOfLab(lab), statusOfLab(lab, 90)];
  expect(later.since).toBe(now.since);
  expect(later.lastTransition).toEqual(now.lastTransition);
  expect(later.peers[0]!.heardAgoMs).toBe(now.peers[0]!.heardAgoMs! + 90);
  expect(later.api.lastReadAgoMs).toBe(now.api.lastReadAgoMs! + 90);
});

test('a backup names the holder, and the role that it tells', () => {
  const status = statusOfLab(standby({ peers: [fake('a', 10)] }));
  expect(status).toMatchObject({ role: 'backup', association: 'not ours', holder: 'vm-a' });
  expect(status.peers[0]).toMatchObject({ role: 'active', priority: 10 });
});

test.each([
  ['init', 'hold-off'],
  ['backup', 'backup'],
  ['acquiring', 'taking over'],
  ['witness', 'witness'],
] as const)('the role of a peer in the words of people: %s', (role, word) => {
  const peer = fake('b', 30, { role });
  const lab = new Lab({ peers: [peer] }).run(500);
  expect(statusOfLab(lab).peers[0]!.role).toBe(word);
});

test('an exoip node is called what it is: it tells no role', () => {
  const lab = new Lab({ peers: [fake('b', 30, { version: 1 })] }).run(500);
  expect(statusOfLab(lab).peers[0]).toMatchObject({ role: 'exoip', priority: 30, state: 'alive' });
});

test('a peer that was never heard, one that fell silent, one whose host refuses', () => {
  const [a, b, c] = [fake('a', 10), fake('b', 30), fake('c', 40, { up: false })];
  const lab = standby({ peers: [a, b, c] });
  lab.kill(a, b);
  a.refuses = true;
  lab.run(5_000);
  const status = statusOfLab(lab);
  expect(status.peers.map(({ state }) => state)).toEqual(['refused', 'silent', 'never heard']);
  expect(status.peers[2]).toMatchObject({ role: null, priority: null, heardAgoMs: null, twoWay: false });
  expect(status.degraded).toEqual(
    expect.arrayContaining([
      'a (10.0.1.1) is refused',
      'b (10.0.1.2) is silent',
      'c (10.0.1.3) is not heard yet',
    ]),
  );
});

test('a peer without a name is called by its address', () => {
  const peer = fake('b', 30, { up: false });
  const { name: _, ...nameless } = peer.member;
  const lab = new Lab({ peers: [peer], members: [nameless as Member] }).run(500);
  expect(statusOfLab(lab).degraded).toContain('10.0.1.2 is not heard yet');
});

test('a condition stands until its cause has gone', () => {
  const lab = active({ peers: [fake('b', 20)] });
  lab.run(D);
  const [first] = statusOfLab(lab).degraded;
  expect(first).toMatch(/^b \(10\.0\.1\.2\) has our priority 20/);
  lab.peers[0]!.priority = 40;
  lab.run(D + 2_000);
  expect(statusOfLab(lab).degraded).toEqual([]);
});

test('an API that does not answer is said, and what is known of the address becomes old', () => {
  const lab = active({ peers: [fake('b', 30)] });
  lab.answer = () => ({ ok: false, kind: 'unavailable', mayHaveHappened: false, message: 'no route' });
  lab.run(40_000);
  const status = statusOfLab(lab);
  expect(status.api).toMatchObject({ ok: false, failures: expect.any(Number) });
  expect(status.api.lastReadAgoMs).toBeGreaterThan(5_000);
  expect(status.degraded).toContain('no route');
  expect(status.association).toBe('ours');
});

/** The association as the state tells it, after the change of what is known of the cloud. */
function association(change: (cloud: Known) => Partial<Known>, known: Partial<State> = {}): string {
  const lab = active({ peers: [fake('b', 30)] });
  lab.state = { ...lab.state, ...known, cloud: { ...lab.state.cloud, ...change(lab.state.cloud) } };
  return statusOfLab(lab).association;
}

type Known = State['cloud'];

test.each<[string, (cloud: Known) => Partial<Known>, Partial<State>?]>([
  ['unknown', () => ({ reading: null })],
  ['unknown', () => ({ unreadSince: 5 })],
  ['claiming', () => ({}), { association: 'claiming' }],
  ['not ours', ({ reading }) => ({ reading: { ...reading!, holders: [] } })],
  [
    'giving up',
    () => ({ pending: { ticket: 1, call: { kind: 'dissociate', instance: 'vm-self' }, since: 0 } }),
  ],
  ['ours', () => ({ pending: { ticket: 1, call: { kind: 'dissociate', instance: 'vm-b' }, since: 0 } })],
])('the association is what the cloud is known to say: %s', (expected, change, known) => {
  expect(association(change, known)).toBe(expected);
});

test('several holders are all named, nobody is null', () => {
  const lab = active({ peers: [fake('b', 30)] });
  const { reading } = lab.state.cloud;
  const told = (holders: string[]) => {
    const { cloud } = lab.state;
    lab.state = { ...lab.state, cloud: { ...cloud, reading: { ...reading!, holders } } };
  };
  told(['vm-self', 'vm-b']);
  expect(statusOfLab(lab).holder).toBe('vm-self, vm-b');
  told([]);
  expect(statusOfLab(lab).holder).toBeNull();
});

test('a node that is not healthy is degraded, and says which checks are down', () => {
  const lab = active({ peers: [fake('b', 30)], policy: { checked: true } });
  expect(statusOfLab(lab)).toMatchObject({
    health: { ok: null },
    degraded: ['the first health check has not answered: this node takes nothing until then'],
  });
  lab.tell({ kind: 'health', ok: false });
  const checks: CheckStatus[] = [
    { check: 'tcp 127.0.0.1:80', up: false, seen: 'connection refused', inARow: 3 },
    { check: 'tcp 127.0.0.1:81', up: true, seen: 'connected', inARow: 9 },
    { check: 'exec /bin/false', up: false, seen: 'exit status 1', inARow: 7 },
  ];
  expect(statusOfLab(lab, 0, checks)).toMatchObject({
    health: { ok: false, checks },
    degraded: [
      'this node is not healthy: check tcp 127.0.0.1:80 is down (last: connection refused), check exec ' +
        '/bin/false is down (last: exit status 1)',
    ],
  });
  lab.tell({ kind: 'health', ok: true });
  expect(statusOfLab(lab)).toMatchObject({ health: { ok: true }, degraded: [] });
});

test('a process that does not know its machine yet says what it waits for', () => {
  const known = { version: '1.2.3', pid: 42, resource: addressResource('198.51.100.50'), wall };
  expect(statusBefore({ ...known, obstacle: null })).toMatchObject({
    role: 'hold-off',
    since: '2026-01-01T00:00:00.000Z',
    api: { ok: true },
    degraded: ['asking the cloud which machine this is'],
  });
  expect(statusBefore({ ...known, obstacle: 'metadata: no answer' })).toMatchObject({
    api: { ok: false },
    degraded: ['metadata: no answer'],
  });
});

test('status is plain data: it survives JSON', () => {
  const status = statusOfLab(active({ peers: [fake('b', 30)] }));
  expect(JSON.parse(JSON.stringify(status))).toEqual(status);
});
