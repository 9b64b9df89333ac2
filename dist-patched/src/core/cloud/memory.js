const never = Number.NEGATIVE_INFINITY;
export function newCloudMemory(now) {
    return {
        pending: null,
        nextTicket: 1,
        reading: null,
        arrivals: [],
        machines: [],
        readWanted: false,
        extraReadAt: never,
        challengedAt: never,
        nextReadAt: now,
        reads: 0,
        unreadSince: null,
        failures: 0,
        denied: false,
        trouble: null,
        retryAt: now,
        throttled: false,
    };
}
export function copyCloudMemory(cloud) {
    return {
        pending: cloud.pending,
        nextTicket: cloud.nextTicket,
        reading: cloud.reading,
        arrivals: cloud.arrivals,
        machines: cloud.machines,
        readWanted: cloud.readWanted,
        extraReadAt: cloud.extraReadAt,
        challengedAt: cloud.challengedAt,
        nextReadAt: cloud.nextReadAt,
        reads: cloud.reads,
        unreadSince: cloud.unreadSince,
        failures: cloud.failures,
        denied: cloud.denied,
        trouble: cloud.trouble,
        retryAt: cloud.retryAt,
        throttled: cloud.throttled,
    };
}
