/** The core's only door. */

export * from './advertisement.ts';
export type { CloudView as View } from './cloud/calls.ts';
export * from './cloud/calls.ts';
export type { Reading } from './cloud/memory.ts';
export type { Condition, ConditionCode, Facts, Standing } from './conditions/condition.ts';
export { describeCondition } from './conditions/words.ts';
export { defaults, isolatedPatienceMs, isolatedTakeoverAfterMs } from './defaults.ts';
export { inability, isEligible } from './election/candidates.ts';
export { liveHolder } from './election/holder.ts';
export { precedes, priority, type Rank, rankOf } from './election/order.ts';
export * from './events.ts';
export { type Flag, type Flags, flagsOf, wordOf } from './flags.ts';
export { deadline, step } from './machine.ts';
export { narrate } from './narrate.ts';
export { isTwoWay } from './peers/liveness.ts';
export { isAlive, type Liveness, type Peer, peerName } from './peers/peer.ts';
export * from './policy.ts';
export { hasLease, isMinority, leaseUntil, supporters } from './quorum/lease.ts';
export { majority } from './quorum/voters.ts';
export * from './reports.ts';
export { roleName } from './roles/become.ts';
export { initial, type State } from './state.ts';
export {
  acquisitionWindow,
  burst,
  callLimit,
  confirmingProbes,
  deadInterval,
  guard,
  longestDeadInterval,
  minimumHold,
  operationLimit,
  pollInterval,
  rankStep,
  refusalsNeeded,
  shortestDeadInterval,
  tick,
} from './times.ts';
export * from './types.ts';
export { viewOf } from './view.ts';
