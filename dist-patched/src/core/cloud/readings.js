import { auditDelay, standbyReadDelay } from "../times.js";
export function absorbReading(step, pending, outcome) {
    const { state, now } = step;
    if (!outcome.ok || !outcome.view)
        return;
    noteArrivals(step, outcome.view);
    state.cloud.reading = { ...outcome.view, askedAt: pending.since, at: now.mono };
    if (!outcome.view.holders.includes(step.policy.self.instance))
        state.damping.releaseUnresolvedUntil = now.mono;
    state.cloud.reads += 1;
    state.cloud.nextReadAt =
        now.mono + (state.role === 'active' ? auditDelay : standbyReadDelay)(step.policy, state.cloud.reads);
    remember(step, outcome.view.described ?? []);
    if (state.cloud.unreadSince !== null && pending.since >= state.cloud.unreadSince)
        state.cloud.unreadSince = null;
    const { claim } = state;
    if (claim && claim.readMs === null && pending.since >= claim.since)
        state.claim = { ...claim, readMs: now.mono - pending.since };
}
/** Who was no holder before. The first reading of all tells nothing of it. */
function noteArrivals({ state, now }, { holders }) {
    const before = state.cloud.reading;
    state.cloud.arrivals = holders.flatMap((instance) => {
        const known = state.cloud.arrivals.find((arrival) => arrival.instance === instance);
        if (known)
            return [known];
        if (before === null || before.holders.includes(instance))
            return [];
        return [{ instance, after: before.askedAt, seenAt: now.mono }];
    });
}
/** Keeps what the cloud said of machines, newest first. */
export function remember(step, described) {
    const { state, now } = step;
    if (described.length === 0)
        return;
    const fresh = described.map((machine) => ({ ...machine, at: now.mono }));
    const others = state.cloud.machines.filter((known) => !fresh.some(({ instance }) => instance === known.instance));
    state.cloud.machines = [...fresh, ...others].slice(0, 64);
}
