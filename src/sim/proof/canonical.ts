import {
  burst,
  deadInterval,
  type FullAdvertisement,
  type Peer,
  type Policy,
  type Reading,
  type State,
} from '../../core/index.ts';
import type { Group, Letter, Outstanding, Seat, Told } from './rounds.ts';
import { isSound } from './rules.ts';

type Part<K extends keyof State> = NonNullable<State[K]>;

/**
 * A text for a group, the same for two groups exactly where they behave the same from here on, as far as each rule or
 * checker can tell. Every field of the machine's state has a row in a table that says how it is treated; a field
 * without one does not compile, and stops the exploration. What is given up, and why nothing is lost by it:
 *
 *  · *Now* is zero. An instant is told by its age in milliseconds. Rules ask an instant two things: whether its age has
 *    reached some limit, or whether it is before another one. An age beyond the greatest limit that is asked of its
 *    field is told as that limit (`aged`). An instant that is only compared with others is told by its place among them
 *    (`placed`); one that lies ahead is told by what is left of it, and is 0 once passed (`ahead`).
 *  · Silence is counted on the responsive clock: told as the difference to it, and only of a living peer (`silence`).
 *  · Sequence numbers: between rounds no datagram is under way, except in the queue of a paused process. A later one is
 *    always newer than all before. So of what we sent only that datagram matters which the peer would echo next: when
 *    it was sent, how many came after it (64 are kept), and whether it bears the present lease. A queued one is told
 *    with whether it would be accepted.
 *  · Lives (epochs) are told as: the present one of that node, or another. None that ended sends again.
 *  · Claim numbers stay as they are: they are few, and a new process begins at none.
 *  · Tickets: one call is in flight. What only serves reports is dropped (`drop`).
 *  · Windows longer than a whole exploration (revivals: 10 minutes; duels: an hour) are told by how many are in them.
 *    `longestExplorationMs` is that limit, and `explore` keeps to it.
 *
 * Not exactly the same are plans of writes that are older than 2 s: of them only the last is told, and their number.
 * So the limit of ten plans a minute is checked on every path, but may be missed on one that was merged away.
 */

export const longestExplorationMs = 590_000;

/** What a row may look at besides its own field. */
interface Sight {
  readonly group: Group;
  readonly now: number;
  readonly seat: Seat;
  readonly index: number;
  readonly state: State;
  readonly policy: Policy;
  readonly dead: number;
  /** Every instant that is only compared with others, in order. */
  readonly order: readonly number[];
  /** While a row of the peer table is told: whose it is. */
  peer: number;
  row: Peer;
}

type Row<T> = (value: T, sight: Sight) => string;
type Rows<T> = { readonly [K in keyof Required<T>]: Row<T[K]> };

// Treatments.

const drop = () => '';
const plain = (value: string | number | boolean | null | undefined) => `${value}`;
const list = (value: readonly (string | number)[]) => value.join('+');
const present = (value: unknown) => (value === null ? '-' : '!');

/** Told up to a limit of its own, or of the policy. */
function aged(limit: number | ((sight: Sight) => number)): Row<number | null> {
  return (at, sight) => age(at, sight.now, typeof limit === 'number' ? limit : limit(sight));
}

function age(at: number | null, now: number, limit: number): string {
  if (at === null) return '-';
  return at > now ? `${now - at}` : `${Math.min(limit, now - at)}`;
}

const ahead: Row<number | null> = (at, { now }) => (at === null ? '-' : `${Math.max(0, at - now)}`);
const placed: Row<number | null> = (at, { order }) => (at === null ? '-' : `${order.indexOf(at)}`);

/** Compared with others, and how long a holder that was never heard is waited for. */
const placedAndAged: Row<number> = (at, sight) =>
  `${placed(at, sight)}~${age(at, sight.now, sight.policy.neverHeardTakeoverAfterMs)}`;

/** Only while the condition holds does the field decide anything. */
function only<T>(when: (sight: Sight) => boolean, row: Row<T>): Row<T> {
  return (value, sight) => (when(sight) ? row(value, sight) : '');
}

function each<T>(row: Row<T>): Row<readonly T[]> {
  return (values, sight) => values.map((value) => row(value, sight)).join(';');
}

function maybe<T>(row: Row<T>): Row<T | null> {
  return (value, sight) => (value === null ? '-' : row(value, sight));
}

