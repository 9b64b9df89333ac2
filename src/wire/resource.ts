/**
 * The shared resource and its key. Core and engine compare keys and nothing else; a datagram carries them as 16 bytes.
 * The key of an address is its canonical text, the cheapest there is, and on the wire the address itself (IPv4 mapped).
 * That of a record is `record:` and 16 hex digits: half of 16 bytes that lie in 100::/64, the block that routers
 * discard (RFC 6666), so that no address which anybody shares is among them.
 */
import type { IpAddress, Resource, ResourceKey } from '../core/index.ts';
import { addressBytes16, addressFromBytes, canonicalAddress } from './address.ts';
import { isMapped, uint32 } from './bytes.ts';
import { recordDigest } from './digest.ts';

/** Of the canonical text of an address. */
export function addressResource(ip: IpAddress): Resource {
  return { kind: 'address', ip, key: ip, text: ip };
}

/** A record of the DNS by its full name: `www.example.org`. Case and a final dot make no difference. */
export function recordResource(record: {
  readonly zone: string;
  readonly name: string;
  readonly type: string;
}): Resource {
  const [zone, name] = [canonicalName(record.zone), canonicalName(record.name)];
  const type = record.type.toUpperCase();
  const key = recordPrefix + recordDigest({ zone, name, type });
  return { kind: 'record', zone, name, type, key, text: `${name} ${type}` };
}

/** The address of a resource that is one; null of a record, and of what is no address. */
export function ipOf(resource: Resource): IpAddress | null {
  return resource.kind === 'address' ? canonicalAddress(resource.ip) : null;
}

/** 16 bytes. */
export function keyBytes(key: ResourceKey): Uint8Array {
  if (!key.startsWith(recordPrefix)) return addressBytes16(key);
  const bytes = new Uint8Array(16);
  bytes[0] = discardBlock >>> 24;
  bytes.set(Buffer.from(key.slice(recordPrefix.length), 'hex'), 8);
  return bytes;
}

/** The reverse, of the 16 bytes at `at`. */
export function keyFromBytes(bytes: Uint8Array, at: number): ResourceKey {
  if (isMapped(bytes, at)) return dotted(bytes, at + 12);
  if (uint32(bytes, at) !== discardBlock || uint32(bytes, at + 4) !== 0) {
    return addressFromBytes(bytes.subarray(at, at + 16));
  }
  return recordPrefix + hex(uint32(bytes, at + 8)) + hex(uint32(bytes, at + 12));
}

/** The IPv4 address in the 4 bytes at `at`. */
export function dotted(bytes: Uint8Array, at: number): ResourceKey {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

const recordPrefix = 'record:';
const discardBlock = 0x01000000;

function canonicalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
