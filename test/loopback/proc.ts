import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Whether a process runs; a dead one that nobody has collected does not. */
export function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** How many UDP sockets of a process are bound to the port. */
export function udpSockets(pid: number, port: number): number {
  return sockets(pid, 'udp').filter(({ local }) => local === port).length;
}

/** The TCP ports on which a process listens. */
export function listeningPorts(pid: number): number[] {
  return sockets(pid, 'tcp')
    .filter(({ state }) => state === '0A')
    .map(({ local }) => local);
}

function sockets(pid: number, protocol: 'udp' | 'tcp') {
  const inodes = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)));
  const tables = [protocol, `${protocol}6`].flatMap((name) =>
    readFileSync(`/proc/${pid}/net/${name}`, 'utf8').trim().split('\n').slice(1),
  );
  return tables
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => inodes.has(`socket:[${columns[9]}]`))
    .map((columns) => ({ local: Number.parseInt(columns[1]!.split(':')[1]!, 16), state: columns[3] }));
}

/** A descriptor may be closed while we look. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
