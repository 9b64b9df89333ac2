import type { Traits } from './cloud/calls.ts';
import type { Epoch, InstanceId, IpAddress, Milliseconds, NodeId, Resource, Tag } from './types.ts';

export type OnStop = 'handover' | 'release' | 'keep';

/** R23. The voters are fixed by the settings: nothing that happens changes their number. */
export interface Quorum {
  /** By address, each once, this node's own among them if it votes. */
  readonly voters: readonly IpAddress[];
}

/** Everything about this node and its settings that the rules depend on, for one resource. */
export interface Policy {
  readonly self: {
    readonly node: NodeId;
    readonly tag: Tag;
    readonly instance: InstanceId;
    readonly addresses: readonly IpAddress[];
    readonly epoch: Epoch;
  };
  readonly resource: Resource;
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
  /** `external`: a lease is asked for, and events of kind `lease` bring it. Left out: a quorum's, or none. */
  readonly arbiter?: 'external';
  /**
   * What the leader converges to, where that is not this machine (a monitor's target). Leading rests on the lease alone
   * then: the cloud's reading tells what is still to be done, and not who leads. Left out: this machine.
   */
  readonly desired?: InstanceId;
  /** This node votes and never holds; it knows no cloud. */
  readonly witness: boolean;
  /** Health checks are configured: what they say comes as `health` events. */
  readonly checked: boolean;
  readonly configDigest: number;
}
