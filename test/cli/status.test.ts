import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type ControlHandlers, createControl } from '../../src/adapters/control.ts';
import { status } from '../../src/cli/commands/status.ts';
import { spoken } from '../../src/config/duration.ts';
import type { Status } from '../../src/ports/status.ts';
import { outputs } from './outputs.ts';

let dir: string;
const { context, stdout, stderr, forget } = outputs();

beforeEach(() => {
  forget();
  dir = mkdtempSync(join(tmpdir(), 'ha-ip-status-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const ACTIVE: Status = {
  version: '0.1.0',
  pid: 4711,
  address: '198.51.100.50',
  node: '00000000000000000000000000000001',
  instance: 'i-web-1',
  role: 'active',
  association: 'ours',
  holder: 'i-web-1',
  since: '2025-11-21T02:11:03.000Z',
  aside: null,
  peers: [
    {
      address: '10.0.0.2',
      name: 'web-2',
      instance: 'i-web-2',
      role: 'backup',
      priority: 20,
      heardAgoMs: 412,
      state: 'alive',
      twoWay: true,
    },
    {
      address: '10.0.0.3',
      role: null,
      priority: null,
      heardAgoMs: null,
      state: 'never heard',
      twoWay: false,
    },
  ],
  lastTransition: { at: '2025-11-21T02:11:03.000Z', from: 'taking over', to: 'active', why: 'verified' },
  api: { ok: true, failures: 0, lastReadAgoMs: 12_300 },
  quorum: null,
  health: { ok: true, checks: [] },
  counters: { 'dropped: too short': 2 },
  degraded: [],
};

describe('a watchdog that holds the address', () => {
  it('is told on one page, exit 0', async () => {
    await running(ACTIVE);
    expect(await asked()).toBe(0);
    expect(stdout()).toBe(`\
address   198.51.100.50
role      active since 2025-11-21T02:11:03.000Z
holder    i-web-1 (this machine)
last      2025-11-21T02:11:03.000Z  taking over → active: verified
cloud     answers, read 12.3 s ago
instance  i-web-1
process   4711, ha-ip 0.1.0

PEER      NAME   ROLE    PRIORITY  HEARD       STATE
10.0.0.2  web-2  backup  20        412 ms ago  alive
10.0.0.3  –      –       –         never       never heard
`);
    expect(stderr()).toBe('');
  });

  it('each of its health checks has a line', async () => {
    const checks = [
      { check: 'tcp 127.0.0.1:80', up: true, seen: 'connected', inARow: 12 },
      { check: 'exec /bin/false', up: false, seen: 'exit status 1', inARow: 1 },
      { check: 'tcp [::1]:443', up: null, seen: null, inARow: 0 },
    ];
    await running({ ...ACTIVE, health: { ok: false, checks } });
    await asked();
    expect(stdout()).toContain(`\
check     tcp 127.0.0.1:80: good (connected, 12 times in a row)
check     exec /bin/false: fails (exit status 1)
check     tcp [::1]:443: not answered yet
`);
  });

  it('with --json it is an array of what the watchdog says', async () => {
    await running(ACTIVE);
    expect(await asked({ json: true })).toBe(0);
    expect(JSON.parse(stdout())).toEqual([ACTIVE]);
  });
});

describe('the exit code', () => {
  it('is 3 when something is to be mended, which is told', async () => {
    await running({
      ...ACTIVE,
      degraded: ['the cloud refuses our key'],
      api: { ok: false, failures: 4, lastReadAgoMs: null },
    });
    expect(await asked()).toBe(3);
    expect(stdout()).toContain('degraded  the cloud refuses our key\n');
    expect(stdout()).toContain('cloud     fails (4 in a row), never read\n');
  });

  it('is 3 when a watchdog refuses to answer', async () => {
    const control = await createControl({
      dir,
      resource: ACTIVE.address,
      handlers: { status: () => Promise.reject(new Error('not yet')), stop: async () => ({}) },
    });
    onTestFinished(() => control.close());
    expect(await asked()).toBe(3);
    expect(stderr()).toBe('the watchdog of 198.51.100.50: not yet\n');
  });

  it('is 4 when none runs', async () => {
    expect(await asked()).toBe(4);
    expect(stderr()).toContain(`no watchdog runs here (${dir})`);
  });

  it('is 4 when the one that is asked for does not run, although another does', async () => {
    await running(ACTIVE);
    expect(await asked({ addresses: ['198.51.100.51', '198.51.100.50'] })).toBe(4);
    expect(stdout()).toContain('address   198.51.100.50');
    expect(stderr()).toContain('no watchdog of 198.51.100.51 runs here');
  });

  it('is 0 for those that run beside the socket of one that was killed', async () => {
    await running(ACTIVE);
    writeFileSync(join(dir, '198.51.100.51.sock'), '');
    expect(await asked()).toBe(0);
    expect(stderr()).toBe('');
  });
});

it.each([
  [
    'who moves the address says so',
    { association: 'claiming', holder: 'i-web-2' },
    'holder    i-web-2 (claiming)\n',
  ],
  ['before the first read nobody knows', { association: 'unknown', holder: null }, 'holder    unknown\n'],
  ['an address may be nobody’s', { association: 'not ours', holder: null }, 'holder    nobody\n'],
  ['another may have it', { association: 'not ours', holder: 'i-web-2' }, 'holder    i-web-2\n'],
  ['a watchdog may have seen no transition', { lastTransition: null }, 'last      no transition yet\n'],
  [
    'it may stand aside until told',
    { aside: { since: '2025-11-21T02:11:03.000Z', until: null, to: null } },
    'aside     until told: ha-ip handover --end, since 2025-11-21T02:11:03.000Z\n',
  ],
  [
    'or for a time, and have asked somebody',
    { aside: { since: '2025-11-21T02:11:03Z', until: '2025-11-21T12:30:00Z', to: 'web-3' } },
    'aside     until 2025-11-21T12:30:00Z, since 2025-11-21T02:11:03Z, for web-3\n',
  ],
  ['a peer may not hear us', { peers: [{ ...ACTIVE.peers[0], twoWay: false }] }, 'alive, does not hear us\n'],
])('%s', async (_, change, line) => {
  await running({ ...ACTIVE, ...change } as Status);
  await asked();
  expect(stdout()).toContain(line);
});

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [3_249, '3.2 s'],
  [250_000, '4 min 10 s'],
  [12_000_000, '3 h 20 min'],
  [439_200_000, '5 d 2 h'],
])('%d milliseconds are %s', (ms, text) => {
  expect(spoken(ms)).toBe(text);
});

async function running(answer: Status) {
  const handlers = { status: () => answer, stop: async () => ({}) } as ControlHandlers;
  const control = await createControl({ dir, resource: answer.address, handlers });
  onTestFinished(() => control.close());
}

function asked(options: { addresses?: string[]; json?: boolean } = {}) {
  const { addresses = [], json = false } = options;
  return status({ runtimeDir: dir, addresses }, context, { json });
}
