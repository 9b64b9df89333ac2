import type { Policy } from '../policy.ts';
import { deadInterval } from '../times.ts';
import type { Milliseconds } from '../types.ts';

/** Something that an operator should mend. Codes are stable: scripts may look for them. */
export type ConditionCode =
  /** Calls of the cloud fail; the subject is the kind of failure. */
  | 'api'
  /** Another machine advertises this node's id. */
  | 'duplicate-id'
  /** Somebody took the address twice and is not heard (R15). */
  | 'duel'
  /** A node of exoip in a group with a quorum. */
  | 'exoip'
  /** Other settings than this node's, where all must agree; the subject is the peer. */
  | 'config'
  /** A takeover waits: a machine that is no member's holds the address; the subject is the instance. */
  | 'foreign'
  /** The cloud's list of the group cannot be right. */
  | 'group'
  | 'group-size'
  | 'members-unknown'
  /** Too few voters are in reach (R23). */
  | 'minority'
  /** A member was never heard; the subject is its address. */
  | 'never-heard'
  /** A takeover waits: a member that was never heard holds the address, and its machine runs. */
  | 'never-heard-holder'
  /** Associated, but the cloud does not deliver. */
  | 'not-delivered'
  /** A peer has our priority; the subject is its address. */
  | 'priority';

export type Facts = Readonly<Record<string, string | number | boolean>>;

/** A cause that stands now, with what is to be told of it. Of one code and subject there is one at most. */
export interface Condition {
  readonly code: ConditionCode;
  /** What it is about, or ''. */
  readonly subject: string;
  readonly facts: Facts;
}

/** A condition with since when its cause has stood, and since when it has been gone. */
export interface Standing extends Condition {
  readonly since: Milliseconds;
  readonly goneSince: Milliseconds | null;
  /** It has stood for its time, and was told. */
  readonly begun: boolean;
}

/** The conditions as they were last looked at. */
export interface Conditions {
  readonly standing: readonly Standing[];
  readonly lookedAt: Milliseconds;
}

export function noConditions(): Conditions {
  return { standing: [], lookedAt: Number.NEGATIVE_INFINITY };
}

/** How long a cause must have stood before it is told, and how long it must be gone. */
export interface Patience {
  readonly begins: Milliseconds;
  readonly ends: Milliseconds;
}

/** An API that fails now and then is one condition, not two lines for each call. */
const apiCalm = 10_000;

/** A lost datagram makes no line, nor does a reload that reaches one machine after another. */
export function patienceOf(code: ConditionCode, policy: Policy): Patience {
  switch (code) {
    case 'api':
      return { begins: 0, ends: apiCalm };
    case 'config':
    case 'exoip':
    case 'priority':
      return { begins: deadInterval(policy), ends: deadInterval(policy) };
    case 'duplicate-id':
    case 'foreign':
    case 'never-heard-holder':
      return { begins: 0, ends: deadInterval(policy) };
    case 'duel':
    case 'group':
    case 'group-size':
    case 'members-unknown':
    case 'minority':
    case 'never-heard':
    case 'not-delivered':
      return { begins: 0, ends: 0 };
  }
}
