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

/** What tells shared resources apart. Compared by value, never read: only the wire knows how it is made. */
export type ResourceKey = string;

/** What is shared: one machine of the group has it at a time. `text` is for people. */
export type Resource = { readonly key: ResourceKey; readonly text: string } & (
  | { readonly kind: 'address'; readonly ip: IpAddress }
  | { readonly kind: 'record'; readonly zone: string; readonly name: string; readonly type: string }
);

/** The first four bytes of SHA-256 of a node id, as an unsigned number; 0 means none. */
export type Tag = number;

/** One life of a process: no two lives share it, and a later one has a later or equal start. */
export interface Epoch {
  /** Unix seconds at the start of the process. */
  readonly startedAt: number;
  /** 32 random bits. */
  readonly random: number;
}

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
