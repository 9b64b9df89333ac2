import { deadInterval } from './policy.ts';
import type { Sent } from './sent.ts';
import type {
  AdvertisedRole,
  Advertisement,
  Call,
  ClaimReason,
  Description,
  Effect,
  Flags,
  InstanceId,
  IpAddress,
  Member,
  Milliseconds,
  NodeId,
  Now,
  OnStop,
  Policy,
  Report,
  Tag,
  View,
} from './types.ts';

/** What the election wants this node to be. What peers are told follows from it and from the association. */
export type Role = 'hold-off' | 'backup' | 'active' | 'witness' | 'stopped';

/**
 * unknown: not read since it could have changed · absent: the cloud says not ours · claiming: from the first read of
 * a takeover to its confirmation · confirmed: the cloud said ours once since the role became active, and has not
 * said otherwise
 */
export type Association = 'unknown' | 'absent' | 'claiming' | 'confirmed';

/** never: not heard since our start · silent: its dead interval passed · refused: its host says nothing listens there */
export type Liveness = 'never' | 'alive' | 'silent' | 'refused';

export interface Peer {
  readonly member: Member;
  readonly addedAt: Milliseconds;
  /** Good lists in a row that did not name it (R24). */
  readonly missing: number;
  readonly liveness: Liveness;

  readonly last: Advertisement | null;
  /** When it was last heard: monotonic, and on the responsive clock. */
  readonly heardAt: Milliseconds;
  readonly heardResponsive: Milliseconds;
  /** Time between its last two datagrams: tells whether it beats fast for us (R29). */
  readonly gap: Milliseconds;
  /** The newest datagram that was taken in: what is not newer in that life is a replay. Survives our own pauses. */
  readonly newest: { readonly random: number; readonly sequence: number } | null;
  /** When we saw it begin the life that it is in; minus infinity: it was in it when we first heard it. */
  readonly bornAt: Milliseconds;
  /** It went on holding from its hold-off in that life: it has taken nothing over (R7). */
  readonly adopted: boolean;
  /** Earlier lives of this peer: what still comes from them is a replay. */
  readonly retired: readonly number[];
  /** The newest of our datagrams that it has said it heard, and when we had sent that one. */
  readonly echoedAt: Milliseconds | null;
  /** Its age as the peer told it, and when we were told. */
  readonly echoAge: { readonly ageMs: Milliseconds; readonly at: Milliseconds } | null;
  /** When we had sent the newest datagram of our lease that it has heard and supports us by, or null (R23). */
  readonly supportedAt: Milliseconds | null;
  /** It heard us when it was last heard (R29 asks this of a holder that falls silent). */
  readonly wasTwoWay: boolean;
  /** It was heard at some time since our start, even if that is forgotten since (R11). */
  readonly everHeard: boolean;
  /** When it was last found dead. */
  readonly diedAt: Milliseconds | null;
  /** Since when it has been in hold-off, or null. */
  readonly holdOffSince: Milliseconds | null;
  /** Since when it has said that it is taking over, or null. */
  readonly acquiringSince: Milliseconds | null;
  /** When it came back from the dead. */
  readonly revivals: readonly Milliseconds[];
  /** Probes refused since it was last heard. */
  readonly refusals: number;
  readonly refusedAt: Milliseconds | null;

  /** Our last datagrams to it. */
  readonly sent: Sent | null;
  readonly sentAt: Milliseconds;
  readonly fastAt: Milliseconds | null;
  readonly probeAt: readonly Milliseconds[];
  readonly answerDue: boolean;
}

/** What every peer has been told. */
export interface Announced {
  readonly role: AdvertisedRole;
  readonly priority: number;
  /** How many peers are known to be gone by refusals (R29). */
  readonly gone: number;
  /** Whom this voter supports (R23). */
  readonly support: Tag;
  readonly flags: Flags;
}

/** A call in flight. */
export interface Pending {
  readonly ticket: number;
  readonly call: Call;
  readonly since: Milliseconds;
}

/** What the cloud said, with when it was asked and when it answered (monotonic). */
export interface Reading extends View {
  readonly askedAt: Milliseconds;
  readonly at: Milliseconds;
}

/** A holder that an earlier reading of ours had not named. */
export interface Arrival {
  readonly instance: InstanceId;
  /** It came after that earlier reading was asked for, and was there when a later one was answered. */
  readonly after: Milliseconds;
  readonly seenAt: Milliseconds;
}

/** A takeover under way. */
export interface Claim {
  readonly why: ClaimReason;
  readonly since: Milliseconds;
  /** As `since`, but moved on while waiting is right: the limit of R13 counts from here. */
  readonly tryingSince: Milliseconds;
  /** How the holder before fell away, for the report. */
  readonly from: string | null;
  readonly silentMs: Milliseconds | null;
  readonly refusedMs: Milliseconds | null;
  readonly readMs: Milliseconds | null;
  /** The association that was sent last: when, and when it ended; from then on only a read counts. */
  readonly wroteAt: Milliseconds | null;
  readonly settledAt: Milliseconds | null;
  readonly acceptedMs: Milliseconds | null;
  /** The holders before that write: if they are unchanged afterwards, nobody was faster, it just failed. */
  readonly heldBefore: readonly InstanceId[];
  readonly associateMs: Milliseconds | null;
  /** Dissociating the holder was part of this claim: the association that follows is the same plan. */
  readonly cleared: boolean;
}

