/**
 * One datagram: what stands where.
 *
 * Two forms arrive. Exactly 24 bytes are exoip's datagram (version 1). Everything else is version 2: the same 24
 * bytes, so that exoip, which reads no further, understands us too, and then our own fields, TLVs and a MAC. Only
 * IPv4 addresses fit into exoip's 4 bytes: all else that is shared travels in the native form, which exoip drops.
 *
 * Numbers are big endian. Amounts that do not fit their field saturate; none ever wraps.
 */
import type { AdvertisedRole } from '../core/index.ts';

/**
 * Field: offset, length. TLVs fill the room from `tlvs` to the last 16 bytes, which are the MAC. Reserved bytes are
 * zero on sending and ignored on reception; earlier versions wrote the number of supporters and the time of day there.
 */
export const layout = {
  form: [0, 2],
  priority: [2, 1],
  priorityAgain: [3, 1],
  address4: [4, 4],
  node: [8, 16],
  magic: [24, 4],
  extensionVersion: [28, 1],
  keyId: [29, 1],
  flags: [30, 2],
  totalLength: [32, 2],
  intervalMs: [34, 2],
  deadInterval10Ms: [36, 2],
  role: [38, 1],
  reserved1: [39, 1],
  epochStartedAt: [40, 4],
  epochRandom: [44, 4],
  sequence: [48, 4],
  claim: [52, 4],
  reserved8: [56, 8],
  echoEpochRandom: [64, 4],
  echoSequence: [68, 4],
  echoAgeMs: [72, 4],
  support: [76, 4],
  holderAge10Ms: [80, 2],
  effectivePriority: [82, 2],
  configDigest: [84, 4],
  resource: [88, 16],
  tlvs: [104, 0],
} as const;

/** Type and length of each value that may follow the fields. */
export const tlv = { holderTag: [1, 4], graceMs: [2, 4], readiness: [3, 5] } as const;

export const exoipLength = 24;
export const macLength = 16;
export const lengthMin = layout.tlvs[0] + macLength;
/** Well below every path's MTU: a datagram is never fragmented. */
export const lengthMax = 512;

/** What tells a datagram of ours from any other. */
export const marks = {
  compatibleForm: 0x0201,
  nativeForm: 0x0202,
  /** HAI2 */
  magic: 0x48414932,
  extensionVersion: 2,
  /** The high byte of `effectivePriority` when the low byte counts instead of `priority`. */
  effectivePriority: 0x0100,
  /** The holder's age when none is heard. */
  noHolder: 0xffff,
} as const;

/** A number from 0 to 5; 4 was never used: leaving is a flag beside the role. */
export const roleNumbers: Readonly<Record<AdvertisedRole, number>> = {
  init: 0,
  backup: 1,
  acquiring: 2,
  holding: 3,
  witness: 5,
};
