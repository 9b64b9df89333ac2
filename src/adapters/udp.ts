import type { Socket } from 'node:dgram';
import { DgramAsPromised, type SocketAsPromised } from 'dgram-as-promised';
import type { IpAddress } from '../core/index.ts';
import type { Receive, Transport } from '../ports/transport.ts';
import { isIPv6 } from '../wire/address.ts';
import { portOwner } from './port-owner.ts';

export interface UdpOptions {
  /** Where to listen, and where datagrams come from as others see them. */
  readonly host: IpAddress;
  /** 0: any free one. */
  readonly port: number;
  /** The port of all peers; without it they use the same as we. */
  readonly peerPort?: number;
}

export interface UdpTransport extends Transport {
  /** The port that was bound. */
  readonly port: number;
  /** How many datagrams came so far: what the system clock asks for. */
  readonly received: () => number;
}

/**
 * Listens on one UDP socket, through which all advertisements leave as well; probes have sockets of their own.
 * The port is bound exclusively: with SO_REUSEADDR any local user could bind it too and receive what is ours.
 * @throws Error - one line: which address and port, why, and for a taken port who has it. Nothing is left open.
 */
export async function createUdpTransport({ host, port, peerPort }: UdpOptions): Promise<UdpTransport> {
  let received = 0;
  let receive: Receive = () => {};
  let refused: (peer: IpAddress) => void = () => {};
  // By callback: the async iterator of dgram-as-promised listens only between two calls and loses what comes meanwhile.
  const main = createSocket(host, (bytes, { address, port: from }) => {
    received += 1;
    receive(bytes, withoutZone(address), from);
  });
  const bound = await bind(main, host, port);
  enlargeQueue(main);
  const destination = peerPort ?? bound;
  const probes = new ProbeSockets(host, destination, (peer) => refused(peer));
  let closed: Promise<void> | undefined;

  return {
    port: bound,
    received: () => received,
    listen(nextReceive, nextRefused) {
      receive = nextReceive;
      refused = nextRefused;
    },
    send(bytes, to) {
      // The raw socket's: `send` of dgram-as-promised fails once for every error that came in between.
      if (closed === undefined) main.socket.send(bytes, destination, to, ignore);
    },
    probe(bytes, to) {
      if (closed === undefined) probes.send(bytes, to);
    },
    close() {
      closed ??= Promise.all([main.close(), probes.close()]).then(ignore);
      return closed;
    },
  };
}

/** Many probe intervals (200 ms at most): only a socket of no more use is closed. */
const probeIdleMs = 10_000;
/** A backup probes one holder per shared address; one too many opens its socket anew, which is slower, not wrong. */
const probesMax = 8;

interface ProbeSocket {
  readonly peer: IpAddress;
  readonly socket: Socket;
  readonly connected: Promise<void>;
  /** The end of what is to be sent before. */
  queue: Promise<void>;
  readonly idle: NodeJS.Timeout;
  readonly close: () => Promise<void>;
}

/**
 * Sockets connected to one peer each: only to those the kernel reports refusals (ICMP port unreachable). The least
 * recently used comes first.
 */
class ProbeSockets {
  readonly #host: IpAddress;
  readonly #port: number;
  readonly #refused: (peer: IpAddress) => void;
  readonly #open = new Map<IpAddress, ProbeSocket>();

  constructor(host: IpAddress, port: number, refused: (peer: IpAddress) => void) {
    this.#host = host;
    this.#port = port;
    this.#refused = refused;
  }

