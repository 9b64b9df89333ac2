import { createUdpTransport, type UdpTransport } from '../../adapters/udp.ts';
import type { IpAddress } from '../../core/index.ts';
import { usualPort } from '../../ports/transport.ts';
import { Failure } from '../../watchdog/failure.ts';

/** The simulated machines' own addresses. All of 127.0.0.0/8 is this host: on Linux without any configuration. */
export const HOSTS: readonly IpAddress[] = ['127.0.0.11', '127.0.0.12', '127.0.0.13'];

const ATTEMPTS = 5;

/** A UDP port that is free on all of these addresses: the usual one if it is, so that the demo can run anywhere. */
export async function commonPort(hosts = HOSTS): Promise<number> {
  let reason = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      return await tryPort(hosts, attempt === 0 ? usualPort : 0);
    } catch (error) {
      reason = (error as Error).message;
    }
  }
  throw new Failure(`no UDP port can be used on ${hosts.join(', ')}: ${reason}`);
}

/** 0: one that the system chooses for the first of them. */
async function tryPort(hosts: readonly IpAddress[], wanted: number): Promise<number> {
  const opened: UdpTransport[] = [];
  try {
    for (const host of hosts)
      opened.push(await createUdpTransport({ host, port: opened[0]?.port ?? wanted }));
    return opened[0]?.port ?? wanted;
  } finally {
    await Promise.all(opened.map((transport) => transport.close()));
  }
}
