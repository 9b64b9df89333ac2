import type { Call, IpAddress, Milliseconds, Outcome, Report, Resource } from '../core/index.ts';

/**
 * What the engine tells of itself while it runs: the one source of the log, of status, of commands that wait, of the
 * simulator's checkers and of metrics. Plain data, which nobody changes afterwards, bytes included. Instants are those
 * of the node's monotonic clock.
 */
export type Observation =
  | Told
  | Dropped
  | CallStarted
  | CallAbandoned
  | CallSettled
  | DatagramIn
  | DatagramOut;

/**
 * Is told of everything, at once and in order: of a datagram and a settlement before the step that they cause, of all
 * else after its step, when the node's state is the new one. It must neither throw nor wait, and must not tell the
 * node anything before it has returned.
 */
export type Observe = (observation: Observation) => void;

/** What the core reports: a transition, a condition that began or ended, a takeover, a peer. */
export interface Told {
  readonly kind: 'report';
  readonly resource: Resource;
  readonly mono: Milliseconds;
  readonly report: Report;
}

/** A datagram that counts for nothing. */
export interface Dropped {
  readonly kind: 'drop';
  /** Of the core, of the wire, or `other-address`: for a shared address that this node does not serve. */
  readonly reason: string;
  readonly from: IpAddress;
  readonly mono: Milliseconds;
}

interface CallObserved {
  readonly kind: 'call';
  readonly resource: Resource;
  readonly mono: Milliseconds;
  /** The same in all that is told of one call. */
  readonly ticket: number;
}

/** The core wants it. It begins at once, or when the write that is under way has ended. */
export interface CallStarted extends CallObserved {
  readonly change: 'started';
  readonly call: Call;
}

/** The core wants its result no more. What has not begun never does; a write that has goes on and is settled. */
export interface CallAbandoned extends CallObserved {
  readonly change: 'abandoned';
}

export interface CallSettled extends CallObserved {
  readonly change: 'settled';
  readonly call: Call;
  readonly outcome: Outcome;
  /** Since it began: the wait for a write before it does not count. */
  readonly tookMs: Milliseconds;
}

/** Whatever arrived, before anybody has looked at it. */
export interface DatagramIn {
  readonly kind: 'datagram';
  readonly way: 'in';
  readonly bytes: Uint8Array;
  readonly from: IpAddress;
}

/** An advertisement that is about to be sent. */
export interface DatagramOut {
  readonly kind: 'datagram';
  readonly way: 'out';
  readonly bytes: Uint8Array;
  readonly to: IpAddress;
  /** What it speaks of. */
  readonly resource: Resource;
}
