import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Server } from 'node:net';
import type { IpAddress } from '../../src/core/index.ts';
import type { Namespace } from './namespace.ts';

/** A socket belongs to the network in which it was made, whoever uses it: it is opened inside and handed to us. */

/** Listens on an address of this network, at any free port. */
export function listenIn(network: Namespace, host: IpAddress): Promise<Server> {
  return opened(network, 'tcp', host, 0) as Promise<Server>;
}

/** A UDP socket that is bound in this network; port 0: any. */
export function bindIn(network: Namespace, host: IpAddress, port: number): Promise<Socket> {
  return opened(network, 'udp', host, port) as Promise<Socket>;
}

/** Node passes sockets between processes along with messages. */
const OPENER = `
const [kind, host, port] = process.argv.slice(1);
if (kind === 'tcp') {
  const server = require('node:net').createServer();
  server.listen({ host, port: Number(port) }, () => process.send('here', server));
} else {
  const socket = require('node:dgram').createSocket('udp4');
  socket.bind({ address: host, port: Number(port), exclusive: true }, () => process.send('here', socket));
}`;

async function opened(network: Namespace, kind: 'tcp' | 'udp', host: IpAddress, port: number) {
  const [program = '', ...before] = network.prefix;
  const words = [...before, process.execPath, '--eval', OPENER, '--', kind, host, String(port)];
  const opener = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [, socket] = await Promise.race([once(opener, 'message'), failure(opener, host)]);
  // It has a copy, and would take half of what comes.
  opener.kill('SIGKILL');
  await once(opener, 'exit');
  return socket as Server | Socket;
}

async function failure(opener: ChildProcess, host: IpAddress): Promise<never> {
  await once(opener, 'exit');
  throw new Error(`no socket on ${host} in its network`);
}
