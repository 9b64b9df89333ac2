import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLog, type Log, type LogOptions } from '../../src/adapters/log.ts';
import { noSyslogHere, receiveSyslog } from './syslog-receiver.ts';

let folder: string;
let stderr: string[];

// Every log listens for errors of standard error, and here are many logs.
process.stderr.setMaxListeners(0);
process.stdout.setMaxListeners(0);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ha-ip-log-'));
  stderr = captured(process.stderr);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('on standard output', () => {
  it('a line of text is the time and the sentence', async () => {
    const stdout = captured(process.stdout);
    const log = opened({ target: 'stdout' });
    log.write('notice', '198.51.100.50: backup → active: the holder has been silent for 3.3 s');
    expect(stdout.join('')).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}198\.51\.100\.50: backup → active: .* 3\.3 s\n$/,
    );
  });

  it('json is one object per line, and no field can stand for time, severity or message', () => {
    const stdout = captured(process.stdout);
    const log = opened({ target: 'stdout', format: 'json' });
    log.write('error', 'no', { severity: 'debug', peer: '10.0.0.2', deadMs: 3250 });
    const told = JSON.parse(stdout.join(''));
    expect(told).toMatchObject({ severity: 'error', message: 'no', peer: '10.0.0.2', deadMs: 3250 });
    expect(Date.parse(told.time)).toBeGreaterThan(0);
  });

  it('fields that are not data cost the fields and not the line', () => {
    const stdout = captured(process.stdout);
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    opened({ target: 'stdout', format: 'json' }).write('info', 'kept', circular);
    expect(JSON.parse(stdout.join('')).message).toBe('kept');
  });

  it('debug lines are for the verbose', () => {
    const stdout = captured(process.stdout);
    opened({ target: 'stdout' }).write('debug', 'quiet');
    opened({ target: 'stdout', verbose: true }).write('debug', 'detail');
    expect(stdout.join('')).toMatch(/^\S+ {2}detail\n$/);
  });

  it.each([
    ['a line break', 'a\nb\r', 'a\\x0ab\\x0d'],
    ['a terminal sequence', '\u001b[31mred\u007f', '\\x1b[31mred\\x7f'],
    ['a control of C1', '\u009b2J', '\\x9b2J'],
    ['line breaks and directions of Unicode', 'a\u2028b\u202ec', 'a\\u2028b\\u202ec'],
  ])('%s from the network is escaped', (_, hostile, shown) => {
    const stdout = captured(process.stdout);
    opened({ target: 'stdout' }).write('info', hostile);
    opened({ target: 'stdout', format: 'json' }).write('info', hostile);
    const [text, json] = stdout.join('').trimEnd().split('\n');
    expect(text?.slice(26)).toBe(shown);
    expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(stdout.join('').split('\n')).toHaveLength(3);
  });
});

describe('repeats', () => {
  it('of one kind, ten a minute pass and one line tells the number of the rest', async () => {
    const stdout = captured(process.stdout);
    const log = opened({ target: 'stdout' });
    for (let n = 0; n < 5_000; n += 1)
      log.write('warning', `datagram from 10.0.${n >> 8}.${n & 255} is not ours`);
    log.write('notice', 'something else');
    await log.close();
    const lines = stdout.join('').trimEnd().split('\n');
    expect(lines).toHaveLength(12);
    expect(lines.at(-2)).toContain('something else');
    expect(lines.at(-1)).toContain(
      '4990 more like this were left out: datagram from 10.0.19.135 is not ours',
    );
  });

  it('the rest is told when the time is over, and the kind may come again', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const stdout = captured(process.stdout);
    const log = opened({ target: 'stdout', repeats: { limit: 2, withinMs: 60_000 } });
    for (const n of [1, 2, 3, 4]) log.write('info', `peer ${n}`);
    vi.advanceTimersByTime(60_000);
    log.write('info', 'peer 5');
    expect(sentences(stdout)).toEqual([
      'peer 1',
      'peer 2',
      '2 more like this were left out: peer 4',
      'peer 5',
    ]);
  });

  it('strangers cannot make it remember more and more kinds', () => {
    const stdout = captured(process.stdout);
    const log = opened({ target: 'stdout' });
    const word = (n: number) => [...String(n)].map((digit) => 'ghijklmnop'[Number(digit)]).join('');
    for (let n = 0; n < 5_000; n += 1) log.write('info', word(n));
    expect(sentences(stdout).length).toBeLessThanOrEqual(256 + 10);
  });
});

const missing = noSyslogHere();