/** A record by its table. A field that the table does not know stops everything. */
function record<T extends object>(name: string, rows: Rows<T>): Row<T> {
  const known = new Set<string>(Object.keys(rows));
  const keys = Object.keys(rows) as (keyof T)[];
  return (value, sight) => {
    for (const key in value)
      if (!known.has(key))
        throw new Error(`${name}.${key} is in no table: say in sim/proof/canonical.ts how it is told`);
    let text = '(';
    for (const key of keys) text += `${rows[key](value[key], sight)},`;
    return `${text})`;
  };
}

// Conditions.

const lives = ({ row }: Sight) => row.liveness === 'alive';
const isDead = ({ row }: Sight) => row.liveness === 'silent' || row.liveness === 'refused';
const inHoldOff = ({ state }: Sight) => state.role === 'hold-off';
const isActive = ({ state }: Sight) => state.role === 'active';
const adding = ({ policy }: Sight) => policy.traits.associate === 'adds';
const grouped = ({ policy }: Sight) => policy.grouped;
const preempting = ({ policy }: Sight) => policy.preempt;

// Limits, as in core/policy.ts.

const operationMs = 30_000;
const sentCounted = 64;
const lastPlan: Row<readonly number[]> = (plans, { now }) => {
  const lately = plans.filter((at) => now - at < 60_000);
  return lately.length === 0 ? '' : `${lately.length}:${now - lately.at(-1)!}`;
};

// Peers.

/** Whether a life is the present one of that node; a node without a process will have another. */
function lifeOf(i: number, random: number, group: Group): string {
  const seat = group.seats[i]!;
  return seat.state && random === seat.policy.self.epoch.random ? 'p' : 'o';
}

const flags: Row<FullAdvertisement['flags']> = (value) => bits({ ...value, probe: false });

function bits(value: object): string {
  let text = '';
  for (const set of Object.values(value)) text += set ? '1' : '0';
  return text;
}

/** What it tells of a holder ages, and counts for D. */
const hearsay: Row<FullAdvertisement['holder']> = (holder, { now, row, dead }) =>
  holder ? `${holder.tag}@${Math.min(dead, holder.ageMs + now - row.heard.at)}` : '-';

const lastAd = record<FullAdvertisement>('advertisement', {
  version: drop,
  resource: drop,
  node: drop,
  tag: drop,
  priority: plain,
  exoipPriority: drop,
  flags,
  role: plain,
  intervalMs: drop,
  deadIntervalMs: plain,
  epoch: ({ random }, { group, peer }) => lifeOf(peer, random, group),
  sequence: drop,
  claim: only(lives, plain),
  echo: drop,
  support: plain,
  holder: only(lives, hearsay),
  configDigest: drop,
  graceMs: plain,
  readiness: drop,
});

/** Of what was sent: that datagram which the peer would echo now, or one that waits in its queue. */
const echoable: Row<Peer['outbox']['sent']> = (sent, { group, index, peer, policy, state, now }) => {
  const other = group.seats[peer]!;
  if (!other.state) return '';
  const mine = other.state.peers.find((row) => row.member.address === policy.self.addresses[0]);
  const ads = [mine?.last, other.queue.find(({ from }) => from === index)?.ad];
  const { after } = state.lease;
  const told = (ad: FullAdvertisement) => `${place(sent, ad.sequence, now)}${ad.sequence > after}`;
  const isOurs = (ad: Peer['last'] | undefined): ad is FullAdvertisement =>
    ad?.version === 2 && ad.epoch.random === policy.self.epoch.random;
  return ads.map((ad) => (isOurs(ad) ? told(ad) : '-')).join('/');
};

/** When it was sent, and how many came after it. */
function place(sent: Peer['outbox']['sent'], sequence: number, now: number): string {
  let later = 0;
  for (let one = sent; one !== null && later < sentCounted; one = one.before) {
    if (one.sequence === sequence) return `${now - one.at}#${later}`;
    later += 1;
  }
  return 'x';
}

/** The echo's own age runs on: only of a peer that hears us is it compared; else it is late, or it is not. */
const echoAge: Row<Peer['echo']['age']> = (echo, { row, now, dead }) => {
  if (echo === null) return '-';
  const current = row.echo.sentAt !== null && now - row.echo.sentAt < dead;
  return `${echo.ageMs > dead}${current ? echo.ageMs + now - echo.at : ''}`;
};

