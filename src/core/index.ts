/** The core's only door. */

export type { Reading } from './cloud/memory.ts';
export { inability, isEligible, liveHolder } from './election.ts';
export { deadline, step } from './machine.ts';
export { narrate } from './narrate.ts';
export { isAlive, type Liveness, type Peer, peerName } from './peers/peer.ts';
export { isTwoWay } from './peers.ts';
export {
  acquisitionWindow,
  burst,
  callLimit,
  confirmingProbes,
  deadInterval,
  guard,
  rankStep,
  refusalsNeeded,
  shortestDeadInterval,
  tick,
} from './policy.ts';
export { hasLease, isMinority, leaseUntil, majority, supporters } from './quorum.ts';
export { precedes, priority, type Rank, rankOf } from './rank.ts';
export { roleName } from './roles.ts';
export { initial, type State } from './state.ts';
export type { CloudView as View } from './types.ts';
export * from './types.ts';
export { viewOf } from './view.ts';