describe.skipIf(missing !== null)(`syslog${missing === null ? '' : ` (${missing})`}`, () => {
  it('lines come with facility daemon, their severity, the tag and the process id', async () => {
    const { log, receiver } = await withSyslog();
    for (const severity of ['debug', 'info', 'notice', 'warning', 'error'] as const)
      log.write(severity, severity);
    await log.close();
    for (const [severity, number] of Object.entries({
      debug: 31,
      info: 30,
      notice: 29,
      warning: 28,
      error: 27,
    })) {
      expect(await receiver.until(`: ${severity}`)).toMatch(
        new RegExp(`^<${number}>\\w{3} [ \\d]\\d [\\d:]{8} ha-ip\\[${process.pid}\\]: ${severity}$`),
      );
    }
    expect(stderr).toEqual([]);
  });

  it('a record is one datagram, however long and hostile', async () => {
    const { log, receiver } = await withSyslog();
    log.write('info', `a\n<24>forged ${'x'.repeat(10_000)}`);
    log.write('info', 'last');
    await receiver.until('last');
    expect(receiver.received).toHaveLength(2);
    expect(receiver.received[0]).toMatch(/^<30>.*: a\\x0a<24>forged x+…$/);
  });

  it('without a socket at the start, lines go to standard error, once explained, until it is there', async () => {
    const path = join(folder, 'log');
    const log = opened({ socket: path });
    log.write('notice', 'before');
    await said('before');
    const receiver = await receiving(path);
    const back = receiver.until('syslog is back: 1 lines went to standard error');
    await back;
    log.write('notice', 'after');
    await receiver.until(': after');
    await log.close();
    expect(sentences(stderr)).toEqual([
      `syslog cannot be reached (logger: socket ${path}: No such file or directory): logging to ` +
        'standard error until it can',
      'before',
    ]);
  });

  it('when the socket goes away in the middle, nothing is lost', async () => {
    const { log, receiver, path } = await withSyslog();
    log.write('notice', 'one');
    await receiver.until(': one');
    await receiver.close();
    log.write('notice', 'two');
    await said('two');
    rmSync(path);
    const next = await receiving(path);
    await next.until('syslog is back');
    log.write('notice', 'three');
    await next.until(': three');
    expect(sentences(stderr).filter((line) => line.startsWith('syslog cannot'))).toHaveLength(1);
  });

  it('a logger that is killed in the middle is replaced, and nothing is lost or said', async () => {
    const { log, receiver } = await withSyslog();
    log.write('notice', 'one');
    await receiver.until(': one');
    await proven();
    const [killed] = loggers();
    process.kill(killed as number, 'SIGKILL');
    for (let n = 0; n < 5; n += 1) log.write('notice', `line ${'abcde'[n]}`);
    for (const letter of 'abcde') await receiver.until(`line ${letter}`);
    expect(loggers()).not.toContain(killed);
    expect(stderr).toEqual([]);
  });

  it('closing a log whose logger hangs takes two seconds at most and puts its lines on standard error', async () => {
    const { log, receiver } = await withSyslog();
    log.write('notice', 'one');
    await receiver.until(': one');
    process.kill(loggers()[0] as number, 'SIGSTOP');
    log.write('notice', 'two');
    const start = performance.now();
    await log.close();
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(sentences(stderr)).toContain('two');
  });

  it('a logger that hangs costs the oldest lines beyond a bound, which are counted', async () => {
    const { log, receiver } = await withSyslog({ repeats: { limit: 1e6, withinMs: 60_000 } });
    log.write('notice', 'one');
    await receiver.until(': one');
    const [hanging] = loggers();
    process.kill(hanging as number, 'SIGSTOP');
    const long = 'x'.repeat(1_900);
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 50_000; n += 1) log.write('info', `${n} ${long}`);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64e6);
    process.kill(hanging as number, 'SIGCONT');
    await receiver.until('lines were lost: syslog did not take them in time');
    await receiver.until(': 49999 ');
  });
});

