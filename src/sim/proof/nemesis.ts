import type { Traits } from '../../core/index.ts';
import type { Cluster, ClusterOptions } from '../cluster.ts';
import { createWorld, type Random } from '../world.ts';
import { inflict } from './deeds.ts';
import { drawDeed } from './draws.ts';
import { type Trial, undergo } from './ordeal.ts';
import { type Conditions, meet, type Schedule, stormMs } from './schedule.ts';

/** Of two clocks one may run five per cent faster than the other: what a lease allows for. */
const clockError = 0.024;

/**
 * Chooses a group and its faults by the seed, lets it suffer for a minute and a half, heals it, and sees what comes of
 * it.
 */
export function trial(seed: number, force: Partial<ClusterOptions> = {}): Trial {
  const { options, storm } = fate(seed, force);
  return undergo(options, (cluster) => storm(cluster, cluster.world.random));
}

/** What a seed decides: a group, and a storm that draws from the chance that it is given and tells what it drew. */
export function fate(
  seed: number,
  force: Partial<ClusterOptions> = {},
): { options: ClusterOptions; storm: (cluster: Cluster, random: Random) => Omit<Schedule, 'options'> } {
  return { options: { ...choose(createWorld(seed ^ 0x5eed).random, seed, force), ...force }, storm };
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

function storm(cluster: Cluster, random: Random): Omit<Schedule, 'options'> {
  const { world } = cluster;
  const conditions = drawConditions(cluster.hosts.length, random);
  const deeds: Schedule['deeds'][number][] = [];
  meet(cluster, conditions);
  const end = world.now + stormMs;
  const strike = () => {
    if (world.now >= end) return;
    const deed = drawDeed(cluster, random);
    if (deed) {
      deeds.push({ at: world.now, ...deed });
      inflict(cluster, deed);
    }
    world.after(150 + random() * 4_500, strike);
  };
  world.after(random() * 6_000, strike);
  cluster.run(stormMs);
  return { ...conditions, deeds };
}

function drawConditions(hosts: number, random: Random): Conditions {
  const each = (draw: () => number) => Array.from({ length: hosts }, draw);
  const calm = random() < 0.3;
  const weather = {
    loss: calm ? 0 : random() * 0.3,
    duplication: random() * 0.1,
    delayMax: 1 + random() * (calm ? 5 : 200),
  };
  const error = random() < 0.5 ? 0 : clockError;
  const rates = each(() => 1 + (2 * random() - 1) * error);
  return { weather, rates, starts: each(() => random() * 3_000) };
}
