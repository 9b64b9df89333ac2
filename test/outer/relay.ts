import type { Socket } from 'node:dgram';
import type { IpAddress } from '../../src/core/index.ts';
import type { Random } from '../../src/sim/world.ts';
import { createWorld } from '../../src/sim/world.ts';
import type { Namespace } from './namespace.ts';
import { bindIn } from './sockets.ts';

export interface RelayOptions {
  /** How long datagrams take, more or less by the jitter. */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** So many per cent come twice. */
  readonly duplicates: number;
}

/** Whose datagrams go through a relay, and what becomes of their bytes. */
export interface Passage {
  readonly senders: readonly string[];
  readonly rewrite?: (bytes: Uint8Array) => Uint8Array;
}

/** What it stands between. */
export interface RelayPlace {
  readonly hub: Namespace;
  readonly hubAddress: IpAddress;
  /** The machines by name. */
  readonly hosts: Readonly<Record<string, IpAddress>>;
  /** The port of all members. */
  readonly port: number;
  nft(name: string, commands: string): Promise<string>;
}

const SEED = 1;

/**
 * Does to datagrams what `tc netem` does, where the kernel lacks that: for each direction between two machines a socket
 * in the hub. The sender's packets are turned there on leaving, and the receiver's turned back on arrival, so that
 * they come from who sent them. Refusals are not passed on.
 */
export class Relay {
  readonly #sockets: Socket[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #random: Random = createWorld(SEED).random;
  readonly #place: RelayPlace;
  readonly #options: RelayOptions;
  readonly #passage: Passage;

  private constructor(place: RelayPlace, options: RelayOptions, passage: Passage) {
    this.#place = place;
    this.#options = options;
    this.#passage = passage;
  }

  static async open(place: RelayPlace, options: RelayOptions, passage: Passage): Promise<Relay> {
    const relay = new Relay(place, options, passage);
    const names = Object.keys(place.hosts);
    await Promise.all(names.map((name) => place.nft(name, CHAINS)));
    for (const from of passage.senders) {
      for (const to of names.filter((name) => name !== from)) await relay.#stand(from, to);
    }
    return relay;
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.close();
  }

  async #stand(from: string, to: string): Promise<void> {
    const { hub, hubAddress, hosts, port, nft } = this.#place;
    const socket = await bindIn(hub, hubAddress, 0);
    this.#pass(socket, hosts[to]!);
    const own = socket.address().port;
    const leaving = `ip daddr ${hosts[to]} udp dport ${port} ip daddr set ${hubAddress} udp dport set ${own}`;
    await nft(from, `add rule ip relay leaving ${leaving}`);
    const coming = `ip saddr ${hubAddress} udp sport ${own} ip saddr set ${hosts[from]}`;
    await nft(to, `add rule ip relay coming ${coming}`);
  }

  /** Everything that comes to this socket goes on to the machine. */
  #pass(socket: Socket, to: IpAddress): void {
    this.#sockets.push(socket);
    const { port } = this.#place;
    const { rewrite = (bytes: Uint8Array) => bytes } = this.#passage;
    const forward = (bytes: Uint8Array) => this.#later(() => socket.send(rewrite(bytes), port, to, () => {}));
    socket
      .on('error', () => {})
      .on('message', (bytes) => {
        forward(bytes);
        if (this.#random() * 100 < this.#options.duplicates) forward(bytes);
      });
  }

  #later(act: () => void): void {
    const { delayMs, jitterMs } = this.#options;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        act();
      },
      delayMs + (2 * this.#random() - 1) * jitterMs,
    );
    this.#timers.add(timer);
  }
}

const CHAINS = [
  'add table ip relay',
  'add chain ip relay leaving { type route hook output priority 0; }',
  'add chain ip relay coming { type filter hook prerouting priority -300; }',
].join('; ');
