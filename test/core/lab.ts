import {
  type AdvertisedRole,
  type Advertisement,
  type Call,
  type ClaimReason,
  type Command,
  type Condition,
  deadInterval,
  deadline,
  defaults,
  type Effect,
  type Epoch,
  type Event,
  type Flags,
  type FullAdvertisement,
  flagsOf,
  type InstanceId,
  type IpAddress,
  initial,
  type MachineState,
  type Member,
  type Now,
  type Outcome,
  type Policy,
  type Report,
  type RoleName,
  roleName,
  type State,
  step,
  type Traits,
} from '../../src/core/index.ts';
import { addressResource } from '../../src/wire/resource.ts';

/**
 * One machine under test among fabricated peers and a fabricated cloud, in virtual time. The peers advertise by
 * themselves, echo what they were sent, and can be cut off, deafened, paused or replaced; the cloud answers after
 * `apiMs`, as `traits` say. Everything the machine did is kept with its instant.
 */

export const sharedAddress: IpAddress = '198.51.100.50';
export const selfInstance: InstanceId = 'vm-self';

/** What a peer says by itself. */
export const noFlags: Flags = { ...flagsOf(0), preempt: true, apiOk: true };

export const selfNode = '55'.repeat(16);
export const selfTag = 0x55555555;

export function policyOf(changes: Partial<Policy> = {}): Policy {
  return {
    self: {
      node: selfNode,
      tag: selfTag,
      instance: selfInstance,
      addresses: ['10.0.0.5'],
      epoch: { startedAt: 1_700_000_000, random: 7 },
    },
    resource: addressResource(sharedAddress),
    traits: { associate: 'moves', fences: true, settleMs: 0 },
    grouped: false,
    ...defaults,
    priority: 20,
    isolatedTakeoverAfterMs: null,
    quorum: null,
    witness: false,
    checked: false,
    configDigest: 99,
    ...changes,
  };
}

/** The dead interval of the machine and of every peer, unless a test says otherwise. */
export const D = deadInterval(policyOf());
export const multi: Traits = { associate: 'adds', fences: true, settleMs: 0 };
export const exclusive: Traits = { associate: 'refusedWhileHeld', fences: true, settleMs: 0 };

/** What a peer is and does; tests change it as they please. */
export interface Fake {
  readonly name: string;
  readonly address: IpAddress;
  readonly instance: InstanceId;
  readonly node: string;
  readonly tag: number;
  readonly member: Member;
  version: 1 | 2;
  priority: number;
  role: AdvertisedRole;
  flags: Partial<Flags>;
  claim: number;
  epoch: Epoch;
  sequence: number;
  graceMs: number;
  deadIntervalMs: number;
  configDigest: number;
  /** Whom it says it supports, by tag; 0 for nobody (R23). */
  support: number;
  /** Whom it says it hears in possession. */
  hearsHolder: { tag: number; ageMs: number } | null;
  /** It sends; and it receives. */
  up: boolean;
  hears: boolean;
  /** Its port is closed: probes are refused. */
  refuses: boolean;
  /** null: its interval, or the burst while it holds. */
  beatMs: number | null;
  /** The last datagram of ours that it heard. */
  heard: { sequence: number; random: number; at: number } | null;
  /** What its clock shows more than ours: jumps when we were paused without noticing. */
  clockMs: number;
  nextBeat: number;
}

type Answer = (call: Call) => Outcome | 'never' | undefined;

interface Made {
  readonly at: number;
  readonly ticket: number;
  readonly call: Call;
}

export interface LabOptions {
  readonly policy?: Partial<Policy>;
  readonly peers?: readonly Fake[];
  /** Members are told at once; with `grouped` the cloud is asked for them. */
  readonly members?: readonly Member[];
  readonly holders?: readonly InstanceId[];
}

export class Lab {
  policy: Policy;
  state: State;
  peers: Fake[];
  /** Monotonic; the other clocks run with it unless a test moves them. */
  mono = 1_000_000;
  bootAhead = 0;
  wallAhead = 1_700_000_000_000;

  // The cloud.
  apiMs = 20;
  holders: InstanceId[];
  pending = false;
  machines = new Map<InstanceId, MachineState>();
  groupMembers: readonly Member[];
  /** What the API answers instead; undefined lets the cloud answer. */
  answer: Answer = () => undefined;
  answers: { at: number; ticket: number; call: Call }[] = [];
  /** Probes that met a closed port, on their way back. */
  private refusals: { at: number; peer: IpAddress }[] = [];

