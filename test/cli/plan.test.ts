import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { progressLine } from '../../src/cli/planning/progress.ts';

/** `ha-ip plan` and `ha-ip simulate`, the whole program in this process: no cloud, no credentials. */

const folder = mkdtempSync(join(tmpdir(), 'ha-ip-plan-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function haIp(line: string | readonly string[], env: Record<string, string> = {}) {
  const out = { stdout: '', stderr: '' };
  const argv = typeof line === 'string' ? line.split(' ') : line;
  const code = await run({
    stdout: (text) => {
      out.stdout += text;
    },
    stderr: (text) => {
      out.stderr += text;
    },
    env: { HA_IP_CONFIG: '/dev/null', ...env },
    argv,
    colour: false,
    isTTY: false,
  });
  return { code, ...out };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('ha-ip plan', () => {
  test('a table: each event by formula, and as measured', { timeout: 60_000 }, async () => {
    const { code, stdout, stderr } = await haIp('plan --runs 2');
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(lines.slice(0, 2)).toEqual([
      '3 machines, interval 1s, ratio 3: dead after 3.25s of silence; exoscale: associating adds a holder',
      'API 200 ms per call, operation 1000 ms, no loss; each event simulated 2 times',
    ]);
    expect(lines.filter((line) => line.includes(' formula '))).toMatchInlineSnapshot(`
      [
        "holder killed, its host refuses probes     formula   0.30 / 0.40 / 0.61       1.60 / 1.70 / 1.91",
        "holder cut off, or without power           formula   3.05 / 3.15 / 3.36       4.35 / 4.45 / 4.66",
        "holder stands still for longer             formula   3.05 / 3.15 / 3.36       4.35 / 4.45 / 4.66",
        "holder stopped (SIGTERM), hand-over        formula   0.00 / 0.00 / 0.00       1.30 / 1.30 / 1.30",
        "holder restarts (keep), back after 100 ms  formula   back 0.42 / 0.47 / 0.53  stays",
        "holder killed, the next best's API silent  formula   15.30 / 15.45 / 15.71    16.60 / 16.75 / 17.01",
      ]
    `);
    expect(lines.filter((line) => line.includes('all 2 within'))).toHaveLength(6);
    expect(stdout).toContain('10 %  18 min 31 s');
    expect(stdout).toContain('calls of the API while nothing happens: 120 an hour by the holder');
  });

  test('-v names the terms', { timeout: 60_000 }, async () => {
    const { stdout } = await haIp('plan --runs 1 -v');
    for (const term of ['detection', 'rank step', 'read', 'write', 'operation', 'confirmation'])
      expect(stdout).toContain(`  ${term}  `);
  });

  test('with --json, for the settings of file, environment and flags', { timeout: 60_000 }, async () => {
    const config = file('own.toml', 'interval = "500ms"\ndead-ratio = 4\npeer = ["10.0.0.2"]\n');
    const { code, stdout } = await haIp(
      `plan --json --runs 1 --config ${config} --api-time 50ms --operation-time 300ms`,
      { HA_IP_DEAD_RATIO: '5', VULTR_API_KEY: 'planned-key' },
    );
    const { settings, events, detector, callsPerHour } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(settings).toMatchObject({
      ...{ nodes: 2, provider: 'vultr', associate: 'refusedWhileHeld', apiMs: 50, operationMs: 300, runs: 1 },
      policy: { intervalMs: 500, deadRatio: 5 },
    });
    expect(events.map(({ event }: { event: string }) => event)).toContain('restarted');
    expect(events.find(({ event }: { event: string }) => event === 'candidate').bound).toBeNull();
    expect(detector.theory).toHaveLength(3);
    expect(callsPerHour.holder).toBeGreaterThan(100);
    expect(stdout).not.toContain('planned-key');
  });

  test('the kind of cloud: CloudStack by its endpoint', { timeout: 60_000 }, async () => {
    const { stdout } = await haIp(
      'plan --runs 1 --provider exoscale --endpoint https://cloud.example/client/api',
    );
    expect(stdout).toContain('exoscale: associating is refused while held');
  });

  test('with loss it counts false deaths, and judges no formula', { timeout: 60_000 }, async () => {
    const { code, stdout } = await haIp('plan --runs 1 --loss 20% --dead-ratio 2 --interval 200ms');
    expect(code).toBe(0);
    expect(stdout).toContain('20 % loss (the formulas are without it)');
    expect(stdout).toMatch(/counted +– +\d+ in 24 min 0 s of link/);
  });

  test.each([
    ['plan --provider nowhere', /--provider: expected one of exoscale, .*, got "nowhere"/],
    ['plan --nodes 1', /--nodes: expected a whole number from 2 to 16, got "1"/],
    ['plan --loss 95', /--loss: expected a percentage from 0 to 90, such as 2.5, got "95"/],
    ['plan --api-time 3s', /--api-time: expected a duration from 0s to 2s/],
    [
      'plan --config /nowhere/at-all.toml',
      /--config: expected a readable file, got "\/nowhere\/at-all.toml"/,
    ],
  ])('%s: one line, exit 2', async (line, expected) => {
    const { code, stdout, stderr } = await haIp(line);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(expected);
  });

  test('a key that the file should not have is a mistake: the plan would be of other settings', async () => {
    const { code, stderr } = await haIp(`plan --config ${file('typo.toml', 'intervall = 2\n')}`);
    expect(code).toBe(2);
    expect(stderr).toContain('intervall');
  });
});

describe('ha-ip simulate', () => {
  const faults = ['--fault', 'kill holder at 20s for 10s'];

  test('a timeline in the words of the log, and what became of the address', async () => {
    const words = ['simulate', '--for', '1min', '--provider', 'digitalocean', ...faults];
    const { code, stdout, stderr } = await haIp(words);
    expect([code, stderr]).toEqual([0, '']);
    const [story = '', summary = ''] = stdout.split('\n\n').slice(1);
    const deeds = story.split('\n').filter((line) => /fault|cloud: |lb2: .* -> /.test(line));
    expect(deeds.map((line) => line.replace(/^ *\d+\.\d{3} {2}/, ''))).toEqual([
      'lb2: hold-off -> backup: hold-off over',
      'cloud: lb1 gained the address',
      'fault: kill holder at 20s for 10s',
      'lb2: backup -> taking over: lb1 (10.0.0.1) is gone; this node is the best',
      'cloud: lb1 lost the address',
      'cloud: lb2 gained the address',
      'lb2: taking over -> active: verified',
      'fault ends: kill holder',
      'cloud: lb2 lost the address',
      'cloud: lb1 gained the address',
      'lb2: active -> backup: lb1 (10.0.0.1) took the address',
    ]);
    expect(summary).toMatch(/^moves +2$/m);
    expect(summary).toMatch(/^longest gap +1\.\d s, from 20\.000 s$/m);
    expect(summary).toMatch(/^at the end +held by lb1; lb1 active, lb2 backup, lb3 backup$/m);
    expect(summary).toMatch(/^rules of the election +none violated$/m);
  });

  test('the same seed, the same story; with --json as data', async () => {
    const line = ['simulate', '--json', '--for', '2min', '--seed', '7', '--fault', 'random'];
    const [once, again] = [await haIp(line), await haIp(line)];
    expect(once).toEqual(again);
    const { settings, faults: told, timeline, service, violations } = JSON.parse(once.stdout);
    expect([settings.seed, settings.forMs, violations]).toEqual([7, 120_000, []]);
    expect(told.length).toBeGreaterThan(3);
    expect(timeline.some((text: string) => text.includes(`fault: ${told[0]}`))).toBe(true);
    expect(service.firstHeldAt).toBeGreaterThan(0);
  });

  test.each([
    ['kill lb9 at 3s', '--fault: expected machines lb1 to lb3, got lb9; see --nodes'],
    [
      'kill lb1 at noon',
      '--fault: expected a time, such as 30s, 5min or 2h at character 13 ("noon"), got "kill lb1 at noon"',
    ],
    [
      'delay 5s',
      '--fault: expected a delay of less than the dead interval without one interval, 2250 ms, got 5000 ms',
    ],
  ])('--fault "%s": one line, exit 2', async (text, expected) => {
    const { code, stdout, stderr } = await haIp(['simulate', '--fault', text]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(expected);
  });

  test('its help has a table of faults', async () => {
    const { stdout } = await haIp('simulate --help');
    expect(stdout).toMatch(/\nfaults:\n {2}kill lb1 at 30s /);
  });
});

test('progress is shown on a terminal only, after a second, and takes itself away', () => {
  const shown = (isTTY: boolean) => {
    const said: string[] = [];
    let now = 0;
    const line = progressLine({ stderr: (text) => void said.push(text), isTTY, env: {} }, () => now);
    for (const at of [500, 1_100, 1_150]) {
      now = at;
      line.show(`at ${at}`);
    }
    line.clear();
    return said;
  };
  expect(shown(false)).toEqual([]);
  expect(shown(true)).toEqual(['\r\u001b[Kat 1100', '\r\u001b[K']);
});
