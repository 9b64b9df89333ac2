/**
 * Who may have made a datagram: the one place that knows keys. There are none yet, so anyone may: the key's number
 * is 0, the MAC is zero on sending, and nobody looks at it on reception.
 */
import { layout, macLength } from './layout.ts';

export interface SealSettings {
  /** null: datagrams are not authenticated. */
  readonly keys: null;
}

export interface Seal {
  /** Writes the key's number and the MAC into a datagram of that length, which is complete but for them. */
  close(bytes: Uint8Array, length: number): void;
  /** Whether the datagram, of at least `lengthMin` bytes, names a key that is known here. */
  knows(datagram: Uint8Array): boolean;
}

const noKey = 0;

export function createSeal(_settings: SealSettings): Seal {
  return {
    close(bytes, length) {
      bytes[layout.keyId[0]] = noKey;
      bytes.fill(0, length - macLength, length);
    },
    knows: (datagram) => datagram[layout.keyId[0]] === noKey,
  };
}
