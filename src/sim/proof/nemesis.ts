import type { Traits } from '../../core/index.ts';
import { fairApi } from '../api.ts';
import { Cluster, type ClusterOptions, type Host } from '../cluster.ts';
import { createWorld, type Random } from '../world.ts';
import { deeds, isMisled } from './deeds.ts';
import { Invariants, type Violation } from './invariants.ts';

/** What one seed decided, and what came of it. */
export interface Trial {
  readonly seed: number;
  readonly options: ClusterOptions;
  readonly violations: readonly Violation[];
  /** Virtual ms from the end of all faults until one node held for good; null: never within the bound. */
  readonly convergedAfter: number | null;
  /** Virtual ms from a last crash of the holder until another one held alone, the dead one dissociated. */
  readonly replacedAfter: number | null;
  readonly steps: number;
  readonly virtualMs: number;
  readonly transcript: readonly string[];
}

/** Of two clocks one may run five per cent faster than the other: what a lease allows for. */
const clockError = 0.024;
const stormMs = 90_000;
/** Back-off and yield are at most 300 s; then hold-off, takeover and one reconciliation follow. */
const boundMs = 480_000;
/** Longer than a reconciliation. */
const stableMs = 40_000;

/** Chooses a group and its faults by the seed, lets it suffer for a minute and a half, heals it, and sees what comes of it. */
export function trial(seed: number, force: Partial<ClusterOptions> = {}): Trial {
  const options = { ...choose(createWorld(seed ^ 0x5eed).random, seed, force), ...force };
  const invariants = new Invariants();
  const cluster = new Cluster(options);
  invariants.attach(cluster);
  storm(cluster);
  heal(cluster);
  return {
    seed,
    options,
    violations: invariants.violations,
    ...settlement(cluster),
    steps: cluster.world.steps,
    virtualMs: cluster.world.now,
    transcript: cluster.transcript,
  };
}

function choose(random: Random, seed: number, force: Partial<ClusterOptions>): ClusterOptions {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const nodes = pick([2, 2, 3, 3, 4]);
  const equal = random() < 0.2;
  const quorum = random() < 0.25;
  return {
    seed,
    nodes,
    associate: pick<Traits['associate']>(['adds', 'moves', 'refusedWhileHeld']),
    grouped: random() < 0.5,
    quorum,
    ...((force.quorum ?? quorum) && { witnesses: nodes % 2 === 0 ? 1 : 0 }),
    ...(equal && { priorities: Array.from({ length: nodes }, () => 10) }),
    policy: {
      // Short intervals are rare: they cost five times as many events.
      intervalMs: pick([1000, 1000, 1000, 1000, 1000, 1000, 500, 200]),
      deadRatio: pick([2, 3, 3, 5]),
      preempt: random() < 0.7,
      onStop: pick(['handover', 'handover', 'release', 'keep'] as const),
      crashGraceMs: pick([0, 0, 1000]),
    },
  };
}

function storm(cluster: Cluster): void {
  const { world, network } = cluster;
  const calm = world.random() < 0.3;
  network.weather.loss = calm ? 0 : world.random() * 0.3;
  network.weather.duplication = world.random() * 0.1;
  network.weather.delayMax = 1 + world.random() * (calm ? 5 : 200);
  const rates = world.random() < 0.5 ? 0 : clockError;
  for (const { clock } of cluster.hosts) clock.rate = 1 + (2 * world.random() - 1) * rates;
  for (const host of cluster.hosts) world.after(world.random() * 3_000, () => cluster.start(host));
  const end = world.now + stormMs;
  const strike = () => {
    if (world.now >= end) return;
    const host = cluster.hosts[Math.floor(world.random() * cluster.hosts.length)]!;
    const deed = deeds[Math.floor(world.random() * deeds.length)]!;
    deed(cluster, host);
    world.after(150 + world.random() * 4_500, strike);
  };
  world.after(world.random() * 6_000, strike);
  cluster.run(stormMs);
}

function heal(cluster: Cluster): void {
  const { network, world } = cluster;
  cluster.note(world.now, 'all faults end');
  network.healAll();
  Object.assign(network.weather, { loss: 0, duplication: 0, delayMax: 2 });
  for (const host of cluster.hosts) {
    Object.assign(host.api, fairApi());
    cluster.resume(host);
    cluster.tell(host, { kind: 'health', ok: true });
    cluster.command(host, { kind: 'rejoin' });
    cluster.list(host, true);
    if (isMisled(host)) cluster.kill(host);
  }
  cluster.run(12_000);
  for (const host of cluster.hosts) cluster.start(host);
  // Who asked for the members while somebody was none of them asks again after a minute.
  const isLost = (host: Host) => (cluster.state(host)?.peers.length ?? 0) < cluster.hosts.length - 1;
  for (let s = 0; s < 70 && (s < 5 || cluster.hosts.some(isLost)); s++) cluster.run(1_000);
}

/** What must come of a group without faults: one holder for good, and another one soon after that one has crashed. */
export function settlement(cluster: Cluster): Pick<Trial, 'convergedAfter' | 'replacedAfter'> {
  const convergedAfter = convergence(cluster);
  return { convergedAfter, replacedAfter: convergedAfter === null ? null : drill(cluster) };
}

/** One node active, the same one the only holder, and nothing changes any more. */
function convergence(cluster: Cluster): number | null {
  const { world } = cluster;
  const begin = world.now;
  let since: number | null = null;
  let before = '';
  while (world.now - begin < boundMs) {
    cluster.run(500);
    const now = [...cluster.active(), '|', ...cluster.holders()].join(' ');
    const settled = cluster.active().length === 1 && cluster.holders().join() === cluster.active().join();
    if (!settled || now !== before) since = settled ? world.now : null;
    before = now;
    if (since !== null && world.now - since >= stableMs) return since - begin;
  }
  return null;
}

/** Dead interval, rank steps, fence delay and its spacing, and the calls: generous, and yet far below a reconciliation. */
const replacementMs = 25_000;

/** The holder crashes for good: another must hold, and the dead one must hold no more. */
function drill(cluster: Cluster): number | null {
  const begin = cluster.world.now;
  const holder = cluster.hosts.find((host) => host.name === cluster.active()[0])!;
  cluster.kill(holder);
  while (cluster.world.now - begin < replacementMs) {
    cluster.run(100);
    const [only, ...more] = cluster.holders();
    if (more.length === 0 && only !== holder.name && cluster.active().join() === only)
      return cluster.world.now - begin;
  }
  return null;
}
