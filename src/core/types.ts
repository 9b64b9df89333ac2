/**
 * The vocabulary of the election: plain data only, so that status, transcripts and bug reports print it as it is.
 * Nothing here knows a cloud, a socket or a clock. All durations and instants are milliseconds.
 */

/** Milliseconds of some clock; which one, the field's name says. */
export type Milliseconds = number;

/**
 * The three clocks of one instant. Only `mono` decides. `boot` also counts time suspended and `wall` may be
 * stepped by anyone: both serve the stall test alone (R2).
 */
export interface Now {
  readonly mono: Milliseconds;
  readonly boot: Milliseconds;
  readonly wall: Milliseconds;
}

/** 16 bytes as 32 lower-case hex digits, so that comparing texts compares unsigned bytes. */
export type NodeId = string;

/** What the cloud calls a machine. Lower case; compared by value. */
export type InstanceId = string;

/** The canonical text of an IPv4 or IPv6 address, without prefix length or zone. */
export type IpAddress = string;

/** The first four bytes of SHA-256 of a node id, as an unsigned number; 0 means none. */
export type Tag = number;

/** One life of a process: no two lives share it, and a later one has a later or equal start. */
export interface Epoch {
  /** Unix seconds at the start of the process. */
  readonly startedAt: number;
  /** 32 random bits. */
  readonly random: number;
}

/** Roles as peers are told them. People read them as hold-off, backup, taking over, active, witness. */
export type AdvertisedRole = 'init' | 'backup' | 'acquiring' | 'holding' | 'witness';

export interface Flags {
  /** Leaving: keeps the address only until a successor is verified. */
  readonly leaving: boolean;
  readonly unhealthy: boolean;
  /** Would not claim even if all others fell silent (R6, R13, R31): nobody waits for it. */
  readonly unable: boolean;
  /** Votes, and never holds (R23). */
  readonly witness: boolean;
  /** From a holder: it has stopped writing, and its voters may support its successor (R23). */
  readonly released: boolean;
  /** Asks for an immediate reply. */
  readonly probe: boolean;
  readonly reply: boolean;
  /** From a holder: you, to whom this datagram is sent, may preempt me (R10). */
  readonly preempt: boolean;
  /** The last call of the cloud's API succeeded. */
  readonly apiOk: boolean;
  /** The cloud allows several holders at once. */
  readonly multi: boolean;
  readonly quorum: boolean;
  /** Leaves for a restart and is back within `graceMs`. */
  readonly restarting: boolean;
  /** This standby has proven that it could take over now. */
  readonly ready: boolean;
  /** Excluded by its operator or monitor. */
  readonly notACandidate: boolean;
  /** From a holder: you, to whom this datagram is sent, are asked to take over now (R9). */
  readonly heir: boolean;
}

/** exoip's 24 bytes: all that a node of that program tells. */
export interface ExoipAdvertisement {
  readonly version: 1;
  readonly address: IpAddress;
  /** The UUID of the sender's default NIC. */
  readonly node: NodeId;
  /** Tag of `node`: the wire fills it in on reception. */
  readonly tag: Tag;
  readonly priority: number;
}

/** Version 2. `to` a peer it is personal: the echo is what the sender last heard from that very peer. */
export interface FullAdvertisement {
  readonly version: 2;
  readonly address: IpAddress;
  readonly node: NodeId;
  /** Tag of `node`: the wire fills it in on reception and ignores it on sending. */
  readonly tag: Tag;
  /** The priority that counts among ha-ip nodes, 0–255, lowest wins. */
  readonly priority: number;
  /** What exoip nodes read in bytes 2 and 3 (R26); 255 hides this node from them. */
  readonly exoipPriority: number;
  readonly flags: Flags;
  readonly role: AdvertisedRole;
  readonly intervalMs: Milliseconds;
  readonly deadIntervalMs: Milliseconds;
  /** Voters that support the sender; 0 without a quorum. */
  readonly supporters: number;
  readonly epoch: Epoch;
  /** Starts at 1, +1 per datagram of this epoch. */
  readonly sequence: number;
  /** Grows with every takeover: of two holders the one with the higher claim is the later. */
  readonly claim: number;
  readonly wallMs: number;
  /** The last datagram accepted from the destination, or null. */
  readonly echo: {
    readonly epochRandom: number;
    readonly sequence: number;
    readonly ageMs: Milliseconds;
  } | null;
  /** Tag of the node that the sender supports (quorum); 0 without one. */
  readonly support: Tag;
  /** The live holder that the sender hears and how long ago it last did (0: the sender itself), or null. */
  readonly holder: { readonly tag: Tag; readonly ageMs: Milliseconds } | null;
  /** First four bytes of SHA-256 of what all members must agree on. */
  readonly configDigest: number;
  /** Restart bound (flag `restarting`) or crash grace of a holder; 0 none. */
  readonly graceMs: Milliseconds;
  /** Age of the last readiness proof and the number of its first failing check (0: none failed); null if never proven. */
  readonly readiness: { readonly ageMs: Milliseconds; readonly failing: number } | null;
}

