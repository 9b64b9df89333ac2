import type { InstanceId, Milliseconds } from '../types.ts';
import type { Call, CloudView, Description, FailureKind } from './calls.ts';

/** A call in flight. */
export interface Pending {
  readonly ticket: number;
  readonly call: Call;
  readonly since: Milliseconds;
}

/** What the cloud said, with when it was asked and when it answered (monotonic). */
export interface Reading extends CloudView {
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

export interface KnownMachine extends Description {
  readonly at: Milliseconds;
}

/** What the cloud has told, and the calls that ask it. */
export interface CloudMemory {
  readonly pending: Pending | null;
  readonly nextTicket: number;
  readonly reading: Reading | null;
  /** Of the holders now, those that we have seen to become it. */
  readonly arrivals: readonly Arrival[];
  readonly machines: readonly KnownMachine[];
  /** A reading is wanted at once (R14); `extraReadAt` bounds how often. */
  readonly readWanted: boolean;
  readonly extraReadAt: Milliseconds;
  /** When a worse node was last taking over: what it may have written lands within an operation's time (R14). */
  readonly challengedAt: Milliseconds;
  readonly nextReadAt: Milliseconds;
  /** Readings since the last change of role or holder. */
  readonly reads: number;
  /** When the last write ended (infinity: it has not), until a reading that was asked later says what is true (R5). */
  readonly unreadSince: Milliseconds | null;
  /** Consecutive failed calls; three make a node unable (R6). */
  readonly failures: number;
  readonly denied: boolean;
  /** The last failure, until a call succeeds. */
  readonly trouble: { readonly kind: FailureKind; readonly message: string } | null;
  readonly retryAt: Milliseconds;
  /** The cloud itself asked for that pause: a takeover keeps to it, too. */
  readonly throttled: boolean;
}

const never = Number.NEGATIVE_INFINITY;

export function newCloudMemory(now: Milliseconds): CloudMemory {
  return {
    pending: null,
    nextTicket: 1,
    reading: null,
    arrivals: [],
    machines: [],
    readWanted: false,
    extraReadAt: never,
    challengedAt: never,
    nextReadAt: now,
    reads: 0,
    unreadSince: null,
    failures: 0,
    denied: false,
    trouble: null,
    retryAt: now,
    throttled: false,
  };
}

export function copyCloudMemory(cloud: CloudMemory): CloudMemory {
  return {
    pending: cloud.pending,
    nextTicket: cloud.nextTicket,
    reading: cloud.reading,
    arrivals: cloud.arrivals,
    machines: cloud.machines,
    readWanted: cloud.readWanted,
    extraReadAt: cloud.extraReadAt,
    challengedAt: cloud.challengedAt,
    nextReadAt: cloud.nextReadAt,
    reads: cloud.reads,
    unreadSince: cloud.unreadSince,
    failures: cloud.failures,
    denied: cloud.denied,
    trouble: cloud.trouble,
    retryAt: cloud.retryAt,
    throttled: cloud.throttled,
  };
}
