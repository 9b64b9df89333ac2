import {
  type Call,
  deadInterval,
  deadline,
  defaults,
  type Effect,
  type Event,
  type FullAdvertisement,
  type InstanceId,
  type IpAddress,
  initial,
  type Member,
  type Outcome,
  type Policy,
  type State,
  type step,
  type Traits,
} from '../../core/index.ts';
import { addressResource } from '../../wire/resource.ts';
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
  isDelayed,
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
 * A group that lives in rounds of one advertisement interval, as one value: what an adversary decides for a round
 * goes in, the group after it comes out. Within a round the very `step` that ships is called as its driver calls it,
 * every 200 ms (the longest time between two steps in which silence still counts in full), and datagrams arrive a
 * millisecond after they are sent, or are lost. Calls of the cloud take whole rounds.
 */

export interface Setup {
  readonly nodes: number;
  /** R23: so many machines more that only vote, and every node votes, too. Left out: no quorum. */
  readonly witnesses?: number;
  readonly associate: Traits['associate'];
  readonly preempt: boolean;
  /** Settings that differ from the usual ones. */
  readonly policy?: Partial<Policy>;
  /** The machine that is explored; a test shows that a broken one is found out. */
  readonly step: typeof step;
}

/** One machine with the process on it. */
export interface Seat {
  readonly policy: Policy;
  readonly life: number;
  /** null: no process. */
  readonly state: State | null;
  readonly seen: Told;
  readonly startedAt: number;
  /** Stopped by SIGSTOP since then, or null. */
  readonly pausedAt: number | null;
  readonly wokeAt: number | null;
  readonly call: Outstanding | null;
  /** While it is paused: the last datagram of every other, with when it came. */
  readonly queue: readonly Letter[];
}

/** Here a datagram is known with when it was sent: so it is known of each echo what was sent when. */
export interface Told extends Life {
  readonly heard: ReadonlyMap<IpAddress, Heard & { readonly sentAt: number }>;
}

export interface Letter {
  readonly from: number;
  readonly ad: FullAdvertisement;
  readonly at: number;
  /** When that was sent which it echoes; minus infinity if it echoes nothing of this life. */
  readonly echoes: number;
}

export interface Outstanding {
  readonly ticket: number;
  readonly call: Call;
  /** Rounds that it was not answered in. */
  readonly rounds: number;
  /** Who held the address when it was sent. */
  readonly holders: readonly InstanceId[];
}

/** A write that nobody waits for any more: it may still land. */
export interface Straggler {
  readonly by: number;
  readonly kind: 'associate' | 'dissociate';
  readonly instance: InstanceId;
  readonly rounds: number;
}

export interface Group {
  readonly now: number;
  readonly seats: readonly Seat[];
  readonly holders: readonly InstanceId[];
  readonly stragglers: readonly Straggler[];
  /** Directed links that lose everything, as bits: `from * seats + to`. */
  readonly lost: number;
}

/** To one seat at the beginning of a round. `read`: the queue is read before the overdue tick. */
export type Blow = 'crash' | 'restart' | 'start' | 'pause' | 'resume' | 'resume, read first';

/**
 * ok · failed: an error, nothing done · lied: an error although it is done · late: an error, and it lands in a later
 * round, or never · stale: a reading of how it was when it was asked · none: still pending
 */
export type Answer = 'ok' | 'failed' | 'lied' | 'late' | 'stale' | 'none';

/** What the adversary decides for one round. */
export interface Round {
  readonly lost: number;
  readonly blow: { readonly seat: number; readonly what: Blow } | null;
  /** By seat; null where no call is outstanding. */
  readonly answers: readonly (Answer | null)[];
  /** By straggler. */
  readonly landings: readonly ('lands' | 'waits' | 'vanishes')[];
}

export const roundMs = defaults.intervalMs;
const gridMs = 200;
const stragglerRounds = 3;
const never = Number.NEGATIVE_INFINITY;

/** Every machine, switched off; nobody holds the address. */
export function emptyGroup(setup: Setup): Group {
  const now = 1_000_000;
  const seats = Array.from({ length: sizeOf(setup) }, (_, i) => emptySeat(policyOf(setup, i, 0), 0, now));
  return { now, seats, holders: [], stragglers: [], lost: 0 };
}

