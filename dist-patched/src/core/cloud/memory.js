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
        retryAt: now,
        throttled: false,
    };
}