export type Advertisement = ExoipAdvertisement | FullAdvertisement;

/** Of one machine in the group: where to send to it, and from where it may send. */
export interface Member {
  /** Where advertisements for it go. Its identity in the peer table. */
  readonly address: IpAddress;
  /** Every address a datagram of it may come from, `address` included. */
  readonly addresses: readonly IpAddress[];
  readonly instance?: InstanceId;
  readonly node?: NodeId;
  readonly name?: string;
}

export type MachineState = 'running' | 'off' | 'gone' | 'unknown';

/** What the cloud says of one machine. `gone`: the cloud answered that there is no such machine. */
export interface Description {
  readonly instance: InstanceId;
  readonly node?: NodeId;
  readonly name?: string;
  readonly state: MachineState;
  readonly addresses: readonly IpAddress[];
  readonly zone?: string;
}

/** What the cloud says of the address, at one moment. */
export interface CloudView {
  readonly holders: readonly InstanceId[];
  /** A move is under way: the answer is about to change. */
  readonly pending: boolean;
  /** Machines that the same answer described, at no further call. */
  readonly described?: readonly Description[];
  /**
   * Whether what the cloud attached to this machine has reached it, as far as the cloud shows: true, its metadata
   * names the address · false, the cloud says attached and lists it, but the machine's metadata does not: traffic may
   * not arrive · null or left out, not known, or this machine does not hold it. A sign, never a proof of traffic.
   */
  readonly delivered?: boolean | null;
  /** With `delivered` false: one line for people, what is the matter and what to do. */
  readonly deliveryAdvice?: string;
}

/** The one thing the executor may do next for an address. Exactly one call is in flight per address. */
export type Call =
  /** `background`: it can wait, if the cloud's budget of requests is better kept for a takeover. */
  | { readonly kind: 'read'; readonly background?: boolean }
  | { readonly kind: 'associate'; readonly instance: InstanceId }
  | { readonly kind: 'dissociate'; readonly instance: InstanceId }
  | { readonly kind: 'describe'; readonly instance: InstanceId }
  | { readonly kind: 'members' };

export function isWrite(kind: Call['kind']): boolean {
  return kind === 'associate' || kind === 'dissociate';
}

/**
 * denied: credentials or rights (401, 403) · missing: no such thing · conflict: refused in this state, read again ·
 * throttled: try after `retryAfterMs` · unavailable: no usable answer, the outcome of a write is unknown ·
 * rejected: understood and refused for good
 */
export type FailureKind = 'denied' | 'missing' | 'conflict' | 'throttled' | 'unavailable' | 'rejected';

export type Outcome =
  | {
      readonly ok: true;
      readonly view?: CloudView;
      readonly description?: Description;
      readonly members?: readonly Member[];
      /** Of a write: when the cloud accepted it, counted from its start. */
      readonly acceptedMs?: Milliseconds;
    }
  | {
      readonly ok: false;
      readonly kind: FailureKind;
      readonly retryAfterMs?: Milliseconds;
      /** The request may have been carried out although it failed: only a read can tell. */
      readonly mayHaveHappened: boolean;
      /** One line for the log. */
      readonly message: string;
    };

/** What differs between clouds and belongs to the plan, hence to the core. */
export interface Traits {
  /**
   * adds: an address may have several holders and associating adds one · moves: associating takes it from its
   * holder · refusedWhileHeld: the holder must be dissociated first
   */
  readonly associate: 'adds' | 'moves' | 'refusedWhileHeld';
  /** Another machine than this one can be dissociated. */
  readonly fences: boolean;
}

export type OnStop = 'handover' | 'release' | 'keep';

/** R23. The voters are fixed by the settings: nothing that happens changes their number. */
export interface Quorum {
  /** By address, each once, this node's own among them if it votes. */
  readonly voters: readonly IpAddress[];
}

/** Everything about this node and its settings that the rules depend on, for one address. */
export interface Policy {
  readonly self: {
    readonly node: NodeId;
    readonly tag: Tag;
    readonly instance: InstanceId;
    readonly addresses: readonly IpAddress[];
    readonly epoch: Epoch;
  };
  readonly address: IpAddress;
  readonly traits: Traits;
  /** The members are the cloud's answer (`-G`): the machine asks for them. Otherwise they come as events (`-p`). */
  readonly grouped: boolean;
  readonly priority: number;
  readonly intervalMs: Milliseconds;
  readonly deadRatio: number;
  readonly preempt: boolean;
  readonly preemptDelayMs: Milliseconds;
  readonly onStop: OnStop;
  readonly handoverTimeoutMs: Milliseconds;
  readonly restartBoundMs: Milliseconds;
  readonly crashGraceMs: Milliseconds;
  readonly foreign: 'wait' | 'steal';
  /** null: never. */
  readonly isolatedTakeoverAfterMs: Milliseconds | null;
  readonly neverHeardTakeoverAfterMs: Milliseconds;
  readonly candidate: boolean;
  /** null: without one, and every node acts by its own view. */
  readonly quorum: Quorum | null;
  /** This node votes and never holds; it knows no cloud. */
  readonly witness: boolean;
  /** Health checks are configured: what they say comes as `health` events. */
  readonly checked: boolean;
  readonly configDigest: number;
}

