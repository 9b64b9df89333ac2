/** Whether `a` ranks before `b`: lower priority first, then lower node id. The only place that knows the direction. */
export function precedes(a, b) {
    if (a.priority !== b.priority)
        return a.priority < b.priority;
    if (a.exoip !== b.exoip)
        return a.exoip;
    return a.node < b.node;
}
export function rankOf(peer) {
    if (peer.last === null)
        return null;
    return { priority: peer.last.priority, node: peer.last.node, exoip: peer.last.version === 1 };
}
export function priority(view) {
    const { policy, state } = view;
    return Math.min(254, Math.max(0, policy.priority + state.own.shift));
}
export function ownRank(view) {
    const { policy } = view;
    return { priority: priority(view), node: policy.self.node, exoip: false };
}
export function ranksBeforeMe(view, peer) {
    const rank = rankOf(peer);
    return rank !== null && precedes(rank, ownRank(view));
}
