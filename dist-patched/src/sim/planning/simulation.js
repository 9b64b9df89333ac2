import { Cluster } from "../cluster.js";
import { Invariants } from "../proof/invariants.js";
import { plant } from "./faults.js";
import { ServiceMeter } from "./service.js";
const sliceMs = 1_000;
/** What the cloud does is seen by its watchers that often. */
const stepMs = 20;
/** A group that suffers these faults; all nodes start at once. The same options give the same story. */
export function simulate(options, onProgress = () => { }) {
    const invariants = new Invariants();
    const reported = { look: () => { } };
    const { watch } = invariants;
    const cluster = new Cluster(options, {
        ...watch,
        onReport: (host, report) => {
            watch.onReport?.(host, report);
            // After the step: a process ends a moment after its last report.
            if (report.kind === 'role')
                cluster.world.after(0, reported.look);
        },
    });
    invariants.attach(cluster);
    const meter = new ServiceMeter(cluster);
    reported.look = () => meter.look();
    const { apiMs, operationMs, faults, forMs } = options;
    for (const host of cluster.hosts) {
        Object.assign(host.api, { latencyMin: apiMs, latencyMax: apiMs, operationMs });
        cluster.start(host);
    }
    meter.look();
    for (const fault of faults)
        plant(cluster, fault, () => meter.look());
    run(cluster, forMs, onProgress);
    return {
        timeline: inOrder(cluster.transcript),
        service: meter.reckon(),
        violations: invariants.violations,
        roles: cluster.hosts.map((host) => [host.name, cluster.role(host)]),
        holders: cluster.holders(),
    };
}
function run(cluster, forMs, onProgress) {
    const { world } = cluster;
    for (let done = 0; done < forMs; done += sliceMs) {
        const end = Math.min(done + sliceMs, forMs);
        while (world.now < end)
            cluster.run(Math.min(stepMs, end - world.now));
        onProgress(end / forMs);
    }
}
/** What the cloud did is noted when it is looked at, with the time at which it happened. */
function inOrder(transcript) {
    return [...transcript].sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b));
}