  // What the machine did.
  readonly calls: Made[] = [];
  readonly sent: { at: number; to: IpAddress; advertisement: FullAdvertisement; via: string }[] = [];
  readonly reports: { at: number; report: Report }[] = [];
  readonly drops: { at: number; reason: string; from: IpAddress }[] = [];
  readonly aborted: number[] = [];
  stopped: number | null = null;
  /** Steps in a row in which no time passed. */
  private idle = 0;
  inFlight = new Set<number>();

  constructor(options: LabOptions = {}) {
    this.policy = policyOf(options.policy);
    this.peers = [...(options.peers ?? [])];
    this.holders = [...(options.holders ?? [])];
    const members = options.members ?? this.peers.map(({ member }) => member);
    this.groupMembers = [self, ...members];
    this.state = initial(this.policy, this.now);
    if (!this.policy.grouped) this.tell({ kind: 'members', members });
    else this.tell({ kind: 'tick' });
    for (const [i, fake] of this.peers.entries()) fake.nextBeat = this.mono + 5 + i;
  }

  get now(): Now {
    return { mono: this.mono, boot: this.mono + this.bootAhead, wall: this.mono + this.wallAhead };
  }

  get role(): RoleName {
    return roleName(this.state);
  }

  /** Why the takeover under way began. */
  get claiming(): ClaimReason | null {
    return this.state.claim?.why ?? null;
  }

  // Time.

  /** Lets time pass: the peers advertise, the cloud answers, the machine wakes at its deadlines. */
  run(ms: number): this {
    return this.runUntil(this.mono + ms, () => false);
  }

  /** Lets time pass until it is so, at most `ms`. The time that it took; throws if it never was. */
  until(what: string, condition: (lab: Lab) => boolean, ms = 120_000): number {
    const start = this.mono;
    if (condition(this)) return 0;
    this.runUntil(start + ms, condition);
    if (!condition(this)) throw new Error(`not within ${ms} ms: ${what}; it is ${this.role}`);
    return this.mono - start;
  }

  private runUntil(end: number, condition: (lab: Lab) => boolean): this {
    while (this.stopped === null) {
      const next = this.nextInstant();
      if (next > end) break;
      this.idle = next > this.mono ? 0 : this.idle + 1;
      if (this.idle > 1_000) throw new Error(`time stands still at ${this.mono}: it is ${this.role}`);
      this.mono = Math.max(this.mono, next);
      this.happen();
      if (condition(this)) return this;
    }
    this.mono = end;
    return this;
  }

  private nextInstant(): number {
    const beats = this.peers.filter(({ up }) => up).map(({ nextBeat }) => nextBeat);
    const replies = [...this.answers, ...this.refusals].map(({ at }) => at);
    return Math.min(deadline(this.state), ...beats, ...replies);
  }

  private happen(): void {
    for (const fake of this.peers) {
      if (!fake.up || fake.nextBeat > this.mono) continue;
      fake.nextBeat = this.mono + (fake.beatMs ?? (fake.role === 'holding' ? 200 : this.policy.intervalMs));
      this.beat(fake);
      return;
    }
    const refusal = this.refusals.find(({ at }) => at <= this.mono);
    if (refusal) return this.refuse(refusal);
    const due = this.answers.find(({ at }) => at <= this.mono);
    if (due) return this.settle(due.ticket, due.call);
    this.tell({ kind: 'tick' });
  }

  private refuse(refusal: { at: number; peer: IpAddress }): void {
    this.refusals = this.refusals.filter((other) => other !== refusal);
    this.tell({ kind: 'refused', peer: refusal.peer });
  }

  /** This machine does not run for so long; its peers do, unheard. `counted`: the monotonic clock sees it. */
  pause(ms: number, counted: 'mono' | 'boot' | 'unseen' = 'mono'): this {
    if (counted === 'mono') this.mono += ms;
    if (counted === 'boot') this.bootAhead += ms;
    if (counted === 'unseen') for (const fake of this.peers) fake.clockMs += ms;
    for (const fake of this.peers) fake.nextBeat = Math.max(fake.nextBeat, this.mono + 5);
    return this;
  }

  // Events.

  tell(event: Event): Effect[] {
    const result = step(this.policy, this.state, this.now, event);
    this.state = result.state;
    for (const effect of result.effects) this.perform(effect);
    return result.effects;
  }

  command(command: Command): Effect[] {
    return this.tell({ kind: 'command', command });
  }

  /** One advertisement of the peer arrives now. */
  beat(fake: Fake, changes: Partial<FullAdvertisement> = {}): Effect[] {
    fake.sequence += 1;
    return this.deliver(fake, this.advertisementOf(fake, changes));
  }

