import type { Report } from '../../core/index.ts';
import { Cluster, type ClusterOptions, type Host } from '../cluster.ts';
import { Invariants, type Violation } from '../proof/invariants.ts';
import {
  boundOf,
  type Circumstances,
  type GroupSettings,
  type PlannedEvent,
  restartMs,
  sum,
} from './plan.ts';

/** A group, and what is done to it once. */
export interface DrillOptions extends Circumstances {
  readonly policy: GroupSettings;
  /** Probability of loss of each datagram. */
  readonly loss: number;
}

export interface Drilled {
  /** From the event until the successor begins to take over; of a restart: until the holder holds again. */
  readonly claimMs: number;
  /** From the event until the cloud gives the address to the successor; null: it stayed where it was. */
  readonly movedMs: number | null;
  /** From the event until the successor has read that it holds the address; null: as above. */
  readonly sureMs: number | null;
  readonly violations: readonly Violation[];
}

/** Lets a group settle, does the event to it, at any moment of an interval, and measures. Null: it never ended. */
export function drill(event: PlannedEvent, options: DrillOptions, seed: number): Drilled | null {
  const drilled = new Drill(event, options, seed);
  if (!drilled.settle()) return null;
  return drilled.perform(event);
}

class Drill {
  readonly #cluster: Cluster;
  readonly #invariants = new Invariants();
  readonly #options: DrillOptions;
  /** When each node last began to take over, and last became active. */
  readonly #began = new Map<string, number>();
  readonly #held = new Map<string, number>();

  constructor(event: PlannedEvent, options: DrillOptions, seed: number) {
    this.#options = options;
    this.#cluster = new Cluster(clusterOptions(event, options, seed));
    this.#invariants.attach(this.#cluster);
    this.#cluster.subscribe((host, told) => {
      if (told.kind === 'report') this.#note(host, told.report);
    });
    const { network, hosts } = this.#cluster;
    Object.assign(network.weather, { delayMin: options.delay.min, delayMax: options.delay.max });
    for (const { api } of hosts)
      Object.assign(api, {
        latencyMin: options.apiMs,
        latencyMax: options.apiMs,
        operationMs: options.operationMs,
      });
  }

  #note(host: Host, report: Report): void {
    if (report.kind !== 'role') return;
    if (report.to === 'taking over') this.#began.set(host.name, this.#cluster.world.now);
    if (report.to === 'active') this.#held.set(host.name, this.#cluster.world.now);
  }

  /** The nodes start one after the other, so that they do not beat in step; some node holds alone. */
  settle(): boolean {
    const { world, hosts, network } = this.#cluster;
    const { intervalMs } = this.#options.policy;
    for (const host of hosts) world.after(world.random() * intervalMs, () => this.#cluster.start(host));
    if (!this.#until(120_000, () => this.#holder() !== null)) return false;
    network.weather.loss = this.#options.loss;
    this.#cluster.run((3 + world.random()) * intervalMs + 1_000);
    return this.#until(120_000, () => this.#holder() !== null);
  }

  #holder(): Host | null {
    const [name, ...more] = this.#cluster.active();
    if (more.length > 0 || this.#cluster.holders().join() !== name) return null;
    return this.#cluster.hosts.find((host) => host.name === name) ?? null;
  }

  #until(limitMs: number, so: () => boolean): boolean {
    const { world } = this.#cluster;
    for (const end = world.now + limitMs; world.now < end; ) {
      if (so()) return true;
      this.#cluster.run(25);
    }
    return so();
  }

  perform(event: PlannedEvent): Drilled | null {
    const holder = this.#holder()!;
    const at = this.#cluster.world.now;
    const changes = this.#cluster.cloud.changes.length;
    this.#do(event, holder);
    const gained = () => this.#cluster.cloud.changes.slice(changes).find(({ change }) => change === 'gained');
    const heldSince = (name: string | undefined) => (name && this.#held.get(name)) || 0;
    const successor = () => gained() && this.#cluster.nameOf(gained()!.instance);
    const isOver = () =>
      heldSince(successor()) > at || (event === 'restarted' && heldSince(holder.name) > at);
    if (!this.#until(this.#limit(event), isOver)) return null;
    const [gain, name] = [gained(), successor()];
    const { violations } = this.#invariants;
    if (!gain || !name)
      return { claimMs: heldSince(holder.name) - at, movedMs: null, sureMs: null, violations };
    const began = this.#began.get(name) ?? gain.at;
    return { claimMs: began - at, movedMs: gain.at - at, sureMs: heldSince(name) - at, violations };
  }

  /** Generous, for losses. */
  #limit(event: PlannedEvent): number {
    const bound = boundOf(event, this.#options);
    const expected = bound === null ? 0 : sum(bound.claim).worst + sum(bound.move).worst;
    return 3 * expected + 120_000;
  }

  #do(event: PlannedEvent, holder: Host): void {
    const cluster = this.#cluster;
    switch (event) {
      case 'killed':
        return cluster.kill(holder);
      case 'silent':
        cluster.isolate(holder);
        holder.api.down = true;
        return;
      case 'paused':
        return cluster.pause(holder);
      case 'stopped':
        return cluster.command(holder, { kind: 'drain' });
      case 'restarted':
        cluster.command(holder, { kind: 'drain' });
        return this.#startAgain(holder);
      case 'candidate':
        nextBest(cluster, holder).api.down = true;
        return cluster.kill(holder);
    }
  }

  /** As a service manager does it: a while after the process has ended. */
  #startAgain(holder: Host): void {
    const { world } = this.#cluster;
    const look = () => {
      if (holder.process) world.after(1, look);
      else world.after(restartMs, () => this.#cluster.start(holder));
    };
    world.after(1, look);
  }
}

/** Nodes are numbered from the best to the worst. */
function nextBest({ hosts }: Cluster, holder: Host): Host {
  return hosts.find((host) => host !== holder)!;
}

/**
 * In its steady state a node knows whose machine every instance is. The cloud's list of members tells it at once, so
 * that a drill need not wait a minute for it; a restart needs no such knowledge, and is done as the settings say.
 */
function clusterOptions(event: PlannedEvent, options: DrillOptions, seed: number): ClusterOptions {
  const { nodes, associate, policy, quorum, witnesses } = options;
  const grouped = options.grouped || event !== 'restarted';
  return {
    seed,
    nodes,
    associate,
    grouped,
    quorum,
    witnesses,
    policy: { ...policy, onStop: onStop(event, policy) },
  };
}

function onStop(event: PlannedEvent, policy: GroupSettings): GroupSettings['onStop'] {
  if (event === 'restarted') return 'keep';
  return policy.onStop === 'keep' ? 'handover' : policy.onStop;
}