const echoedAt: Row<Peer['echo']['sentAt']> = (at, sight) => {
  const { state, now, dead, policy } = sight;
  const limit = Math.max(dead, policy.isolatedTakeoverAfterMs ?? 0);
  const heardIn = at !== null && inHoldOff(sight) && at >= state.holdOff.since;
  return `${age(at, now, limit)}${heardIn ? 'h' : ''}`;
};

const peerRow = record<Peer>('peer', {
  member: drop,
  addedAt: only(
    ({ row }) => row.liveness === 'never',
    aged(({ dead, policy }) => Math.max(dead, policy.neverHeardTakeoverAfterMs)),
  ),
  missing: plain,
  liveness: plain,
  last: (last, sight) => (last === null ? '-' : last.version === 2 ? lastAd(last, sight) : unknownForm()),
  heard: record<Peer['heard']>('heard', {
    at: aged(({ dead, policy }) => Math.max(dead, operationMs, policy.isolatedTakeoverAfterMs ?? 0)),
    responsive: only(lives, (at, { state }) => `${state.clock.responsive - at}`),
    gap: (gap, { policy }) => `${gap < 2 * burst(policy)}`,
    twoWay: only(lives, plain),
    ever: plain,
  }),
  life: record<Peer['life']>('life of a peer', {
    newest: (newest, { group, peer }) => (newest ? lifeOf(peer, newest.random, group) : '-'),
    bornAt: only(({ row }) => row.life.adopted, aged(operationMs)),
    adopted: plain,
    retired: drop,
    holdOffSince: aged(({ dead }) => dead + 5_000),
    acquiringSince: aged(operationMs),
  }),
  echo: record<Peer['echo']>('echo', {
    sentAt: echoedAt,
    age: echoAge,
    supportedAt: aged(({ dead }) => dead),
  }),
  death: record<Peer['death']>('death', {
    at: only(isDead, aged(3_000)),
    revivals: only(preempting, ({ length }) => `${length}`),
    refusals: (count) => `${Math.min(3, count)}`,
    refusedAt: aged(({ dead }) => dead),
  }),
  outbox: record<Peer['outbox']>('outbox', {
    sent: echoable,
    sentAt: aged(1_000),
    fastAt: ahead,
    probeAt: each(ahead),
    answerDue: plain,
  }),
});

function unknownForm(): never {
  throw new Error('exoip advertisements are not explored');
}

const peers: Row<readonly Peer[]> = (rows, sight) =>
  rows
    .map((row) => {
      sight.row = row;
      sight.peer = Number(row.member.address.split('.')[3]) - 1;
      return peerRow(row, sight);
    })
    .join('');

// The machine.

const machine = record<State['cloud']['machines'][number]>('machine', {
  instance: plain,
  node: drop,
  name: drop,
  state: plain,
  addresses: drop,
  zone: drop,
  at: aged(120_000),
});

const pending = record<NonNullable<State['cloud']['pending']>>('pending', {
  ticket: drop,
  call: (call) => `${call.kind}${'instance' in call ? call.instance : ''}${'background' in call}`,
  since: placed,
});

/** Who has been heard since: whether a holder came to the address unheard hangs on it. */
const heardSince: Row<number> = (at, { state }) =>
  state.peers.map(({ heard: { at: heardAt } }) => (heardAt >= at ? '1' : '0')).join('');

const arrival = record<State['cloud']['arrivals'][number]>('arrival', {
  instance: plain,
  after: heardSince,
  seenAt: aged(({ policy }) => policy.neverHeardTakeoverAfterMs),
});

const reading = record<Reading>('reading', {
  holders: list,
  pending: plain,
  described: drop,
  delivered: drop,
  deliveryAdvice: drop,
  askedAt: (at, sight) => `${placed(at, sight)}~${heardSince(at, sight)}`,
  at: aged(5_000),
});

const claim = record<Part<'claim'>>('claim', {
  why: plain,
  since: placedAndAged,
  tryingSince: aged(operationMs),
  from: drop,
  silentMs: drop,
  refusedMs: drop,
  readMs: drop,
  wroteAt: present,
  settledAt: placed,
  acceptedMs: drop,
  heldBefore: list,
  associateMs: drop,
  cleared: plain,
});

const announced = record<NonNullable<State['speech']['announced']>>('announced', {
  role: plain,
  priority: plain,
  gone: plain,
  support: plain,
  flags: plain,
});

