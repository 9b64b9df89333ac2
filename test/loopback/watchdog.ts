import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { askControl } from '../../src/adapters/control-client.ts';
import type { IpAddress, Report } from '../../src/core/index.ts';
import type { Status } from '../../src/ports/status.ts';

/** The program as it is built: these tests are about the real thing. */
export const PROGRAM = new URL('../../bin/ha-ip.js', import.meta.url).pathname;

/** One line of a watchdog's log, as `--log-format json` writes it, and when it came (performance.now). */
export interface LogLine {
  readonly at: number;
  readonly severity: string;
  readonly message: string;
  readonly event?: Report;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface WatchdogParts {
  readonly name: string;
  readonly host: IpAddress;
  /** The shared address that `status` is asked about. */
  readonly address: IpAddress;
  readonly runtimeDir: string;
  readonly arguments: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Program and first arguments before ours: `nsenter …`. */
  readonly prefix?: readonly string[];
  /** Called after everything that it says or does. */
  readonly stirred: () => void;
}

/** A real `ha-ip -W`, from its start to its end. */
export class Watchdog {
  readonly name: string;
  readonly host: IpAddress;
  readonly spawnedAt = performance.now();
  /** Standard output, line by line. */
  readonly said: LogLine[] = [];
  /** Standard error, line by line. */
  readonly complained: string[] = [];
  /** Resolved when the process has ended and its last words were read. */
  readonly ended: Promise<Ending>;
  ending: Ending | null = null;
  endedAt: number | null = null;
  /** What it was sent, and when. */
  readonly signals: { readonly at: number; readonly signal: NodeJS.Signals }[] = [];
  readonly #child: ChildProcess;
  readonly #parts: WatchdogParts;

  constructor(parts: WatchdogParts) {
    this.name = parts.name;
    this.host = parts.host;
    this.#parts = parts;
    const [program = '', ...before] = [...(parts.prefix ?? []), process.execPath];
    const words = [...before, PROGRAM, ...parts.arguments];
    this.#child = spawn(program, words, { env: parts.env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(this.#child);
    this.#read();
    this.ended = this.#end();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.signals.push({ at: performance.now(), signal });
    this.#child.kill(signal);
  }

  /** Kills it if it lives; resolves when it is dead. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** The last role that it reported. */
  get role(): string {
    const last = this.said.findLast(({ event }) => event?.kind === 'role')?.event;
    return last?.kind === 'role' ? last.to : 'hold-off';
  }

  /** How often it changed its role. */
  get transitions(): number {
    return this.said.filter(({ event }) => event?.kind === 'role').length;
  }

  heard(words: RegExp | string): LogLine | undefined {
    return this.said.find(({ message }) =>
      typeof words === 'string' ? message.includes(words) : words.test(message),
    );
  }

  count(words: RegExp): number {
    return this.said.filter(({ message }) => words.test(message)).length;
  }

  async status(): Promise<Status> {
    const { address, runtimeDir } = this.#parts;
    const [answer] = await askControl({
      dir: runtimeDir,
      resource: address,
      request: 'status',
      timeoutMs: 5_000,
    });
    return answer as Status;
  }

  #read(): void {
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error('a watchdog without output');
    createInterface({ input: stdout }).on('line', (line) => {
      this.said.push(parsed(line));
      this.#parts.stirred();
    });
    createInterface({ input: stderr }).on('line', (line) => {
      this.complained.push(line);
      this.#parts.stirred();
    });
  }

  async #end(): Promise<Ending> {
    // Not 'exit': what it said last is still on its way then.
    const [code, signal] = (await once(this.#child, 'close')) as [number | null, NodeJS.Signals | null];
    children.delete(this.#child);
    this.ending = { code, signal };
    this.endedAt = performance.now();
    this.#parts.stirred();
    return this.ending;
  }
}

function parsed(line: string): LogLine {
  const at = performance.now();
  try {
    return { at, ...(JSON.parse(line) as Omit<LogLine, 'at'>) };
  } catch {
    return { at, severity: 'none', message: line };
  }
}

/** However this process ends, no watchdog outlives it. */
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
