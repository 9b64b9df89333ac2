import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { trial } from '../../src/sim/proof/nemesis.ts';
import { type Orders, parseOrders } from '../../src/sim/proof/run/orders.ts';
import { createProgress } from '../../src/sim/proof/run/progress.ts';
import { Tally } from '../../src/sim/proof/run/tally.ts';
import { failed, type Outcome, replay, verdict } from '../../src/sim/proof/run/verdict.ts';

const sound: Outcome = {
  seed: 7,
  options: { seed: 7, nodes: 3, associate: 'moves' },
  violations: [],
  convergedAfter: 500,
  replacedAfter: 4_000,
  steps: 9_000,
  virtualMs: 180_000,
};
const violated: Outcome = {
  ...sound,
  violations: [{ at: 12_345.6, rule: 'S1', host: 'lb2', what: 'claims although lb1 was heard' }],
};
const restless: Outcome = { ...sound, convergedAfter: null, replacedAfter: null };
const empty: Outcome = { ...sound, replacedAfter: null };

describe('the command line', () => {
  const many = { kind: 'many' as const, from: 0, seeds: 200, hours: Number.POSITIVE_INFINITY, force: {} };
  const unlimited = Number.MAX_SAFE_INTEGER;
  const table: readonly [string, Partial<Orders>][] = [
    ['', many],
    ['--seeds 1000 --from 5000', { ...many, seeds: 1000, from: 5000 }],
    ['--hours 720', { ...many, hours: 720, seeds: unlimited }],
    ['--hours 0.5 --seeds 10', { ...many, hours: 0.5, seeds: 10 }],
    ['--jobs 3', { ...many, jobs: 3 }],
    ['--associate adds', { ...many, force: { associate: 'adds' } }],
    ['--seed 1164', { kind: 'one', seed: 1164, force: {} }],
    ['--seed 0 --associate moves', { kind: 'one', seed: 0, force: { associate: 'moves' } }],
    ['--seed 1 --help', { kind: 'help' }],
  ];
  test.each(table)('npm run sim -- %s', (line, orders) => {
    expect(parse(line)).toMatchObject(orders);
  });

  const mistakes = [
    ['--seeds none', '--seeds: expected a whole number from 1, got none'],
    ['--seeds 0', '--seeds: expected a whole number from 1, got 0'],
    ['--from 1.5', '--from: expected a whole number from 0, got 1.5'],
    ['--jobs 0', '--jobs: expected a whole number from 1, got 0'],
    ['--hours 0', '--hours: expected a number above 0, got 0'],
    ['--hours soon', '--hours: expected a number above 0, got soon'],
    ['--associate some', '--associate: expected adds, moves, refusedWhileHeld, got some'],
    ['--sed 1', "Unknown option '--sed'"],
    ['--seed', "Option '--seed <value>' argument missing"],
    ['1164', "Unexpected argument '1164'"],
  ] as const;
  test.each(mistakes)('npm run sim -- %s: %s', (line, message) => {
    const orders = parse(line);
    expect(orders.kind).toBe('mistake');
    const said = orders.kind === 'mistake' ? orders.message : '';
    expect(said.startsWith(message)).toBe(true);
    expect(said).toContain('npm run sim -- --help');
    expect(said).not.toContain('\n');
  });

  function parse(line: string): Orders {
    return parseOrders(line.split(' ').filter((word) => word !== ''));
  }
});

describe('the verdict on a seed', () => {
  test.each([
    ['sound', sound, false],
    ['S1 violated by lb2 at 12.346 s: claims although lb1 was heard', violated, true],
    ['no single holder for good', restless, true],
    ['a dead holder was not replaced', empty, true],
  ] as const)('%s', (what, outcome, bad) => {
    expect(failed(outcome)).toBe(bad);
    expect(verdict(outcome).split('\n')[0]).toBe(`seed 7: ${what}`);
    expect(verdict(outcome).includes(replay(outcome))).toBe(bad);
  });

  test('its command shows the very trial again', () => {
    const { transcript, ...outcome } = trial(11);
    const again = replay(outcome).split(' ');
    expect(again.slice(0, 4).join(' ')).toBe('npm run sim --');
    const { stdout, status } = sim(...again.slice(4));
    expect(stdout).toBe(
      `${JSON.stringify(outcome.options)}\n${transcript.join('\n')}\n${verdict(outcome)}\n`,
    );
    expect(status).toBe(0);
  });
});

describe('many seeds', () => {
  const cost = { wallMs: 2_000, cpuMs: 3_600 };

  test('are summed up', () => {
    const tally = new Tally();
    for (const one of [sound, violated, { ...sound, convergedAfter: 20_000 }]) tally.add(one);
    expect(`\n${tally.summary(cost)}\n`).toBe(`
3 seeds, 1 failed; 0.1 h (0.01 days) of cluster time, 27,000 events
one holder for good after healing: median 0.5 s, p99 0.5 s, longest 20.0 s
in 2.0 s, 3.6 s of processor time: 150 × real time per core, 7,500 events per second
`);
    expect(tally.line(cost)).toBe(
      '3 seeds · 0.1 h of cluster time · 27,000 events · 150 × real time per core · 1 failed',
    );
  });

  test('come to the same in threads of their own as here', () => {
    const tally = new Tally();
    for (let seed = 40; seed < 46; seed++) tally.add(trial(seed));
    const { stdout, stderr, status } = sim('--from', '40', '--seeds', '6', '--jobs', '2');
    expect([stderr, status]).toEqual(['', 0]);
    expect(stdout.split('\n').slice(0, 2)).toEqual(tally.summary(cost).split('\n').slice(0, 2));
  });

  test('end when the hours are over', () => {
    const { stdout, status } = sim('--hours', '0.01', '--jobs', '1');
    expect(stdout).toMatch(/^4 seeds, 0 failed; 0\.\d h /);
    expect(status).toBe(0);
  });

  test('a mistake is one line on stderr, and ends with 2', () => {
    const { stdout, stderr, status } = sim('--seeds', 'few');
    expect([stdout, status]).toEqual(['', 2]);
    expect(stderr).toBe('sim: --seeds: expected a whole number from 1, got few; see npm run sim -- --help\n');
  });
});

describe('progress', () => {
  test('is one line, written anew now and then, on a terminal alone', () => {
    const told = { terminal: '', file: '' };
    let now = 0;
    const terminal = createProgress({ isTTY: true, write: (text) => (told.terminal += text) }, () => now);
    const file = createProgress({ write: (text) => (told.file += text) }, () => now);
    for (now of [100, 300, 400, 600]) {
      terminal.show(() => `at ${now}`);
      file.show(() => `at ${now}`);
    }
    terminal.clear();
    terminal.clear();
    file.clear();
    expect(told).toEqual({ terminal: '\r\x1b[Kat 300\r\x1b[Kat 600\r\x1b[K', file: '' });
  });
});

function sim(...args: string[]) {
  return spawnSync(process.execPath, ['dist/src/sim/proof/run.js', ...args], { encoding: 'utf8' });
}
