import { addressBytes16, addressFromBytes } from "./address.js";
import { nodeTag } from "./digest.js";
import { packFlags, unpackFlags } from "./flags.js";
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
];
/** Field: offset, length. TLVs fill the room from `tlvs` to the last 16 bytes, which are the MAC. */
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
    supporters: [39, 1],
    epochStartedAt: [40, 4],
    epochRandom: [44, 4],
    sequence: [48, 4],
    claim: [52, 4],
    wallMs: [56, 8],
    echoEpochRandom: [64, 4],
    echoSequence: [68, 4],
    echoAgeMs: [72, 4],
    support: [76, 4],
    holderAge10Ms: [80, 2],
    effectivePriority: [82, 2],
    configDigest: [84, 4],
    address16: [88, 16],
    tlvs: [104, 0],
};
export const exoipLength = 24;
const macLength = 16;
export const lengthMin = layout.tlvs[0] + macLength;
/** Well below every path's MTU: a datagram is never fragmented. */
export const lengthMax = 512;
const compatibleForm = 0x0201;
const nativeForm = 0x0202;
const magic = 0x48414932; // HAI2
const extensionVersion = 2;
/** Key 0: not authenticated, the MAC is zero. */
const noKey = 0;
/** The high byte of `effectivePriority` when the low byte counts instead of `priority`. */
const effectiveMark = 0x0100;
const noHolder = 0xffff;
const holderAgeMax = 0xfffe;
/** A number from 0 to 5; 4 was never used: leaving is a flag beside the role. */
const roles = [
    'init',
    'backup',
    'acquiring',
    'holding',
    undefined,
    'witness',
];
const roleNumbers = { init: 0, backup: 1, acquiring: 2, holding: 3, witness: 5 };
/** Type and length of a value; its meaning is at `encodeTlvs`. */
const tlv = { holderTag: [1, 4], graceMs: [2, 4], readiness: [3, 5] };
// --- Encoding ------------------------------------------------------------------------------------------------------
/** Every datagram is written here first, so that encoding allocates nothing but its answer. */
const scratch = new Uint8Array(lengthMax);
const out = new DataView(scratch.buffer);
/** The datagram of an advertisement; its first 24 bytes are exoip's unless the shared address is IPv6. */
export function encode(advertisement) {
    encodeExoip(advertisement);
    encodeSender(advertisement);
    encodeSession(advertisement);
    encodeElection(advertisement);
    const length = encodeTlvs(advertisement) + macLength;
    out.setUint16(layout.totalLength[0], length);
    scratch.fill(0, length - macLength, length);
    // Cut from Node's pool: an array buffer of its own costs ten times as much.
    return Buffer.from(scratch.subarray(0, length));
}
function encodeExoip({ address, exoipPriority, node }) {
    const address16 = bytesOf(address);
    const mapped = isMapped(address16, 0);
    out.setUint16(layout.form[0], mapped ? compatibleForm : nativeForm);
    scratch[layout.priority[0]] = scratch[layout.priorityAgain[0]] = atMost(0xff, exoipPriority);
    const id = bytesOfNode(node);
    for (let i = 0; i < 4; i++)
        scratch[layout.address4[0] + i] = mapped ? address16[12 + i] : 0;
    for (let i = 0; i < 16; i++) {
        scratch[layout.address16[0] + i] = address16[i];
        scratch[layout.node[0] + i] = id[i];
    }
}
function encodeSender(a) {
    out.setUint32(layout.magic[0], magic);
    scratch[layout.extensionVersion[0]] = extensionVersion;
    scratch[layout.keyId[0]] = noKey;
    out.setUint16(layout.flags[0], packFlags(a.flags));
    out.setUint16(layout.intervalMs[0], atMost(0xffff, a.intervalMs));
    // Rounded up: a peer that waits a little longer for us does no harm.
    out.setUint16(layout.deadInterval10Ms[0], atMost(0xffff, Math.ceil(a.deadIntervalMs / 10)));
    scratch[layout.role[0]] = roleNumbers[a.role];
    scratch[layout.supporters[0]] = atMost(0xff, a.supporters);
}
function encodeSession({ epoch, sequence, claim, wallMs, echo }) {
    out.setUint32(layout.epochStartedAt[0], atMost(0xffffffff, epoch.startedAt));
    out.setUint32(layout.epochRandom[0], epoch.random);
    out.setUint32(layout.sequence[0], sequence);
    out.setUint32(layout.claim[0], atMost(0xffffffff, claim));
    const wall = atMost(Number.MAX_SAFE_INTEGER, wallMs);
    out.setUint32(layout.wallMs[0], Math.floor(wall / 2 ** 32));
    out.setUint32(layout.wallMs[0] + 4, wall % 2 ** 32);
    out.setUint32(layout.echoEpochRandom[0], echo?.epochRandom ?? 0);
    out.setUint32(layout.echoSequence[0], echo?.sequence ?? 0);
    out.setUint32(layout.echoAgeMs[0], atMost(0xffffffff, echo?.ageMs ?? 0));
}
function encodeElection(a) {
    out.setUint32(layout.support[0], a.support);
    out.setUint16(layout.holderAge10Ms[0], holderAge(a));
    const effective = a.priority === a.exoipPriority ? 0 : effectiveMark | atMost(0xff, a.priority);
    out.setUint16(layout.effectivePriority[0], effective);
    out.setUint32(layout.configDigest[0], a.configDigest);
}
/** Units of 10 ms, rounded up, so that 0 is left to the holder itself. */
function holderAge({ role, holder }) {
    if (role === 'holding')
        return 0;
    if (holder === null)
        return noHolder;
    return Math.max(1, atMost(holderAgeMax, Math.ceil(holder.ageMs / 10)));
}
/** Writes the optional values and returns where they end. */
function encodeTlvs({ role, holder, support, graceMs, readiness }) {
    let at = layout.tlvs[0];
    if (role !== 'holding' && holder !== null && holder.tag !== support) {
        at = startTlv(at, tlv.holderTag);
        out.setUint32(at - 4, holder.tag);
    }
    if (graceMs > 0) {
        at = startTlv(at, tlv.graceMs);
        out.setUint32(at - 4, atMost(0xffffffff, Math.ceil(graceMs)));
    }
    if (readiness !== null) {
        at = startTlv(at, tlv.readiness);
        out.setUint32(at - 5, atMost(0xffffffff, readiness.ageMs));
        scratch[at - 1] = atMost(0xff, readiness.failing);
    }
    return at;
}
/** Writes type and length and returns where the value ends. */
function startTlv(at, [type, length]) {
    scratch[at] = type;
    scratch[at + 1] = length;
    return at + 2 + length;
}
/** A whole number from 0 to `max`: what does not fit saturates. NaN is 0. */
function atMost(max, value) {
    return value >= max ? max : value > 0 ? Math.floor(value) : 0;
}
/** A process speaks for a handful of addresses and as one node, so their bytes are kept. */
const bytesMax = 256;
const bytesOf = keeping(addressBytes16);
const bytesOfNode = keeping((node) => Uint8Array.from(Buffer.from(node, 'hex')));
function keeping(make) {
    const kept = new Map();
    return (text) => {
        const known = kept.get(text);
        if (known !== undefined)
            return known;
        if (kept.size >= bytesMax)
            kept.clear();
        const bytes = make(text);
        kept.set(text, bytes);
        return bytes;
    };
}
// --- Decoding ------------------------------------------------------------------------------------------------------
/**
 * Reads a datagram. Never throws, whatever the bytes: they come from anyone. Unknown flags and TLVs are ignored, so
 * that a later version may add some; the MAC is not looked at here.
 */