const cloud = record<State['cloud']>('cloud', {
  pending: maybe(pending),
  nextTicket: drop,
  reading: maybe(reading),
  arrivals: each(arrival),
  machines: (machines, sight) =>
    machines
      .map((one) => machine(one, sight))
      .sort()
      .join(''),
  readWanted: plain,
  extraReadAt: aged(2_000),
  challengedAt: aged(operationMs),
  nextReadAt: ahead,
  reads: plain,
  unreadSince: (at, sight) => (at === Number.POSITIVE_INFINITY ? 'open' : placed(at, sight)),
  failures: (count) => `${Math.min(3, count)}`,
  denied: plain,
  trouble: drop,
  retryAt: ahead,
  throttled: plain,
});

const damping = record<State['damping']>('damping', {
  plans: lastPlan,
  planOpen: plain,
  fencedAt: aged(5_000),
  fenceUnresolvedUntil: ahead,
  releaseUnresolvedUntil: ahead,
  yield: record<State['damping']['yield']>('yield', {
    until: ahead,
    count: plain,
    lastAt: drop,
    taker: plain,
    duel: drop,
  }),
});

const lease = record<State['lease']>('lease', {
  until: drop,
  after: drop,
  proveBy: only(isActive, ahead),
  seenAt: only(
    isActive,
    aged(({ dead }) => dead),
  ),
  released: plain,
});

const stateRow = record<State>('state', {
  clock: ({ mono }, { now, dead }) => `${Math.min(2 * dead, now - mono)}`,
  role: plain,
  association: plain,
  roleSince: only(adding, placed),
  confirmedAt: only(isActive, placedAndAged),
  holdOff: only(
    inHoldOff,
    record<State['holdOff']>('holdOff', { since: placed, until: ahead, over: placed }),
  ),
  leaving: maybe(record<Part<'leaving'>>('leaving', { since: aged(60_000), how: plain, farewells: plain })),
  aside: maybe(
    record<Part<'aside'>>('aside', {
      since: aged(({ policy }) => policy.handoverTimeoutMs),
      until: ahead,
      to: plain,
      handing: plain,
    }),
  ),
  own: record<State['own']>('own', { healthy: plain, shift: plain }),
  peers,
  members: record<State['members']>('members', {
    known: plain,
    nextAt: only(grouped, ahead),
    reads: only(grouped, plain),
    askedForStranger: only(grouped, aged(10_000)),
    refused: drop,
    total: drop,
    impostor: drop,
  }),
  holder: maybe(
    record<Part<'holder'>>('holder', { node: plain, claim: plain, movedAt: only(preempting, aged(30_000)) }),
  ),
  vacancy: record<State['vacancy']>('vacancy', {
    since: aged(1_000),
    betterSince: only(
      preempting,
      aged(({ policy }) => policy.preemptDelayMs),
    ),
    isolatedAt: aged(({ dead }) => dead),
  }),
  cloud,
  claim: maybe(claim),
  claims: record<State['claims']>('claims', { number: plain, seen: plain, lost: plain, unableUntil: ahead }),
  damping,
  support: maybe(record<Part<'support'>>('support', { node: drop, tag: plain, until: ahead })),
  lease,
  speech: record<State['speech']>('speech', {
    sequence: drop,
    nextBeatAt: ahead,
    announced: maybe(announced),
  }),
  conditions: drop,
});

// The checkers' memory, and the world.

const heardRow: Row<Told['heard']> = (heard, sight) => {
  const told: string[] = [];
  for (const [from, one] of heard) told.push(`${from}${heardFrom(from, one, sight)}`);
  return told.sort().join(';');
};

type HeardHere = NonNullable<ReturnType<Told['heard']['get']>>;

function heardFrom(from: string, one: HeardHere, sight: Sight): string {
  const { group, now, dead, seat, policy, state } = sight;
  const { ad, at, sentAt, echoes, echoedAt, support } = one;
  const life = lifeOf(Number(from.split('.')[3]) - 1, ad.epoch.random, group);
  const woke = seat.wokeAt ?? seat.startedAt;
  const hears = now - woke < dead && echoedAt >= woke - 1;
  const fresh = now - at < dead && at >= (seat.wokeAt ?? 0);
  const said = ad.holder ? `${ad.holder.tag}@${Math.min(dead, ad.holder.ageMs + now - at)}` : '';
  const view = fresh ? `${ad.role}${now - at}${said}` : '';
  const backs = policy.quorum !== null && support === policy.self.tag;
  const backing = backs ? `s${Math.min(dead, now - echoes)}` : '';
  // What is sent to it next echoes this one, if the node itself remembers it.
  const { last } = state.peers.find(({ member }) => member.address === from)!;
  const echoing = life === 'p' && last?.version === 2 && last.sequence === ad.sequence;
  return `${life}${isSound(ad)}${hears}${view}${backing}${echoing ? `e${now - sentAt}` : ''}`;
}

