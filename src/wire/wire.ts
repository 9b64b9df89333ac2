import type { FullAdvertisement } from '../core/index.ts';
import { createDecoder, type Decoded } from './decode.ts';
import { createEncoder } from './encode.ts';
import { createSeal, type SealSettings } from './seal.ts';

export type { Decoded, DecodeFailure } from './decode.ts';

/** All that the form of a process's datagrams depends on: keys, their mode and their rotation will join here. */
export interface WireSettings extends SealSettings {}

/** Advertisements to bytes and back, for every shared resource of one process. */
export interface Wire {
  /** The datagram of an advertisement; its first 24 bytes are exoip's if an IPv4 address is shared. Never throws. */
  encode(advertisement: FullAdvertisement): Uint8Array;
  /** Reads a datagram. Never throws, whatever the bytes: they come from anyone. */
  decode(bytes: Uint8Array): Decoded;
}

/** One per process: what it keeps for speed (a buffer, the last senders) is its own. */
export function createWire(settings: WireSettings): Wire {
  const seal = createSeal(settings);
  return { encode: createEncoder(seal), decode: createDecoder(seal) };
}
