import type { IpAddress } from '../core/index.ts';

/** The UDP port where nobody chose one. exoip's: a group may hold both programs. */
export const usualPort = 12_345;

/** What became of a datagram that arrived: who sent it, and its bytes. */
export type Receive = (bytes: Uint8Array, from: IpAddress, port: number) => void;

/**
 * Datagrams out and in, for every shared address of the process. Sending never throws and never reports back: a
 * lost datagram and one that could not be sent are the same to the election. Receiving is by callback and is never
 * waited for.
 */
export interface Transport {
  send(bytes: Uint8Array, to: IpAddress): void;
  /**
   * Sends from a socket connected to the peer, opened at the first use and closed after some seconds without one,
   * so that ICMP refusals come back: `onRefused` is called for ECONNREFUSED and for no other error.
   */
  probe(bytes: Uint8Array, to: IpAddress): void;
  /** Sets the one receiver of datagrams and of refusals. */
  listen(receive: Receive, onRefused: (peer: IpAddress) => void): void;
  /** Idempotent. Nothing is sent or received afterwards. */
  close(): Promise<void>;
}
