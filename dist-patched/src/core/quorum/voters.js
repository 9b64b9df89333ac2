import { rowOf } from "../peers/table.js";
import { deadInterval } from "../times.js";
/**
 * R23: the voters are fixed by the settings; this is what is heard of them.
 */
export function majority(voters) {
    return Math.floor(voters.length / 2) + 1;
}
function votes(policy, addresses) {
    return policy.quorum !== null && addresses.some((address) => policy.quorum.voters.includes(address));
}
export function isVoter(policy, peer) {
    return votes(policy, peer.member.addresses);
}
/** One row for each node that votes, the newest: a node that is known by two addresses has one vote. */
export function voters(view) {
    const { policy, state } = view;
    const rows = state.peers.filter((peer) => isVoter(policy, peer) && peer.last !== null);
    return rows.filter((peer) => rowOf(rows, peer.last.node) === peer);
}
export function amVoter(policy) {
    return votes(policy, policy.self.addresses);
}
/** Voters that are no members by the group's own word, such as a witness in another cloud. */
export function missingVoters(policy, told) {
    const { voters } = policy.quorum ?? { voters: [] };
    return voters.filter((voter) => !told.includes(voter) && !policy.self.addresses.includes(voter));
}
/** Both ends know both dead intervals, and count on the shorter one. */
export function promisedUntil(policy, peer) {
    return peer.heard.at + promisedFor(policy, peer);
}
export function promisedFor(policy, peer) {
    const own = deadInterval(policy);
    return peer.last?.version === 2 ? Math.min(own, peer.last.deadIntervalMs) : own;
}
