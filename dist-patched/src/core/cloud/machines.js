import { full, isAlive, peerName } from "../peers/peer.js";
/**
 * What the cloud says of machines, and whose they are.
 */
/** The peer that an instance is: by its id, by the node id it advertises, or by an address it has (R11). */
export function peerOf(state, instance) {
    const byId = state.peers.find((peer) => peer.member.instance === instance);
    if (byId)
        return byId;
    const machine = state.cloud.machines.find((known) => known.instance === instance);
    if (!machine)
        return null;
    return (state.peers.find((peer) => (peer.last !== null && peer.last.node === machine.node) ||
        peer.member.addresses.some((address) => machine.addresses.includes(address))) ?? null);
}
/** What the cloud last said of the peer's machine. */
export function machineOf(state, peer) {
    return state.cloud.machines.find((machine) => peerOf(state, machine.instance) === peer) ?? null;
}
export function isOff(machine) {
    return machine === 'off' || machine === 'gone';
}
export function nameOf(view, instance) {
    const { state } = view;
    const peer = peerOf(state, instance);
    return peer
        ? peerName(peer)
        : (state.cloud.machines.find((known) => known.instance === instance)?.name ?? instance);
}
/** Whether it is known whose machine that is: a peer's, or described by the cloud. */
export function isKnown(view, instance) {
    return (view.state.cloud.machines.some((machine) => machine.instance === instance) ||
        peerOf(view.state, instance) !== null);
}
export function holdsByReading(view, peer) {
    const { state } = view;
    return state.cloud.reading?.holders.some((instance) => peerOf(state, instance) === peer) ?? false;
}
/**
 * R15: the peer has come to hold the address since we last heard it, and was not about to then: it lives, although we
 * do not hear it. A write of one that died in its takeover may land as late.
 */
export function tookUnheard(state, instance) {
    const peer = peerOf(state, instance);
    const arrival = state.cloud.arrivals.find((one) => one.instance === instance);
    if (!peer || !arrival || isAlive(peer) || !peer.heard.ever)
        return null;
    const role = full(peer)?.role;
    const wasAboutTo = role === undefined || role === 'acquiring' || role === 'holding';
    return wasAboutTo || peer.heard.at >= arrival.after ? null : arrival;
}
