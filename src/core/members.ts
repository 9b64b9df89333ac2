import { changed, newPeer, type Peer, peerName } from './peers.ts';
import { deadInterval, listsBeforeRemoval, maxPeers, removalSilence } from './policy.ts';
import { missingVoters } from './quorum.ts';
import { alarm, allClear, report, type Step } from './state.ts';
import type { IpAddress, Member, Policy } from './types.ts';

/**
 * R24: the group as it is told. A list may add at once; it removes only what three good lists in a row lack and what
 * has been dead for long. An empty answer of the cloud, or one without ourselves, is no good list.
 */
export function mergeMembers(step: Step, told: readonly Member[]): void {
  const { policy, state } = step;
  const others = told.filter((member) => !isSelf(policy, member));
  if (policy.grouped && others.length === told.length) return refuseList(step, told);
  allClear(step, 'group');
  const wanted = withVoters(policy, others)
    .filter((member) => member.address !== policy.address)
    .slice(0, maxPeers);
  if (others.length > maxPeers) {
    alarm(
      step,
      'group-size',
      `the group has ${others.length} other members: only the first ${maxPeers} are heard; use a smaller group`,
    );
  }
  const kept = state.peers.map((peer) => update(peer, wanted)).filter((peer) => keep(step, peer));
  const added = wanted
    .filter((member) => !state.peers.some((peer) => isSame(peer.member, member)))
    .slice(0, Math.max(0, maxPeers - kept.length));
  for (const member of added)
    report(step, { kind: 'peer', peer: member.name ?? member.address, change: 'added' });
  state.peers = [
    ...kept,
    ...added.map((member) => changed(newPeer(member, step.now.mono), { answerDue: true })),
  ];
  state.members = { ...state.members, known: true };
}

/** R23: whoever votes is a member, whatever the cloud knows of it. */
function withVoters(policy: Policy, others: readonly Member[]): Member[] {
  const known = others.flatMap(({ addresses }) => addresses);
  return [...others, ...missingVoters(policy, known).map((address) => ({ address, addresses: [address] }))];
}

function refuseList(step: Step, told: readonly Member[]): void {
  const what = told.length === 0 ? 'no member at all' : `${told.length} members without this machine`;
  alarm(
    step,
    'group',
    `the cloud names ${what} in the group: the list known before stays; add this machine to the group, or check -G`,
  );
}

/** Compared by value: by instance, by node, and by every address. */
function isSelf(policy: Policy, member: Member): boolean {
  const { self } = policy;
  if (member.instance === self.instance || member.node === self.node) return true;
  return member.addresses.some((address) => isMember(self.addresses, address));
}

export function isMember(addresses: readonly IpAddress[], address: IpAddress): boolean {
  return addresses.includes(address);
}

function isSame(a: Member, b: Member): boolean {
  if (a.instance !== undefined && a.instance === b.instance) return true;
  return a.addresses.some((address) => b.addresses.includes(address));
}

function update(peer: Peer, wanted: readonly Member[]): Peer {
  const member = wanted.find((candidate) => isSame(peer.member, candidate));
  return changed(peer, member ? { member, missing: 0 } : { missing: peer.missing + 1 });
}

/** A peer that is heard is never removed. */
function keep(step: Step, peer: Peer): boolean {
  if (peer.missing < listsBeforeRemoval || peer.liveness === 'alive') return true;
  const since = peer.diedAt ?? peer.addedAt;
  if (step.now.mono - since < Math.max(deadInterval(step.policy), removalSilence)) return true;
  report(step, { kind: 'peer', peer: peerName(peer), change: 'removed' });
  return false;
}
