import type { Flags } from './flags.ts';
import type { Epoch, Milliseconds, NodeId, ResourceKey, Tag } from './types.ts';

/** Roles as peers are told them. People read them as hold-off, backup, taking over, active, witness. */
export type AdvertisedRole = 'init' | 'backup' | 'acquiring' | 'holding' | 'witness';

/** exoip's 24 bytes: all that a node of that program tells. */
export interface ExoipAdvertisement {
  readonly version: 1;
  readonly resource: ResourceKey;
  /** The UUID of the sender's default NIC. */
  readonly node: NodeId;
  /** Tag of `node`: the wire fills it in on reception. */
  readonly tag: Tag;
  readonly priority: number;
}

/** Version 2. `to` a peer it is personal: the echo is what the sender last heard from that very peer. */
export interface FullAdvertisement {
  readonly version: 2;
  readonly resource: ResourceKey;
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
  readonly epoch: Epoch;
  /** Starts at 1, +1 per datagram of this epoch. */
  readonly sequence: number;
  /** Grows with every takeover: of two holders the one with the higher claim is the later. */
  readonly claim: number;
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
  /** Age of the last readiness proof and the number of its first failing check (0: none). Nobody tells it yet. */
  readonly readiness?: { readonly ageMs: Milliseconds; readonly failing: number };
}

export type Advertisement = ExoipAdvertisement | FullAdvertisement;
