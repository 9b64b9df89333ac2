import { burst, defaults, guard, type Policy, type Report, tick } from '../../core/index.ts';
import type { Observation } from '../../ports/observation.ts';
import { addressBytes16 } from '../../wire/address.ts';
import { layout } from '../../wire/layout.ts';
import { Cluster, type ClusterOptions, type Host, sharedAddress } from '../cluster.ts';
import { judgedBy } from './plan.ts';

/**
 * How often a living peer is taken for dead because datagrams are lost, each independently of the others. Real losses
 * come in bursts, and an outage longer than D always counts: D must be longer than the longest that is to be endured.
 */
type Timing = Pick<Policy, 'intervalMs' | 'deadRatio'>;

/**
 * Mean time between two false deaths on one link, by theory: a heartbeat arrives and the r after it are lost, which
 * has the probability (1−p)·p^r. The guard keeps the deadline behind the r-th; ms, for ever without loss.
 */
export function betweenFalseDeaths({ intervalMs, deadRatio }: Timing, loss: number): number {
  return intervalMs / ((1 - loss) * loss ** deadRatio);
}

/** The same if the deadline were exactly r·I: it would race the r-th heartbeat and lose half of the time. */
export function withoutGuard(timing: Timing, loss: number): number {
  const one = 1 / betweenFalseDeaths(timing, loss);
  const less = 1 / betweenFalseDeaths({ ...timing, deadRatio: timing.deadRatio - 1 }, loss);
  return 2 / (one + less);
}

/**
 * The same among nodes of ha-ip: who misses all but one asks (R1, PROBE), and again every I/5 until D; one question and
 * its answer, (1−p)² each, is enough.
 */
export function withQuestions(timing: Timing, loss: number): number {
  return betweenFalseDeaths(timing, loss) / (1 - (1 - loss) ** 2) ** questions(timing);
}

/** Questions that fit between the first doubt and D. Asked at ticks; a heartbeat of the asker's own replaces one. */
function questions(timing: Timing): number {
  const policy = timing as Policy;
  const window = policy.intervalMs - guard(policy) / 2;
  const step = tick(policy);
  const spacing = Math.ceil(policy.intervalMs / 5 / step) * step;
  return Math.floor((window - step) / spacing);
}

/** The same between a holder and its two best backups, which exchange datagrams every B: so many must be lost. */
export function withBursts(timing: Timing, loss: number): number {
  const between = burst(timing as Policy);
  const beats = Math.floor(judgedBy(timing) / between);
  return between / ((1 - loss) * loss ** beats);
}

/**
 * plain: from a peer that only beats, as exoip does · standbys: between two backups · holder: from a holder to its two
 * best backups, the only link on which a false death may move the address
 */
export const links = ['plain', 'standbys', 'holder'] as const;
export type Link = (typeof links)[number];

/** On how many links for how long a living peer was watched, and how often it was taken for dead. */
export interface Tally {
  deaths: number;
  linkMs: number;
}

export interface Counted {
  readonly tallies: Readonly<Record<Link, Tally>>;
  /** Calls of the API by one node in an hour. */
  readonly callsPerHour: { readonly holder: number; readonly backup: number };
  /** How often the address moved, though nobody was ill. */
  readonly moves: number;
}

export interface CountOptions extends ClusterOptions {
  readonly loss: number;
  readonly forMs: number;
  /** With one more peer that only beats. */
  readonly plain: boolean;
}

/** Nothing happens to the group but the loss of datagrams; it is watched from the time when one holds. */
export function count(options: CountOptions, onProgress: (share: number) => void = () => {}): Counted {
  const watched = new Watched(options);
  watched.settle();
  watched.run(onProgress);
  return watched.counted();
}

class Watched {
  readonly #cluster: Cluster;
  readonly #options: CountOptions;
  readonly #plain: Host | null;
  readonly #tallies: Record<Link, Tally>;
  readonly #calls = { holder: 0, backup: 0 };
  #since = Number.POSITIVE_INFINITY;
  #moves = 0;

