import {
  type Command,
  defaults,
  type Event,
  type IpAddress,
  isolatedTakeoverAfterMs,
  type Member,
  type Policy,
  roleName,
  type State,
  type Traits,
} from '../core/index.ts';
import { createJournal } from '../engine/journal.ts';
import type { Performer } from '../engine/lane.ts';
import { createNode, type Node } from '../engine/node.ts';
import type { Clock } from '../ports/clock.ts';
import type { Observation } from '../ports/observation.ts';
import { configDigest, nodeTag } from '../wire/digest.ts';
import { addressResource } from '../wire/resource.ts';
import { createWire } from '../wire/wire.ts';
import { type ApiMachine, type ApiWeather, createSimPerformer, fairApi } from './api.ts';
import { Cloud } from './cloud.ts';
import { type Counting, fairClock, type HostClock, pass, readClock, trueTimeOf } from './host-clock.ts';
import { createNetwork, type Network } from './network.ts';
import { createWorld, type World } from './world.ts';

/** What distinguishes one simulated group from another. */
export interface ClusterOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly associate: Traits['associate'];
  /** Settings that differ from the usual ones; `priorities` by node, otherwise 10, 20, 30 … */
  readonly policy?: Partial<Policy>;
  readonly priorities?: readonly number[];
  /** Members come from the cloud (`-G`) instead of a list (`-p`). */
  readonly grouped?: boolean;
  /** R23: every node votes, and so does each witness; a witness is a host named w1, w2 … without a cloud. */
  readonly quorum?: boolean;
  readonly witnesses?: number;
}

/** One simulated machine and the process on it, which may be dead, paused or running. */
export interface Host {
  readonly name: string;
  readonly address: IpAddress;
  /** '' of a witness, which is no machine of the cloud. */
  readonly instance: string;
  readonly api: ApiWeather;
  readonly clock: HostClock;
  readonly process: Process | null;
}

export interface Process {
  readonly node: Node;
  /** Runs it in the process: when it wakes, if it is paused; never, if it is dead. */
  readonly deliver: (run: () => void) => void;
  readonly startedAt: number;
  /** End of the last pause, how long it was, and which clocks went on. */
  pausedFor: { readonly ms: number; readonly until: number; readonly counting: Counting } | null;
  paused: boolean;
}

/** Is told what the engine of each host observes. */
export type ObserveHost = (host: Host, observation: Observation) => void;

export const sharedAddress: IpAddress = '198.51.100.50';
const shared = addressResource(sharedAddress);

/** n nodes with the very core and engine that ship, in one world of virtual time. */
export class Cluster {
  readonly world: World;
  readonly network: Network;
  readonly cloud: Cloud;
  readonly hosts: readonly Host[];
  /** One line per report and per deed, for people. */
  readonly transcript: string[] = [];
  readonly #observers: ObserveHost[] = [];
  readonly #options: ClusterOptions;
  readonly #machines: ApiMachine[];
  readonly #witnesses: ApiMachine[];
  /** Machines that are no members now, by address. */
  readonly #strangers = new Set<IpAddress>();
  #lives = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.world = createWorld(options.seed);
    this.network = createNetwork(this.world);
    const count = Array.from({ length: options.nodes }, (_, i) => i + 1);
    this.#machines = count.map(machine);
    this.#witnesses = Array.from({ length: options.witnesses ?? 0 }, (_, i) => witness(i + 1));
    this.cloud = createCloud(options, this.#machines);
    this.cloud.onChange(({ at, instance, change }) =>
      this.note(at, `cloud: ${this.nameOf(instance)} ${change} the address`),
    );
    this.hosts = this.#all.map((one) => host(one));
  }

  /** From now on; of a process that starts later, too. */
  subscribe(observer: ObserveHost): void {
    this.#observers.push(observer);
  }

  nameOf(instance: string): string {
    return (
      this.#machines.find(({ description }) => description.instance === instance)?.description.name ??
      instance
    );
  }

  note(at: number, line: string): void {
    this.transcript.push(`${(at / 1000).toFixed(3).padStart(9)}  ${line}`);
  }

  run(ms: number): void {
    this.world.runUntil(this.world.now + ms);
    this.cloud.advance(this.world.now);
  }

