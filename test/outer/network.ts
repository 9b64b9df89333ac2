import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { promisify } from 'node:util';
import type { IpAddress } from '../../src/core/index.ts';
import { createNamespace, type Namespace } from './namespace.ts';
import { type Passage, Relay, type RelayOptions, type RelayPlace } from './relay.ts';
import { listenIn } from './sockets.ts';

const execute = promisify(execFile);

/** Private addresses that exist in these namespaces only, so that tests may run side by side. */
const HUB: IpAddress = '10.77.0.1';
const addressOf = (number: number): IpAddress => `10.77.0.${10 + number}`;
/** Where the machines reach the cloud. */
export const CLOUD: IpAddress = '127.0.0.99';
/** The UDP port of all members. */
export const PORT = 12_345;

/** With 1, what is sent to loopback may leave the machine. */
const TUNNEL = '/proc/sys/net/ipv4/conf/eth0/route_localnet';
const CHAINS = [
  'add table ip faults',
  'add chain ip faults input { type filter hook input priority 0; }',
  'add table ip cloud',
  'add chain ip cloud output { type nat hook output priority -100; }',
  'add chain ip cloud postrouting { type nat hook postrouting priority 100; }',
].join('; ');

/** What is wrong with a direction between two machines, from an instant on; `sound` ends it. */
export interface LinkChange {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly sound: boolean;
}

/**
 * Machines lb1, lb2 … each with a network of its own, joined by a bridge in one more, where the cloud is reached. This
 * host's own network is not touched. Faults concern what the members tell each other (UDP); the cloud stays reachable
 * unless a machine's link is down.
 */
export class Network {
  readonly names: readonly string[];
  readonly hub: Namespace;
  readonly changes: LinkChange[] = [];
  readonly #machines: ReadonlyMap<string, Namespace>;
  readonly #broken = new Set<string>();
  readonly #rules = new Map<string, string[]>();
  #relay: Relay | null = null;

  private constructor(hub: Namespace, machines: ReadonlyMap<string, Namespace>) {
    this.hub = hub;
    this.#machines = machines;
    this.names = [...machines.keys()];
  }

  static async open(count: number): Promise<Network> {
    const spaces = await Promise.all(Array.from({ length: count + 1 }, createNamespace));
    const [hub, ...rest] = spaces as [Namespace, ...Namespace[]];
    const network = new Network(hub, new Map(rest.map((one, index) => [`lb${index + 1}`, one])));
    await network.#wire();
    return network;
  }

  /**
   * Where the cloud is to listen besides. Credentials go unencrypted to loopback only: so every machine reaches it at a
   * loopback address of its own, at any port, as through a tunnel, and is told apart by its address in the hub.
   */
  async listen(): Promise<Server> {
    const server = await listenIn(this.hub, HUB);
    const { port } = server.address() as AddressInfo;
    const tunnel = (name: string) =>
      [
        `add rule ip cloud output ip daddr ${CLOUD} meta l4proto tcp dnat to ${HUB}:${port}`,
        `add rule ip cloud postrouting ip daddr ${HUB} snat to ${this.host(name)}`,
      ].join('; ');
    await Promise.all(this.names.map((name) => this.nft(name, tunnel(name))));
    return server;
  }

  machine(name: string): Namespace {
    const found = this.#machines.get(name);
    if (found === undefined) throw new Error(`no machine ${name} in this network`);
    return found;
  }

  machineAt(host: IpAddress): Namespace {
    return this.machine(this.names.find((name) => this.host(name) === host) ?? host);
  }

  host(name: string): IpAddress {
    return addressOf(this.names.indexOf(name) + 1);
  }

