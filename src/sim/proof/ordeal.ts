import { fairApi } from '../api.ts';
import { Cluster, type ClusterOptions, type Host } from '../cluster.ts';
import { isMisled } from './deeds.ts';
import { Invariants, type Violation } from './invariants.ts';

/** What came of a group that suffered. */
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

/** Back-off and yield are at most 300 s; then hold-off, takeover and one reconciliation follow. */
const boundMs = 480_000;
/** Longer than a reconciliation. */
const stableMs = 40_000;

/** Lets a group suffer, from its beginning on; heals it, and sees what comes of it. */
export function undergo(options: ClusterOptions, storm: (cluster: Cluster) => void): Trial {
  const invariants = new Invariants();
  const cluster = new Cluster(options);
  invariants.attach(cluster);
  storm(cluster);
  heal(cluster);
  return {
    seed: options.seed,
    options,
    violations: invariants.violations,
    ...settlement(cluster),
    steps: cluster.world.steps,
    virtualMs: cluster.world.now,
    transcript: cluster.transcript,
  };
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
  // Who was leaving when the faults ended may take its time, and is started when it has left. Who asked for the members
  // while somebody was none of them asks again after a minute.
  const isLost = (host: Host) => (cluster.state(host)?.peers.length ?? 0) < cluster.hosts.length - 1;
  const isLeaving = (host: Host) => cluster.state(host)?.leaving ?? false;
  const isWhole = () => !cluster.hosts.some((host) => isLost(host) || isLeaving(host));
  for (let s = 0; s < 70 && (s < 5 || !isWhole()); s++) {
    for (const host of cluster.hosts) cluster.start(host);
    cluster.run(1_000);
  }
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

/** Dead interval, rank steps, fence delay and its spacing, and the calls: generous, yet far below a reconciliation. */
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