/** Everything is decided kindly: nothing is lost, every call is answered, what is down or paused runs again. */
export function kindRound(group: Group): Round {
  return {
    lost: 0,
    blow: null,
    answers: group.seats.map(({ call }) => (call ? 'ok' : null)),
    landings: group.stragglers.map(() => 'lands'),
  };
}

export interface Played {
  readonly group: Group;
  readonly findings: readonly (Finding & { readonly seat: number })[];
}

/** One round. `wakes`: every process that is down or paused begins to run. */
export function play(setup: Setup, group: Group, round: Round, wakes = false): Played {
  const table = new Table(setup, group, round);
  if (round.blow) table.strike(round.blow.seat, round.blow.what);
  if (wakes) table.wakeAll();
  table.land();
  table.answer();
  for (let at = 0; at < roundMs; at += gridMs) table.tickAll(group.now + at);
  return table.leave(group.now + roundMs);
}

/** The working copy of one round. */
class Table {
  readonly #setup: Setup;
  readonly #round: Round;
  readonly #findings: (Finding & { seat: number })[] = [];
  readonly #seats: { -readonly [K in keyof Seat]: Seat[K] }[];
  readonly #letters: { to: number; letter: Letter; probe: boolean }[] = [];
  #stragglers: Straggler[];
  #holders: readonly InstanceId[];
  #now: number;

  constructor(setup: Setup, group: Group, round: Round) {
    this.#setup = setup;
    this.#round = round;
    this.#seats = group.seats.map((seat) => ({ ...seat }));
    this.#stragglers = [...group.stragglers];
    this.#holders = group.holders;
    this.#now = group.now;
  }

  leave(now: number): Played {
    this.#now = now;
    for (const i of this.#seats.keys()) this.#look(i);
    const { lost } = this.#round;
    const group = { now, seats: this.#seats, holders: this.#holders, stragglers: this.#stragglers, lost };
    return { group, findings: this.#findings };
  }

  #report(seat: number, findings: readonly Finding[]): void {
    for (const finding of findings) this.#findings.push({ ...finding, seat });
  }

  /** What is looked at in every round. */
  #look(i: number): void {
    const seat = this.#seats[i]!;
    const node = this.#watched(i);
    if (!node || seat.pausedAt !== null) return;
    this.#report(i, unconfirmedHold(node));
    if (node.policy.quorum === null) return;
    if (isBacked(node)) seat.seen = { ...seat.seen, backedAt: node.now };
    else this.#report(i, unbackedHold(node));
  }

  #watched(i: number): Watched | null {
    const { state, seen, policy } = this.#seats[i]!;
    return state && { now: this.#now, life: seen, state, policy };
  }

  // Processes.

  strike(i: number, what: Blow): void {
    const seat = this.#seats[i]!;
    if (what === 'crash' || what === 'restart') this.#kill(i);
    if (what === 'restart' || what === 'start') this.#start(i);
    if (what === 'pause') seat.pausedAt = this.#now;
    if (what === 'resume' || what === 'resume, read first') this.#resume(i, what === 'resume');
  }

  wakeAll(): void {
    for (const [i, seat] of this.#seats.entries()) {
      if (!seat.state) this.#start(i);
      else if (seat.pausedAt !== null) this.#resume(i, true);
    }
  }

  #kill(i: number): void {
    const seat = this.#seats[i]!;
    this.#letGo(i, seat.call);
    this.#seats[i] = emptySeat(seat.policy, seat.life, this.#now);
  }

