import { createHmac } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import type { IpAddress } from '../../src/core/index.ts';
import type { SimInstance } from '../../src/sim/cloud.ts';
import { addressBytes } from '../../src/wire/address.ts';
import type { Group } from './group.ts';

const LENGTH = 24;

interface Peer {
  readonly machine: SimInstance;
  readonly host: IpAddress;
  /** Each has a connected socket of its own, hence a source port that is none of ours. */
  readonly socket: Socket;
  priority: number;
  seenAt: number;
  dead: boolean;
}

/**
 * A node of exoip 0.4.3 as its peers meet it, written from what its engine.go does: 24 bytes each interval from an
 * ephemeral port; a longer datagram counts by its first 24 bytes; a peer is known by its source address alone; strictly
 * lower priority wins, so that equals both hold; master claims, backup releases; a peer that falls silent is released.
 * It has no farewell: SIGTERM releases and goes.
 */
export class ExoipNode {
  state: 'backup' | 'master' = 'backup';
  /** Priorities that it was told, by the peer's name; repeats left out. */
  readonly told: Record<string, number[]> = {};
  readonly #group: Group;
  readonly #name: string;
  readonly #priority: number;
  readonly #intervalMs: number;
  readonly #holdOffUntil: number;
  readonly #peers: Peer[] = [];
  readonly #server: Socket;
  #timer: NodeJS.Timeout | undefined;
  #dead = false;
  /** Resolves when it begins to decide: before, it only beats. */
  readonly holdOffOver: Promise<void>;
  #endHoldOff = () => {};
  /** Calls of the API are made one after the other. */
  #busy: Promise<void> = Promise.resolve();

  private constructor(group: Group, name: string, server: Socket, priority: number, intervalMs: number) {
    this.#group = group;
    this.#server = server;
    this.#name = name;
    this.#priority = priority;
    this.#intervalMs = intervalMs;
    this.#holdOffUntil = performance.now() + 3 * intervalMs + 100;
    this.holdOffOver = new Promise((resolve) => {
      this.#endHoldOff = resolve;
    });
  }

  static async start(group: Group, name: string, priority: number, intervalMs = 500): Promise<ExoipNode> {
    const server = await group.bind(group.hostOf(name), group.port);
    const node = new ExoipNode(group, name, server, priority, intervalMs);
    await node.#open();
    return node;
  }

  /** Like SIGKILL: says nothing and leaves the address. */
  kill(): void {
    if (this.#dead) return;
    this.#dead = true;
    clearInterval(this.#timer);
    for (const socket of [this.#server, ...this.#peers.map((peer) => peer.socket)]) socket.close();
    this.#peers.length = 0;
  }

  async #open(): Promise<void> {
    const own = this.#group.hostOf(this.#name);
    this.#server.on('message', (bytes, { address }) => this.#hear(bytes, address));
    for (const name of this.#group.names.filter((other) => other !== this.#name)) {
      const socket = (await this.#group.bind(own, 0)).on('error', () => {});
      socket.connect(this.#group.port, this.#group.hostOf(name));
      await once(socket, 'connect');
      const machine = this.#group.served.machine(name);
      const host = this.#group.hostOf(name);
      this.#peers.push({ machine, host, socket, priority: 0, seenAt: Number.NEGATIVE_INFINITY, dead: true });
    }
    this.#timer = setInterval(() => this.#live(), this.#intervalMs);
    this.#live();
  }

  #live(): void {
    for (const { socket } of this.#peers) socket.send(this.#datagram(), () => {});
    setTimeout(() => this.#check(), 100);
  }

  #datagram(): Uint8Array {
    const nic = this.#group.served.machine(this.#name).nics[0]!.id;
    const head = [2, 1, this.#priority, this.#priority, ...addressBytes(this.#group.address)];
    return Uint8Array.from([...head, ...Buffer.from(nic.replaceAll('-', ''), 'hex')]);
  }

  /** Go reads into a buffer of 24 bytes and cuts off the rest in silence. */
  #hear(bytes: Buffer, from: IpAddress): void {
    const own = this.#datagram();
    const peer = this.#peers.find(({ host }) => host === from);
    const ours = bytes.length >= LENGTH && bytes[0] === 2 && bytes[1] === 1 && bytes[2] === bytes[3];
    if (!peer || !ours || !bytes.subarray(4, 8).equals(own.subarray(4, 8))) return;
    peer.priority = bytes[2]!;
    peer.seenAt = performance.now();
    this.#told(peer.machine.name, peer.priority);
  }

  #told(name: string, priority: number): void {
    const known = this.told[name] ?? [];
    if (known.at(-1) !== priority) this.told[name] = [...known, priority];
  }

  #check(): void {
    const now = performance.now();
    if (this.#dead || now < this.#holdOffUntil) return;
    const newlyDead = this.#peers.filter((peer) => this.#judge(peer, now));
    const backup = this.#peers.some(({ dead, priority }) => !dead && priority < this.#priority);
    this.#become(backup ? 'backup' : 'master');
    this.#endHoldOff();
    for (const { machine } of newlyDead) this.#then(() => this.#release(machine));
  }

  #judge(peer: Peer, now: number): boolean {
    const dead = now - peer.seenAt > 3 * this.#intervalMs;
    const newly = dead && !peer.dead;
    peer.dead = dead;
    return newly;
  }

  #become(state: 'backup' | 'master'): void {
    if (this.state === state) return;
    this.state = state;
    const own = this.#group.served.machine(this.#name);
    this.#then(() => (state === 'master' ? this.#claim(own) : this.#release(own)));
  }

  #then(act: () => Promise<unknown>): void {
    this.#busy = this.#busy.then(act).then(
      () => {},
      () => {},
    );
  }

  #claim({ nics }: SimInstance): Promise<unknown> {
    return this.#ask({ command: 'addIpToNic', nicid: nics[0]!.id, ipaddress: this.#group.address });
  }

  async #release({ id }: SimInstance): Promise<unknown> {
    const { holdings } = this.#group.served.cloud.addresses.get(this.#group.address)!;
    const held = holdings.find(({ instance }) => instance === id);
    return held && this.#ask({ command: 'removeIpFromNic', id: held.id });
  }

  async #ask(parameters: Record<string, string>): Promise<unknown> {
    const { endpoint, apiSecret } = this.#group.served;
    const asked = { ...parameters, response: 'json', apikey: this.#group.served.keyOf(this.#name) };
    const query = new URLSearchParams({ ...asked, signature: sign(asked, apiSecret) });
    const answer = await fetch(`${endpoint}?${query}`);
    return answer.json();
  }
}

/** Of the API that exoip speaks; enough for values without special characters. */
function sign(parameters: Readonly<Record<string, string>>, secret: string): string {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const text = pairs.sort().join('&').toLowerCase();
  return createHmac('sha1', secret).update(text).digest('base64');
}