const life = record<Told>('life', {
  heard: heardRow,
  // As the node's own: its peers' rows tell it.
  newest: drop,
  hasRead: plain,
  lastReadAt: only(isActive, aged(44_000)),
  inFlight: plain,
  plans: (plans, sight) =>
    `${lastPlan(plans, sight)}${(plans.at(-1) ?? 0) >= (sight.state.claim?.since ?? sight.now)}`,
  lastWrite: plain,
  wroteAt: only(isActive, (at, { state }) => `${state.confirmedAt > at}`),
  backedAt: only(
    ({ policy }) => policy.quorum !== null,
    aged(({ dead }) => 2 * dead + 2_000),
  ),
});

const letter: Row<Letter> = ({ from, ad, at, echoes }, { state, now, group, dead }) => {
  const row = state.peers.find(({ member }) => member.address === `10.0.0.${from + 1}`)!;
  const same = row.life.newest?.random === ad.epoch.random;
  const accepted = same
    ? ad.sequence > row.life.newest!.sequence
    : !row.life.retired.includes(ad.epoch.random);
  const bears = ad.echo !== null && ad.echo.sequence > state.lease.after;
  const echo = ad.echo
    ? `${ad.echo.ageMs}/${place(row.outbox.sent, ad.echo.sequence, now)}/${now - echoes}`
    : '-';
  const said = ad.holder ? `${ad.holder.tag}@${ad.holder.ageMs}` : '-';
  const parts = [from, ad.role, bits(ad.flags), ad.claim, lifeOf(from, ad.epoch.random, group), same];
  return [...parts, accepted, echo, bears, said, ad.support, Math.min(2 * dead, now - at)].join(' ');
};

/** A reading may yet be answered by how it was when it was asked. */
const outstanding: Row<Outstanding> = ({ call, rounds, holders }) =>
  `${call.kind}${'instance' in call ? call.instance : ''}*${rounds}${call.kind === 'read' ? list(holders) : ''}`;

export function canonical(group: Group): string {
  const seats = group.seats.map((seat, i) => seatText(group, seat, i));
  const late = group.stragglers
    .map(({ by, ...late }) => `${by}${late.kind}${late.instance}*${late.rounds}`)
    .sort();
  return `${seats.join('|')}|${list(group.holders)}|${late.join(' ')}`;
}

function seatText(group: Group, seat: Seat, index: number): string {
  if (!seat.state) return 'down';
  const sight = sightOf(group, seat, index, seat.state);
  const woke = Math.min(sight.dead, group.now - (seat.wokeAt ?? seat.startedAt));
  const paused = seat.pausedAt === null ? '' : `P${Math.min(2 * sight.dead, group.now - seat.pausedAt)}`;
  const world = `${woke}${paused}${each(letter)(seat.queue, sight)}${maybe(outstanding)(seat.call, sight)}`;
  return `${world}${life(seat.seen, sight)}${stateRow(seat.state, sight)}`;
}

function sightOf(group: Group, seat: Seat, index: number, state: State): Sight {
  const { policy } = seat;
  const row = state.peers[0]!;
  const shared = { group, now: group.now, seat, index, state, policy, dead: deadInterval(policy) };
  return { ...shared, order: orderOf(state, policy), peer: 0, row };
}

/** All that is placed; what does not count in this role is left out, so that it sets nothing apart. */
function orderOf(state: State, { traits }: Policy): number[] {
  const {
    role,
    roleSince,
    confirmedAt,
    claim,
    holdOff,
    leaving,
    cloud: { reading, pending, unreadSince },
  } = state;
  const known = [
    reading?.askedAt,
    pending?.since,
    claim?.since,
    claim?.settledAt,
    unreadSince,
    leaving?.since,
  ];
  if (role === 'hold-off') known.push(holdOff.since, holdOff.over);
  if (role === 'active') known.push(confirmedAt);
  if (traits.associate === 'adds') known.push(roleSince);
  const instants = known.filter((at) => at !== undefined && at !== null);
  return [...new Set(instants)].sort((a, b) => a - b);
}
