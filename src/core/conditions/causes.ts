import { isForeign, isUnheardHolder } from '../cloud/claim-plan.ts';
import { nameOf, peerOf } from '../cloud/machines.ts';
import { precedes, priority, rankOf } from '../election/order.ts';
import { full, isAlive, type Peer, peerName } from '../peers/peer.ts';
import { isMinority } from '../quorum/lease.ts';
import { deadInterval, maxPeers } from '../times.ts';
import { leadsByLease, type View } from '../view.ts';
import type { Condition } from './condition.ts';

/**
 * What is wrong now, from the view alone: nothing here is remembered, so nothing can outlive its cause. There are at
 * most four for each row of the peer table, one for each holder that the cloud names, and one of every other code.
 */
export function conditions(view: View): Condition[] {
  const found: Condition[] = [];
  ofCloud(view, found);
  ofGroup(view, found);
  for (const peer of view.state.peers) ofPeer(view, peer, found);
  if (view.state.association === 'claiming' && !leadsByLease(view)) ofClaim(view, found);
  return found;
}

function ofCloud(view: View, found: Condition[]): void {
  const { policy, state, now } = view;
  const { trouble, reading } = state.cloud;
  if (trouble) found.push({ code: 'api', subject: trouble.kind, facts: { message: trouble.message } });
  if (reading?.delivered === false && reading.holders.includes(policy.self.instance))
    found.push({ code: 'not-delivered', subject: '', facts: { advice: reading.deliveryAdvice ?? '' } });
  const { duel, taker, until } = state.damping.yield;
  if (duel && taker !== null && now.mono < until)
    found.push({ code: 'duel', subject: taker, facts: { taker: nameOf(view, taker) } });
}

function ofGroup(view: View, found: Condition[]): void {
  const { policy, state, now } = view;
  const { known, refused, total, impostor } = state.members;
  if (refused !== null) found.push({ code: 'group', subject: '', facts: { named: refused } });
  if (total > maxPeers) found.push({ code: 'group-size', subject: '', facts: { total, heard: maxPeers } });
  if (!known && now.mono >= state.holdOff.until)
    found.push({ code: 'members-unknown', subject: '', facts: {} });
  if (impostor && now.mono - impostor.at < deadInterval(policy))
    found.push({ code: 'duplicate-id', subject: impostor.from, facts: { node: policy.self.node } });
  if (state.role !== 'hold-off' && isMinority(view))
    found.push({ code: 'minority', subject: '', facts: { witness: policy.witness } });
}

function ofPeer(view: View, peer: Peer, found: Condition[]): void {
  const { policy, state, now } = view;
  const subject = peer.member.address;
  if (!peer.heard.ever) {
    const waited = now.mono - peer.addedAt >= deadInterval(policy);
    if (waited && now.mono >= state.holdOff.until)
      found.push({ code: 'never-heard', subject, facts: { peer: peerName(peer) } });
    return;
  }
  if (hasOurPriority(view, peer)) found.push({ code: 'priority', subject, facts: tie(view, peer) });
  if (!isAlive(peer)) return;
  if (peer.last?.version === 1 && policy.quorum !== null)
    found.push({ code: 'exoip', subject, facts: { peer: peerName(peer) } });
  const digest = full(peer)?.configDigest ?? policy.configDigest;
  if (digest !== policy.configDigest)
    found.push({ code: 'config', subject, facts: { peer: peerName(peer), quorum: policy.quorum !== null } });
}

/** Dead or alive: it will have it again when it comes back. */
function hasOurPriority(view: View, peer: Peer): boolean {
  if (view.policy.witness || full(peer)?.flags.witness) return false;
  return rankOf(peer)?.priority === priority(view);
}

function tie(view: View, peer: Peer): Condition['facts'] {
  const rank = rankOf(peer)!;
  const own = { priority: rank.priority, node: view.policy.self.node, exoip: false };
  const first = precedes(rank, own) ? peerName(peer) : 'this node';
  return { peer: peerName(peer), priority: rank.priority, first, exoip: rank.exoip };
}

/** Why a takeover waits. */
function ofClaim(view: View, found: Condition[]): void {
  const { policy, state } = view;
  const { reading, machines } = state.cloud;
  const { claim } = state;
  if (!reading || !claim || reading.askedAt < claim.since) return;
  for (const instance of reading.holders) {
    const peer = peerOf(state, instance);
    const who = { holder: nameOf(view, instance) };
    if (peer && isUnheardHolder(view, claim, peer)) {
      const waitMs = policy.neverHeardTakeoverAfterMs;
      found.push({ code: 'never-heard-holder', subject: peer.member.address, facts: { ...who, waitMs } });
    }
    const described = machines.some((machine) => machine.instance === instance);
    if (described && !peer && instance !== policy.self.instance && isForeign(view, instance))
      found.push({ code: 'foreign', subject: instance, facts: who });
  }
}
