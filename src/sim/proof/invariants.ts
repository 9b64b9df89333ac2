import {
  type Call,
  deadInterval,
  type FullAdvertisement,
  type IpAddress,
  type Policy,
  type State,
} from '../../core/index.ts';
import type { Observation } from '../../ports/observation.ts';
import { uint32 } from '../../wire/bytes.ts';
import { exoipLength, layout } from '../../wire/layout.ts';
import { createWire } from '../../wire/wire.ts';
import type { HolderChange } from '../cloud.ts';
import { type Cluster, type Host, type ObserveHost, sharedAddress } from '../cluster.ts';
import { readClock } from '../host-clock.ts';
import { Links } from '../links.ts';
import {
  afterAbort,
  afterCall,
  afterSettlement,
  type Caller,
  emptied,
  type Finding,
  faultsOfCall,
  type Heard,
  isBacked,
  isClaim,
  isDelayed,
  isHolding,
  isLeased,
  isReplay,
  type Life,
  newLife,
  secondLease,
  unbackedHold,
  unconfirmedHold,
  type Watched,
} from './rules.ts';

/**
 * What must never happen, checked from outside: from the datagrams that were delivered and the calls that were made,
 * and from the node's own words only where the rule is about them. What is a violation says rules.ts; here is kept
 * what each process was seen to do, and what only the cluster knows (S1').
 */
export interface Violation {
  readonly at: number;
  readonly rule: string;
  readonly host: string;
  readonly what: string;
}

/** The record of one process. What it hears comes too often to be copied: both tables are those of `life`, and grow. */
interface Watching {
  readonly process: unknown;
  readonly heard: Map<IpAddress, Datagram>;
  readonly newest: Map<IpAddress, { random: number; sequence: number; lives: Set<number> }>;
  life: Life;
}

type CallObservation = Observation & { readonly kind: 'call' };

const never = Number.NEGATIVE_INFINITY;

export class Invariants {
  readonly violations: Violation[] = [];
  readonly #watching = new Map<Host, Watching>();
  /** By directed link: when which datagram (life and sequence) was sent. */
  readonly #sent = new Links(() => new LastSent());
  #cluster: Cluster | null = null;

  attach(cluster: Cluster): void {
    this.#cluster = cluster;
    cluster.subscribe(this.observe);
    const tick = () => {
      for (const host of cluster.hosts) {
        this.#checkConfirmation(host);
        this.#checkBacking(host);
      }
      cluster.world.after(1_000, tick);
    };
    tick();
    cluster.cloud.onChange((change) => this.#checkEmptied(change));
  }

  /** What the nodes of the cluster tell. */
  readonly observe: ObserveHost = (host, told) => {
    if (told.kind === 'datagram') {
      if (told.way === 'out') this.#onSend(host, told.bytes, told.to);
      else this.#onDelivery(host, told.bytes, told.from);
    } else if (told.kind === 'call') this.#onCall(host, told);
  };

  #say(rule: string, host: Host, what: string): void {
    const at = this.#cluster!.world.now;
    this.violations.push({ at, rule, host: host.name, what });
    this.#cluster!.note(at, `VIOLATION ${rule} by ${host.name}: ${what}`);
  }

