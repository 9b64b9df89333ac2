import { type ChildProcess, execFileSync, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * A network of its own, which only has a loopback; with it /run and /usr/local/bin of its own, and process ids of its
 * own, so that closing it ends everything that was started inside, whatever that did to hide.
 */
export interface Namespace {
  /** Runs to its end; gives its output and exit code. */
  run(program: string, ...args: string[]): { readonly code: number | null; readonly output: string };
  start(program: string, ...args: string[]): ChildProcess;
  /**
   * Words before a program that runs it in this network, and else where we are: it is our own child, which signals
   * reach, and its files are ours.
   */
  readonly prefix: readonly string[];
  /** By which other networks' `ip link` finds it. */
  readonly pid: string;
  close(): Promise<void>;
}

/** What is done inside before anything else; then its first process waits for the end of its input. */
const SETUP = `
set -e
mount -t tmpfs none /run
mount -t tmpfs none /usr/local/bin
ip link set lo up
echo ready
cat`;

const UNSHARE = [
  '--net',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  '--propagation',
  'private',
];

export async function createNamespace(): Promise<Namespace> {
  const keeper = spawn('unshare', [...UNSHARE, 'sh', '-c', SETUP], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(keeper, 'exit');
  await once(createInterface({ input: keeper.stdout }), 'line');
  const pid = firstChild(keeper.pid as number);
  const target = ['--target', pid, '--net'];
  const inside = [...target, '--mount', '--pid', '--'];
  return {
    prefix: ['nsenter', ...target, '--'],
    pid,
    run: (program, ...args) => runToItsEnd('nsenter', [...inside, program, ...args]),
    start: (program, ...args) => spawn('nsenter', [...inside, program, ...args], { env: CLEAN }),
    async close() {
      keeper.kill('SIGKILL');
      await ended;
    },
  };
}

/** Output goes to a file: a program that leaves others running in the background would keep a pipe open. */
function runToItsEnd(program: string, args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'ha-ip-run-'));
  const path = join(folder, 'output');
  const file = openSync(path, 'w');
  try {
    const options = { env: CLEAN, timeout: 60_000, stdio: ['ignore', file, file] as StdioOptions };
    const { status } = spawnSync(program, args, options);
    return { code: status, output: readFileSync(path, 'utf8') };
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}

/** Nothing of the environment of the tests may do what a stanza should do. */
const CLEAN = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };

function firstChild(pid: number): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}

/** Why what needs these programs and a network of its own cannot run here, or null. In CI it must run. */
export function noNamespaceHere(...programs: string[]): string | null {
  if (process.env.CI === 'true') return null;
  if (process.platform !== 'linux') return 'needs Linux';
  if (userInfo().uid !== 0) return 'needs root, for a network of its own';
  const missing = ['unshare', 'nsenter', 'ip', ...programs].filter((program) => !has(program));
  if (missing.length > 0) return `needs ${missing.join(', ')}`;
  const tried = spawnSync('unshare', [...UNSHARE, 'true']);
  return tried.status === 0 ? null : 'this container may not make a network of its own';
}

export function has(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