/** Leaving: since when and how. `farewells` counts the copies that were sent. */
export interface Leaving {
  readonly since: Milliseconds;
  readonly how: OnStop;
  readonly farewells: number;
}

/** Standing aside by an operator's word (`ha-ip handover`). */
export interface Aside {
  readonly since: Milliseconds;
  /** null: until told otherwise. */
  readonly until: Milliseconds | null;
  /** The peer that should take over, or null for the best. */
  readonly to: IpAddress | null;
  /** This node still holds, and waits to be relieved. */
  readonly handing: boolean;
}

/** Whom this voter supports, and until when nobody else. */
export interface Support {
  readonly node: NodeId;
  readonly tag: Tag;
  /** Monotonic; infinity while it is this node itself. */
  readonly until: Milliseconds;
}

export interface KnownMachine extends Description {
  readonly at: Milliseconds;
}

/** The whole memory of one address. Plain data; a step replaces parts and mutates none. */
export interface State {
  readonly clock: Now;
  /** ρ, the responsive clock: monotonic time in which this node was able to listen. Silence is counted in it. */
  readonly responsive: Milliseconds;
  /** The next step is due at this monotonic instant; one before it changes nothing. */
  readonly wakeAt: Milliseconds;

  readonly role: Role;
  readonly association: Association;
  readonly roleSince: Milliseconds;
  /** When the association was last confirmed; readings asked before it say nothing against it. */
  readonly confirmedAt: Milliseconds;
  readonly holdOff: {
    readonly since: Milliseconds;
    readonly until: Milliseconds;
    /** When the hold-off ended; the reading that decides between adoption and backup is asked after it. */
    readonly over: Milliseconds | null;
  };
  readonly leaving: Leaving | null;
  readonly aside: Aside | null;
  /** null: checks are configured and have not answered yet. Then the node is unable, and not unhealthy (R17). */
  readonly healthy: boolean | null;
  /** What SIGUSR1 and SIGUSR2 have added to the priority. */
  readonly shift: number;

  readonly peers: readonly Peer[];
  readonly members: {
    readonly known: boolean;
    readonly nextAt: Milliseconds;
    readonly reads: number;
    readonly askedForStranger: Milliseconds | null;
  };
  readonly machines: readonly KnownMachine[];

  readonly pending: Pending | null;
  readonly nextTicket: number;
  readonly reading: Reading | null;
  /** Of the holders now, those that we have seen to become it. */
  readonly arrivals: readonly Arrival[];
  /** A reading is wanted at once (R14); `extraReadAt` bounds how often. */
  readonly readWanted: boolean;
  readonly extraReadAt: Milliseconds;
  /** When a worse node was last taking over: what it may have written lands within an operation's time (R14). */
  readonly challengedAt: Milliseconds;
  readonly nextReadAt: Milliseconds;
  /** Readings since the last change of role or holder. */
  readonly reads: number;
  /** Consecutive failed calls; three make a node unable (R6). */
  readonly failures: number;
  readonly denied: boolean;
  readonly retryAt: Milliseconds;
  /** The cloud itself asked for that pause: a takeover keeps to it, too. */
  readonly throttled: boolean;
  /** When the last write ended (infinity: it has not), until a reading that was asked later says what is true (R5). */
  readonly unreadSince: Milliseconds | null;
  /** The instants of the last written plans (R21). */
  readonly plans: readonly Milliseconds[];
  /** The last of them was the association of this takeover: what follows at once belongs to it. */
  readonly planOpen: boolean;

  readonly claim: Claim | null;
  readonly claimNumber: number;
  readonly claimSeen: number;
  /** Takeovers that failed in a row. */
  readonly lostClaims: number;
  readonly unableUntil: Milliseconds;
  readonly yield: {
    readonly until: Milliseconds;
    readonly count: number;
    readonly lastAt: Milliseconds;
    /** Instance that took the address and is not heard. */
    readonly taker: InstanceId | null;
  };
  /** When this node was last cut off from everybody (R22). */
  readonly isolatedAt: Milliseconds;
  /** Since when nothing has stood against a takeover from the dead, or from a worse holder. */
  readonly vacantSince: Milliseconds | null;
  readonly betterSince: Milliseconds | null;
  /** R23, of a voter. */
  readonly support: Support | null;
  readonly lease: {
    /** Only datagrams after this sequence bear one: those of this takeover, adoption or return. */
    readonly after: number;
    /** Until then a holder may be without one: it has just adopted the address, or taken back its release. */
    readonly proveBy: Milliseconds;
    /** When it was last seen to be valid. */
    readonly seenAt: Milliseconds;
    /** Given up for a successor that is taking over. */
    readonly released: boolean;
  };

