import type { Draft, State } from '../state.ts';
import type { IpAddress, Milliseconds, NodeId } from '../types.ts';
import { openPeer, type Peer } from './peer.ts';
import { withSent } from './sent.ts';

export function peerFrom(state: State | Draft, from: IpAddress): Peer | undefined {
  return state.peers.find((peer) => peer.member.addresses.includes(from));
}

export function replacePeer(state: Draft, next: Peer): void {
  state.peers = state.peers.map((peer) => (peer.member.address === next.member.address ? next : peer));
}

/** What was last heard of that node, from whatever address. */
export function rowOf(peers: readonly Peer[], node: NodeId): Peer | null {
  let newest: Peer | null = null;
  for (const peer of peers) {
    if (peer.last?.node === node && (newest === null || peer.heard.at > newest.heard.at)) newest = peer;
  }
  return newest;
}

/** Notes a datagram that was sent to the peer. */
export function noteSent(peer: Peer, sequence: number, at: Milliseconds): Peer {
  const { sent, fastAt, probeAt } = peer.outbox;
  const next = openPeer(peer);
  next.outbox = { sent: withSent(sent, sequence, at), sentAt: at, fastAt, probeAt, answerDue: false };
  return next;
}
