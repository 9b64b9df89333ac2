import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { type ControlHandlers, createControl } from '../../src/adapters/control.ts';
import { handover } from '../../src/cli/commands/handover.ts';
import type { HandoverAnswer } from '../../src/ports/handover.ts';
import { outputs } from './outputs.ts';

const [FIRST, SECOND] = ['198.51.100.50', '198.51.100.51'] as const;
let dir: string;
const { context, stdout, stderr, forget } = outputs();

beforeEach(() => {
  forget();
  dir = mkdtempSync(join(tmpdir(), 'ha-ip-handover-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const DONE: HandoverAnswer = {
  outcome: 'handed over',
  holder: 'web-2 (10.0.0.2)',
  tookMs: 412,
  until: null,
  why: [],
  hint: null,
};

/** A watchdog that answers so; what it was asked is kept. */
async function watchdog(address: string, answer: Partial<HandoverAnswer> | Error | 'never') {
  const asked: object[] = [];
  const reply = (request: object) => {
    asked.push(request);
    if (answer instanceof Error) throw answer;
    return answer === 'never' ? new Promise<object>(() => {}) : { ...DONE, ...answer };
  };
  const handlers = { status: () => ({}), stop: async () => ({}), handover: reply } as ControlHandlers;
  const control = await createControl({ dir, resource: address, handlers });
  onTestFinished(() => control.close());
  return asked;
}

function asked(
  own: Partial<Parameters<typeof handover>[2]> = {},
  addresses: string[] = [],
  boundMs = 15_000,
) {
  const all = { to: undefined, for: undefined, end: false, json: false, ...own };
  return handover({ runtimeDir: dir, addresses, handoverTimeoutMs: boundMs - 10_000 }, context, all);
}

it('tells the watchdog whom and for how long', async () => {
  const heard = await watchdog(FIRST, {});
  await asked({ to: 'web-2', for: 90_000 });
  await asked();
  await asked({ end: true });
  expect(heard).toEqual([
    { request: 'handover', to: 'web-2', forMs: 90_000, end: false },
    { request: 'handover', to: null, forMs: null, end: false },
    { request: 'handover', to: null, forMs: null, end: true },
  ]);
});

it.each<[Partial<HandoverAnswer>, string]>([
  [{}, 'handed over to web-2 (10.0.0.2) in 412 ms; standing aside until told: ha-ip handover --end'],
  [
    { until: '2025-11-21T12:30:00.000Z' },
    'handed over to web-2 (10.0.0.2) in 412 ms; standing aside until 2025-11-21T12:30:00.000Z',
  ],
  [
    { outcome: 'stands aside', holder: null },
    'standing aside until told: ha-ip handover --end; nobody is heard that holds the address',
  ],
  [{ outcome: 'takes part again' }, 'takes part again; web-2 (10.0.0.2) holds the address'],
  [{ outcome: 'takes part already', holder: 'this node' }, 'takes part already; this node holds the address'],
])('%o is success, and said so', async (answer, words) => {
  await watchdog(FIRST, answer);
  expect(await asked()).toBe(0);
  expect([stdout(), stderr()]).toEqual([`${FIRST}: ${words}\n`, '']);
});

it('nobody took over: why, each peer in a sentence, exit 1', async () => {
  const why = ['web-2 (10.0.0.2) fell silent', 'web-3 (10.0.0.3) is a witness, which never holds'];
  await watchdog(FIRST, { outcome: 'failed', holder: 'this node', tookMs: 10_000, why });
  expect(await asked()).toBe(1);
  expect(stdout()).toBe('');
  expect(stderr()).toBe(
    `${FIRST}: nobody took over in 10.0 s, so this node takes part again: ${why.join('; ')}\n`,
  );
});

it('what the operator should expect next is a message, not a result', async () => {
  await watchdog(FIRST, { hint: 'web-1 ranks before web-2\nand more' });
  expect(await asked({ json: true })).toBe(0);
  expect(JSON.parse(stdout())).toMatchObject([{ address: FIRST, outcome: 'handed over' }]);
  expect(stderr()).toBe('web-1 ranks before web-2\\nand more\n');
});

it('two addresses are asked together, and the worse end is the exit code', async () => {
  await watchdog(FIRST, {});
  await watchdog(SECOND, new Error('no peer is called web-9: there are web-2 (10.0.0.2)'));
  expect(await asked({ to: 'web-9', json: true })).toBe(1);
  expect(JSON.parse(stdout())).toMatchObject([
    { address: FIRST, outcome: 'handed over' },
    { address: SECOND, error: expect.stringContaining('no peer is called web-9') },
  ]);
  expect(stderr()).toContain(`the watchdog of ${SECOND}: no peer is called web-9`);
});

it('a watchdog that does not answer in time is a failure', async () => {
  await watchdog(FIRST, 'never');
  expect(await asked({}, [], 200)).toBe(1);
  expect(stderr()).toContain('did not answer in time');
});

it('the socket of one that was killed is no watchdog, unless that one is asked for', async () => {
  writeFileSync(join(dir, `${SECOND}.sock`), '');
  expect(await asked()).toBe(4);
  await watchdog(FIRST, {});
  expect(await asked()).toBe(0);
  expect(await asked({}, [FIRST, SECOND])).toBe(4);
});

it.each([{ to: 'web-2' }, { for: 1_000 }])('--end stands alone: %o', async (own) => {
  await expect(asked({ end: true, ...own })).rejects.toMatchObject({ exitCode: 2 });
});