  deliver(fake: Fake, advertisement: Advertisement): Effect[] {
    return this.tell({ kind: 'heard', from: fake.address, advertisement });
  }

  advertisementOf(fake: Fake, changes: Partial<FullAdvertisement> = {}): Advertisement {
    const { node, tag, priority, heard } = fake;
    if (fake.version === 1) return { version: 1, resource: sharedAddress, node, tag, priority };
    const echo = heard && {
      epochRandom: heard.random,
      sequence: heard.sequence,
      ageMs: this.mono + fake.clockMs - heard.at,
    };
    return {
      version: 2,
      resource: sharedAddress,
      node,
      tag,
      priority,
      exoipPriority: priority,
      flags: this.advertisementFlags(fake),
      role: fake.role,
      intervalMs: this.policy.intervalMs,
      deadIntervalMs: fake.deadIntervalMs,
      epoch: fake.epoch,
      sequence: fake.sequence,
      claim: fake.claim,
      echo,
      support: fake.support,
      holder: fake.role === 'holding' ? { tag, ageMs: 0 } : fake.hearsHolder,
      configDigest: fake.configDigest,
      graceMs: fake.graceMs,
      ...changes,
    };
  }

  advertisementFlags(fake: Fake): Flags {
    return { ...noFlags, ...fake.flags };
  }

  /** The process of the peer is replaced by a new one, which begins in hold-off. */
  restart(fake: Fake): void {
    fake.epoch = { startedAt: fake.epoch.startedAt + 60, random: fake.epoch.random + 1 };
    Object.assign(fake, { sequence: 0, heard: null, role: 'init', up: true, refuses: false });
    fake.nextBeat = this.mono + 5;
  }

  /** Process or machine of the peer is dead: nothing comes, nothing is heard. */
  kill(...fakes: Fake[]): this {
    for (const fake of fakes) Object.assign(fake, { up: false, hears: false });
    return this;
  }

  private perform(effect: Effect): void {
    const at = this.mono;
    switch (effect.kind) {
      case 'send':
        this.sent.push({ at, to: effect.to, advertisement: effect.advertisement, via: effect.via });
        return this.arrive(effect.to, effect.advertisement, effect.via);
      case 'call':
        this.calls.push({ at, ticket: effect.ticket, call: effect.call });
        this.inFlight.add(effect.ticket);
        this.answers.push({ at: at + this.apiMs, ticket: effect.ticket, call: effect.call });
        return;
      case 'abort':
        this.aborted.push(effect.ticket);
        this.inFlight.delete(effect.ticket);
        return;
      case 'report':
        this.reports.push({ at, report: effect.report });
        return;
      case 'drop':
        this.drops.push({ at, reason: effect.reason, from: effect.from });
        return;
      case 'stop':
        this.stopped = effect.code;
    }
  }

  private arrive(to: IpAddress, advertisement: FullAdvertisement, via: string): void {
    const fake = this.peers.find(({ address }) => address === to);
    if (!fake) return;
    const { sequence, epoch } = advertisement;
    if (fake.hears) fake.heard = { sequence, random: epoch.random, at: this.mono + fake.clockMs };
    if (via === 'probe' && fake.refuses) this.refusals.push({ at: this.mono + 1, peer: fake.address });
  }

  // The cloud.

  settle(ticket: number, call: Call): void {
    this.answers = this.answers.filter((other) => other.ticket !== ticket);
    const outcome = this.answer(call) ?? this.outcomeOf(call);
    if (outcome === 'never') return;
    this.inFlight.delete(ticket);
    this.tell({ kind: 'settled', ticket, outcome });
  }

  private outcomeOf(call: Call): Outcome {
    switch (call.kind) {
      case 'read':
        return { ok: true, view: { holders: [...this.holders], pending: this.pending } };
      case 'members':
        return { ok: true, members: this.groupMembers };
      case 'describe':
        return { ok: true, description: this.describe(call.instance) };
      case 'associate':
        return this.associate(call.instance);
      case 'dissociate':
        this.holders = this.holders.filter((instance) => instance !== call.instance);
        return { ok: true };
    }
  }

  private describe(instance: InstanceId) {
    const fake = this.peers.find((peer) => peer.instance === instance);
    const state = this.machines.get(instance) ?? 'running';
    return { instance, state, addresses: fake ? [fake.address] : ['192.0.2.77'] };
  }

