import type { Policy } from '../../core/index.ts';
import type { ApiWeather } from '../api.ts';
import type { Cluster, Host, Process } from '../cluster.ts';
import type { Counting } from '../host-clock.ts';

/** What is done to a group while it suffers, as plain data: hosts by their names, instants and durations in ms. */
export type Deed =
  | { readonly kind: 'kill' | 'start' | 'isolate'; readonly who: string }
  | { readonly kind: 'restart'; readonly who: string; readonly afterMs: number }
  | { readonly kind: 'pause'; readonly who: string; readonly counting: Counting; readonly forMs: number }
  | { readonly kind: 'set clock'; readonly who: string; readonly byMs: number }
  | { readonly kind: 'cut'; readonly from: string; readonly to: string; readonly both?: true }
  | { readonly kind: 'slow'; readonly from: string; readonly to: string; readonly ms: number }
  | { readonly kind: 'heal links' }
  | { readonly kind: 'drain' | 'rejoin'; readonly who: string }
  | { readonly kind: 'health'; readonly who: string; readonly ok: boolean }
  | { readonly kind: 'priority'; readonly who: string; readonly shift: 1 | -1 }
  /** To nobody: to the best. */
  | { readonly kind: 'hand over'; readonly who: string; readonly to: string | null; readonly forMs: number }
  /** Starts again with settings of its own: another interval, another priority, other voters. */
  | { readonly kind: 'mislead'; readonly who: string; readonly change: Partial<Policy> }
  /** A member leaves the group and goes, or comes to it. */
  | { readonly kind: 'leave group' | 'join group'; readonly who: string }
  | { readonly kind: 'api'; readonly who: string; readonly weather: Partial<ApiWeather> };

/** Does it now. What a deed brings later, as the end of a pause, comes by itself. */
export function inflict(cluster: Cluster, deed: Deed): void {
  switch (deed.kind) {
    case 'cut':
    case 'slow':
    case 'heal links':
      return onLinks(cluster, deed);
    default:
      return onHost(cluster, hostNamed(cluster, deed.who), deed);
  }
}

function hostNamed({ hosts }: Cluster, name: string): Host {
  const host = hosts.find((one) => one.name === name);
  if (!host)
    throw new Error(`deed: expected a host of ${hosts.map((one) => one.name).join(', ')}, got ${name}`);
  return host;
}

type Linked = Extract<Deed, { kind: 'cut' | 'slow' | 'heal links' }>;

function onLinks(cluster: Cluster, deed: Linked): void {
  const { network } = cluster;
  if (deed.kind === 'heal links') return network.healAll();
  const [from, to] = [deed.from, deed.to].map((name) => hostNamed(cluster, name).address) as [string, string];
  if (deed.kind === 'slow') return network.slow(from, to, deed.ms);
  network.cut(from, to);
  if (deed.both) network.cut(to, from);
}

function onHost(cluster: Cluster, host: Host, deed: Exclude<Deed, Linked>): void {
  switch (deed.kind) {
    case 'kill':
      return cluster.kill(host);
    case 'start':
      return cluster.start(host);
    case 'restart':
      cluster.kill(host);
      cluster.world.after(deed.afterMs, () => cluster.start(host));
      return;
    case 'pause':
      cluster.pause(host, deed.counting);
      cluster.world.after(deed.forMs, () => cluster.resume(host));
      return;
    case 'set clock':
      host.clock.wallStep += deed.byMs;
      return;
    case 'isolate':
      return cluster.isolate(host);
    case 'api':
      Object.assign(host.api, deed.weather);
      return;
    case 'mislead':
      return mislead(cluster, host, deed.change);
    default:
      return order(cluster, host, deed);
  }
}

type Order = Extract<
  Deed,
  { kind: 'drain' | 'rejoin' | 'health' | 'priority' | 'hand over' | 'leave group' | 'join group' }
>;

function order(cluster: Cluster, host: Host, deed: Order): void {
  switch (deed.kind) {
    case 'drain':
    case 'rejoin':
      return cluster.command(host, { kind: deed.kind });
    case 'health':
      return cluster.tell(host, { kind: 'health', ok: deed.ok });
    case 'priority':
      return cluster.command(host, { kind: 'priority', shift: deed.shift });
    case 'hand over': {
      const to = deed.to === null ? null : hostNamed(cluster, deed.to).address;
      return cluster.command(host, { kind: 'handover', to, forMs: deed.forMs });
    }
    case 'leave group':
      cluster.list(host, false);
      return cluster.command(host, { kind: 'drain' });
    case 'join group':
      cluster.list(host, true);
      return cluster.start(host);
  }
}

const misled = new WeakSet<Process>();

/** Whether its process runs with settings that are not the group's. */
export function isMisled({ process }: Host): boolean {
  return process !== null && misled.has(process);
}

function mislead(cluster: Cluster, host: Host, change: Partial<Policy>): void {
  cluster.kill(host);
  cluster.start(host, change);
  misled.add(host.process!);
}
