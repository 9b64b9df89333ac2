import type { FullAdvertisement, NodeId, ResourceKey } from '../core/index.ts';
import { wordOf } from '../core/index.ts';
import { isMapped } from './bytes.ts';
import { layout, lengthMax, macLength, marks, roleNumbers, tlv } from './layout.ts';
import { keyBytes } from './resource.ts';
import type { Seal } from './seal.ts';

/** Every datagram is written into one buffer first, so that encoding allocates nothing but its answer. */
interface Page {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly bytesOfKey: (key: ResourceKey) => Uint8Array;
  readonly bytesOfNode: (node: NodeId) => Uint8Array;
}

export function createEncoder(seal: Seal): (advertisement: FullAdvertisement) => Uint8Array {
  const bytes = new Uint8Array(lengthMax);
  const page: Page = {
    bytes,
    view: new DataView(bytes.buffer),
    bytesOfKey: keeping(keyBytes),
    bytesOfNode: keeping((node) => Uint8Array.from(Buffer.from(node, 'hex'))),
  };
  return (advertisement) => {
    const length = write(page, advertisement) + macLength;
    page.view.setUint16(layout.totalLength[0], length);
    seal.close(bytes, length);
    // Cut from Node's pool: an array buffer of its own costs ten times as much.
    return Buffer.from(bytes.subarray(0, length));
  };
}

/** All but length, key and MAC. Returns where the values end. */
function write(page: Page, advertisement: FullAdvertisement): number {
  writeExoip(page, advertisement);
  writeSender(page, advertisement);
  writeSession(page, advertisement);
  writeElection(page, advertisement);
  return writeTlvs(page, advertisement);
}

function writeExoip(page: Page, { resource, exoipPriority, node }: FullAdvertisement): void {
  const { bytes, view } = page;
  const key = page.bytesOfKey(resource);
  const mapped = isMapped(key, 0);
  view.setUint16(layout.form[0], mapped ? marks.compatibleForm : marks.nativeForm);
  bytes[layout.priority[0]] = bytes[layout.priorityAgain[0]] = atMost(0xff, exoipPriority);
  const id = page.bytesOfNode(node);
  for (let i = 0; i < 4; i++) bytes[layout.address4[0] + i] = mapped ? key[12 + i]! : 0;
  for (let i = 0; i < 16; i++) {
    bytes[layout.resource[0] + i] = key[i]!;
    bytes[layout.node[0] + i] = id[i]!;
  }
}

function writeSender({ bytes, view }: Page, a: FullAdvertisement): void {
  view.setUint32(layout.magic[0], marks.magic);
  bytes[layout.extensionVersion[0]] = marks.extensionVersion;
  view.setUint16(layout.flags[0], wordOf(a.flags));
  view.setUint16(layout.intervalMs[0], atMost(0xffff, a.intervalMs));
  // Rounded up: a peer that waits a little longer for us does no harm.
  view.setUint16(layout.deadInterval10Ms[0], atMost(0xffff, Math.ceil(a.deadIntervalMs / 10)));
  bytes[layout.role[0]] = roleNumbers[a.role];
}

function writeSession({ view }: Page, { epoch, sequence, claim, echo }: FullAdvertisement): void {
  view.setUint32(layout.epochStartedAt[0], atMost(0xffffffff, epoch.startedAt));
  view.setUint32(layout.epochRandom[0], epoch.random);
  view.setUint32(layout.sequence[0], sequence);
  view.setUint32(layout.claim[0], atMost(0xffffffff, claim));
  view.setUint32(layout.echoEpochRandom[0], echo?.epochRandom ?? 0);
  view.setUint32(layout.echoSequence[0], echo?.sequence ?? 0);
  view.setUint32(layout.echoAgeMs[0], atMost(0xffffffff, echo?.ageMs ?? 0));
}

function writeElection({ view }: Page, a: FullAdvertisement): void {
  view.setUint32(layout.support[0], a.support);
  view.setUint16(layout.holderAge10Ms[0], holderAge(a));
  const effective = a.priority === a.exoipPriority ? 0 : marks.effectivePriority | atMost(0xff, a.priority);
  view.setUint16(layout.effectivePriority[0], effective);
  view.setUint32(layout.configDigest[0], a.configDigest);
}

/** Units of 10 ms, rounded up, so that 0 is left to the holder itself. */
function holderAge({ role, holder }: FullAdvertisement): number {
  if (role === 'holding') return 0;
  if (holder === null) return marks.noHolder;
  return Math.max(1, atMost(marks.noHolder - 1, Math.ceil(holder.ageMs / 10)));
}

/** Writes the optional values and returns where they end. */
function writeTlvs(page: Page, { role, holder, support, graceMs, readiness }: FullAdvertisement): number {
  const { bytes, view } = page;
  let at: number = layout.tlvs[0];
  if (role !== 'holding' && holder !== null && holder.tag !== support) {
    at = startTlv(page, at, tlv.holderTag);
    view.setUint32(at - 4, holder.tag);
  }
  if (graceMs > 0) {
    at = startTlv(page, at, tlv.graceMs);
    view.setUint32(at - 4, atMost(0xffffffff, Math.ceil(graceMs)));
  }
  if (readiness !== undefined) {
    at = startTlv(page, at, tlv.readiness);
    view.setUint32(at - 5, atMost(0xffffffff, readiness.ageMs));
    bytes[at - 1] = atMost(0xff, readiness.failing);
  }
  return at;
}

/** Writes type and length and returns where the value ends. */
function startTlv({ bytes }: Page, at: number, [type, length]: readonly [number, number]): number {
  bytes[at] = type;
  bytes[at + 1] = length;
  return at + 2 + length;
}

/** A whole number from 0 to `max`: what does not fit saturates. NaN is 0. */
function atMost(max: number, value: number): number {
  return value >= max ? max : value > 0 ? Math.floor(value) : 0;
}

/** A process speaks for a handful of resources and as one node, so their bytes are kept. */
const keptMax = 256;

function keeping(make: (text: string) => Uint8Array): (text: string) => Uint8Array {
  const kept = new Map<string, Uint8Array>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    if (kept.size >= keptMax) kept.clear();
    const bytes = make(text);
    kept.set(text, bytes);
    return bytes;
  };
}
