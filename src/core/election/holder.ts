import { holdsByReading } from '../cloud/machines.ts';
import { peerDeadInterval } from '../peers/liveness.ts';
import { full, isAlive, type Peer } from '../peers/peer.ts';
import type { Draft, State } from '../state.ts';
import type { Step } from '../step.ts';
import type { Milliseconds } from '../types.ts';
import type { View } from '../view.ts';
import { isEligible, isSound } from './candidates.ts';
import { precedes, rankOf } from './order.ts';

/**
 * Who holds the address, by what is heard; and who still hears somebody that we do not.
 */

/**
 * The live holder: a sound one before one that is to go, the one with the highest claim, then the best; else the best
 * exoip node, which tells no role.
 */
export function liveHolder(state: State | Draft): Peer | null {
  let best: Peer | null = null;
  for (const peer of state.peers) {
    if (isAlive(peer) && full(peer)?.role === 'holding' && (best === null || outranks(peer, best)))
      best = peer;
  }
  return best ?? presumedExoipHolder(state);
}

function outranks(peer: Peer, best: Peer): boolean {
  const [a, b] = [full(peer)!, full(best)!];
  if (isSound(peer) !== isSound(best)) return isSound(peer);
  return a.claim !== b.claim ? a.claim > b.claim : precedes(rankOf(peer)!, rankOf(best)!);
}

/** exoip has no roles: the best one that lives and has not resigned holds, unless one of ours hides it (R26). */
function presumedExoipHolder(state: State | Draft): Peer | null {
  if (state.role === 'active' && state.association === 'confirmed') return null;
  let best: Peer | null = null;
  for (const peer of state.peers) {
    if (peer.last?.version !== 1 || !isEligible(peer)) continue;
    if (best === null || precedes(rankOf(peer)!, rankOf(best)!)) best = peer;
  }
  return best;
}

/** Notes when the live holder changes; the first one heard is no change. */
export function noteHolder(step: Step): void {
  const { state, now } = step;
  const holder = liveHolder(state);
  if (!holder?.last) return;
  const { node } = holder.last;
  const claim = holder.last.version === 2 ? holder.last.claim : null;
  if (state.holder?.node === node && state.holder.claim === claim) return;
  state.holder = { node, claim, movedAt: state.holder ? now.mono : null };
}

/** Somebody whom I hear still hears a holder whom I do not (pre-vote). The name of the witness, or null. */
export function veto(view: View): Peer | null {
  const { policy, state } = view;
  const { mono } = state.clock;
  for (const witness of state.peers) {
    const holder = full(witness)?.holder;
    if (!holder || !isAlive(witness) || full(witness)!.role === 'holding' || holder.tag === policy.self.tag)
      continue;
    const held = state.peers.find((peer) => full(peer)?.tag === holder.tag);
    if (held && (!isSound(held) || isOutdated(witness, holder.ageMs, held))) continue;
    const dead = held ? peerDeadInterval(policy, held) : peerDeadInterval(policy, witness);
    if (holder.ageMs + (mono - witness.heard.at) < dead) return witness;
  }
  return null;
}

/** The witness heard the holder before our first refused probe: what we know since then is newer (R29). */
function isOutdated(witness: Peer, ageMs: Milliseconds, held: Peer): boolean {
  return (
    held.liveness === 'refused' &&
    held.death.refusedAt !== null &&
    witness.heard.at - ageMs < held.death.refusedAt
  );
}

/** The peer that holds the address in our stead, by its own word. */
export function successor(step: Step): Peer | null {
  const { state } = step;
  return (
    state.peers.find((peer) => {
      if (!isAlive(peer) || !isSound(peer)) return false;
      return peer.last?.version === 2 ? peer.last.role === 'holding' : holdsByReading(step, peer);
    }) ?? null
  );
}

/** Somebody who could still take the address from us. */
export function hasHeir(step: Step): boolean {
  return step.state.peers.some(
    (peer) =>
      isEligible(peer) || (peer.last?.version === 2 && isAlive(peer) && peer.last.role === 'acquiring'),
  );
}
