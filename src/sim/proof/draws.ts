import type { Policy } from '../../core/index.ts';
import { fairApi } from '../api.ts';
import { type Cluster, type Host, isWitness, sharedAddress } from '../cluster.ts';
import type { Random } from '../world.ts';
import { type Deed, isMisled } from './deeds.ts';

/**
 * Deeds by chance. Their order, and that of the draws in each, are what a seed means: a change here makes another
 * trial of every seed.
 */
type Draw = (cluster: Cluster, host: Host, random: Random) => Deed | null;

const hour = 3_600_000;

function oneOf<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!;
}

function other({ hosts }: Cluster, host: Host, random: Random): Host {
  return oneOf(
    random,
    hosts.filter((one) => one !== host),
  );
}

const processes: readonly Draw[] = [
  (_cluster, { name }) => ({ kind: 'kill', who: name }),
  (_cluster, { name }) => ({ kind: 'start', who: name }),
  (_cluster, { name }) => ({ kind: 'start', who: name }),
  (_cluster, { name }, random) => ({ kind: 'restart', who: name, afterMs: 100 + random() * 1_000 }),
  (_cluster, { name }, random) => ({ kind: 'pause', who: name, counting: 'all', forMs: random() * 10_000 }),
  (_cluster, { name }, random) => {
    const counting = oneOf(random, ['boot', 'none'] as const);
    return { kind: 'pause', who: name, counting, forMs: random() * 10_000 };
  },
  (_cluster, { name }, random) => ({ kind: 'set clock', who: name, byMs: oneOf(random, [hour, -hour]) }),
];

const links: readonly Draw[] = [
  (cluster, host, random) => ({ kind: 'cut', from: host.name, to: other(cluster, host, random).name }),
  (cluster, host, random) => ({
    kind: 'cut',
    from: host.name,
    to: other(cluster, host, random).name,
    both: true,
  }),
  (_cluster, { name }) => ({ kind: 'isolate', who: name }),
  (cluster, host, random) => ({
    kind: 'slow',
    from: host.name,
    to: other(cluster, host, random).name,
    // Up to a little more than the usual dead interval.
    ms: random() * 3_500,
  }),
  () => ({ kind: 'heal links' }),
  () => ({ kind: 'heal links' }),
];

const orders: readonly Draw[] = [
  (_cluster, { name }) => ({ kind: 'drain', who: name }),
  (_cluster, { name }, random) => ({ kind: 'health', who: name, ok: random() < 0.5 }),
  (_cluster, { name }, random) => ({ kind: 'priority', who: name, shift: random() < 0.5 ? 1 : -1 }),
  handOver,
  mislead,
  comeOrGo,
];

const apis: readonly Draw[] = [
  (_cluster, { name, api }) => ({ kind: 'api', who: name, weather: { down: !api.down } }),
  (_cluster, { name }, random) => ({
    kind: 'api',
    who: name,
    weather: {
      hang: random() * 0.2,
      fail: random() * 0.3,
      failAfterActing: random() * 0.3,
      operationMs: random() * (random() < 0.2 ? 25_000 : 12_000),
    },
  }),
  (_cluster, { name }, random) => ({
    kind: 'api',
    who: name,
    weather: { late: random() * 0.3, lost: random() * 0.3 },
  }),
  (_cluster, { name }) => ({ kind: 'api', who: name, weather: fairApi() }),
];

const draws: readonly Draw[] = [...processes, ...links, ...orders, ...apis];

/** A deed to one host; null: nothing, for such a deed to this host makes no sense now. */
export function drawDeed(cluster: Cluster, random: Random): Deed | null {
  const host = oneOf(random, cluster.hosts);
  return oneOf(random, draws)(cluster, host, random);
}

/** `ha-ip handover`, to somebody or to the best. It takes part again after a while, if it is not told to before. */
function handOver(cluster: Cluster, host: Host, random: Random): Deed {
  const who = host.name;
  const to = random() < 0.5 ? other(cluster, host, random).name : null;
  return random() < 0.3 ? { kind: 'rejoin', who } : { kind: 'hand over', who, to, forMs: random() * 60_000 };
}

function comeOrGo(cluster: Cluster, host: Host): Deed | null {
  if (isWitness(host)) return null;
  const isMember = cluster.members().some(({ address }) => address === host.address);
  return { kind: isMember ? 'leave group' : 'join group', who: host.name };
}

/** One at a time. */
function mislead(cluster: Cluster, host: Host, random: Random): Deed | null {
  if (cluster.hosts.some(isMisled)) return null;
  const voters = cluster.hosts.map(({ address }) => address);
  const { quorum } = host.process?.node.policy(sharedAddress) ?? {};
  const change = oneOf<Partial<Policy>>(random, [
    { intervalMs: oneOf(random, [200, 500, 2_000]) },
    { priority: 5 },
    quorum ? { quorum: { voters: voters.slice(1) } } : { preempt: random() < 0.5 },
  ]);
  return { kind: 'mislead', who: host.name, change };
}
