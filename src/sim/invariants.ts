import {
  type Call,
  deadInterval,
  type FullAdvertisement,
  type IpAddress,
  leaseUntil,
  majority,
  type Peer,
  type Policy,
  type State,
} from '../core/index.ts';
import { decode, exoipLength, layout } from '../wire/codec.ts';
import type { HolderChange } from './cloud.ts';
import { type Cluster, type Host, sharedAddress, type Watch } from './cluster.ts';
import { readClock } from './host-clock.ts';
import { Links } from './links.ts';

/**
 * What must never happen, checked from outside: from the datagrams that were delivered and the calls that were made,
 * and from the node's own words only where the rule is about them. The names are those of src/README.md.
 */
export interface Violation {
  readonly at: number;
  readonly rule: string;
  readonly host: string;
  readonly what: string;
}

/** What one life of a process has been seen to do, on the monotonic clock of its machine. */
interface Life {
  /** The newest datagram of each that counts for life, and that it has told us that it hears us. */
  readonly heard: Map<IpAddress, Heard>;
  /** The newest datagram of each, and the lives it has had: what is older, or of an earlier life, is a replay. */
  readonly newest: Map<IpAddress, { random: number; sequence: number; lives: Set<number> }>;
  /** A reading succeeded after the last write. */
  hasRead: boolean;
  lastReadAt: number;
  inFlight: Call['kind'] | null;
  readonly plans: number[];
  lastWrite: Call['kind'] | null;
  wroteAt: number;
  /** When a holder was last seen to have what a quorum asks of it, or to be excused. */
  backedAt: number;
}

interface Heard {
  readonly bytes: Uint8Array;
  readonly at: number;
  /** The same instant in true time. */
  readonly seenAt: number;
  /** When this host had sent the newest datagram that the peer is known to have heard. */
  readonly echoedAt: number;
}

const slackMs = 1;
const reconcileMs = 33_000;
const callMs = 10_000;

export class Invariants {
  readonly violations: Violation[] = [];
  readonly #lives = new Map<Host, { process: unknown; life: Life }>();
  /** By directed link: when which datagram (life and sequence) was sent. */
  readonly #sent = new Links(() => new LastSent());
  #cluster: Cluster | null = null;

  /** The hooks for a cluster; `attach` it to that cluster afterwards. */
  readonly watch: Watch = {
    onCall: (host, call, state, policy) => this.#onCall(host, call as Call, state, policy),
    onSettled: (host, call, ok) => this.#onSettled(host, call as Call, ok),
    onAbort: (host) => {
      this.#life(host).inFlight = null;
    },
    onDelivery: (bytes, from, to) => this.#onDelivery(bytes, from, to),
    onSend: (bytes, from, to) => this.#onSend(bytes, from, to),
  };

  attach(cluster: Cluster): void {
    this.#cluster = cluster;
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

  #say(rule: string, host: Host, what: string): void {
    const at = this.#cluster!.world.now;
    this.violations.push({ at, rule, host: host.name, what });
    this.#cluster!.note(at, `VIOLATION ${rule} by ${host.name}: ${what}`);
  }

  /** The host's own monotonic clock: rules about durations hold by the clock of whom they bind. */
  #clock(host: Host): number {
    return readClock(host.clock, this.#cluster!.world.now).mono;
  }

  /** What that clock counts since a true instant, or more if the machine was suspended. */
  #since(host: Host, instant: number): number {
    return (this.#cluster!.world.now - instant) * host.clock.rate;
  }

