import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { IpAddress } from '../../src/core/index.ts';

/** Makes a UDP socket on an address; port 0: any. Machines with a network of their own have another way. */
export type Bind = (host: IpAddress, port: number) => Promise<Socket>;

export const bindHere: Bind = async (host, port) => {
  const socket = createSocket('udp4');
  socket.bind({ address: host, port, exclusive: true });
  await once(socket, 'listening');
  return socket;
};
