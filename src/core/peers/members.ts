import type { Policy } from '../policy.ts';
import { missingVoters } from '../quorum/voters.ts';
import { report, type Step } from '../step.ts';
import { deadInterval, listsBeforeRemoval, maxPeers, removalSilence } from '../times.ts';
import type { IpAddress, Member } from '../types.ts';
import { newPeer, openPeer, type Peer, peerName, withOutbox } from './peer.ts';

/**
 * R24: the group as it is told. A list may add at once; it removes only what three good lists in a row lack and what
 * has been dead for long. An empty answer of the cloud, or one without ourselves, is no good list.
 */
export function mergeMembers(step: Step, told: readonly Member[]): void {
  const { policy, state } = step;
  const others = told.filter((member) => !isSelf(policy, member));
  if (policy.grouped && others.length === told.length) return refuseList(step, told.length);
  const all = distinct(withVoters(policy, others)).filter(({ address }) => address !== policy.resource.key);
  const wanted = all.slice(0, maxPeers);
  const updated = state.peers.map((peer) => update(peer, wanted));
  const kept = updated.filter((peer) => keep(step, peer) && isNewestRow(updated, peer));
  const added = wanted
    .filter((member) => !state.peers.some((peer) => isSame(peer.member, member)))
    .slice(0, Math.max(0, maxPeers - kept.length));
  for (const member of added)
    report(step, { kind: 'peer', peer: member.name ?? member.address, change: 'added' });
  state.peers = [
    ...kept,
    ...added.map((member) => withOutbox(newPeer(member, step.now.mono), { answerDue: true })),
  ];
  state.members = { ...state.members, known: true, refused: null, total: all.length };
}

/** R23: whoever votes is a member, whatever the cloud knows of it; first, so that no group is too large for it. */
function withVoters(policy: Policy, others: readonly Member[]): Member[] {
  const known = others.flatMap(({ addresses }) => addresses);
  const missing = missingVoters(policy, known).map((address) => ({ address, addresses: [address] }));
  const votes = (member: Member) => policy.quorum?.voters.some((voter) => member.addresses.includes(voter));
  return [...missing, ...others.filter(votes), ...others.filter((member) => !votes(member))];
}

/** One machine, one row: a name and the address that it stands for are the same machine. */
function distinct(members: readonly Member[]): Member[] {
  const found: Member[] = [];
  for (const member of members) {
    const at = found.findIndex((other) => isSame(other, member));
    if (at === -1) found.push(member);
    else found[at] = merged(found[at]!, member);
  }
  return found;
}

function merged(a: Member, b: Member): Member {
  const [first, second] = a.instance === undefined && b.instance !== undefined ? [b, a] : [a, b];
  const name = first.name ?? second.name;
  const addresses = [...new Set([...first.addresses, ...second.addresses])];
  return { ...first, addresses, ...(name !== undefined && { name }) };
}

/** Two rows may turn out to be one machine when a fuller list tells all its addresses: the one heard last stays. */
function isNewestRow(rows: readonly Peer[], peer: Peer): boolean {
  const same = rows.filter((other) => isSame(other.member, peer.member));
  const newest = same.reduce((a, b) => (b.heard.at > a.heard.at ? b : a));
  return newest === peer;
}

function refuseList({ state }: Step, named: number): void {
  state.members = { ...state.members, refused: named };
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
  const next = openPeer(peer);
  next.member = member ?? peer.member;
  next.missing = member ? 0 : peer.missing + 1;
  return next;
}

/** A peer that is heard is never removed. */
function keep(step: Step, peer: Peer): boolean {
  if (peer.missing < listsBeforeRemoval || peer.liveness === 'alive') return true;
  const since = peer.death.at ?? peer.addedAt;
  if (step.now.mono - since < Math.max(deadInterval(step.policy), removalSilence)) return true;
  report(step, { kind: 'peer', peer: peerName(peer), change: 'removed' });
  return false;
}
