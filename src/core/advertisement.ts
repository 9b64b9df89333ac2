import type { Epoch, IpAddress, Milliseconds, NodeId, Tag } from './types.ts';

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
