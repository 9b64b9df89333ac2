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

/** What one life of a process has been seen to do. */
interface Life {
  readonly since: number;
  readonly heard: Map<IpAddress, Heard>;
  /** A reading succeeded after the last write. */
  hasRead: boolean;
  lastReadAt: number;
  inFlight: Call['kind'] | null;
  readonly plans: number[];
  lastWrite: Call['kind'] | null;
}

/** The newest datagram of a peer. It is read when a rule asks for it, which is rare: our nodes send nothing that is broken. */
interface Heard {
  bytes: Uint8Array;
  at: number;
  readonly lives: Set<number>;
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
      for (const host of cluster.hosts) this.#checkConfirmation(host);
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

  #life(host: Host): Life {
    const known = this.#lives.get(host);
    if (known && known.process === host.process) return known.life;
    const life: Life = {
      since: this.#cluster!.world.now,
      heard: new Map(),
      hasRead: false,
      lastReadAt: Number.NEGATIVE_INFINITY,
      inFlight: null,
      plans: [],
      lastWrite: null,
    };
    this.#lives.set(host, { process: host.process, life });
    return life;
  }

  #onSend(bytes: Uint8Array, from: IpAddress, to: IpAddress): void {
    this.#checkLeases(from);
    const now = this.#cluster!.world.now;
    this.#sent.of(from, to).add(numberAt(bytes, 'epochRandom'), numberAt(bytes, 'sequence'), now);
  }

  /** It echoes what we sent longer ago than a dead interval: it was on its way too long to prove life. */
  #isDelayed(bytes: Uint8Array, from: IpAddress, to: IpAddress): boolean {
    const life = numberAt(bytes, 'echoEpochRandom');
    if (life === 0) return false;
    const at = this.#sent.of(to, from).when(life, numberAt(bytes, 'echoSequence'));
    if (at === null) return false;
    const dead = 10 * (numberAt(bytes, 'deadInterval10Ms') >>> 16);
    return this.#cluster!.world.now - at - numberAt(bytes, 'echoAgeMs') > dead - slackMs;
  }

  #onDelivery(bytes: Uint8Array, from: IpAddress, to: IpAddress): void {
    const host = this.#cluster!.hosts.find((one) => one.address === to);
    if (!host || bytes.length === exoipLength) return;
    const { heard } = this.#life(host);
    const before = heard.get(from);
    const random = numberAt(bytes, 'epochRandom');
    if (before && !isNewer(bytes, random, before)) return;
    if (this.#isDelayed(bytes, from, to)) return;
    const at = this.#cluster!.world.now;
    if (before) Object.assign(before, { bytes, at }).lives.add(random);
    else heard.set(from, { bytes, at, lives: new Set([random]) });
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
    life.lastReadAt = this.#cluster!.world.now;
  }

  /** S2: a hold-off writes nothing; it ends early only when every other member has been heard in it. */
  #checkHoldOff(host: Host, state: State, policy: Policy, ownRelease: boolean): void {
    if (state.role === 'hold-off' && !(state.leaving && ownRelease))
      this.#say('S2', host, 'a write in hold-off');
    const { now } = this.#cluster!.world;
    const pause = host.process!.pausedFor;
    const woke = pause && pause.ms > deadInterval(policy) ? pause.until : host.process!.startedAt;
    if (now - woke >= deadInterval(policy) || ownRelease) return;
    const { heard } = this.#life(host);
    // What waited in the queue is handed over in the very instant of waking, and is of before.
    const unheard = this.#cluster!.hosts.find(
      (one) => one !== host && !((heard.get(one.address)?.at ?? -1) > woke),
    );
    if (unheard)
      this.#say(
        'S2',
        host,
        `a write ${Math.round(now - woke)} ms after its start without having heard ${unheard.name}`,
      );
  }

  /** S5: plans are 2 s apart and ten a minute. Clear and attach, attach and fence, attach and release are one. */
  #checkBudget(host: Host, life: Life, kind: 'associate' | 'dissociate', state: State): void {
    const { now } = this.#cluster!.world;
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
    const { now } = this.#cluster!.world;
    for (const [from, one] of life.heard) {
      const { at } = one;
      const ad = adOf(one);
      const peer = state.peers.find(({ member }) => member.address === from);
      if (at < this.#awakeSince(host, policy)) continue;
      if (
        ad.role === 'holding' &&
        isSound(ad) &&
        peer?.liveness !== 'refused' &&
        now - at < ad.deadIntervalMs - slackMs
      ) {
        this.#say('S1', host, `claims although ${from} was heard as holder ${Math.round(now - at)} ms ago`);
      }
      if (now - at < ad.deadIntervalMs - slackMs && this.#vetoes(ad, at, life, state, policy)) {
        this.#say('S1', host, `claims although ${from} hears the holder`);
      }
    }
    this.#checkGroundTruth(host, state, policy);
  }

  #vetoes(ad: FullAdvertisement, at: number, life: Life, state: State, policy: Policy): boolean {
    if (!ad.holder || ad.role === 'holding' || ad.holder.tag === policy.self.tag) return false;
    const held = [...life.heard.values()].map(adOf).find(({ tag }) => tag === ad.holder!.tag);
    const peer = state.peers.find((one) => one.last?.version === 2 && one.last.tag === ad.holder!.tag);
    if (peer?.liveness === 'refused' || (held && !isSound(held))) return false;
    const dead = held?.deadIntervalMs ?? ad.deadIntervalMs;
    return ad.holder.ageMs + (this.#cluster!.world.now - at) < dead - 10 - slackMs;
  }

  /** S1': both ran without a pause and nothing was lost between them: then nobody is taken for dead. */
  #checkGroundTruth(host: Host, state: State, policy: Policy): void {
    const { world, network, hosts } = this.#cluster!;
    const from = world.now - deadInterval(policy) - 1_500;
    for (const other of hosts) {
      const held = this.#cluster!.state(other);
      if (other === host || !held || held.role !== 'active' || held.association !== 'confirmed') continue;
      if (held.leaving || held.healthy === false || held.confirmedAt > from) continue;
      const ran = [host, other].every(
        (one) => one.process!.startedAt < from && (one.process!.pausedFor?.until ?? 0) < from,
      );
      const clear =
        network.lostAt(host.address, other.address) < from &&
        network.lostAt(other.address, host.address) < from;
      const known = state.peers.some(({ member }) => member.address === other.address);
      if (ran && clear && known)
        this.#say("S1'", host, `takes ${other.name} for dead, which lives and was heard`);
    }
  }

  /** S3: another machine is dissociated only by a confirmed holder, and only when it has been silent for D. */
  #checkFence(host: Host, life: Life, instance: string, state: State, policy: Policy): void {
    const { now } = this.#cluster!.world;
    const { reading } = state;
    if (state.role !== 'active' || state.association !== 'confirmed')
      this.#say('S3', host, 'dissociates another without holding');
    if (!reading?.holders.includes(policy.self.instance) || now - reading.at >= 5_000)
      this.#say('S3', host, 'dissociates another without a fresh confirmation');
    const target = this.#cluster!.hosts.find((one) => one.instance === instance);
    const last = target && life.heard.get(target.address);
    if (!target || !last || last.at < this.#awakeSince(host, policy)) return;
    const peer = state.peers.find(({ member }: Peer) => member.address === target.address);
    if (peer?.liveness !== 'refused' && now - last.at < adOf(last).deadIntervalMs - slackMs) {
      this.#say('S3', host, `dissociates ${target.name}, heard ${Math.round(now - last.at)} ms ago`);
    }
  }

  /** S11: whoever has just sent something may have a lease; then nobody else that runs has one. */
  #checkLeases(from: IpAddress): void {
    const { hosts, world } = this.#cluster!;
    const leased = (host: Host) => {
      const state = this.#cluster!.state(host);
      const policy = state && host.process!.node.policy(sharedAddress)!;
      if (!state || !policy?.quorum || state.role !== 'active' || host.process!.paused) return false;
      return leaseUntil(policy, state) > world.now;
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
    const { now } = this.#cluster!.world;
    const supports = ([from, one]: [IpAddress, Heard]) => {
      const ad = adOf(one);
      if (ad.support !== policy.self.tag || !ad.echo || !policy.quorum!.voters.includes(from)) return false;
      const at = this.#sent.of(host.address, from).when(ad.echo.epochRandom, ad.echo.sequence);
      return at !== null && now - at < deadInterval(policy);
    };
    const supporters = 1 + [...life.heard].filter(supports).length;
    if (supporters < majority(policy.quorum.voters))
      this.#say('S13', host, `writes with the support of ${supporters} voters`);
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
    const pause = host.process!.pausedFor;
    return pause && pause.ms > deadInterval(policy) ? pause.until : Number.NEGATIVE_INFINITY;
  }

  /** S7: a holder has confirmed itself lately, or says that its API fails. */
  #checkConfirmation(host: Host): void {
    const state = this.#cluster!.state(host);
    if (!state || host.process!.paused || state.role !== 'active' || state.association !== 'confirmed')
      return;
    const { now } = this.#cluster!.world;
    const since = Math.max(state.confirmedAt, this.#life(host).lastReadAt);
    if (state.failures === 0 && now - since > reconcileMs + callMs) {
      this.#say('S7', host, `holds without a confirmation for ${Math.round((now - since) / 1000)} s`);
    }
  }
}

function isSound(ad: FullAdvertisement): boolean {
  return !ad.flags.leaving && !ad.flags.unhealthy && !ad.flags.notACandidate;
}

function isNewer(bytes: Uint8Array, random: number, { bytes: before, lives }: Heard): boolean {
  if (random !== numberAt(before, 'epochRandom')) return !lives.has(random);
  return numberAt(bytes, 'sequence') > numberAt(before, 'sequence');
}

function adOf({ bytes }: Heard): FullAdvertisement {
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