  #start(i: number): void {
    const life = this.#seats[i]!.life + 1;
    const policy = policyOf(this.#setup, i, life);
    const state = initial(policy, clockAt(this.#now));
    this.#seats[i] = { ...emptySeat(policy, life, this.#now), state };
    const members = this.#seats.map((_, other) => memberOf(other)).filter((_, other) => other !== i);
    this.#step(i, { kind: 'members', members });
  }

  /** The overdue timer first, or the queued datagrams, as chance has it. */
  #resume(i: number, tickFirst: boolean): void {
    const seat = this.#seats[i]!;
    const { queue, policy } = seat;
    if (this.#now - seat.pausedAt! > deadInterval(policy)) seat.wokeAt = this.#now;
    Object.assign(seat, { pausedAt: null, queue: [] });
    if (tickFirst) this.#step(i, { kind: 'tick' });
    for (const letter of queue) this.#hear(i, letter);
  }

  // The cloud.

  /** A write whose process does not wait for it any more; a reading is lost. */
  #letGo(by: number, out: Outstanding | null): void {
    if (out?.call.kind !== 'associate' && out?.call.kind !== 'dissociate') return;
    this.#stragglers.push({ by, kind: out.call.kind, instance: out.call.instance, rounds: 0 });
  }

  land(): void {
    const before = this.#stragglers;
    this.#stragglers = [];
    for (const [i, straggler] of before.entries()) {
      const landing = this.#round.landings[i] ?? 'waits';
      if (landing === 'lands') this.#apply(straggler);
      else if (landing === 'waits' && straggler.rounds + 1 < stragglerRounds)
        this.#stragglers.push({ ...straggler, rounds: straggler.rounds + 1 });
    }
  }

  /** Writes first: a reading of the same round shows them, unless it is a stale one. */
  answer(): void {
    const due = this.#seats.map(({ call }) => call);
    for (const writes of [true, false]) {
      for (const [i, out] of due.entries()) {
        if (out && isWrite(out.call) === writes && this.#seats[i]!.call === out) this.#settle(i, out);
      }
    }
  }

  #settle(i: number, out: Outstanding): void {
    const seat = this.#seats[i]!;
    const answer = this.#round.answers[i] ?? 'none';
    if (answer === 'none' || seat.pausedAt !== null) {
      seat.call = { ...out, rounds: out.rounds + 1 };
      return;
    }
    const outcome = this.#outcome(i, out, answer);
    seat.call = null;
    seat.seen = afterSettlement(seat.seen, out.call, outcome.ok, this.#now);
    this.#step(i, { kind: 'settled', ticket: out.ticket, outcome });
  }

  #outcome(i: number, { call, holders }: Outstanding, answer: Answer): Outcome {
    if (call.kind === 'associate' || call.kind === 'dissociate') return this.#write(i, call, answer);
    if (answer === 'failed') return failure(false);
    if (call.kind === 'describe') return { ok: true, description: describe(seatOf(call.instance)) };
    if (call.kind === 'members') return { ok: true, members: this.#seats.map((_, i) => memberOf(i)) };
    const seen = answer === 'stale' ? holders : this.#holders;
    const described = seen.map((instance) => describe(seatOf(instance)));
    return { ok: true, view: { holders: seen, pending: this.#isMoving(), described } };
  }

  /** Where a cloud shows that a move is under way. */
  #isMoving(): boolean {
    return (
      this.#setup.associate === 'moves' && this.#seats.some(({ call }) => call !== null && isWrite(call.call))
    );
  }

  #write(by: number, call: Call & { kind: 'associate' | 'dissociate' }, answer: Answer): Outcome {
    if (answer === 'late') this.#stragglers.push({ by, ...call, rounds: 0 });
    if (answer === 'late' || answer === 'failed') return failure(answer === 'late');
    const done = this.#apply({ by, ...call });
    if (answer === 'lied') return failure(true);
    return done
      ? { ok: true }
      : { ok: false, kind: 'conflict', mayHaveHappened: false, message: 'somebody holds it' };
  }

  /** The register: what associating does to whoever holds the address is the kind of the cloud. */
  #apply({ by, kind, instance }: Omit<Straggler, 'rounds'>): boolean {
    const { associate } = this.#setup;
    const others = this.#holders.filter((holder) => holder !== instance);
    const { policy, state } = this.#seats[by]!;
    if (kind === 'dissociate' && state && others.length < this.#holders.length)
      this.#report(by, emptied(policy, instance, seatName(this.#seats, seatOf(instance)), others.length));
    if (kind === 'dissociate') this.#holders = others;
    else if (associate === 'refusedWhileHeld' && others.length > 0) return false;
    else this.#holders = associate === 'adds' ? [...others, instance].sort() : [instance];
    return true;
  }

  // Time and datagrams.

  tickAll(now: number): void {
    this.#now = now;
    for (const [i, { state, pausedAt }] of this.#seats.entries()) {
      if (!state || pausedAt !== null) continue;
      if (deadline(state) > now && state.clock.mono < now)
        throw new Error(`the grid of ${gridMs} ms is finer than the machine's own deadline`);
      this.#step(i, { kind: 'tick' });
    }
    this.#deliverAll();
  }

  /** Each datagram, and each answer to one, is on its way for a millisecond. */
  #deliverAll(): void {
    while (this.#letters.length > 0) {
      this.#now += 1;
      for (const { to, letter, probe } of this.#letters.splice(0)) this.#deliver(to, letter, probe);
    }
  }

  #deliver(to: number, letter: Letter, probe: boolean): void {
    const target = this.#seats[to]!;
    const { from } = letter;
    if (this.#isLost(from, to)) return;
    if (!target.state) {
      if (probe && !this.#isLost(to, from)) this.#step(from, { kind: 'refused', peer: memberOf(to).address });
      return;
    }
    if (target.pausedAt === null) return this.#hear(to, letter);
    target.queue = [...target.queue.filter((other) => other.from !== from), letter];
  }

  #isLost(from: number, to: number): boolean {
    return (this.#round.lost & linkBit(this.#seats.length, from, to)) !== 0;
  }

  #hear(i: number, letter: Letter): void {
    const seat = this.#seats[i]!;
    const { from, ad } = letter;
    const { address } = memberOf(from);
    seat.seen = afterHearing(seat.seen, address, letter, this.#now);
    this.#step(i, { kind: 'heard', from: address, advertisement: ad });
  }

  // Machines.

  #step(i: number, event: Event): void {
    const seat = this.#seats[i]!;
    if (!seat.state) return;
    const result = this.#setup.step(seat.policy, seat.state, clockAt(this.#now), event);
    seat.state = result.state;
    for (const effect of result.effects) this.#perform(i, effect);
  }

  #perform(i: number, effect: Effect): void {
    if (effect.kind === 'send') {
      this.#send(i, effect.to, effect.advertisement, effect.via === 'probe');
    } else if (effect.kind === 'call') this.#call(i, effect.ticket, effect.call);
    else if (effect.kind === 'abort') this.#abort(i, effect.ticket);
  }

  #send(i: number, to: IpAddress, ad: FullAdvertisement, probe: boolean): void {
    this.#checkLeases(i);
    const echoed = this.#seats[i]!.seen.heard.get(to);
    const { life } = this.#seats[seatAt(to)]!;
    const known = echoed?.ad.epoch.random === epochOf(seatAt(to), life);
    const echoes = known && ad.echo?.sequence === echoed.ad.sequence ? echoed.sentAt : never;
    this.#letters.push({ to: seatAt(to), letter: { from: i, ad, at: this.#now, echoes }, probe });
  }

