import { copySpeech, newSpeech, type Speech } from './announce/speech.ts';
import { copyDamping, type Damping, newDamping } from './cloud/damping.ts';
import { type CloudMemory, copyCloudMemory, newCloudMemory } from './cloud/memory.ts';
import { type Conditions, noConditions } from './conditions/condition.ts';
import type { Peer } from './peers/peer.ts';
import type { OnStop, Policy } from './policy.ts';
import { copyLease, type Lease, newLease, type Support } from './quorum/promise.ts';
import { type Claim, type Claims, copyClaims, newClaims } from './roles/claim.ts';
import { deadInterval } from './times.ts';
import type { IpAddress, Milliseconds, NodeId, Now } from './types.ts';

/** What the election wants this node to be. What peers are told follows from it and from the association. */
type Role = 'hold-off' | 'backup' | 'active' | 'witness' | 'stopped';

/**
 * unknown: not read since it could have changed · absent: the cloud says not ours · claiming: from the first read of
 * a takeover to its confirmation · confirmed: the cloud said ours once since the role became active, and has not
 * said otherwise
 */
type Association = 'unknown' | 'absent' | 'claiming' | 'confirmed';

/** The instant of the last step. */
interface Clock extends Now {
  /** The responsive clock: monotonic time in which this node was able to listen. Silence is counted in it. */
  readonly responsive: Milliseconds;
  /** The next step is due at this monotonic instant; one before it changes nothing. */
  readonly wakeAt: Milliseconds;
}

interface HoldOff {
  readonly since: Milliseconds;
  readonly until: Milliseconds;
  /** When the hold-off ended; the reading that decides between adoption and backup is asked after it. */
  readonly over: Milliseconds | null;
}

/** Leaving: since when and how. `farewells` counts the copies that were sent. */
interface Leaving {
  readonly since: Milliseconds;
  readonly how: OnStop;
  readonly farewells: number;
}

/** Standing aside by an operator's word (`ha-ip handover`). */
interface Aside {
  readonly since: Milliseconds;
  /** null: until told otherwise. */
  readonly until: Milliseconds | null;
  /** The peer that should take over, or null for the best. */
  readonly to: IpAddress | null;
  /** This node still holds, and waits to be relieved. */
  readonly handing: boolean;
}

/** What this machine's checks and its operator say of it. */
interface Own {
  /** null: checks are configured and have not answered yet. Then the node is unable, and not unhealthy (R17). */
  readonly healthy: boolean | null;
  /** What SIGUSR1 and SIGUSR2 have added to the priority. */
  readonly shift: number;
}

/** Who the members are, as they were last told (R24). */
interface Membership {
  readonly known: boolean;
  readonly nextAt: Milliseconds;
  readonly reads: number;
  readonly askedForStranger: Milliseconds | null;
  /** Of a list that cannot be right: how many members it named (R24). */
  readonly refused: number | null;
  /** How many others the last good list named. */
  readonly total: number;
  /** Who last advertised our own node id, and when (R25). */
  readonly impostor: { readonly from: IpAddress; readonly at: Milliseconds } | null;
}

/** Since when nothing has stood against a takeover from the dead, or from a worse holder; and isolation (R22). */
interface Vacancy {
  readonly since: Milliseconds | null;
  readonly betterSince: Milliseconds | null;
  /** When this node was last cut off from everybody. */
  readonly isolatedAt: Milliseconds;
}

/** The holder as heard last, and when it was seen to change. */
interface KnownHolder {
  readonly node: NodeId;
  readonly claim: number | null;
  readonly movedAt: Milliseconds | null;
}

/** The whole memory of one address: plain data, in records of what belongs together. */
export interface State {
  readonly clock: Clock;

  readonly role: Role;
  readonly association: Association;
  readonly roleSince: Milliseconds;
  /** When the association was last confirmed; readings asked before it say nothing against it. */
  readonly confirmedAt: Milliseconds;
  readonly holdOff: HoldOff;
  readonly leaving: Leaving | null;
  readonly aside: Aside | null;
  readonly own: Own;

  readonly peers: readonly Peer[];
  readonly members: Membership;
  readonly holder: KnownHolder | null;
  readonly vacancy: Vacancy;

  readonly cloud: CloudMemory;
  readonly claim: Claim | null;
  readonly claims: Claims;
  readonly damping: Damping;

  /** R23, of a voter and of a candidate. */
  readonly support: Support | null;
  readonly lease: Lease;

  readonly speech: Speech;
  readonly conditions: Conditions;
}

type Open<T> = { -readonly [K in keyof T]: T[K] };

/** The records of which a step has a copy of its own: their fields may be replaced. */
type Copied = 'clock' | 'own' | 'vacancy' | 'cloud' | 'claims' | 'damping' | 'lease' | 'speech';

/** A step's own copy of the state: fields may be replaced, what they hold may not be changed but in those records. */
export type Draft = { -readonly [K in keyof State]: K extends Copied ? Open<State[K]> : State[K] };

function newMembership(now: Milliseconds): Membership {
  return {
    known: false,
    nextAt: now,
    reads: 0,
    askedForStranger: null,
    refused: null,
    total: 0,
    impostor: null,
  };
}

const never = Number.NEGATIVE_INFINITY;

export function initial(policy: Policy, now: Now): State {
  const { mono } = now;
  return {
    clock: { mono, boot: now.boot, wall: now.wall, responsive: mono, wakeAt: mono },
    role: 'hold-off',
    association: 'unknown',
    roleSince: mono,
    confirmedAt: never,
    holdOff: { since: mono, until: mono + deadInterval(policy), over: null },
    leaving: null,
    aside: null,
    own: { healthy: policy.checked ? null : true, shift: 0 },
    peers: [],
    members: newMembership(mono),
    holder: null,
    vacancy: { since: null, betterSince: null, isolatedAt: never },
    cloud: newCloudMemory(mono),
    claim: null,
    claims: newClaims(),
    damping: newDamping(),
    support: null,
    lease: newLease(),
    speech: newSpeech(mono),
    conditions: noConditions(),
  };
}

/**
 * A step's own copy, at another time. Field by field, and so are the records in their files: all states have one
 * shape then. What `...` makes has none, and costs ten times as much.
 */
export function draftOf(state: State, now: Now): Draft {
  const { own, vacancy } = state;
  const { responsive, wakeAt } = state.clock;
  return {
    clock: { mono: now.mono, boot: now.boot, wall: now.wall, responsive, wakeAt },
    role: state.role,
    association: state.association,
    roleSince: state.roleSince,
    confirmedAt: state.confirmedAt,
    holdOff: state.holdOff,
    leaving: state.leaving,
    aside: state.aside,
    own: { healthy: own.healthy, shift: own.shift },
    peers: state.peers,
    members: state.members,
    holder: state.holder,
    vacancy: { since: vacancy.since, betterSince: vacancy.betterSince, isolatedAt: vacancy.isolatedAt },
    cloud: copyCloudMemory(state.cloud),
    claim: state.claim,
    claims: copyClaims(state.claims),
    damping: copyDamping(state.damping),
    support: state.support,
    lease: copyLease(state.lease),
    speech: copySpeech(state.speech),
    conditions: state.conditions,
  };
}
