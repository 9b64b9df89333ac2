import {
  type AdvertisedRole,
  type Advertisement,
  type ExoipAdvertisement,
  type FullAdvertisement,
  flagsOf,
  type Tag,
} from '../core/index.ts';
import { isMapped, uint16, uint32 } from './bytes.ts';
import { exoipLength, layout, lengthMax, lengthMin, macLength, marks, roleNumbers, tlv } from './layout.ts';
import { dotted, keyFromBytes } from './resource.ts';
import type { Seal } from './seal.ts';
import { createSenders, type Sender } from './senders.ts';

const reasons = [
  'too-long',
  'bad-length',
  'bad-version',
  'priorities-differ',
  'bad-magic',
  'bad-extension-version',
  'bad-length-field',
  'unknown-key',
  'bad-role',
  'bad-address',
  'bad-tlv',
] as const;

/** Why bytes are no datagram of ours, in the order of the tests. */
export type DecodeFailure = (typeof reasons)[number];

export type Decoded =
  | { readonly ok: true; readonly advertisement: Advertisement }
  | { readonly ok: false; readonly reason: DecodeFailure };

/** Unknown flags and TLVs are ignored, so that a later version may add some. */
export function createDecoder(seal: Seal): (bytes: Uint8Array) => Decoded {
  const senderOf = createSenders();
  return (bytes) => {
    const reason = refuse(seal, bytes);
    if (reason !== null) return failures[reason];
    const sender = senderOf(bytes);
    if (bytes.length === exoipLength) return { ok: true, advertisement: readExoip(bytes, sender) };
    const advertisement = readFull(bytes, sender);
    return advertisement === null ? failures['bad-tlv'] : { ok: true, advertisement };
  };
}

/** Refusing a flood allocates nothing. */
const failures = Object.fromEntries(
  reasons.map((reason) => [reason, Object.freeze({ ok: false as const, reason })]),
) as Record<DecodeFailure, Decoded>;

/** The first thing wrong with the fixed fields, cheapest first; null when they are right. */
function refuse(seal: Seal, bytes: Uint8Array): DecodeFailure | null {
  const length = bytes.length;
  if (length > lengthMax) return 'too-long';
  if (length < lengthMin && length !== exoipLength) return 'bad-length';
  const form = uint16(bytes, layout.form[0]);
  const native = form === marks.nativeForm && length !== exoipLength;
  if (form !== marks.compatibleForm && !native) return 'bad-version';
  if (bytes[layout.priority[0]] !== bytes[layout.priorityAgain[0]]) return 'priorities-differ';
  return length === exoipLength ? null : refuseExtension(seal, bytes, native);
}

function refuseExtension(seal: Seal, bytes: Uint8Array, native: boolean): DecodeFailure | null {
  if (uint32(bytes, layout.magic[0]) !== marks.magic) return 'bad-magic';
  if (bytes[layout.extensionVersion[0]] !== marks.extensionVersion) return 'bad-extension-version';
  if (uint16(bytes, layout.totalLength[0]) !== bytes.length) return 'bad-length-field';
  if (!seal.knows(bytes)) return 'unknown-key';
  if (roles[bytes[layout.role[0]]!] === undefined) return 'bad-role';
  return addressesAgree(bytes, native) ? null : 'bad-address';
}

/** Bytes 4–7 repeat an IPv4 address, which the compatible form demands, and are zero for all else. */
function addressesAgree(bytes: Uint8Array, native: boolean): boolean {
  const mapped = isMapped(bytes, layout.resource[0]);
  const expected = mapped ? uint32(bytes, layout.resource[0] + 12) : 0;
  return (mapped || native) && uint32(bytes, layout.address4[0]) === expected;
}

function readExoip(bytes: Uint8Array, { node, tag }: Sender): ExoipAdvertisement {
  return {
    version: 1,
    resource: dotted(bytes, layout.address4[0]),
    node,
    tag,
    priority: bytes[layout.priority[0]]!,
  };
}