  /** S11, whenever one that has a lease says something. */
  #checkLeases(i: number): void {
    if (!this.#isLeased(i)) return;
    const other = this.#seats.findIndex((_, at) => at !== i && this.#isLeased(at));
    if (other !== -1) this.#report(i, [secondLease(seatName(this.#seats, other))]);
  }

  #isLeased(i: number): boolean {
    const { policy, state, pausedAt } = this.#seats[i]!;
    return state !== null && pausedAt === null && isLeased({ policy, state, now: this.#now });
  }

  #call(i: number, ticket: number, call: Call): void {
    const seat = this.#seats[i]!;
    const caller = this.#caller(i);
    this.#report(i, faultsOfCall(caller, call));
    seat.seen = { ...afterCall(caller, call), heard: seat.seen.heard };
    this.#letGo(i, seat.call);
    seat.call = { ticket, call, rounds: 0, holders: this.#holders };
  }

  #abort(i: number, ticket: number): void {
    const seat = this.#seats[i]!;
    seat.seen = afterAbort(seat.seen);
    if (seat.call?.ticket !== ticket) return;
    this.#letGo(i, seat.call);
    seat.call = null;
  }

  #caller(i: number): Caller {
    const { startedAt, wokeAt } = this.#seats[i]!;
    const awakeMs = this.#now - (wokeAt ?? startedAt);
    const others = this.#seats.map((_, other) => otherOf(other)).filter((_, other) => other !== i);
    return { ...this.#watched(i)!, awakeMs, wokeAt: wokeAt ?? never, others };
  }
}