  /** The holder as heard last, and when it was seen to change. */
  readonly holder: {
    readonly node: NodeId;
    readonly claim: number | null;
    readonly movedAt: Milliseconds | null;
  } | null;
  readonly fencedAt: Milliseconds;
  /** A dissociation of another machine ended without an answer: until then it may still be carried out (R19). */
  readonly fenceUnresolvedUntil: Milliseconds;
  /** The same of our own release: what is ours may yet be lost to it. Nobody is relieved or dissociated meanwhile (R9, R20). */
  readonly releaseUnresolvedUntil: Milliseconds;

  readonly sequence: number;
  readonly nextBeatAt: Milliseconds;
  /** Role and flags as last announced: a difference is sent at once. */
  readonly announced: Announced | null;
  /** Alarms that have been said and not yet ended. */
  readonly said: readonly string[];
}

/** A step's own copy of the state: its fields may be replaced, what they hold may not be changed. */
export type Draft = { -readonly [K in keyof State]: State[K] };

/** What the stages of one step share. */
export interface Step {
  readonly policy: Policy;
  readonly now: Now;
  readonly state: Draft;
  readonly effects: Effect[];
}

export function report(step: Step, what: Report): void {
  step.effects.push({ kind: 'report', report: what });
}

/** Says something an operator should mend, once until it ends. */
export function alarm(step: Step, code: string, message: string): void {
  if (step.state.said.includes(code)) return;
  step.state.said = [...step.state.said, code];
  report(step, { kind: 'alarm', code, message });
}

/** The cause of an alarm is gone: say it again when it comes back. */
export function allClear(step: Step, code: string): void {
  if (step.state.said.includes(code)) step.state.said = step.state.said.filter((said) => said !== code);
}

const never = Number.NEGATIVE_INFINITY;

export function initial(policy: Policy, now: Now): State {
  return {
    clock: now,
    responsive: now.mono,
    wakeAt: now.mono,
    role: 'hold-off',
    association: 'unknown',
    roleSince: now.mono,
    confirmedAt: never,
    holdOff: { since: now.mono, until: now.mono + deadInterval(policy), over: null },
    leaving: null,
    aside: null,
    healthy: policy.checked ? null : true,
    shift: 0,
    peers: [],
    members: { known: false, nextAt: now.mono, reads: 0, askedForStranger: null },
    machines: [],
    pending: null,
    nextTicket: 1,
    reading: null,
    arrivals: [],
    readWanted: false,
    extraReadAt: never,
    challengedAt: never,
    nextReadAt: now.mono,
    reads: 0,
    failures: 0,
    denied: false,
    retryAt: now.mono,
    throttled: false,
    unreadSince: null,
    plans: [],
    planOpen: false,
    claim: null,
    claimNumber: 0,
    claimSeen: 0,
    lostClaims: 0,
    unableUntil: never,
    yield: { until: never, count: 0, lastAt: never, taker: null },
    isolatedAt: never,
    vacantSince: null,
    betterSince: null,
    support: null,
    lease: { after: 0, proveBy: never, seenAt: never, released: false },
    holder: null,
    fencedAt: never,
    fenceUnresolvedUntil: never,
    releaseUnresolvedUntil: never,
    sequence: 0,
    nextBeatAt: now.mono,
    announced: null,
    said: [],
  };
}

/**
 * A step's own copy. Every field by name, as in `initial`, so that all states have one shape: V8 gives the copy of a
 * copy by `...` a new one each time, and every look at a field would be slow. `changed` does the same for peers.
 */
export function draftOf(state: State): Draft {
  return {
    clock: state.clock,
    responsive: state.responsive,
    wakeAt: state.wakeAt,
    role: state.role,
    association: state.association,
    roleSince: state.roleSince,
    confirmedAt: state.confirmedAt,
    holdOff: state.holdOff,
    leaving: state.leaving,
    aside: state.aside,
    healthy: state.healthy,
    shift: state.shift,
    peers: state.peers,
    members: state.members,
    machines: state.machines,
    pending: state.pending,
    nextTicket: state.nextTicket,
    reading: state.reading,
    arrivals: state.arrivals,
    readWanted: state.readWanted,
    extraReadAt: state.extraReadAt,
    challengedAt: state.challengedAt,
    nextReadAt: state.nextReadAt,
    reads: state.reads,
    failures: state.failures,
    denied: state.denied,
    retryAt: state.retryAt,
    throttled: state.throttled,
    unreadSince: state.unreadSince,
    plans: state.plans,
    planOpen: state.planOpen,
    claim: state.claim,
    claimNumber: state.claimNumber,
    claimSeen: state.claimSeen,
    lostClaims: state.lostClaims,
    unableUntil: state.unableUntil,
    yield: state.yield,
    isolatedAt: state.isolatedAt,
    vacantSince: state.vacantSince,
    betterSince: state.betterSince,
    support: state.support,
    lease: state.lease,
    holder: state.holder,
    fencedAt: state.fencedAt,
    fenceUnresolvedUntil: state.fenceUnresolvedUntil,
    releaseUnresolvedUntil: state.releaseUnresolvedUntil,
    sequence: state.sequence,
    nextBeatAt: state.nextBeatAt,
    announced: state.announced,
    said: state.said,
  };
}