  private associate(instance: InstanceId): Outcome {
    const { associate } = this.policy.traits;
    if (associate === 'refusedWhileHeld' && this.holders.length > 0) return failure('conflict');
    this.holders = associate === 'adds' ? [...new Set([...this.holders, instance])] : [instance];
    return { ok: true };
  }

  // Reading the record.

  callsSince(at: number): string[] {
    return this.calls.filter((made) => made.at >= at).map(({ call }) => callText(call));
  }

  writes(since = 0): string[] {
    return this.callsSince(since).filter((text) => /^(associate|dissociate)/.test(text));
  }

  /** The instants of the writes. */
  writeTimes(): number[] {
    return this.calls.filter(({ call }) => /sociate/.test(call.kind)).map(({ at }) => at);
  }

  sentTo(fake: Fake, since = 0) {
    return this.sent.filter(({ to, at }) => to === fake.address && at >= since);
  }

  /** What was told to the peer last. */
  told(fake: Fake): FullAdvertisement {
    const last = this.sentTo(fake).at(-1);
    if (!last) throw new Error(`nothing was sent to ${fake.name}`);
    return last.advertisement;
  }

  /** The conditions that stand and were told. */
  standing(): string[] {
    return this.state.conditions.standing.filter(({ begun }) => begun).map(keyOf);
  }

  /** The conditions that have begun, in order. */
  alarms(code?: RegExp): string[] {
    return this.reports.flatMap(({ report }) =>
      report.kind === 'condition' && report.change === 'began' && (!code || code.test(keyOf(report)))
        ? [keyOf(report)]
        : [],
    );
  }

  /** The reasons of the takeovers that succeeded. */
  takeovers(): ClaimReason[] {
    return this.reports.flatMap(({ report }) => (report.kind === 'takeover' ? [report.why] : []));
  }

  /** Every role that was entered, in order. */
  roles(since = 0): RoleName[] {
    return this.reports.flatMap(({ at, report }) =>
      report.kind === 'role' && at >= since ? [report.to] : [],
    );
  }
}

const self: Member = {
  address: '10.0.0.5',
  addresses: ['10.0.0.5'],
  instance: selfInstance,
  node: selfNode,
  name: 'self',
};

export const selfMember = self;

function callText(call: Call): string {
  if (call.kind === 'read' || call.kind === 'members') return call.kind;
  return `${call.kind} ${call.instance.replace('vm-', '')}`;
}

export function failure(
  kind: 'denied' | 'missing' | 'conflict' | 'throttled' | 'unavailable' | 'rejected',
  more: { mayHaveHappened?: boolean; retryAfterMs?: number } = {},
): Outcome {
  return { ok: false, kind, mayHaveHappened: false, message: `the API says ${kind}`, ...more };
}

/** A peer named by one letter; its address and ids follow from it. */
export function fake(letter: string, priority: number, changes: Partial<Fake> = {}): Fake {
  const number = letter.charCodeAt(0) - 96;
  const address = `10.0.1.${number}`;
  const instance = `vm-${letter}`;
  return {
    name: letter,
    address,
    instance,
    node: number.toString(16).padStart(2, '0').repeat(16),
    tag: number * 0x01010101,
    member: { address, addresses: [address], instance, name: letter },
    version: 2,
    priority,
    role: 'backup',
    flags: {},
    claim: 0,
    epoch: { startedAt: 1_700_000_000, random: 1000 * number },
    sequence: 0,
    graceMs: 0,
    deadIntervalMs: D,
    configDigest: 99,
    support: 0,
    hearsHolder: null,
    up: true,
    hears: true,
    refuses: false,
    beatMs: null,
    heard: null,
    clockMs: 0,
    nextBeat: 0,
    ...changes,
  };
}

/** `a`, ranked before us, holds the address; we and the others are backups. Time has passed until all is quiet. */
export function standby(options: LabOptions & { peers: readonly Fake[] }): Lab {
  const holder = options.peers[0]!;
  Object.assign(holder, { role: 'holding', claim: 1 });
  const lab = new Lab({ holders: [holder.instance], ...options });
  lab.until('backup', ({ role }) => role === 'backup');
  return lab.run(2_500);
}

/** The address is ours from before: we are active by adoption, and all peers are backups. */
export function active(options: LabOptions = {}): Lab {
  const lab = new Lab({ holders: [selfInstance], ...options });
  lab.until('active', ({ role }) => role === 'active');
  return lab.run(1_500);
}

/** A condition by what it is and whom it is about. */
export function keyOf({ code, subject }: Condition): string {
  return subject === '' ? code : `${code} ${subject}`;
}