export type Command =
  /** SIGTERM, `ha-ip stop`: leave by `onStop`. */
  | { readonly kind: 'drain' }
  /** A second signal: leave now, whatever is under way. */
  | { readonly kind: 'leave' }
  /**
   * Hand over to the best peer, or to that one, and take no part for so long (null: until `rejoin`). A holder that
   * nobody relieves within the hand-over's time-out stays, and takes part again.
   */
  | { readonly kind: 'handover'; readonly to: IpAddress | null; readonly forMs: Milliseconds | null }
  /** The end of a hand-over's absence. */
  | { readonly kind: 'rejoin' }
  | { readonly kind: 'priority'; readonly shift: 1 | -1 };

export type Event =
  | { readonly kind: 'tick' }
  | { readonly kind: 'heard'; readonly from: IpAddress; readonly advertisement: Advertisement }
  /** A probe to this peer was answered by ECONNREFUSED: nothing listens there. */
  | { readonly kind: 'refused'; readonly peer: IpAddress }
  | { readonly kind: 'settled'; readonly ticket: number; readonly outcome: Outcome }
  /** The peers of `-p`, as their names resolve now. */
  | { readonly kind: 'members'; readonly members: readonly Member[] }
  | { readonly kind: 'health'; readonly ok: boolean }
  /** The settings changed: this step and all later ones are given the new policy. */
  | { readonly kind: 'policy'; readonly previous: Policy }
  | { readonly kind: 'command'; readonly command: Command };

export type Effect =
  | {
      readonly kind: 'send';
      readonly to: IpAddress;
      readonly advertisement: FullAdvertisement;
      /** `probe`: through the connected socket, whose refusals come back as `refused` (R29). */
      readonly via: 'socket' | 'probe';
    }
  | { readonly kind: 'call'; readonly ticket: number; readonly call: Call }
  /** The call is of no more use: stop it if it can be stopped. Its settlement changes nothing. */
  | { readonly kind: 'abort'; readonly ticket: number }
  | { readonly kind: 'report'; readonly report: Report }
  /** A datagram was dropped; the journal counts. */
  | { readonly kind: 'drop'; readonly reason: DropReason; readonly from: IpAddress }
  | { readonly kind: 'stop'; readonly code: 0 | 1 };

/**
 * stranger: from no member's address · early: before the members were known · reflected: our own datagram came back · impostor: our id in another life ·
 * replayed: not newer than the last accepted one · delayed: older than a dead interval when it came · downgraded: in
 * the form of exoip, from a peer that lives by ours
 */
export type DropReason =
  | 'stranger'
  | 'early'
  | 'reflected'
  | 'impostor'
  | 'replayed'
  | 'delayed'
  | 'downgraded';

/** Why a takeover began. `handover`: the holder asked this very node. */
export type ClaimReason = 'dead' | 'resign' | 'preempt' | 'handover';

/** What happened, for people and machines; `narrate` makes the sentence. */
export type Report =
  | {
      readonly kind: 'role';
      readonly from: RoleName;
      readonly to: RoleName;
      readonly why: string;
    }
  | {
      readonly kind: 'takeover';
      readonly why: ClaimReason;
      /** Who held the address before, or null for nobody. */
      readonly from: string | null;
      /** How the previous holder fell away: how long it had been silent, or refused our probes; null if it lives. */
      readonly silentMs: Milliseconds | null;
      readonly refusedMs: Milliseconds | null;
      readonly readMs: Milliseconds;
      /** null: the address was ours already. */
      readonly associateMs: Milliseconds | null;
      readonly acceptedMs: Milliseconds | null;
      readonly verifiedMs: Milliseconds;
      readonly totalMs: Milliseconds;
    }
  | {
      readonly kind: 'peer';
      readonly peer: string;
      readonly change:
        | 'heard'
        | 'silent'
        | 'refused'
        | 'left'
        | 'back'
        | 'leaving'
        | 'restarting'
        | 'added'
        | 'removed';
      readonly detail?: string;
    }
  | { readonly kind: 'write'; readonly what: string; readonly message: string }
  /** Something an operator should mend; `code` is stable, the message says what to do. */
  | { readonly kind: 'alarm'; readonly code: string; readonly message: string }
  | { readonly kind: 'notice'; readonly message: string };

/** The words people read (RFC 9568 where it has one). */
export type RoleName =
  | 'hold-off'
  | 'backup'
  | 'taking over'
  | 'active'
  | 'handing over'
  | 'witness'
  | 'stopped';