  #report(host: Host, findings: readonly Finding[]): void {
    for (const { rule, what } of findings) this.#say(rule, host, what);
  }

  /** The host's own monotonic clock: rules about durations hold by the clock of whom they bind. */
  #clock(host: Host): number {
    return readClock(host.clock, this.#cluster!.world.now).mono;
  }

  /** What that clock counts since a true instant, or more if the machine was suspended. */
  #since(host: Host, instant: number): number {
    return (this.#cluster!.world.now - instant) * host.clock.rate;
  }

  #of(host: Host): Watching {
    const known = this.#watching.get(host);
    if (known && known.process === host.process) return known;
    const [heard, newest] = [new Map(), new Map()];
    const life = { ...newLife(this.#clock(host)), heard, newest };
    const fresh = { process: host.process, heard, newest, life };
    this.#watching.set(host, fresh);
    return fresh;
  }

  #onSend(sender: Host, bytes: Uint8Array, to: IpAddress): void {
    this.#checkLeases(sender);
    this.#checkConfirmation(sender);
    const [random, sequence] = [numberAt(bytes, 'epochRandom'), numberAt(bytes, 'sequence')];
    this.#sent.of(sender.address, to).add(random, sequence, this.#clock(sender));
  }

  #onDelivery(host: Host, bytes: Uint8Array, from: IpAddress): void {
    if (!host.process || bytes.length === exoipLength) return;
    const { heard, newest } = this.#of(host);
    if (!isNewest(newest, from, bytes)) return;
    const now = this.#clock(host);
    const echoes = this.#echoed(bytes, from, host);
    if (isDelayed(now, echoes, numberAt(bytes, 'echoAgeMs'), deadInterval(this.#policy(host)))) return;
    const echoedAt = Math.max(heard.get(from)?.echoedAt ?? never, echoes);
    heard.set(from, new Datagram(bytes, now, this.#cluster!.world.now, echoes, echoedAt));
  }

  /** When that host had sent what it is told was heard, if it was in this life. */
  #echoed(bytes: Uint8Array, from: IpAddress, host: Host): number {
    const life = numberAt(bytes, 'echoEpochRandom');
    if (life !== this.#policy(host).self.epoch.random) return never;
    return this.#sent.of(host.address, from).when(life, numberAt(bytes, 'echoSequence')) ?? never;
  }

  #onCall(host: Host, told: CallObservation): void {
    const one = this.#of(host);
    if (told.change === 'started') this.#onStart(host, told.call);
    else if (told.change === 'abandoned') one.life = afterAbort(one.life);
    else one.life = afterSettlement(one.life, told.call, told.outcome.ok, this.#clock(host));
  }

  #onStart(host: Host, call: Call): void {
    const [state, policy] = [this.#cluster!.state(host)!, this.#policy(host)];
    const caller = this.#caller(host, state, policy);
    this.#report(host, faultsOfCall(caller, call));
    if (isClaim(call, policy) && state.claim?.why === 'dead') this.#checkGroundTruth(host, state, policy);
    this.#of(host).life = afterCall(caller, call);
  }

  #caller(host: Host, state: State, policy: Policy): Caller {
    const woke = this.#wokeAt(host, policy);
    return {
      ...this.#watched(host, state, policy),
      awakeMs: this.#since(host, woke ?? host.process!.startedAt),
      wokeAt: woke ?? never,
      others: this.#cluster!.hosts.filter((one) => one !== host),
    };
  }

  #watched(host: Host, state: State, policy: Policy): Watched {
    return { now: this.#clock(host), life: this.#of(host).life, state, policy };
  }

  #policy(host: Host): Policy {
    return host.process!.node.policy(sharedAddress)!;
  }

  /** End of the last pause (true time), if it was one that the machine's own clocks call too long. */
  #wokeAt(host: Host, policy: Policy): number | null {
    const pause = host.process!.pausedFor;
    const isLong =
      pause && pause.counting !== 'none' && pause.ms * host.clock.rate > deadInterval(policy) + 20;
    return isLong ? pause.until : null;
  }

  /** S1': both ran without a pause and nothing was lost between them: then nobody is taken for dead. */
  #checkGroundTruth(host: Host, state: State, policy: Policy): void {
    const { world, network, hosts } = this.#cluster!;
    const from = world.now - deadInterval(policy) - 1_500;
    for (const other of hosts) {
      const held = this.#cluster!.state(other);
      if (other === host || !held || !isHolding(held)) continue;
      const heldFor = this.#clock(other) - held.confirmedAt;
      if (held.leaving || held.own.healthy === false || heldFor < world.now - from) continue;
      const ran = [host, other].every(
        (one) => one.process!.startedAt < from && (one.process!.pausedFor?.until ?? 0) < from,
      );
      const clear =
        network.lostAt(host.address, other.address) < from &&
        network.lostAt(other.address, host.address) < from;
      const knows = ({ peers }: State, one: Host) =>
        peers.some(({ member }) => member.address === one.address);
      const known = knows(state, other) && knows(held, host);
      if (ran && clear && known)
        this.#say("S1'", host, `takes ${other.name} for dead, which lives and was heard`);
    }
  }

  /** S7, whenever it says something, and once a second. */
  #checkConfirmation(host: Host): void {
    const state = this.#cluster!.state(host);
    if (!state || host.process!.paused || !isHolding(state)) return;
    const { life } = this.#of(host);
    this.#report(host, unconfirmedHold({ life, state, now: this.#clock(host) }));
  }

  /** S11: whoever has just sent something may have a lease; then nobody else that runs has one. */
  #checkLeases(sender: Host): void {
    if (!this.#isLeased(sender)) return;
    const other = this.#cluster!.hosts.find((host) => host !== sender && this.#isLeased(host));
    if (other) this.#report(sender, [secondLease(other.name)]);
  }

  #isLeased(host: Host): boolean {
    const state = this.#cluster!.state(host);
    if (state?.role !== 'active' || host.process!.paused) return false;
    const policy = this.#policy(host);
    if (policy.quorum === null || !isLeased({ state, policy, now: this.#clock(host) })) return false;
    return !this.#hasLostTime(host, policy);
  }

  /** S15, looked at once a second. */
  #checkBacking(host: Host): void {
    const state = this.#cluster!.state(host);
    const policy = state && this.#policy(host);
    if (!state || !policy?.quorum) return;
    const node = this.#watched(host, state, policy);
    const excused = host.process!.paused || this.#hasLostTime(host, policy);
    if (excused || isBacked(node)) this.#of(host).life = { ...node.life, backedAt: node.now };
    else this.#report(host, unbackedHold(node));
  }

  /** No clock of the machine has counted a pause: for as long as its lease it cannot know. */
  #hasLostTime(host: Host, policy: Policy): boolean {
    const pause = host.process!.pausedFor;
    return pause?.counting === 'none' && this.#since(host, pause.until) < deadInterval(policy);
  }

  /** S12. */
  #checkEmptied({ holders, who, instance }: HolderChange): void {
    const host = this.#cluster!.hosts.find(({ name }) => name === who);
    if (!host?.process) return;
    this.#report(
      host,
      emptied(this.#policy(host), instance, this.#cluster!.nameOf(instance), holders.length),
    );
  }
}