/** null: a TLV is broken. */
function readFull(bytes: Uint8Array, { node, tag }: Sender): FullAdvertisement | null {
  const values = readTlvs(bytes);
  if (values === null) return null;
  const exoipPriority = bytes[layout.priority[0]]!;
  const role = roles[bytes[layout.role[0]]!]!;
  const support = uint32(bytes, layout.support[0]);
  return {
    version: 2,
    resource: keyFromBytes(bytes, layout.resource[0]),
    node,
    tag,
    priority: effectivePriority(bytes, exoipPriority),
    exoipPriority,
    flags: flagsOf(uint16(bytes, layout.flags[0])),
    role,
    intervalMs: uint16(bytes, layout.intervalMs[0]),
    deadIntervalMs: uint16(bytes, layout.deadInterval10Ms[0]) * 10,
    epoch: {
      startedAt: uint32(bytes, layout.epochStartedAt[0]),
      random: uint32(bytes, layout.epochRandom[0]),
    },
    sequence: uint32(bytes, layout.sequence[0]),
    claim: uint32(bytes, layout.claim[0]),
    echo: echoOf(bytes),
    support,
    holder: role === 'holding' ? { tag, ageMs: 0 } : holderOf(bytes, values.holderTag ?? support),
    configDigest: uint32(bytes, layout.configDigest[0]),
    graceMs: values.graceMs,
    readiness: values.readiness,
  };
}

const roles: (AdvertisedRole | undefined)[] = [];
for (const [role, number] of Object.entries(roleNumbers)) roles[number] = role as AdvertisedRole;

function effectivePriority(bytes: Uint8Array, exoipPriority: number): number {
  const word = uint16(bytes, layout.effectivePriority[0]);
  return (word & 0xff00) === marks.effectivePriority ? word & 0xff : exoipPriority;
}

function echoOf(bytes: Uint8Array): FullAdvertisement['echo'] {
  const epochRandom = uint32(bytes, layout.echoEpochRandom[0]);
  if (epochRandom === 0) return null;
  return {
    epochRandom,
    sequence: uint32(bytes, layout.echoSequence[0]),
    ageMs: uint32(bytes, layout.echoAgeMs[0]),
  };
}

function holderOf(bytes: Uint8Array, tag: Tag): FullAdvertisement['holder'] {
  const age = uint16(bytes, layout.holderAge10Ms[0]);
  return age === marks.noHolder || tag === 0 ? null : { tag, ageMs: age * 10 };
}

interface Tlvs {
  holderTag: Tag | null;
  graceMs: number;
  readiness: FullAdvertisement['readiness'];
}

/** Most datagrams carry none. */
const noTlvs: Readonly<Tlvs> = Object.freeze({ holderTag: null, graceMs: 0, readiness: undefined });

/** null: a TLV leaves its room, or a known one has not its length. The last of several of a type counts. */
function readTlvs(bytes: Uint8Array): Readonly<Tlvs> | null {
  const end = bytes.length - macLength;
  let at: number = layout.tlvs[0];
  if (at === end) return noTlvs;
  const values = { ...noTlvs };
  while (at < end) {
    const value = at + 2;
    const next = value + bytes[at + 1]!;
    if (next > end) return null;
    if (!takeTlv(values, bytes, bytes[at]!, value, next - value)) return null;
    at = next;
  }
  return values;
}

/** False: a known type with a wrong length. */
function takeTlv(values: Tlvs, bytes: Uint8Array, type: number, at: number, length: number): boolean {
  switch (type) {
    case tlv.holderTag[0]:
      if (length !== tlv.holderTag[1]) return false;
      values.holderTag = uint32(bytes, at);
      return true;
    case tlv.graceMs[0]:
      if (length !== tlv.graceMs[1]) return false;
      values.graceMs = uint32(bytes, at);
      return true;
    case tlv.readiness[0]:
      if (length !== tlv.readiness[1]) return false;
      values.readiness = { ageMs: uint32(bytes, at), failing: bytes[at + 4]! };
      return true;
    default:
      return true;
  }
}
