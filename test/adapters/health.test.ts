import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createHealth, type Health, lookOnce, type Standing, weigh } from '../../src/adapters/health.ts';
import { createProbe, type Probe, type Seen } from '../../src/adapters/probes.ts';
import type { Event } from '../../src/core/index.ts';
import type { Check, CheckSettings } from '../../src/ports/check.ts';
import { runs } from '../loopback/proc.ts';

const good: Seen = { ok: true, words: 'connected' };
const bad: Seen = { ok: false, words: 'connection refused' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ha-ip-health-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A check that runs these lines with sh; `$1` is the folder of the test. */
function script(lines: string): Check {
  const path = join(folder, 'check.sh');
  writeFileSync(path, lines);
  return { kind: 'exec', words: ['/bin/sh', path, folder] };
}

async function look(check: Check, timeoutMs = 20_000): Promise<Seen> {
  return lookOnce(createProbe(check, { PATH: '/usr/bin:/bin' }), timeoutMs);
}

async function listening(host = '127.0.0.1'): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.on('error', () => {}).end());
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  return { server, port: (server.address() as { port: number }).port };
}

/** Waits for what no event announces: another process's work. */
async function eventually<T>(what: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = what();
    if (found !== undefined && found !== false) return found;
    await sleep(10);
  }
}