describe('without a logger', () => {
  it('lines go to standard error, which is said once', async () => {
    const log = opened({ logger: [join(folder, 'logger')] });
    log.write('notice', 'one');
    await said('one');
    log.write('error', 'two');
    await log.close();
    expect(sentences(stderr).slice(1)).toEqual(['one', 'two']);
    expect(stderr[0]).toContain('syslog cannot be reached (spawn ');
  });

  it('nor with one that does not know the options of util-linux', async () => {
    const log = opened({ logger: ['sh', '-c', 'echo "logger: unrecognized option --id" >&2; exit 1'] });
    log.write('notice', 'one');
    await said('one');
    await log.close();
    expect(stderr[0]).toContain('syslog cannot be reached (logger: unrecognized option --id)');
  });

  it('a logger that ends again and again is started ever more slowly', async () => {
    const starts = join(folder, 'starts');
    const log = opened({ logger: ['sh', '-c', `echo >>${starts}; exit 1`] });
    log.write('notice', 'one');
    await said('one');
    const count = () => readFileSync(starts, 'utf8').length;
    await vi.waitFor(() => expect(count()).toBe(4), { timeout: 5_000 });
    const atFour = performance.now();
    await vi.waitFor(() => expect(count()).toBe(5), { timeout: 5_000 });
    expect(performance.now() - atFour).toBeGreaterThan(500);
    await log.close();
  });
});

describe('a process with a log', () => {
  it('goes on when the reader of its standard output goes away, and says so on standard error', async () => {
    const child = writer({ target: 'stdout' });
    const errors = createInterface({ input: child.stderr as NodeJS.ReadableStream });
    child.stdout?.destroy();
    child.stdin?.write('one\n');
    const [said] = await once(errors, 'line');
    expect(said).toContain('standard output is closed (write EPIPE): logging to standard error');
    child.stdin?.write('two\n');
    const [after] = await once(errors, 'line');
    expect(after).toMatch(/ {2}two$/);
    child.stdin?.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('is not blocked by a reader that does not read, and ends', async () => {
    const child = writer({ target: 'stdout', repeats: { limit: 1e6, withinMs: 60_000 } });
    const exit = once(child, 'exit');
    for (let n = 0; n < 2_000; n += 1) child.stdin?.write(`${'x'.repeat(1_000)}\n`);
    child.stdin?.end();
    expect(await exit).toEqual([0, null]);
  });

  it('is not kept alive by it, and hands its logger no secret of its environment', async () => {
    const seen = join(folder, 'environment');
    const child = writer({ target: 'syslog', logger: ['sh', '-c', `env >${seen}; cat`] });
    await vi.waitFor(() => expect(readFileSync(seen, 'utf8')).toContain('LC_ALL=C'));
    expect(readFileSync(seen, 'utf8')).not.toContain('canary');
    child.stdin?.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

function opened(options: Partial<LogOptions>): Log {
  const log = createLog({ target: 'syslog', format: 'text', verbose: false, ...options });
  onTestFinished(() => log.close());
  return log;
}

async function receiving(path: string) {
  const receiver = await receiveSyslog(path);
  onTestFinished(() => receiver.close());
  return receiver;
}

async function withSyslog(options: Partial<LogOptions> = {}) {
  const path = join(folder, 'log');
  const receiver = await receiving(path);
  const log = opened({ socket: path, verbose: true, ...options });
  return { log, receiver, path };
}

/** What is written to the stream of this very process, instead of writing it. */
function captured(stream: NodeJS.WriteStream): string[] {
  const chunks: string[] = [];
  const spy = vi.spyOn(stream, 'write').mockImplementation((chunk, ...rest: unknown[]) => {
    if (chunk !== '') chunks.push(String(chunk));
    const done = rest.find((argument) => typeof argument === 'function') as (() => void) | undefined;
    done?.();
    return true;
  });
  onTestFinished(() => spy.mockRestore());
  return chunks;
}

function sentences(chunks: string[]): string[] {
  return chunks.map((line) => line.replace(/^\S+ {2}/, '').trimEnd());
}

function said(sentence: string) {
  return vi.waitFor(() => expect(sentences(stderr)).toContain(sentence), { timeout: 5_000, interval: 5 });
}

/** A logger counts as working after a second of life: real time, because its processes are real. */
function proven() {
  return new Promise((resolve) => setTimeout(resolve, 1_100));
}

/** The process ids of this process's loggers. */
function loggers(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && commandLine(pid).includes(`--id=${process.pid}`));
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** A process that writes each line of its standard input as a notice, and closes its log at the end of it. */
function writer(options: Partial<LogOptions>): ChildProcess {
  const built = new URL('../../dist/src/adapters/log.js', import.meta.url).pathname;
  const script = `
    import { createInterface } from 'node:readline';
    import { createLog } from '${built}';
    const log = createLog(JSON.parse(process.argv[1]));
    for await (const line of createInterface({ input: process.stdin })) log.write('notice', line);
    await log.close();
    process.exit(0);`;
  const all = JSON.stringify({ format: 'text', verbose: false, ...options });
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script, all], {
    env: { ...process.env, EXOSCALE_API_SECRET: 'canary' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}
