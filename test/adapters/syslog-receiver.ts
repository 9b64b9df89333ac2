import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The far end of syslog: binds a Unix datagram socket, which Node cannot, and prints every datagram as JSON. */
const SCRIPT = `
import json, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print(json.dumps("ready"), flush=True)
while True:
    print(json.dumps(s.recv(65536).decode()), flush=True)
`;

export interface SyslogReceiver {
  /** Every datagram so far. */
  readonly received: string[];
  /** The first datagram, past or future, in which the text stands. */
  until(text: string): Promise<string>;
  close(): Promise<void>;
}

export async function receiveSyslog(path: string): Promise<SyslogReceiver> {
  const child = spawn('python3', ['-c', SCRIPT, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  const received: string[] = [];
  lines.on('line', (line) => received.push(JSON.parse(line)));
  return {
    received,
    async until(text) {
      for (;;) {
        const found = received.find((datagram) => datagram.includes(text));
        if (found !== undefined) return found;
        await once(lines, 'line');
      }
    },
    async close() {
      child.kill();
      await ended;
    },
  };
}

/** Why the tests against a real syslog socket cannot run here, or null. In CI they must run. */
export function noSyslogHere(): string | null {
  if (process.env.CI === 'true') return null;
  if (spawnSync('python3', ['-c', 'import socket']).status !== 0)
    return 'python3 receives the datagrams: not found';
  const version = spawnSync('logger', ['--version'], { encoding: 'utf8' });
  return version.stdout?.includes('util-linux')
    ? null
    : 'logger of util-linux sends the datagrams: not found';
}