  constructor(options: CountOptions) {
    this.#options = options;
    const nodes = options.nodes + (options.plain ? 1 : 0);
    this.#cluster = new Cluster({ ...options, nodes });
    this.#cluster.subscribe((host, told) => this.#observe(host, told));
    this.#plain = options.plain ? this.#cluster.hosts.at(-1)! : null;
    this.#tallies = { plain: nothing(), standbys: nothing(), holder: nothing() };
  }

  settle(): void {
    const cluster = this.#cluster;
    const { intervalMs } = settings(this.#options);
    for (const host of cluster.hosts) {
      const start = () => (host === this.#plain ? beat(cluster, host, intervalMs) : cluster.start(host));
      cluster.world.after(cluster.world.random() * intervalMs, start);
    }
    cluster.run(120_000 + 10 * intervalMs);
    cluster.network.weather.loss = this.#options.loss;
    this.#since = cluster.world.now;
    this.#moves = cluster.cloud.changes.length;
  }

  run(onProgress: (share: number) => void): void {
    const { forMs } = this.#options;
    const slices = 100;
    for (let slice = 1; slice <= slices; slice++) {
      this.#cluster.run(forMs / slices);
      onProgress(slice / slices);
    }
  }

  #observe(host: Host, told: Observation): void {
    if (told.kind === 'report') this.#note(host, told.report);
    else if (told.kind === 'call' && told.change === 'started') this.#noteCall(host);
  }

  #note(observer: Host, report: Report): void {
    if (report.kind !== 'peer' || report.change !== 'silent' || this.#cluster.world.now < this.#since) return;
    const peer = this.#cluster.hosts.find((host) => report.peer.startsWith(`${host.name} `));
    const link = peer && this.#link(peer, observer);
    if (link) this.#tallies[link].deaths += 1;
  }

  /** What datagrams from one to the other are; null: of none of the kinds that are told apart. */
  #link(from: Host, to: Host): Link | null {
    if (from === this.#plain) return 'plain';
    if (to === this.#plain) return null;
    const holder = this.#holder();
    if (from === holder) return this.#cluster.hosts.indexOf(to) <= 2 ? 'holder' : null;
    return to === holder ? null : 'standbys';
  }

  #holder(): Host | undefined {
    const [name] = this.#cluster.active();
    return this.#cluster.hosts.find((host) => host.name === name);
  }

  #noteCall(host: Host): void {
    if (this.#cluster.world.now < this.#since) return;
    this.#calls[host === this.#holder() ? 'holder' : 'backup'] += 1;
  }

  counted(): Counted {
    const { nodes, forMs } = this.#options;
    const numbers = {
      plain: this.#plain ? nodes : 0,
      standbys: (nodes - 1) * (nodes - 2),
      holder: Math.min(2, nodes - 1),
    };
    const tally = (link: Link) => ({ ...this.#tallies[link], linkMs: numbers[link] * forMs });
    const hours = forMs / 3_600_000;
    const moved = this.#cluster.cloud.changes.slice(this.#moves).filter(({ change }) => change === 'gained');
    return {
      tallies: { plain: tally('plain'), standbys: tally('standbys'), holder: tally('holder') },
      callsPerHour: { holder: this.#calls.holder / hours, backup: this.#calls.backup / hours / (nodes - 1) },
      moves: moved.length,
    };
  }
}

const nothing = (): Tally => ({ deaths: 0, linkMs: 0 });

function settings(options: ClusterOptions): Timing {
  return { ...defaults, ...options.policy };
}

/** Heartbeats of exoip, at priority 255: it has resigned, and the others hold. */
function beat(cluster: Cluster, host: Host, intervalMs: number): void {
  const socket = cluster.network.attach(host.address, (run) => run());
  const bytes = new Uint8Array(24);
  bytes.set([0x02, 0x01, 255, 255, ...addressBytes16(sharedAddress).slice(12)]);
  bytes.fill(0xee, layout.node[0], layout.node[0] + 16);
  const send = () => {
    for (const other of cluster.hosts) if (other !== host) socket.send(bytes, other.address);
    cluster.world.after(intervalMs, send);
  };
  send();
}