/** As its socket saw it: what is older, of an ended life, or was on its way too long leaves no mark. */
function afterHearing(seen: Told, address: IpAddress, { ad, at, echoes }: Letter, now: number): Told {
  const { random } = ad.epoch;
  const before = seen.newest.get(address);
  if (isReplay(before, random, ad.sequence)) return seen;
  const lives = before?.random === random ? before.lives : new Set(before?.lives).add(random);
  const newest = new Map(seen.newest).set(address, { random, sequence: ad.sequence, lives });
  if (isDelayed(now, echoes, ad.echo?.ageMs ?? 0, ad.deadIntervalMs)) return { ...seen, newest };
  const echoedAt = Math.max(seen.heard.get(address)?.echoedAt ?? never, echoes);
  const heard = { ad, support: ad.support, at: now, seenAt: now, sentAt: at, echoes, echoedAt };
  return { ...seen, newest, heard: new Map(seen.heard).set(address, heard) };
}

/** Whose place that is, among those of a group. */
export function seatName(seats: readonly Seat[], i: number): string {
  const nodes = seats.filter(({ policy }) => !policy.witness).length;
  return i < nodes ? `n${i + 1}` : `w${i + 1 - nodes}`;
}

function sizeOf({ nodes, witnesses = 0 }: Setup): number {
  return nodes + witnesses;
}

export function linkBit(seats: number, from: number, to: number): number {
  return 1 << (from * seats + to);
}

export function isWrite(call: Call): boolean {
  return call.kind === 'associate' || call.kind === 'dissociate';
}

function emptySeat(policy: Policy, life: number, now: number): Seat {
  return {
    policy,
    life,
    state: null,
    seen: { ...newLife(now), heard: new Map() },
    startedAt: now,
    pausedAt: null,
    wokeAt: null,
    call: null,
    queue: [],
  };
}

function clockAt(now: number) {
  return { mono: now, boot: now, wall: now };
}

function failure(mayHaveHappened: boolean): Outcome {
  return { ok: false, kind: 'unavailable', mayHaveHappened, message: 'explored failure' };
}

// Names. A node's life is its epoch; its number is in every name it has.

const instanceOf = (i: number): InstanceId => `vm${i + 1}`;
const seatOf = (instance: InstanceId) => Number(instance.slice(2)) - 1;
const addressOf = (i: number) => `10.0.0.${i + 1}`;
const seatAt = (address: string) => Number(address.slice('10.0.0.'.length)) - 1;
const nodeOf = (i: number) => (i + 1).toString(16).padStart(32, '0');
const epochOf = (i: number, life: number) => 1_000 * (i + 1) + life;

const members = Array.from(
  { length: 8 },
  (_, i): Member => ({
    address: addressOf(i),
    addresses: [addressOf(i)],
    instance: instanceOf(i),
    name: `n${i + 1}`,
  }),
);
const memberOf = (i: number) => members[i]!;
const otherOf = (i: number) => ({ name: `n${i + 1}`, address: addressOf(i), instance: instanceOf(i) });

function describe(i: number) {
  return { instance: instanceOf(i), node: nodeOf(i), state: 'running' as const, addresses: [addressOf(i)] };
}

function policyOf(setup: Setup, i: number, life: number): Policy {
  const { associate, preempt, policy } = setup;
  const voters = Array.from({ length: sizeOf(setup) }, (_, voter) => addressOf(voter));
  return {
    self: {
      node: nodeOf(i),
      tag: i + 1,
      instance: instanceOf(i),
      addresses: [addressOf(i)],
      epoch: { startedAt: life, random: epochOf(i, life) },
    },
    resource: addressResource('198.51.100.50'),
    traits: { associate, fences: associate !== 'moves', settleMs: 0 },
    grouped: false,
    ...defaults,
    // As short as they can be, so that a few rounds meet all of them.
    priority: 10 * (i + 1),
    intervalMs: roundMs,
    deadRatio: 2,
    preempt,
    preemptDelayMs: 2 * roundMs,
    isolatedTakeoverAfterMs: associate === 'adds' ? null : 5 * roundMs,
    neverHeardTakeoverAfterMs: 5 * roundMs,
    quorum: setup.witnesses === undefined ? null : { voters },
    witness: i >= setup.nodes,
    checked: false,
    configDigest: 1,
    ...policy,
  };
}
