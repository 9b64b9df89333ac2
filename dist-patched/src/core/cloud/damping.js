const never = Number.NEGATIVE_INFINITY;
export function newDamping() {
    return {
        plans: [],
        planOpen: false,
        fencedAt: never,
        fenceUnresolvedUntil: never,
        releaseUnresolvedUntil: never,
        yield: { until: never, count: 0, lastAt: never, taker: null, duel: false },
    };
}
export function copyDamping(damping) {
    return {
        plans: damping.plans,
        planOpen: damping.planOpen,
        fencedAt: damping.fencedAt,
        fenceUnresolvedUntil: damping.fenceUnresolvedUntil,
        releaseUnresolvedUntil: damping.releaseUnresolvedUntil,
        yield: damping.yield,
    };
}