  /** So many per cent of all datagrams are lost, in both directions. */
  async lose(percent: number): Promise<void> {
    const rule = `meta l4proto udp numgen random mod 100 < ${percent} counter drop`;
    await Promise.all(this.names.map((name) => this.#drop(name, rule)));
    this.#changed(this.#links(), false);
  }

  /** What the first sends no longer reaches the others; what they send still reaches it. */
  async cutOneWay(from: string, ...to: string[]): Promise<void> {
    const rule = `meta l4proto udp ip saddr ${this.host(from)} counter drop`;
    await Promise.all(to.map((name) => this.#drop(name, rule)));
    this.#changed(
      to.map((name) => [from, name]),
      false,
    );
  }

  /** These two no longer hear each other. */
  async cut(one: string, other: string): Promise<void> {
    await this.cutOneWay(one, other);
    await this.cutOneWay(other, one);
  }

  /** One machine and the others no longer hear each other. */
  async isolate(name: string): Promise<void> {
    for (const other of this.names) if (other !== name) await this.cut(name, other);
  }

  async link(name: string, state: 'up' | 'down'): Promise<void> {
    await this.#in(this.machine(name), 'ip', 'link', 'set', 'eth0', state);
    const touched = this.#links().filter((link) => link.includes(name));
    this.#changed(touched, state === 'up');
  }

  /**
   * Datagrams take their time, each another, so that they overtake each other, and some come twice. By the kernel where
   * it can (tc netem), else by a relay. Returns who does it.
   */
  async delay(options: RelayOptions): Promise<'netem' | 'relay'> {
    const tried = await Promise.all(this.names.map((name) => this.#netem(name, options)));
    if (tried.includes(false)) await this.#pass(options, { senders: this.names });
    this.#changed(this.#links(), false);
    return this.#relay ? 'relay' : 'netem';
  }

  /** What a machine sends arrives in another form. */
  rewrite(name: string, rewrite: NonNullable<Passage['rewrite']>): Promise<void> {
    return this.#pass({ delayMs: 0, jitterMs: 0, duplicates: 0 }, { senders: [name], rewrite });
  }

  async #pass(options: RelayOptions, passage: Passage): Promise<void> {
    this.#relay = await Relay.open(this.#place(), options, passage);
  }

  /** These two hear each other again. */
  async mend(one: string, other: string): Promise<void> {
    await Promise.all([this.#mend(one, other), this.#mend(other, one)]);
    this.#changed(
      [
        [one, other],
        [other, one],
      ],
      true,
    );
  }

  /** Ends all faults but links that are down. Returns how many datagrams they ate since the last one was mended. */
  async heal(): Promise<number> {
    const listed = await Promise.all(this.names.map((name) => this.nft(name, 'list chain ip faults input')));
    await Promise.all(this.names.map((name) => this.nft(name, 'flush chain ip faults input')));
    for (const rules of this.#rules.values()) rules.length = 0;
    this.#changed(
      [...this.#broken].map((link) => link.split('>')),
      true,
    );
    const counts = listed.join().matchAll(/packets (\d+)/g);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** Commands of nft on a machine, separated by semicolons. */
  nft(name: string, commands: string): Promise<string> {
    return this.#in(this.machine(name), 'nft', commands);
  }

  async close(): Promise<void> {
    this.#relay?.close();
    await Promise.all([this.hub, ...this.#machines.values()].map((one) => one.close()));
  }

  async #wire(): Promise<void> {
    await this.#in(this.hub, 'ip', 'link', 'add', 'bridge', 'type', 'bridge');
    await this.#in(this.hub, 'ip', 'address', 'add', `${HUB}/24`, 'dev', 'bridge');
    await this.#in(this.hub, 'ip', 'link', 'set', 'bridge', 'up');
    await Promise.all(this.names.map((name) => this.#plug(name)));
  }

  async #plug(name: string): Promise<void> {
    const machine = this.machine(name);
    const peer = ['peer', 'name', name, 'netns', this.hub.pid];
    await this.#in(machine, 'ip', 'link', 'add', 'eth0', 'type', 'veth', ...peer);
    await this.#in(machine, 'ip', 'address', 'add', `${this.host(name)}/24`, 'dev', 'eth0');
    await this.#in(machine, 'ip', 'link', 'set', 'eth0', 'up');
    await this.#in(this.hub, 'ip', 'link', 'set', name, 'master', 'bridge', 'up');
    await this.nft(name, CHAINS);
    // In its own mounts: a container's /proc may be read-only.
    await once(machine.start('sh', '-c', `echo 1 >${TUNNEL}`), 'exit');
  }

  #place(): RelayPlace {
    const hosts = Object.fromEntries(this.names.map((name) => [name, this.host(name)]));
    const nft = (name: string, commands: string) => this.nft(name, commands);
    return { hub: this.hub, hubAddress: HUB, hosts, port: PORT, nft };
  }

  #drop(name: string, rule: string): Promise<string> {
    this.#rulesOf(name).push(rule);
    return this.nft(name, `add rule ip faults input ${rule}`);
  }

  /** Rules have no names: all are taken away, and those that stay are put back, in one go. */
  async #mend(from: string, to: string): Promise<void> {
    const rules = this.#rulesOf(to);
    const stay = rules.filter((rule) => !rule.includes(` ${this.host(from)} `));
    rules.splice(0, rules.length, ...stay);
    const back = stay.map((rule) => `; add rule ip faults input ${rule}`);
    await this.nft(to, `flush chain ip faults input${back.join('')}`);
  }

  #rulesOf(name: string): string[] {
    const rules = this.#rules.get(name) ?? [];
    this.#rules.set(name, rules);
    return rules;
  }

  async #netem(name: string, { delayMs, jitterMs, duplicates }: RelayOptions): Promise<boolean> {
    const words = ['netem', 'delay', `${delayMs}ms`, `${jitterMs}ms`, 'duplicate', `${duplicates}%`];
    const added = this.#in(this.machine(name), 'tc', 'qdisc', 'add', 'dev', 'eth0', 'root', ...words);
    return added.then(
      () => true,
      () => false,
    );
  }

  async #in({ prefix }: Namespace, ...words: readonly string[]): Promise<string> {
    const [program = '', ...before] = prefix;
    const { stdout } = await execute(program, [...before, ...words], { timeout: 30_000 });
    return stdout;
  }

  #links(): [string, string][] {
    return this.names.flatMap((from) =>
      this.names.filter((to) => to !== from).map((to): [string, string] => [from, to]),
    );
  }

  #changed(links: readonly (readonly string[])[], sound: boolean): void {
    const at = performance.now();
    for (const [from = '', to = ''] of links) {
      if (sound) this.#broken.delete(`${from}>${to}`);
      else this.#broken.add(`${from}>${to}`);
      this.changes.push({ at, from, to, sound });
    }
  }
}