export function decode(bytes) {
    const reason = refuse(bytes);
    if (reason !== null)
        return failures[reason];
    if (bytes.length === exoipLength)
        return { ok: true, advertisement: decodeExoip(bytes) };
    const advertisement = decodeFull(bytes);
    return advertisement === null ? failures['bad-tlv'] : { ok: true, advertisement };
}
/** The first thing wrong with the fixed fields, cheapest first; null when they are right. */
function refuse(bytes) {
    const length = bytes.length;
    if (length > lengthMax)
        return 'too-long';
    if (length < lengthMin && length !== exoipLength)
        return 'bad-length';
    const form = uint16(bytes, layout.form[0]);
    const native = form === nativeForm && length !== exoipLength;
    if (form !== compatibleForm && !native)
        return 'bad-version';
    if (bytes[layout.priority[0]] !== bytes[layout.priorityAgain[0]])
        return 'priorities-differ';
    return length === exoipLength ? null : refuseExtension(bytes, native);
}
function refuseExtension(bytes, native) {
    if (uint32(bytes, layout.magic[0]) !== magic)
        return 'bad-magic';
    if (bytes[layout.extensionVersion[0]] !== extensionVersion)
        return 'bad-extension-version';
    if (uint16(bytes, layout.totalLength[0]) !== bytes.length)
        return 'bad-length-field';
    if (bytes[layout.keyId[0]] !== noKey)
        return 'unknown-key';
    if (roles[bytes[layout.role[0]]] === undefined)
        return 'bad-role';
    return addressesAgree(bytes, native) ? null : 'bad-address';
}
/** Bytes 4–7 repeat an IPv4 address, which the compatible form demands, and are zero for IPv6. */
function addressesAgree(bytes, native) {
    const mapped = isMapped(bytes, layout.address16[0]);
    const expected = mapped ? uint32(bytes, layout.address16[0] + 12) : 0;
    return (mapped || native) && uint32(bytes, layout.address4[0]) === expected;
}
/** Refusing a flood allocates nothing. */
const failures = Object.fromEntries(reasons.map((reason) => [reason, Object.freeze({ ok: false, reason })]));
function decodeExoip(bytes) {
    const { node, tag } = senderOf(bytes);
    return {
        version: 1,
        address: addressOf(bytes, layout.address4[0]),
        node,
        tag,
        priority: bytes[layout.priority[0]],
    };
}
/** null: a TLV is broken. */
function decodeFull(bytes) {
    const values = decodeTlvs(bytes);
    if (values === null)
        return null;
    const { node, tag } = senderOf(bytes);
    const exoipPriority = bytes[layout.priority[0]];
    const role = roles[bytes[layout.role[0]]];
    const support = uint32(bytes, layout.support[0]);
    return {
        version: 2,
        address: sharedAddressOf(bytes),
        node,
        tag,
        priority: effectivePriority(bytes, exoipPriority),
        exoipPriority,
        flags: unpackFlags(uint16(bytes, layout.flags[0])),
        role,
        intervalMs: uint16(bytes, layout.intervalMs[0]),
        deadIntervalMs: uint16(bytes, layout.deadInterval10Ms[0]) * 10,
        supporters: bytes[layout.supporters[0]],
        epoch: {
            startedAt: uint32(bytes, layout.epochStartedAt[0]),
            random: uint32(bytes, layout.epochRandom[0]),
        },
        sequence: uint32(bytes, layout.sequence[0]),
        claim: uint32(bytes, layout.claim[0]),
        wallMs: uint32(bytes, layout.wallMs[0]) * 2 ** 32 + uint32(bytes, layout.wallMs[0] + 4),
        echo: echoOf(bytes),
        support,
        holder: role === 'holding' ? { tag, ageMs: 0 } : holderOf(bytes, values.holderTag ?? support),
        configDigest: uint32(bytes, layout.configDigest[0]),
        graceMs: values.graceMs,
        readiness: values.readiness,
    };
}
function effectivePriority(bytes, exoipPriority) {
    const word = uint16(bytes, layout.effectivePriority[0]);
    return (word & 0xff00) === effectiveMark ? word & 0xff : exoipPriority;
}
function echoOf(bytes) {
    const epochRandom = uint32(bytes, layout.echoEpochRandom[0]);
    if (epochRandom === 0)
        return null;
    return {
        epochRandom,
        sequence: uint32(bytes, layout.echoSequence[0]),
        ageMs: uint32(bytes, layout.echoAgeMs[0]),
    };
}
function holderOf(bytes, tag) {
    const age = uint16(bytes, layout.holderAge10Ms[0]);
    return age === noHolder || tag === 0 ? null : { tag, ageMs: age * 10 };
}
/** Most datagrams carry none. */
const noTlvs = Object.freeze({ holderTag: null, graceMs: 0, readiness: null });
/** null: a TLV leaves its room, or a known one has not its length. The last of several of a type counts. */
function decodeTlvs(bytes) {
    const end = bytes.length - macLength;
    let at = layout.tlvs[0];
    if (at === end)
        return noTlvs;
    const values = { ...noTlvs };
    while (at < end) {
        const value = at + 2;
        const next = value + bytes[at + 1];
        if (next > end)
            return null;
        if (!takeTlv(values, bytes, bytes[at], value, next - value))
            return null;
        at = next;
    }
    return values;
}
/** False: a known type with a wrong length. */
function takeTlv(values, bytes, type, at, length) {
    switch (type) {
        case tlv.holderTag[0]:
            if (length !== tlv.holderTag[1])
                return false;
            values.holderTag = uint32(bytes, at);
            return true;
        case tlv.graceMs[0]:
            if (length !== tlv.graceMs[1])
                return false;
            values.graceMs = uint32(bytes, at);
            return true;
        case tlv.readiness[0]:
            if (length !== tlv.readiness[1])
                return false;
            values.readiness = { ageMs: uint32(bytes, at), failing: bytes[at + 4] };
            return true;
        default:
            return true;
    }
}
// --- Bytes ---------------------------------------------------------------------------------------------------------
// Read by hand: a DataView would be one more object per datagram.
function uint16(bytes, at) {
    return (bytes[at] << 8) | bytes[at + 1];
}
function uint32(bytes, at) {
    return ((uint16(bytes, at) << 16) | uint16(bytes, at + 2)) >>> 0;
}
/** ::ffff:0:0/96, RFC 4291 2.5.5.2 */
function isMapped(bytes, at) {
    return uint32(bytes, at) === 0 && uint32(bytes, at + 4) === 0 && uint32(bytes, at + 8) === 0xffff;
}
function sharedAddressOf(bytes) {
    const at = layout.address16[0];
    if (isMapped(bytes, at))
        return addressOf(bytes, at + 12);
    return addressFromBytes(bytes.subarray(at, at + 16));
}
function addressOf(bytes, at) {
    return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}
/** The last senders, by the last word of their ids: text and tag are not made anew for every datagram. */
const sendersMax = 256;
const senders = new Map();
function senderOf(bytes) {
    const key = uint32(bytes, layout.node[0] + 12);
    const kept = senders.get(key);
    return kept !== undefined && isSender(kept, bytes) ? kept : keepSender(key, bytes);
}
function isSender({ words }, bytes) {
    for (let i = 0; i < 4; i++) {
        if (words[i] !== uint32(bytes, layout.node[0] + 4 * i))
            return false;
    }
    return true;
}
function keepSender(key, bytes) {
    const at = layout.node[0];
    const words = [0, 4, 8, 12].map((i) => uint32(bytes, at + i));
    const node = words.map((word) => word.toString(16).padStart(8, '0')).join('');
    const sender = { words, node, tag: nodeTag(node) };
    if (senders.size >= sendersMax)
        senders.clear();
    senders.set(key, sender);
    return sender;
}
