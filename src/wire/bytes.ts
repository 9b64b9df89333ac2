// Big endian. Read by hand: a DataView would be one more object per datagram.

export function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function uint32(bytes: Uint8Array, at: number): number {
  return ((uint16(bytes, at) << 16) | uint16(bytes, at + 2)) >>> 0;
}

/** ::ffff:0:0/96, RFC 4291 2.5.5.2 */
export function isMapped(bytes: Uint8Array, at: number): boolean {
  return uint32(bytes, at) === 0 && uint32(bytes, at + 4) === 0 && uint32(bytes, at + 8) === 0xffff;
}
