import type { Cluster } from '../cluster.ts';

/** How well the address was served, from the moment it had a holder for the first time. All times in ms. */
export interface Service {
  /** When somebody held it for the first time; null: never. */
  readonly firstHeldAt: number | null;
  /** The cloud associated it with nobody. */
  readonly vacantMs: number;
  /** No machine that is associated with it runs and is on the network. */
  readonly unservedMs: number;
  readonly longestGap: { readonly ms: number; readonly at: number } | null;
  /** The cloud associated it with two machines or more. */
  readonly sharedMs: number;
  /** Two nodes or more said that they are active. */
  readonly twoActiveMs: number;
  /** How often it came to another machine. */
  readonly moves: number;
}

interface Instant {
  readonly at: number;
  readonly live?: ReadonlySet<string>;
  readonly active?: number;
  readonly holders?: readonly string[];
}

/** Watches a cluster. Whoever changes something that the cloud does not see calls `look`. */
export class ServiceMeter {
  readonly #cluster: Cluster;
  readonly #instants: Instant[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.look();
  }

  look(): void {
    const { world, hosts } = this.#cluster;
    const live = hosts.filter(
      (host) => host.process && !host.process.paused && !this.#isCutOff(host.address),
    );
    this.#instants.push({
      at: world.now,
      live: new Set(live.map(({ name }) => name)),
      active: this.#cluster.active().length,
    });
  }

  #isCutOff(address: string): boolean {
    const { network, hosts } = this.#cluster;
    const others = hosts.filter((other) => other.address !== address);
    return others.every(
      (other) => network.isCut(address, other.address) && network.isCut(other.address, address),
    );
  }

  reckon(): Service {
    const { world, cloud } = this.#cluster;
    cloud.advance(world.now);
    const changes = cloud.changes.map(({ at, holders }) => ({
      at,
      holders: holders.map((instance) => this.#cluster.nameOf(instance)),
    }));
    // The sort is stable: of one instant, what the cloud did comes first.
    const instants = [...changes, ...this.#instants].sort((a, b) => a.at - b.at);
    return add(instants, world.now, cloud.changes.filter(({ change }) => change === 'gained').length);
  }
}

function add(instants: readonly Instant[], end: number, gained: number): Service {
  const sums = { vacantMs: 0, unservedMs: 0, sharedMs: 0, twoActiveMs: 0 };
  let firstHeldAt: number | null = null;
  let longestGap: Service['longestGap'] = null;
  let gapSince: number | null = null;
  let now: Required<Omit<Instant, 'at'>> = { live: new Set(), active: 0, holders: [] };
  for (const [index, { at, ...change }] of instants.entries()) {
    now = { ...now, ...change };
    if (now.holders.length > 0) firstHeldAt ??= at;
    if (firstHeldAt === null) continue;
    const ms = (instants[index + 1]?.at ?? end) - at;
    const isServed = now.holders.some((name) => now.live.has(name));
    gapSince = isServed ? null : (gapSince ?? at);
    if (now.holders.length === 0) sums.vacantMs += ms;
    if (now.holders.length > 1) sums.sharedMs += ms;
    if (now.active > 1) sums.twoActiveMs += ms;
    if (gapSince === null) continue;
    sums.unservedMs += ms;
    const gap = at + ms - gapSince;
    if (gap > (longestGap?.ms ?? 0)) longestGap = { ms: gap, at: gapSince };
  }
  return { firstHeldAt, ...sums, longestGap, moves: Math.max(0, gained - 1) };
}
