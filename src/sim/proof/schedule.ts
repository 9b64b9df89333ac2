import type { Cluster, ClusterOptions } from '../cluster.ts';
import type { Weather } from '../network.ts';
import type { Random } from '../world.ts';
import { type Deed, inflict } from './deeds.ts';
import { type Trial, undergo } from './ordeal.ts';

/** How a group begins: what its network is like, how fast its clocks run, and when its processes start. By host. */
export interface Conditions {
  readonly weather: Pick<Weather, 'loss' | 'duplication' | 'delayMax'>;
  /** Milliseconds of its clocks per true one. */
  readonly rates: readonly number[];
  readonly starts: readonly number[];
}

/**
 * The faults of one trial as plain data. The nemesis draws nothing when they are replayed, so they stay the same
 * whatever becomes of it; `options.seed` decides only what the network and the cloud do by chance.
 */
export interface Schedule extends Conditions {
  readonly options: ClusterOptions;
  readonly deeds: readonly (Deed & { readonly at: number })[];
  /** Places in that chance, from 0, whose numbers fell to the nemesis: left out, all others have what they had. */
  readonly skips?: readonly number[];
}

/** How long the faults last. */
export const stormMs = 90_000;

export function replaySchedule(schedule: Schedule): Trial {
  return undergo(schedule.options, (cluster) => befall(cluster, schedule));
}

/** Lets those faults happen. */
export function befall(cluster: Cluster, { deeds, skips, ...conditions }: Omit<Schedule, 'options'>): void {
  if (skips) Object.assign(cluster.world, { random: without(cluster.world.random, skips) });
  meet(cluster, conditions);
  for (const { at, ...deed } of deeds) cluster.world.at(at, () => inflict(cluster, deed as Deed));
  cluster.run(stormMs);
}

function without(random: Random, skips: readonly number[]): Random {
  const skipped = new Set(skips);
  let place = 0;
  return () => {
    for (; skipped.has(place); place++) random();
    place += 1;
    return random();
  };
}

/** Sets the weather and the clocks, and lets each host start at its time. */
export function meet(cluster: Cluster, { weather, rates, starts }: Conditions): void {
  const { world, network, hosts } = cluster;
  Object.assign(network.weather, weather);
  for (const [i, host] of hosts.entries()) {
    host.clock.rate = rates[i]!;
    world.after(starts[i]!, () => cluster.start(host));
  }
}
