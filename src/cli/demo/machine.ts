import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Report } from '../../core/index.ts';

/** One line of a watchdog's log, as `--log-format json` writes it. */
export interface LogLine {
  readonly severity: string;
  readonly message: string;
  readonly event?: Report;
}

export interface MachineParts {
  readonly name: string;
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly said: (line: LogLine) => void;
  /** It ended although nobody killed it or asked it to; `why` is one line. */
  readonly died: (why: string) => void;
}

/** A simulated machine: the real program in a process of its own, one life after the other. */
export class Machine {
  readonly name: string;
  readonly #parts: MachineParts;
  readonly #doomed = new WeakSet<ChildProcess>();
  #child: ChildProcess | null = null;

  constructor(parts: MachineParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  /** Starts the very program that runs here. */
  start(): void {
    const { arguments: words, env, said, died } = this.#parts;
    const program = process.argv[1] ?? 'ha-ip';
    const child = spawn(process.execPath, [program, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let lastWords = '';
    createInterface({ input: child.stdout }).on('line', (line) => said(parsed(line)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastWords = line;
    });
    child.once('error', (error) => died(`${this.name} cannot be started: ${error.message}`));
    // Not 'exit': what it said last is still on its way then.
    child.once('close', (code, signal) => {
      if (!this.#doomed.has(child)) died(farewell(this.name, code ?? signal, lastWords));
    });
    this.#child = child;
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  wake(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Ends this life, even a frozen one with SIGKILL; resolves when it is over. Idempotent. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    this.#doomed.add(child);
    await new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill(signal);
    });
  }
}

function parsed(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { severity: 'info', message: line };
  }
}

function farewell(name: string, how: number | string | null, lastWords: string): string {
  const end = typeof how === 'number' ? `exit code ${how}` : how;
  return `${name} ended by itself (${end})${lastWords === '' ? '' : `: ${lastWords.replace(/^ha-ip: /, '')}`}`;
}
