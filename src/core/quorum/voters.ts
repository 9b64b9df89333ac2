import type { Peer } from '../peers/peer.ts';
import { rowOf } from '../peers/table.ts';
import type { Policy } from '../policy.ts';
import { deadInterval } from '../times.ts';
import type { IpAddress, Milliseconds } from '../types.ts';
import type { View } from '../view.ts';

/**
 * R23: the voters are fixed by the settings; this is what is heard of them.
 */

export function majority(voters: readonly IpAddress[]): number {
  return Math.floor(voters.length / 2) + 1;
}

function votes(policy: Policy, addresses: readonly IpAddress[]): boolean {
  return policy.quorum !== null && addresses.some((address) => policy.quorum!.voters.includes(address));
}

export function isVoter(policy: Policy, peer: Peer): boolean {
  return votes(policy, peer.member.addresses);
}

/** One row for each node that votes, the newest: a node that is known by two addresses has one vote. */
export function voters(view: View): Peer[] {
  const { policy, state } = view;
  const rows = state.peers.filter((peer) => isVoter(policy, peer) && peer.last !== null);
  return rows.filter((peer) => rowOf(rows, peer.last!.node) === peer);
}

export function amVoter(policy: Policy): boolean {
  return votes(policy, policy.self.addresses);
}

/** Voters that are no members by the group's own word, such as a witness in another cloud. */
export function missingVoters(policy: Policy, told: readonly IpAddress[]): IpAddress[] {
  const { voters } = policy.quorum ?? { voters: [] };
  return voters.filter((voter) => !told.includes(voter) && !policy.self.addresses.includes(voter));
}

/** Both ends know both dead intervals, and count on the shorter one. */
export function promisedUntil(policy: Policy, peer: Peer): Milliseconds {
  return peer.heard.at + promisedFor(policy, peer);
}

export function promisedFor(policy: Policy, peer: Peer): Milliseconds {
  const own = deadInterval(policy);
  return peer.last?.version === 2 ? Math.min(own, peer.last.deadIntervalMs) : own;
}
