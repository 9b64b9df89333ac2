import { openPeer } from "./peer.js";
import { withSent } from "./sent.js";
export function peerFrom(state, from) {
    return state.peers.find((peer) => peer.member.addresses.includes(from));
}
export function replacePeer(state, next) {
    state.peers = state.peers.map((peer) => (peer.member.address === next.member.address ? next : peer));
}
/** What was last heard of that node, from whatever address. */
export function rowOf(peers, node) {
    let newest = null;
    for (const peer of peers) {
        if (peer.last?.node === node && (newest === null || peer.heard.at > newest.heard.at))
            newest = peer;
    }
    return newest;
}
/** Notes a datagram that was sent to the peer. */
export function noteSent(peer, sequence, at) {
    const { sent, fastAt, probeAt } = peer.outbox;
    const next = openPeer(peer);
    next.outbox = { sent: withSent(sent, sequence, at), sentAt: at, fastAt, probeAt, answerDue: false };
    return next;
}
