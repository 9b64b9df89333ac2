import { isTwoWay } from "../peers/liveness.js";
import { isMajorityFree } from "../quorum/lease.js";
import { minimumHold, rankStep } from "../times.js";
import { amBest, amEligible, isSound } from "./candidates.js";
import { liveHolder, veto } from "./holder.js";
import { hasJustComeBack, isIsolated, isLosingTouch } from "./isolation.js";
import { ranksBeforeMe } from "./order.js";
import { awaitsNewMember, bestIsJoining, betterAcquirer, finishingAcquirer, rank } from "./rivals.js";
/**
 * Whether to take the address now, and why (R8–R10).
 */
/** R8, R9, R10. The times without interruption that two of them ask for are kept here. */
export function reasonToClaim(step) {
    const { policy, state, now } = step;
    const best = amBest(step);
    const holder = liveHolder(state);
    // A holder that lives can wait until our own release has landed: it would leave the address to nobody.
    if (holder && now.mono < state.damping.releaseUnresolvedUntil)
        return null;
    if (holder && isHeir(step, holder))
        return 'handover';
    const vacant = best && !holder && !obstacle(step);
    const better = best && holder !== null && isSound(holder) && !ranksBeforeMe(step, holder);
    state.vacancy.since = vacant ? (state.vacancy.since ?? now.mono) : null;
    state.vacancy.betterSince = better ? (state.vacancy.betterSince ?? now.mono) : null;
    if (vacant)
        return now.mono - state.vacancy.since >= rank(step) * rankStep(policy) ? 'dead' : null;
    if (best && holder && !isSound(holder))
        return 'resign';
    return better && mayPreempt(step, holder) && now.mono - state.vacancy.betterSince >= policy.preemptDelayMs
        ? 'preempt'
        : null;
}
/** The holder asks this very node to take over, whoever else may be better. */
export function isHeir(step, holder) {
    return holder.last?.version === 2 && holder.last.flags.heir && amEligible(step);
}
/** What forbids to take the address of a silent holder although this node is the best (R8, R24). */
function obstacle(step) {
    return (betterAcquirer(step) !== null ||
        finishingAcquirer(step) !== null ||
        veto(step) !== null ||
        isIsolated(step) ||
        isLosingTouch(step) ||
        hasJustComeBack(step) ||
        bestIsJoining(step) ||
        !isMajorityFree(step) ||
        awaitsNewMember(step));
}
/** R10: never a holder that cannot hear us, nor one that does not allow it, nor an address that has just moved. */
function mayPreempt(step, holder) {
    const { policy, state, now } = step;
    if (!policy.preempt || !isTwoWay(step, holder))
        return false;
    if (holder.last?.version === 2 && !holder.last.flags.preempt)
        return false;
    const movedAt = state.holder?.movedAt ?? null;
    return movedAt === null || now.mono - movedAt >= minimumHold;
}