function written(name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

describe('a TCP check', () => {
  it('is good while something accepts connections', async () => {
    const { server, port } = await listening();
    const check: Check = { kind: 'tcp', host: '127.0.0.1', port };
    expect(await look(check)).toEqual(good);
    await new Promise((resolve) => server.close(resolve));
    expect(await look(check)).toEqual(bad);
  });

  it('finds a service by name', async () => {
    const { port } = await listening();
    expect(await look({ kind: 'tcp', host: 'localhost', port })).toEqual(good);
  });

  it('that answered while this process was held up counts as good', async () => {
    const { port } = await listening();
    const seen = look({ kind: 'tcp', host: '127.0.0.1', port }, 50);
    // After the connection was asked for, and before its answer can be read.
    process.nextTick(() => {
      const end = performance.now() + 200;
      while (performance.now() < end);
    });
    expect(await seen).toEqual(good);
  });

  it('says that there is no such host', async () => {
    const seen = await look({ kind: 'tcp', host: 'nothing.invalid', port: 1 });
    expect(seen).toMatchObject({ ok: false, words: expect.stringMatching(/no such host|not resolve/) });
  });
});

describe('a command', () => {
  it.each([
    ['exit 0', true, 'exit status 0'],
    ['exit 2', false, 'exit status 2'],
    ['kill -TERM $$', false, 'ended by SIGTERM'],
  ])('%s', async (lines, ok, words) => {
    expect(await look(script(lines))).toEqual({ ok, words });
  });

  it('that is not there, or cannot be executed, fails', async () => {
    const absent: Check = { kind: 'exec', words: ['/nowhere/check'] };
    expect(await look(absent)).toEqual({ ok: false, words: 'exit status 127 (not found?)' });
    const path = join(folder, 'plain');
    writeFileSync(path, '');
    const plain: Check = { kind: 'exec', words: [path] };
    expect(await look(plain)).toEqual({ ok: false, words: 'exit status 126 (not executable?)' });
  });

  it('is given its words as they are: no shell looks at them', async () => {
    const check = script('printf "%s|" "$@" > "$1/words"') as Check & { kind: 'exec' };
    const odd = ['$HOME', '`id`', '$(id)', '*', 'a b', '', ';', '-n'];
    expect(await look({ ...check, words: [...check.words, ...odd] })).toMatchObject({ ok: true });
    expect(written('words')).toBe(`${[folder, ...odd].join('|')}|`);
  });

  it('knows nothing of our environment', async () => {
    vi.stubEnv('EXOSCALE_API_SECRET', 'CANARY');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { health, until } = started([script('env > "$1/env"; pwd >> "$1/env"')]);
    await until(() => health.checks()[0]!.up !== null);
    const lines = written('env')!.split('\n');
    expect(lines).not.toContain('CANARY');
    // What sh itself adds.
    const own = lines.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line)).sort();
    expect(own).toEqual([
      '/',
      'HA_IP_ADDRESS=203.0.113.10,2001:db8::50',
      'LANG=C',
      expect.stringMatching(/^PATH=\/usr\/local\/sbin:/),
    ]);
  });

  it('that floods its output and reads its input hinders nobody', async () => {
    const before = process.memoryUsage().rss;
    const flood = 'cat; head -c 200000000 /dev/zero; head -c 200000000 /dev/zero >&2; exit 3';
    expect(await look(script(flood))).toEqual({ ok: false, words: 'exit status 3' });
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  it('that ignores SIGTERM is killed with its whole family when its time is up', async () => {
    const check = script(`trap '' TERM HUP INT
      sh -c 'trap "" TERM HUP INT; sleep 600 & echo $! > "$1/grandchild"; wait' sh "$1" &
      echo $$ > "$1/head"; wait`);
    const health = started([check], { timeoutMs: 3_000, intervalMs: 600_000 });
    const [head, grandchild] = await eventually(() => {
      const pids = [written('head'), written('grandchild')];
      return pids.every((pid) => pid !== undefined) && pids.map(Number);
    });
    expect([runs(head!), runs(grandchild!)]).toEqual([true, true]);
    await health.until(() => health.told.length > 0);
    expect(health.health.checks()[0]!.seen).toBe('no answer within 3 s');
    await eventually(() => !runs(head!) && !runs(grandchild!));
  });

  it('that ends leaves nobody behind', async () => {
    await look(script('sleep 600 & echo $! > "$1/child"'));
    const child = Number(written('child'));
    expect(child).toBeGreaterThan(1);
    await eventually(() => !runs(child));
  });

  it('is not started again while its last run is not gone', async () => {
    const probe = createProbe(script('echo x >> "$1/starts"; exec sleep 600'), { PATH: '/usr/bin:/bin' });
    const first = new AbortController();
    onTestFinished(() => first.abort());
    void probe(first.signal);
    await eventually(() => written('starts'));
    expect(await lookOnce(probe, 500)).toEqual({ ok: false, words: 'no answer within 0.5 s' });
    expect(written('starts')).toBe('x');
  });

  it('is killed when the watchdog ends', async () => {
    const { health, told } = started([script('echo $$ > "$1/head"; exec sleep 600')]);
    const head = Number(await eventually(() => written('head')));
    health.stop();
    health.stop();
    await eventually(() => !runs(head));
    expect(told).toEqual([]);
  });
});

/** Runs checks until the test ends. */
function started(checks: readonly Check[], changes: Partial<CheckSettings> = {}, probeOf?: () => Probe) {
  const told: boolean[] = [];
  const said: string[] = [];
  const waiting = new Set<() => void>();
  const health: Health = createHealth({
    settings: { checks, intervalMs: 20_000, timeoutMs: 20_000, rise: 2, fall: 3, ...changes },
    addresses: ['203.0.113.10', '2001:db8::50'],
    say: (severity, sentence) => said.push(`${severity}: ${sentence}`),
    ...(probeOf && { probeOf }),
  });
  health.start((event: Event) => {
    if (event.kind === 'health') told.push(event.ok);
    for (const stirred of waiting) stirred();
  });
  onTestFinished(() => health.stop());
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const stirred = () => condition() && resolve();
      waiting.add(stirred);
      stirred();
    });
  return { health, told, said, until };
}

describe('rise and fall', () => {
  const settings = { rise: 2, fall: 3 };
  /** + good, - bad; the verdict after each. */
  it.each([
    ['+', '+'],
    ['-', '-'],
    ['+-', '++'],
    ['+--', '+++'],
    ['+---', '+++-'],
    ['+--+--+', '+++++++'],
    ['+--+---', '++++++-'],
    ['-+', '--'],
    ['-++', '--+'],
    ['-+-+', '----'],
    ['-++---', '--+++-'],
    ['----++', '-----+'],
  ])('%s gives %s', (seen, verdicts) => {
    let standing: Standing = { up: null, last: null, inARow: 0 };
    const given = [...seen].map((one) => {
      standing = weigh(standing, one === '+' ? good : bad, settings);
      return standing.up ? '+' : '-';
    });
    expect(given.join('')).toBe(verdicts);
  });

  it('of one each follow every result', () => {
    const standing: Standing = { up: true, last: good, inARow: 9 };
    expect(weigh(standing, bad, { rise: 1, fall: 1 })).toEqual({ up: false, last: bad, inARow: 1 });
  });
});