  #life(host: Host): Life {
    const known = this.#lives.get(host);
    if (known && known.process === host.process) return known.life;
    const life: Life = {
      heard: new Map(),
      newest: new Map(),
      hasRead: false,
      lastReadAt: Number.NEGATIVE_INFINITY,
      inFlight: null,
      plans: [],
      lastWrite: null,
      wroteAt: Number.NEGATIVE_INFINITY,
      backedAt: this.#clock(host),
    };
    this.#lives.set(host, { process: host.process, life });
    return life;
  }

  #onSend(bytes: Uint8Array, from: IpAddress, to: IpAddress): void {
    this.#checkLeases(from);
    const sender = this.#cluster!.hosts.find(({ address }) => address === from)!;
    this.#checkConfirmation(sender);
    const [random, sequence] = [numberAt(bytes, 'epochRandom'), numberAt(bytes, 'sequence')];
    this.#sent.of(from, to).add(random, sequence, this.#clock(sender));
  }

  /** It echoes what we sent longer ago than a dead interval: it was on its way too long to prove life. */
  #isDelayed(bytes: Uint8Array, from: IpAddress, host: Host): boolean {
    const at = this.#echoed(bytes, from, host);
    const policy = host.process?.node.policy(sharedAddress);
    if (at === null || !policy) return false;
    return this.#clock(host) - at - numberAt(bytes, 'echoAgeMs') > deadInterval(policy) - slackMs;
  }

  /** When that host had sent what it is told was heard, if it was in this life. */
  #echoed(bytes: Uint8Array, from: IpAddress, host: Host): number | null {
    const life = numberAt(bytes, 'echoEpochRandom');
    if (life !== host.process?.node.policy(sharedAddress)?.self.epoch.random) return null;
    return this.#sent.of(host.address, from).when(life, numberAt(bytes, 'echoSequence'));
  }

  #onDelivery(bytes: Uint8Array, from: IpAddress, to: IpAddress): void {
    const host = this.#cluster!.hosts.find((one) => one.address === to);
    if (!host || bytes.length === exoipLength) return;
    const life = this.#life(host);
    if (isReplay(life, from, bytes) || this.#isDelayed(bytes, from, host)) return;
    const never = Number.NEGATIVE_INFINITY;
    const echoed = this.#echoed(bytes, from, host) ?? never;
    const echoedAt = Math.max(life.heard.get(from)?.echoedAt ?? never, echoed);
    life.heard.set(from, { bytes, at: this.#clock(host), seenAt: this.#cluster!.world.now, echoedAt });
  }

  #onCall(host: Host, call: Call, state: State, policy: Policy): void {
    const life = this.#life(host);
    if (life.inFlight !== null && state.role !== 'hold-off')
      this.#say('S4', host, `${call.kind} while ${life.inFlight} is in flight`);
    life.inFlight = call.kind;
    if (call.kind !== 'associate' && call.kind !== 'dissociate') return;
    const own = call.instance === policy.self.instance;
    if (!life.hasRead) this.#say('S4', host, `${call.kind} without a reading since the last write`);
    life.hasRead = false;
    life.wroteAt = this.#clock(host);
    this.#checkHoldOff(host, state, policy, call.kind === 'dissociate' && own);
    if (call.kind === 'associate' || !own) this.#checkMajority(host, life, policy);
    this.#checkBudget(host, life, call.kind, state);
    if (call.kind === 'associate' || (!own && policy.traits.associate === 'refusedWhileHeld'))
      this.#checkSteal(host, life, state, policy);
    else if (!own) this.#checkFence(host, life, call.instance, state, policy);
  }

  #onSettled(host: Host, call: Call, ok: boolean): void {
    const life = this.#life(host);
    life.inFlight = null;
    if (call.kind !== 'read' || !ok) return;
    life.hasRead = true;
    life.lastReadAt = this.#clock(host);
  }

  /** S2: a hold-off writes nothing; it ends early only when every other member has told in it that it hears us. */
  #checkHoldOff(host: Host, state: State, policy: Policy, ownRelease: boolean): void {
    if (state.role === 'hold-off' && !(state.leaving && ownRelease))
      this.#say('S2', host, 'a write in hold-off');
    const woke = this.#wokeAt(host, policy) ?? host.process!.startedAt;
    const awake = this.#since(host, woke);
    if (awake >= deadInterval(policy) || ownRelease) return;
    const { heard } = this.#life(host);
    const isMember = ({ address }: Host) => state.peers.some(({ member }) => member.address === address);
    const answers = ({ address }: Host) =>
      this.#clock(host) - (heard.get(address)?.echoedAt ?? Number.NEGATIVE_INFINITY) <= awake + slackMs;
    const unheard = this.#cluster!.hosts.find((one) => one !== host && isMember(one) && !answers(one));
    if (unheard)
      this.#say(
        'S2',
        host,
        `a write ${Math.round(awake)} ms after its start, not knowing that ${unheard.name} hears it`,
      );
  }

  /** S5: plans are 2 s apart and ten a minute. Clear and attach, attach and fence, attach and release are one. */
  #checkBudget(host: Host, life: Life, kind: 'associate' | 'dissociate', state: State): void {
    const now = this.#clock(host);
    const last = life.plans.at(-1) ?? Number.NEGATIVE_INFINITY;
    const clears =
      kind === 'associate' && life.lastWrite === 'dissociate' && last >= (state.claim?.since ?? now);
    const follows =
      kind === 'dissociate' && life.lastWrite === 'associate' && state.claim === null && now - last < 60_000;
    life.lastWrite = follows ? null : kind;
    if (clears || follows) return;
    if (now - last < 2_000 - slackMs)
      this.#say('S5', host, `${kind} ${Math.round(now - last)} ms after the last plan (${state.role})`);
    life.plans.push(now);
    if (life.plans.filter((at) => now - at < 60_000).length > 10)
      this.#say('S5', host, 'more than ten plans in a minute');
  }

  /** S1: no claim from the dead while a sound holder has been heard within its dead interval, by us or by a witness. */
  #checkSteal(host: Host, life: Life, state: State, policy: Policy): void {
    if (state.claim?.why !== 'dead') return;
    const now = this.#clock(host);
    for (const [from, one] of life.heard) {
      const { at, seenAt } = one;
      const ad = adOf(one);
      const peer = state.peers.find(({ member }) => member.address === from);
      if (!peer || seenAt < this.#awakeSince(host, policy)) continue;
      if (
        ad.role === 'holding' &&
        isSound(ad) &&
        peer.liveness !== 'refused' &&
        now - at < ad.deadIntervalMs - slackMs &&
        !isOutclaimed(ad, life, now)
      ) {
        this.#say('S1', host, `claims although ${from} was heard as holder ${Math.round(now - at)} ms ago`);
      }
      if (now - at < ad.deadIntervalMs - slackMs && this.#vetoes(ad, now - at, life, state, policy)) {
        this.#say('S1', host, `claims although ${from} hears the holder`);
      }
    }
    this.#checkGroundTruth(host, life, state, policy);
  }

  #vetoes(ad: FullAdvertisement, age: number, life: Life, state: State, policy: Policy): boolean {
    if (!ad.holder || ad.role === 'holding' || ad.holder.tag === policy.self.tag) return false;
    const held = [...life.heard.values()].map(adOf).find(({ tag }) => tag === ad.holder!.tag);
    const peer = state.peers.find((one) => one.last?.version === 2 && one.last.tag === ad.holder!.tag);
    if (peer?.liveness === 'refused' || (held && !isSound(held))) return false;
    const dead = held?.deadIntervalMs ?? ad.deadIntervalMs;
    return ad.holder.ageMs + age < dead - 10 - slackMs;
  }

  /** S1': both ran without a pause and nothing was lost between them: then nobody is taken for dead. */
  #checkGroundTruth(host: Host, life: Life, state: State, policy: Policy): void {
    const { world, network, hosts } = this.#cluster!;
    const from = world.now - deadInterval(policy) - 1_500;
    for (const other of hosts) {
      const held = this.#cluster!.state(other);
      if (other === host || !held || held.role !== 'active' || held.association !== 'confirmed') continue;
      const heldFor = this.#clock(other) - held.confirmedAt;
      if (held.leaving || held.healthy === false || heldFor < world.now - from) continue;
      const ran = [host, other].every(
        (one) => one.process!.startedAt < from && (one.process!.pausedFor?.until ?? 0) < from,
      );
      const clear =
        network.lostAt(host.address, other.address) < from &&
        network.lostAt(other.address, host.address) < from;
      const knows = ({ peers }: State, one: Host) =>
        peers.some(({ member }) => member.address === one.address);
      const known = knows(state, other) && knows(held, host);
      const heard = life.heard.get(other.address);
      if (heard && isOutclaimed(adOf(heard), life, this.#clock(host))) continue;
      if (ran && clear && known)
        this.#say("S1'", host, `takes ${other.name} for dead, which lives and was heard`);
    }
  }

  /** S3: another machine is dissociated only by a confirmed holder, and only when it has been silent for D. */
  #checkFence(host: Host, life: Life, instance: string, state: State, policy: Policy): void {
    const now = this.#clock(host);
    const { reading } = state;
    if (state.role !== 'active' || state.association !== 'confirmed')
      this.#say('S3', host, 'dissociates another without holding');
    if (!reading?.holders.includes(policy.self.instance) || now - reading.at >= 5_000)
      this.#say('S3', host, 'dissociates another without a fresh confirmation');
    const target = this.#cluster!.hosts.find((one) => one.instance === instance);
    const last = target && life.heard.get(target.address);
    if (!target || !last || last.seenAt < this.#awakeSince(host, policy)) return;
    const peer = state.peers.find(({ member }: Peer) => member.address === target.address);
    if (peer?.liveness !== 'refused' && now - last.at < adOf(last).deadIntervalMs - slackMs) {
      this.#say('S3', host, `dissociates ${target.name}, heard ${Math.round(now - last.at)} ms ago`);
    }
  }

  /** S11: whoever has just sent something may have a lease; then nobody else that runs has one. */
  #checkLeases(from: IpAddress): void {
    const { hosts } = this.#cluster!;
    const leased = (host: Host) => {
      const state = this.#cluster!.state(host);
      const policy = state && host.process!.node.policy(sharedAddress)!;
      if (!state || !policy?.quorum || state.role !== 'active' || host.process!.paused) return false;
      return leaseUntil(policy, state) > this.#clock(host) && !this.#hasLostTime(host, policy);
    };
    const sender = hosts.find(({ address }) => address === from);
    if (!sender || !leased(sender)) return;
    const other = hosts.find((host) => host !== sender && leased(host));
    if (other) this.#say('S11', sender, `has a lease, and so has ${other.name}`);
  }

  /**
   * S13, from the datagrams alone: a majority of the voters has said that it supports the writer, in answer to what the
   * writer sent less than a dead interval ago.
   */
  #checkMajority(host: Host, life: Life, policy: Policy): void {
    if (!policy.quorum) return;
    const supporters = this.#supporters(host, life, policy);
    if (supporters < majority(policy.quorum.voters))
      this.#say('S13', host, `writes with the support of ${supporters} voters`);
  }

  #supporters(host: Host, { heard }: Life, policy: Policy): number {
    const { voters } = policy.quorum!;
    const supports = ([from, { bytes }]: [IpAddress, Heard]) => {
      if (numberAt(bytes, 'support') !== policy.self.tag || !voters.includes(from)) return false;
      const at = this.#echoed(bytes, from, host);
      return at !== null && this.#clock(host) - at < deadInterval(policy);
    };
    return 1 + [...heard].filter(supports).length;
  }

  /**
   * S15: with a quorum nobody goes on holding for more than two dead intervals without the support of a majority,
   * unless it is leaving, or has given its lease up for a successor. Looked at once a second.
   */
  #checkBacking(host: Host): void {
    const state = this.#cluster!.state(host);
    const policy = state && host.process!.node.policy(sharedAddress)!;
    if (!state || !policy?.quorum) return;
    const life = this.#life(host);
    const now = this.#clock(host);
    const holds = state.role === 'active' && state.association === 'confirmed';
    const excused = !holds || state.leaving || state.lease.released || host.process!.paused;
    const lostTime = this.#hasLostTime(host, policy);
    if (excused || lostTime || this.#supporters(host, life, policy) >= majority(policy.quorum.voters))
      life.backedAt = now;
    else if (now - life.backedAt > 2 * deadInterval(policy) + 1_000)
      this.#say('S15', host, `holds without a majority for ${Math.round((now - life.backedAt) / 1000)} s`);
  }

  /** No clock of the machine has counted a pause: for as long as its lease it cannot know. */
  #hasLostTime(host: Host, policy: Policy): boolean {
    const pause = host.process!.pausedFor;
    return pause?.counting === 'none' && this.#since(host, pause.until) < deadInterval(policy);
  }

  /** S12: with a quorum, nobody's dissociation leaves the address without a holder, but a release that was asked for. */
  #checkEmptied({ holders, who, instance }: HolderChange): void {
    const host = this.#cluster!.hosts.find(({ name }) => name === who);
    const policy = host?.process?.node.policy(sharedAddress);
    if (holders.length > 0 || !host || !policy?.quorum || policy.traits.associate !== 'adds') return;
    if (host.instance === instance && policy.onStop === 'release') return;
    this.#say('S12', host, `dissociates ${this.#cluster!.nameOf(instance)}, and nobody holds`);
  }

  /** What was heard before a pause longer than D is forgotten, and rightly so. */
  #awakeSince(host: Host, policy: Policy): number {
    return this.#wokeAt(host, policy) ?? Number.NEGATIVE_INFINITY;
  }

  /** End of the last pause (true time), if it was one that the machine's own clocks call too long. */
  #wokeAt(host: Host, policy: Policy): number | null {
    const pause = host.process!.pausedFor;
    const isLong =
      pause && pause.counting !== 'none' && pause.ms * host.clock.rate > deadInterval(policy) + 20;
    return isLong ? pause.until : null;
  }

  /** S7: a holder has been confirmed by a reading, and lately, or says that its API fails. */
  #checkConfirmation(host: Host): void {
    const state = this.#cluster!.state(host);
    if (!state || host.process!.paused || state.role !== 'active' || state.association !== 'confirmed')
      return;
    const now = this.#clock(host);
    const { lastReadAt, hasRead, wroteAt } = this.#life(host);
    if (!hasRead && state.confirmedAt > wroteAt) this.#say('S7', host, 'holds upon its own word');
    const since = Math.max(state.confirmedAt, lastReadAt);
    if (state.failures === 0 && now - since > reconcileMs + callMs) {
      this.#say('S7', host, `holds without a confirmation for ${Math.round((now - since) / 1000)} s`);
    }
  }
}

