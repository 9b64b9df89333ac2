/** The core's only door. */
export { inability, isEligible, liveHolder } from "./election.js";
export { deadline, step } from "./machine.js";
export { narrate } from "./narrate.js";
export { isAlive, peerName } from "./peers/peer.js";
export { isTwoWay } from "./peers.js";
export { acquisitionWindow, burst, callLimit, confirmingProbes, deadInterval, guard, rankStep, refusalsNeeded, shortestDeadInterval, tick, } from "./policy.js";
export { hasLease, isMinority, leaseUntil, majority, supporters } from "./quorum.js";
export { precedes, priority, rankOf } from "./rank.js";
export { roleName } from "./roles.js";
export { initial } from "./state.js";
export * from "./types.js";
export { viewOf } from "./view.js";
