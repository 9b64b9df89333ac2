import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { noNamespaceHere } from '../outer/namespace.ts';
import { anyMoment, CONDITIONS, type Figures, repeat } from './conditions.ts';
import { noteTakeover, takeoverLines } from './stop.ts';

const HUB = '10.20.0.1';
const API_PORT = 8080;
const HOSTS = ['10.20.0.11', '10.20.0.12', '10.20.0.13'];

/** Silence is all that the others get: no refusal, no farewell. Runs itself once more in a network of its own. */
export async function cut(runs: number): Promise<Figures[]> {
  const missing = noNamespaceHere();
  if (missing !== null) {
    console.log(`  left out: ${missing}`);
    return [];
  }
  const inside = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'];
  const self = new URL('run.mjs', import.meta.url).pathname;
  const child = spawn(
    'unshare',
    [...inside, process.execPath, self, '--inside-namespace', '--runs', String(runs)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the part inside the namespace ended with ${code}`);
  return JSON.parse(output) as Figures[];
}

/** One bridge, and a network of its own for each machine, with a cable to the bridge. */
export async function insideNamespace(runs: number): Promise<number> {
  ip('link set lo up');
  ip('link add hub type bridge');
  ip(`address add ${HUB}/24 dev hub`);
  ip('link set hub up');
  const machines = await Promise.all(HOSTS.map((host, index) => plugIn(host, `lb${index + 1}`)));
  const prefix = Object.fromEntries(
    machines.map(({ pid }, index) => [`lb${index + 1}`, ['nsenter', '--target', String(pid), '--net', '--']]),
  );
  const lines = takeoverLines(bound());
  await repeat(
    'cut',
    runs,
    async (group) => {
      await group.startAll();
      await anyMoment();
      const at = performance.now();
      ip('link set lb1 down');
      await noteTakeover(group, 'lb1', at, lines);
      ip('link set lb1 up');
    },
    { host: HUB, port: API_PORT, reachedAt: '127.0.0.1', hosts: HOSTS, prefix, udpPort: 12_345 },
  );
  for (const machine of machines) machine.kill('SIGKILL');
  process.stdout.write(JSON.stringify(Object.values(lines)));
  return 0;
}

/**
 * D, one step of rank (the dead holder ranked before us), a tick's lateness, and the reading before the first write.
 */
function bound(): string {
  const { intervalMs, deadRatio, latencyMs } = CONDITIONS;
  const dead = intervalMs * (deadRatio + 0.25);
  const step = Math.min(100, intervalMs / 10);
  const most = dead + step + 100 + latencyMs;
  return `<= 3100 median; never > D ${dead} + rank step ${step} + 100 + one read = ${most}`;
}

/** A network whose first process passes its own port on to the API: unencrypted, ha-ip speaks on loopback only. */
async function plugIn(host: string, name: string): Promise<ChildProcess> {
  const keeper = spawn('unshare', ['--net', process.execPath, '-e', FORWARD], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(createInterface({ input: keeper.stdout }), 'line');
  ip(`link add ${name} type veth peer name eth0 netns ${keeper.pid}`);
  ip(`link set ${name} master hub up`);
  const commands = ['link set lo up', `address add ${host}/24 dev eth0`, 'link set eth0 up'];
  for (const command of commands) {
    execFileSync('nsenter', ['--target', String(keeper.pid), '--net', 'ip', ...command.split(' ')]);
  }
  return keeper;
}

const FORWARD = `
const { connect, createServer } = require('node:net');
createServer((client) => {
  const server = connect(${API_PORT}, '${HUB}');
  for (const [one, other] of [[client, server], [server, client]]) {
    one.setNoDelay(true).on('error', () => other.destroy()).on('close', () => other.destroy());
    one.pipe(other);
  }
}).listen(${API_PORT}, () => console.log('ready'));`;

function ip(command: string): void {
  execFileSync('ip', command.split(' '));
}
