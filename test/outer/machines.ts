import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { Group, type GroupOptions, type StartOptions } from '../loopback/group.ts';
import type { Watchdog } from '../loopback/watchdog.ts';
import { violations } from './checker.ts';
import { asLines, type History, historyOf } from './history.ts';
import { CLOUD, Network, PORT } from './network.ts';
import { bindIn } from './sockets.ts';

export interface MachinesOptions
  extends Omit<GroupOptions, 'hosts' | 'prefix' | 'udpPort' | 'listener' | 'bind'> {
  /** Default 3. */
  readonly count?: number;
  readonly deadRatio?: number;
}

export const INTERVAL_MS = 200;
/** What is waited for comes much sooner, but a machine may be busy. */
const PATIENCE_MS = 60_000;

/** Machines with a real watchdog each, a network between them, a simulated cloud, and all that was seen of them. */
export class Machines {
  readonly group: Group;
  readonly network: Network;
  /** D: silence after which a member is dead. */
  readonly deadMs: number;
  readonly #intervalMs: number;
  readonly #deadRatio: number;

  private constructor(group: Group, network: Network, intervalMs: number, deadRatio: number) {
    this.group = group;
    this.network = network;
    this.#intervalMs = intervalMs;
    this.#deadRatio = deadRatio;
    this.deadMs = deadRatio * intervalMs + Math.max(intervalMs / 4, 20);
  }

  static async open(options: MachinesOptions): Promise<Machines> {
    const network = await Network.open(options.count ?? 3);
    const { names } = network;
    const intervalMs = options.intervalMs ?? INTERVAL_MS;
    const group = await Group.open({
      holders: ['lb1'],
      ...options,
      intervalMs,
      hosts: names.map((name) => network.host(name)),
      prefix: Object.fromEntries(names.map((name) => [name, network.machine(name).prefix])),
      udpPort: PORT,
      listener: await network.listen(),
      reachedAt: CLOUD,
      bind: (host, port) => bindIn(network.machineAt(host), host, port),
    });
    return new Machines(group, network, intervalMs, options.deadRatio ?? 5);
  }

  start(name: string, extra: readonly string[] = [], options: StartOptions = {}): Watchdog {
    return this.group.start(name, { ...options, extra: ['-r', String(this.#deadRatio), ...extra] });
  }

  /** Starts all of them; the first one holds, and the others know it. */
  async startAll(...extra: string[]): Promise<readonly [Watchdog, Watchdog, ...Watchdog[]]> {
    const started = this.group.names.map((name) => this.start(name, extra));
    await this.#oneHolder(started, PATIENCE_MS);
    await this.group.settled(...started);
    return started as [Watchdog, Watchdog, ...Watchdog[]];
  }

  /** This machine alone has the address, and its watchdog knows. */
  holds(name: string): boolean {
    const watchdog = this.group.watchdogs.findLast((one) => one.name === name);
    return this.group.holders().join() === name && watchdog?.role === 'active';
  }

  /**
   * Exactly one of these comes to hold, the others stand by and know it, and then nothing happens for a while: no role
   * changes, and not the cloud. Returns the holder.
   */
  async quiet(...watchdogs: readonly Watchdog[]): Promise<Watchdog> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const holder = await this.#oneHolder(watchdogs, until - performance.now());
      const before = this.#happened();
      await this.group.settled(...watchdogs);
      await sleep(2 * this.deadMs);
      if (this.#happened() === before) return holder;
    }
  }

  #oneHolder(watchdogs: readonly Watchdog[], patienceMs: number): Promise<Watchdog> {
    return this.group.until(
      'one holder, the others backups',
      () => {
        const holder = watchdogs.find(({ name }) => this.holds(name));
        const others = watchdogs.filter((one) => one !== holder);
        return others.every(({ role }) => role === 'backup') && holder;
      },
      patienceMs,
    );
  }

  #happened(): number {
    const roles = this.group.watchdogs.map(({ transitions }) => transitions);
    return roles.reduce((sum, one) => sum + one, this.moves().length);
  }

  history(): History {
    const { group, network } = this;
    const setting = {
      nodes: group.names,
      intervalMs: this.#intervalMs,
      deadMs: this.deadMs,
      several: group.served.cloud.addresses.get(group.address)?.mode === 'adds',
    };
    return historyOf(group, network.changes, setting);
  }

  /** What the checker finds in what was seen so far, which should be the end of the story. */
  violations(): string[] {
    return violations(this.history());
  }

  /** Every change of role so far, machine by machine. */
  roles(): string[] {
    return this.group.watchdogs.flatMap(({ name, said }) =>
      said.flatMap(({ event }) => (event?.kind === 'role' ? [`${name} ${event.from} -> ${event.to}`] : [])),
    );
  }

  /** Who held after each change since an instant. */
  moves(since = 0): string[] {
    const { cloud } = this.group.served;
    const changes = cloud.changes.filter(({ at }) => at >= since);
    return changes.map(({ holders }) => holders.map((id) => this.group.nameOf(id)).join());
  }

  async close(): Promise<void> {
    await this.group.close();
    await this.network.close();
  }
}

/** For one test: ended with it, and all that was seen is told if the test fails. */
export async function machinesFor(
  { onTestFinished, onTestFailed }: TestContext,
  options: MachinesOptions = {},
): Promise<Machines> {
  const machines = await Machines.open(options);
  onTestFinished(() => machines.close());
  onTestFailed(() => console.log(`${machines.group.transcript()}\n${asLines(machines.history())}`));
  return machines;
}