  /** Starts a process on the host, which then tells its members at once (`-p`), as names that are literals do. */
  start(host: Host, change: Partial<Policy> = {}): void {
    if (host.process) return;
    this.note(this.world.now, `${host.name}: starts`);
    const process = this.#spawn(host, change);
    (host as { process: Process | null }).process = process;
    process.node.start();
    if (!this.#options.grouped || isWitness(host))
      process.node.tell({ kind: 'members', members: this.members() });
  }

  /** The group, as addresses (`-p`). */
  members(): Member[] {
    return this.#all
      .filter(({ member }) => !this.#strangers.has(member.address))
      .map(({ member: { address, name } }) => ({ address, addresses: [address], name }));
  }

  /** The group grows or shrinks: the cloud's list says so when it is read (`-G`), everybody is told (`-p`). */
  list(host: Host, isMember: boolean): void {
    if (this.#strangers.has(host.address) !== isMember) return;
    this.note(this.world.now, `${host.name}: is ${isMember ? 'a' : 'no'} member of the group now`);
    if (isMember) this.#strangers.delete(host.address);
    else this.#strangers.add(host.address);
    for (const one of this.hosts) {
      if (!this.#options.grouped || isWitness(one))
        this.tell(one, { kind: 'members', members: this.members() });
    }
  }

  get #all(): ApiMachine[] {
    return [...this.#machines, ...this.#witnesses];
  }

  /** SIGKILL: the process is gone, the host answers for it. */
  kill(host: Host): void {
    this.note(this.world.now, `${host.name}: killed`);
    this.#end(host);
  }

  command(host: Host, command: Command): void {
    this.note(this.world.now, `${host.name}: told to ${command.kind}`);
    host.process?.deliver(() => host.process?.node.command(command));
  }

  tell(host: Host, event: Event): void {
    host.process?.deliver(() => host.process?.node.tell(event));
  }

  /** SIGSTOP: time passes, datagrams wait. Not all clocks see that a machine was suspended or migrated. */
  pause(host: Host, counting: Counting = 'all'): void {
    if (!host.process || host.process.paused) return;
    this.note(this.world.now, `${host.name}: paused`);
    host.process.paused = true;
    host.process.pausedFor = { ms: this.world.now, until: Number.POSITIVE_INFINITY, counting };
  }

  /** SIGCONT: the overdue timer or the queued datagrams come first, as chance has it. */
  resume(host: Host): void {
    const { process } = host;
    if (!process?.paused) return;
    this.note(this.world.now, `${host.name}: resumes`);
    process.paused = false;
    const { ms: since, counting } = process.pausedFor!;
    process.pausedFor = { ms: this.world.now - since, until: this.world.now, counting };
    pass(host.clock, this.world.now - since, counting);
    (process as Process & { wakeUp: () => void }).wakeUp();
  }

  /** The host is off the network in both directions, its API calls included. */
  isolate(host: Host): void {
    for (const other of this.hosts) {
      this.network.cut(host.address, other.address);
      this.network.cut(other.address, host.address);
    }
  }

  role(host: Host): string {
    const state = this.state(host);
    return state ? roleName(state) : 'down';
  }

  state(host: Host): State | undefined {
    return host.process?.node.state(sharedAddress);
  }

  holders(): string[] {
    this.cloud.advance(this.world.now);
    return this.cloud.holders(sharedAddress).map((instance) => this.nameOf(instance));
  }

  /** The nodes that say they are active. */
  active(): string[] {
    return this.hosts
      .filter((host) => ['active', 'handing over'].includes(this.role(host)))
      .map((host) => host.name);
  }

  #end(host: Host): void {
    const process = host.process as (Process & { die: () => void }) | null;
    process?.die();
    (host as { process: Process | null }).process = null;
  }

  #spawn(host: Host, change: Partial<Policy>): Process {
    const { world } = this;
    const mailbox: (() => void)[] = [];
    let alive = true;
    const deliver = (run: () => void) => {
      if (!alive) return;
      if (process.paused) mailbox.push(run);
      else run();
    };
    const wakeAt = createAlarm(world, deliver);
    const transport = this.network.attach(host.address, (run) =>
      process.paused && mailbox.length >= 256 ? undefined : deliver(run),
    );
    const clock: Clock = {
      now: () => readClock(host.clock, world.now),
      wakeAt: (at, wake) => wakeAt(at === null ? null : trueTimeOf(host.clock, at), wake),
    };
    const journal = createJournal(({ sentence }) => this.note(world.now, `${host.name}: ${sentence}`));
    const node = createNode({
      clock,
      transport,
      wire: createWire({ keys: null }),
      observe: (observation) => {
        for (const observer of this.#observers) observer(host, observation);
        journal.observe(observation);
      },
      serve: [{ policy: this.#policy(host, change), performer: this.#performer(host, deliver) }],
      onStopped: () => {
        this.note(world.now, `${host.name}: has left`);
        this.#end(host);
      },
    });
    const wakeUp = () => {
      const queued = mailbox.splice(0);
      for (const run of queued) deliver(run);
    };
    const die = () => {
      alive = false;
      wakeAt(null, () => {});
      void transport.close();
    };
    const process = {
      node,
      deliver,
      startedAt: world.now,
      pausedFor: null,
      paused: false,
      wakeUp,
      die,
    } as Process;
    return process;
  }

  #performer(host: Host, deliver: (run: () => void) => void): Performer {
    const { world, cloud } = this;
    return createSimPerformer({
      world,
      cloud,
      deliver,
      address: sharedAddress,
      machines: this.#machines,
      isMember: (address) => !this.#strangers.has(address),
      weather: host.api,
      who: host.name,
    });
  }

  #policy(host: Host, change: Partial<Policy>): Policy {
    const i = this.hosts?.indexOf(host) ?? 0;
    this.#lives += 1;
    const { description } = this.#all[i]!;
    const random = Math.floor(this.world.random() * 2 ** 32);
    const { associate, policy, priorities, grouped, quorum = false } = this.#options;
    const voters = change.quorum?.voters ?? (quorum ? this.#all.map(({ member }) => member.address) : []);
    const agreement = {
      resource: shared.key,
      voters,
      quorum,
      preempt: defaults.preempt,
      multi: associate === 'adds',
    };
    return {
      self: {
        node: description.node!,
        tag: nodeTag(description.node!),
        instance: description.instance,
        addresses: [host.address],
        epoch: { startedAt: this.#lives, random },
      },
      resource: shared,
      traits: { associate, fences: associate !== 'moves', settleMs: 0 },
      grouped: (grouped ?? false) && !isWitness(host),
      ...defaults,
      priority: priorities?.[i] ?? 10 * (i + 1),
      isolatedTakeoverAfterMs: isolatedTakeoverAfterMs({ associate }),
      quorum: quorum ? { voters } : null,
      witness: isWitness(host),
      checked: false,
      configDigest: configDigest(agreement),
      ...policy,
      ...change,
    };
  }
}

/** The one alarm of a process; most steps set it for the instant for which it is set already. */
function createAlarm(world: World, ring: (wake: () => void) => void): Clock['wakeAt'] {
  let setFor: number | null = null;
  let wake = () => {};
  const alarm = world.alarm(() => {
    setFor = null;
    ring(wake);
  });
  return (at, happen) => {
    wake = happen;
    if (at === setFor) return;
    setFor = at;
    alarm.set(at);
  };
}

/** Whether the host votes and never holds. */
export function isWitness({ instance }: Host): boolean {
  return instance === '';
}

function host({ description, member }: ApiMachine): Host {
  return {
    name: description.name!,
    address: member.address,
    instance: description.instance,
    api: fairApi(),
    clock: fairClock(),
    process: null,
  };
}

/** A witness runs elsewhere: no machine of the cloud, but a host with a name, an address and a node id. */
function witness(i: number): ApiMachine {
  const node = `cccccccccccc4ccc8ccc${i.toString(16).padStart(12, '0')}`;
  const [address, name] = [`10.9.0.${i}`, `w${i}`];
  return {
    description: { instance: '', node, name, state: 'running', addresses: [address] },
    member: { address, addresses: [address], name },
  };
}

function machine(i: number): ApiMachine {
  const hex = i.toString(16).padStart(12, '0');
  const instance = `11111111-2222-4333-8444-${hex}`;
  const node = `bbbbbbbbcccc4ddd8eee${hex}`;
  const address = `10.0.0.${i}`;
  const name = `lb${i}`;
  return {
    description: { instance, node, name, state: 'running', addresses: [address] },
    member: { address, addresses: [address], instance, node, name },
  };
}

function createCloud(options: ClusterOptions, machines: readonly ApiMachine[]): Cloud {
  return new Cloud({
    instances: machines.map(({ description, member }) => ({
      id: description.instance,
      name: description.name!,
      zone: 'virtual',
      groups: ['lb'],
      tags: [],
      state: 'running',
      nics: [{ id: description.node!, network: 'net', default: true, addresses: member.addresses }],
    })),
    addresses: [{ id: 'shared', ip: sharedAddress, zone: 'virtual', mode: options.associate }],
    oneActionAtATime: options.associate === 'moves',
  });
}
