import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { stop } from '../../src/cli/commands/stop.ts';
import { outputs } from './outputs.ts';

const ADDRESS = '198.51.100.50';
let dir: string;
const { context, stdout, stderr, forget } = outputs();

beforeEach(() => {
  forget();
  dir = mkdtempSync(join(tmpdir(), 'ha-ip-stop-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('waits until the process has ended, and tells its last words', async () => {
  const child = await watchdog(`{ message: 'handed over to web-2' }`);
  expect(await stopped([ADDRESS])).toBe(0);
  expect(stdout()).toBe('198.51.100.50: stopped: handed over to web-2\n');
  await expect.poll(() => child.exitCode).toBe(0);
});

it('without an address stops every watchdog of the host', async () => {
  await watchdog('{}');
  await watchdog('{}', '2001:db8::50');
  expect(await stopped([])).toBe(0);
  expect(stdout()).toBe('198.51.100.50: stopped\n2001:db8::50: stopped\n');
});

it('a watchdog that dies on the way is a failure', async () => {
  await watchdog('process.kill(process.pid, "SIGKILL")');
  expect(await stopped([])).toBe(1);
  expect(stderr()).toBe('198.51.100.50: the watchdog ended before its hand-over was done\n');
});

it('a watchdog that takes too long is a failure, in time', async () => {
  await watchdog('new Promise(() => {})');
  expect(await stopped([], 300)).toBe(1);
  expect(stderr()).toContain('the watchdog of 198.51.100.50 has not ended after 300 ms');
});

it('where none runs there is nothing to stop, exit 4', async () => {
  expect(await stopped([])).toBe(4);
  expect(await stopped([ADDRESS])).toBe(4);
  expect(stderr()).toContain('no watchdog of 198.51.100.50 runs here');
});

function stopped(addresses: string[], boundMs = 10_000) {
  return stop({ runtimeDir: dir, addresses, handoverTimeoutMs: boundMs - 10_000 }, context);
}

/** A real process with a control socket, because ending is what is waited for; `stop` is answered by the expression. */
async function watchdog(answer: string, address = ADDRESS): Promise<ChildProcess> {
  const built = new URL('../../dist/src/adapters/control.js', import.meta.url).pathname;
  const script = `
    import { createControl } from '${built}';
    async function stop() { const answer = await ${answer}; setImmediate(leave); return answer; }
    const handlers = { status: () => ({}), stop };
    const control = await createControl({ dir: '${dir}', resource: '${address}', handlers });
    const alive = setInterval(() => {}, 60_000);
    async function leave() { await control.close(); clearInterval(alive); }
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}