  send(bytes: Uint8Array, to: IpAddress): void {
    const probe = this.#use(to);
    probe.queue = probe.queue.then(() => this.#transmit(bytes, probe)).catch(() => this.#drop(probe));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((probe) => this.#drop(probe)));
  }

  #use(peer: IpAddress): ProbeSocket {
    const probe = this.#open.get(peer) ?? this.#connect(peer);
    probe.idle.refresh();
    this.#open.delete(peer);
    this.#open.set(peer, probe);
    for (const oldest of this.#open.values()) {
      if (this.#open.size > probesMax) this.#drop(oldest);
    }
    return probe;
  }

  #connect(peer: IpAddress): ProbeSocket {
    const sap = createSocket(this.#host);
    const connected = connect(sap, this.#host, this.#port, peer);
    sap.socket.on('error', (error) => this.#notice(error, probe));
    const probe: ProbeSocket = {
      peer,
      socket: sap.socket,
      connected,
      queue: connected,
      idle: setTimeout(() => this.#drop(probe), probeIdleMs).unref(),
      close: () => sap.close(),
    };
    return probe;
  }

  /**
   * The kernel may answer a send with the refusal of an earlier probe, and then has not sent this one: it goes out
   * once more. The kernel keeps one refusal only, hence the queue: each probe asks, and each refusal counts once.
   */
  async #transmit(bytes: Uint8Array, probe: ProbeSocket): Promise<void> {
    const refused = await this.#attempt(bytes, probe);
    if (refused) await this.#attempt(bytes, probe);
  }

  #attempt(bytes: Uint8Array, probe: ProbeSocket): Promise<boolean> {
    return new Promise((resolve) => {
      if (!this.#isOpen(probe)) return resolve(false);
      probe.socket.send(bytes, (error) => resolve(this.#notice(error, probe)));
    });
  }

  /** Whether it was a refusal. Every other error says something of us or of the path, nothing of the peer. */
  #notice(error: Error | null, probe: ProbeSocket): boolean {
    const refused = codeOf(error) === 'ECONNREFUSED' && this.#isOpen(probe);
    if (refused) this.#refused(probe.peer);
    return refused;
  }

  #isOpen(probe: ProbeSocket): boolean {
    return this.#open.get(probe.peer) === probe;
  }

  async #drop(probe: ProbeSocket): Promise<void> {
    if (!this.#isOpen(probe)) return;
    this.#open.delete(probe.peer);
    clearTimeout(probe.idle);
    await probe.connected.catch(ignore);
    await probe.close();
  }
}

function createSocket(host: IpAddress, receive?: ReceiveRaw): SocketAsPromised {
  const family = isIPv6(host) ? 6 : 4;
  return DgramAsPromised.createSocket(
    {
      type: family === 6 ? 'udp6' : 'udp4',
      ipv6Only: family === 6,
      // Addresses are literals. Node's own look-up would put them, or what is none, through the resolver's threads.
      lookup: (address, _options, found) => found(null, address, family),
    },
    receive,
  );
}

type ReceiveRaw = NonNullable<Parameters<typeof DgramAsPromised.createSocket>[1]>;

/** The bound port. A socket whose bind failed is closed: it could not be bound again. */
async function bind(sap: SocketAsPromised, host: IpAddress, port: number): Promise<number> {
  try {
    return (await sap.bind({ address: host, port, exclusive: true })).port;
  } catch (error) {
    await sap.close();
    throw new Error(`cannot listen on ${endpoint(host, port)} (UDP): ${bindFailure(error, host, port)}`, {
      cause: error,
    });
  }
}

function bindFailure(error: unknown, host: IpAddress, port: number): string {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `the port is taken by ${portOwner(host, port) ?? 'another process'}; run: ss -ulpn 'sport = :${port}'`;
    case 'EADDRNOTAVAIL':
      return 'this machine does not have the address; run: ip -brief address';
    case 'EACCES':
      return 'this user may not bind the port; choose one above 1023';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

async function connect(sap: SocketAsPromised, host: IpAddress, port: number, to: IpAddress): Promise<void> {
  await sap.bind({ address: host, port: 0, exclusive: true });
  await new Promise<void>((resolve, reject) => {
    sap.socket.once('error', reject);
    sap.socket.connect(port, to, (error?: Error | null) => (error ? reject(error) : resolve()));
  });
}

/** Room for bursts while the process is busy. The system may give less (net.core.rmem_max). */
function enlargeQueue(sap: SocketAsPromised): void {
  try {
    sap.setRecvBufferSize(1024 * 1024);
  } catch {
    // The default queue holds some 200 advertisements, which does for a small group.
  }
}

/** Link-local addresses arrive as `fe80::1%eth0`. */
function withoutZone(address: string): IpAddress {
  const zone = address.indexOf('%');
  return zone === -1 ? address : address.slice(0, zone);
}

function endpoint(host: IpAddress, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

function ignore(): void {}