function isSound(ad: FullAdvertisement): boolean {
  return !ad.flags.leaving && !ad.flags.unhealthy && !ad.flags.notACandidate;
}

/** Whether it is no newer than what came before. If it is newer, it counts from now on, whatever else it is worth. */
function isReplay({ newest }: Life, from: IpAddress, bytes: Uint8Array): boolean {
  const [random, sequence] = [numberAt(bytes, 'epochRandom'), numberAt(bytes, 'sequence')];
  const before = newest.get(from);
  const sameLife = before?.random === random;
  if (before && (sameLife ? sequence <= before.sequence : before.lives.has(random))) return true;
  if (before && sameLife) before.sequence = sequence;
  else newest.set(from, { random, sequence, lives: (before?.lives ?? new Set()).add(random) });
  return false;
}

/** Of several holders the one with the highest claim counts, then the best: if that one leaves, it may be relieved. */
function isOutclaimed(ad: FullAdvertisement, { heard }: Life, now: number): boolean {
  const rank = ({ claim, priority, node }: FullAdvertisement) => [-claim, priority, node] as const;
  const precedes = (a: FullAdvertisement) => {
    const [x, y] = [rank(a), rank(ad)];
    const differs = x.findIndex((part, i) => part !== y[i]);
    return differs !== -1 && x[differs]! < y[differs]!;
  };
  return [...heard.values()].some((one) => {
    const other = adOf(one);
    const holds = other.role === 'holding' && now - one.at < other.deadIntervalMs;
    return holds && precedes(other) && !isSound(other);
  });
}

/** It is read when a rule asks for it, which is rare. Our nodes send nothing that is broken. */
function adOf({ bytes }: Pick<Heard, 'bytes'>): FullAdvertisement {
  const decoded = decode(bytes);
  if (!decoded.ok || decoded.advertisement.version !== 2) throw new Error('a node sent a broken datagram');
  return decoded.advertisement;
}

/** Four bytes from where the field begins. */
function numberAt(bytes: Uint8Array, field: keyof typeof layout): number {
  const at = layout[field][0];
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
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