/** The checker reads by itself what the nodes send. */
const wire = createWire({ keys: null });

/** It is decoded when a rule asks for it, which is rare. */
class Datagram implements Heard {
  readonly #bytes: Uint8Array;
  readonly at: number;
  readonly seenAt: number;
  readonly echoes: number;
  readonly echoedAt: number;

  constructor(bytes: Uint8Array, at: number, seenAt: number, echoes: number, echoedAt: number) {
    this.#bytes = bytes;
    this.at = at;
    this.seenAt = seenAt;
    this.echoes = echoes;
    this.echoedAt = echoedAt;
  }

  /** Our nodes send nothing that is broken. */
  get ad(): FullAdvertisement {
    const decoded = wire.decode(this.#bytes);
    if (!decoded.ok || decoded.advertisement.version !== 2) throw new Error('a node sent a broken datagram');
    return decoded.advertisement;
  }

  get support(): number {
    return numberAt(this.#bytes, 'support');
  }
}

/** Whether it is newer than what came before. Then it counts from now on, whatever else it is worth. */
function isNewest(newest: Watching['newest'], from: IpAddress, bytes: Uint8Array): boolean {
  const [random, sequence] = [numberAt(bytes, 'epochRandom'), numberAt(bytes, 'sequence')];
  const before = newest.get(from);
  if (isReplay(before, random, sequence)) return false;
  if (before?.random === random) before.sequence = sequence;
  else newest.set(from, { random, sequence, lives: (before?.lives ?? new Set()).add(random) });
  return true;
}

/** Four bytes from where the field begins. */
function numberAt(bytes: Uint8Array, field: keyof typeof layout): number {
  return uint32(bytes, layout[field][0]);
}

const sentKept = 64;

/** When the last 64 datagrams of a link were sent. */
class LastSent {
  readonly #life = new Uint32Array(sentKept);
  readonly #sequence = new Uint32Array(sentKept);
  readonly #at = new Float64Array(sentKept);
  #count = 0;

  add(life: number, sequence: number, at: number): void {
    const i = this.#count % sentKept;
    this.#life[i] = life;
    this.#sequence[i] = sequence;
    this.#at[i] = at;
    this.#count += 1;
  }

  /** Newest first: what is echoed is seldom old. */
  when(life: number, sequence: number): number | null {
    for (let n = this.#count - 1; n >= 0 && n >= this.#count - sentKept; n--) {
      const i = n % sentKept;
      if (this.#sequence[i] === sequence && this.#life[i] === life) return this.#at[i]!;
    }
    return null;
  }
}
