/** Watches a cluster. Whoever changes something that the cloud does not see calls `look`. */
export class ServiceMeter {
    #cluster;
    #instants = [];
    constructor(cluster) {
        this.#cluster = cluster;
        this.look();
    }
    look() {
        const { world, hosts } = this.#cluster;
        const live = hosts.filter((host) => host.process && !host.process.paused && !this.#isCutOff(host.address));
        this.#instants.push({
            at: world.now,
            live: new Set(live.map(({ name }) => name)),
            active: this.#cluster.active().length,
        });
    }
    #isCutOff(address) {
        const { network, hosts } = this.#cluster;
        const others = hosts.filter((other) => other.address !== address);
        return others.every((other) => network.isCut(address, other.address) && network.isCut(other.address, address));
    }
    reckon() {
        const { world, cloud } = this.#cluster;
        cloud.advance(world.now);
        const changes = cloud.changes.map(({ at, holders }) => ({
            at,
            holders: holders.map((instance) => this.#cluster.nameOf(instance)),
        }));
        // The sort is stable: of one instant, what the cloud did comes first.
        const instants = [...changes, ...this.#instants].sort((a, b) => a.at - b.at);
        return add(instants, world.now, cloud.changes.filter(({ change }) => change === 'gained').length);
    }
}
function add(instants, end, gained) {
    const sums = { vacantMs: 0, unservedMs: 0, sharedMs: 0, twoActiveMs: 0 };
    let firstHeldAt = null;
    let longestGap = null;
    let gapSince = null;
    let now = { live: new Set(), active: 0, holders: [] };
    for (const [index, { at, ...change }] of instants.entries()) {
        now = { ...now, ...change };
        if (now.holders.length > 0)
            firstHeldAt ??= at;
        if (firstHeldAt === null)
            continue;
        const ms = (instants[index + 1]?.at ?? end) - at;
        const isServed = now.holders.some((name) => now.live.has(name));
        gapSince = isServed ? null : (gapSince ?? at);
        if (now.holders.length === 0)
            sums.vacantMs += ms;
        if (now.holders.length > 1)
            sums.sharedMs += ms;
        if (now.active > 1)
            sums.twoActiveMs += ms;
        if (gapSince === null)
            continue;
        sums.unservedMs += ms;
        const gap = at + ms - gapSince;
        if (gap > (longestGap?.ms ?? 0))
            longestGap = { ms: gap, at: gapSince };
    }
    return { firstHeldAt, ...sums, longestGap, moves: Math.max(0, gained - 1) };
}
