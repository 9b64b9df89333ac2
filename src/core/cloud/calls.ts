import type { InstanceId, IpAddress, Member, Milliseconds, NodeId } from '../types.ts';

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
  /** How long readings may show what was before, once the cloud says that a change is done; 0: not at all. */
  readonly settleMs: Milliseconds;
}