describe('all checks of a node', () => {
  const tcp = (port: number): Check => ({ kind: 'tcp', host: '127.0.0.1', port });
  const times = { intervalMs: 2_000, timeoutMs: 1_000 };

  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Checks whose results a test sets; '?' never answers. */
  function acted(results: ('+' | '-' | '?')[], changes: Partial<CheckSettings> = {}) {
    let made = 0;
    const looks = results.map(() => 0);
    const aborted = results.map(() => 0);
    const probeOf = (): Probe => {
      const index = made++;
      return async (signal) => {
        looks[index] = looks[index]! + 1;
        signal.addEventListener('abort', () => {
          aborted[index] = aborted[index]! + 1;
        });
        const result = results[index];
        return result === '?' ? new Promise<Seen>(() => {}) : result === '+' ? good : bad;
      };
    };
    const checks = results.map((_, index) => tcp(index + 1));
    return { ...started(checks, { ...times, ...changes }, probeOf), looks, aborted, results };
  }

  it('are told once, and then when they change; each change is one line', async () => {
    const node = acted(['+', '+']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(node.told).toEqual([true]);
    node.results[1] = '-';
    await vi.advanceTimersByTimeAsync(20_000);
    expect(node.told).toEqual([true, false]);
    node.results[1] = '+';
    await vi.advanceTimersByTimeAsync(20_000);
    expect(node.told).toEqual([true, false, true]);
    expect(node.said).toEqual([
      'notice: check tcp 127.0.0.1:1 is good: connected',
      'notice: check tcp 127.0.0.1:2 is good: connected',
      'warning: check tcp 127.0.0.1:2 fails: connection refused, 3 times in a row',
      'notice: check tcp 127.0.0.1:2 is good again: connected, 2 times in a row',
    ]);
  });

  it('must all have answered before the node is healthy; one that fails is enough for the other', async () => {
    const slow = acted(['+', '?']);
    await vi.advanceTimersByTimeAsync(900);
    expect(slow.told).toEqual([]);
    const failing = acted(['-', '?']);
    await vi.advanceTimersByTimeAsync(0);
    expect(failing.told).toEqual([false]);
  });

  it('one that does not answer fails after its time, and then what it holds is let go', async () => {
    const node = acted(['?']);
    await vi.advanceTimersByTimeAsync(999);
    expect([node.told, node.aborted]).toEqual([[], [0]]);
    await vi.advanceTimersByTimeAsync(10);
    expect([node.told, node.aborted]).toEqual([[false], [1]]);
    expect(node.said).toEqual(['warning: check tcp 127.0.0.1:1 fails: no answer within 1 s']);
  });

  it('look once per interval, and never twice at a time, also when a look takes all of it', async () => {
    const node = acted(['+', '?'], { timeoutMs: 2_000 });
    await vi.advanceTimersByTimeAsync(0);
    for (let round = 1; round <= 5; round++) {
      expect(node.looks, `round ${round}`).toEqual([round, round]);
      expect(node.aborted[1], `round ${round}`).toBe(round - 1);
      await vi.advanceTimersByTimeAsync(2_010);
    }
  });

  it('one that does not answer delays no other', async () => {
    const node = acted(['?', '+'], { fall: 1 });
    await vi.advanceTimersByTimeAsync(0);
    expect(node.health.checks()[1]).toMatchObject({ up: true });
    node.results[1] = '-';
    await vi.advanceTimersByTimeAsync(2_000);
    expect(node.health.checks()[1]).toMatchObject({ up: false });
  });

  it('nothing is told, said or looked at after the end', async () => {
    const node = acted(['?', '+']);
    await vi.advanceTimersByTimeAsync(500);
    node.health.stop();
    const before = [...node.said];
    await vi.advanceTimersByTimeAsync(60_000);
    expect([node.told, node.looks, node.said]).toEqual([[], [1, 1], before]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('a probe that throws fails, and ends nothing', async () => {
    const broken = () => () => Promise.reject(Object.assign(new Error('spawn'), { code: 'ENOMEM' }));
    const node = started([tcp(1)], times, broken);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(node.health.checks()).toEqual([
      { check: 'tcp 127.0.0.1:1', up: false, seen: 'ENOMEM', inARow: 6 },
    ]);
  });
});
