import { holdsByReading, peerOf } from '../cloud/machines.ts';
import { amSound, isEligible, isSound } from '../election/candidates.ts';
import { ownRank, precedes, rankOf } from '../election/order.ts';
import { isTwoWay } from '../peers/liveness.ts';
import type { Peer } from '../peers/peer.ts';
import { hasLease, needsLease } from '../quorum/lease.ts';
import type { Step } from '../step.ts';

/**
 * R16: two that hold, and hear each other.
 */

/**
 * R16: two holders that hear each other: the worse yields, and the sick one whatever its rank (R17). An exoip node
 * holds when the cloud says so (R26).
 */
export function betterRival(step: Step): Peer | null {
  return step.state.peers.find((peer) => isTwoWay(step, peer) && yieldsTo(step, peer)) ?? null;
}

function yieldsTo(step: Step, peer: Peer): boolean {
  const { policy, state } = step;
  const several = policy.traits.associate === 'adds';
  // R23: who has the lease is the holder; the other has only not noticed yet that it is none.
  if (needsLease(policy) && hasLease(step)) return false;
  if (amSound(step) && !(several && precedes(rankOf(peer)!, ownRank(step)))) return false;
  if (peer.last?.version !== 2) return several && isEligible(peer) && holdsByReading(step, peer);
  const { role, flags, claim } = peer.last;
  // One that asked us to take over has only not heard yet that we did; one that had it before us, that we have it.
  if (role !== 'holding' || !isSound(peer) || flags.heir) return false;
  return several ? !deniedByReading(step, peer) : claim > state.claims.number;
}

/**
 * It says that it holds, by a claim that is no later than ours, and the cloud does not: it was cut off and does not
 * know yet that the address was taken from it. It is about to look (R14), and so are we, in case it still has it.
 */
function deniedByReading(step: Step, peer: Peer): boolean {
  const {
    cloud: { reading, failures },
    claims: { number: claimNumber },
  } = step.state;
  if (reading === null || reading.pending || failures > 0) return false;
  if (peer.last?.version === 2 && peer.last.claim > claimNumber) return false;
  const { instance: own } = step.policy.self;
  const known = reading.holders.every((holder) => holder === own || peerOf(step.state, holder) !== null);
  return known && !holdsByReading(step, peer);
}
