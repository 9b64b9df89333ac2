import { Cluster, type ClusterOptions } from '../cluster.ts';
import { Invariants, type Violation } from '../proof/invariants.ts';
import { type Fault, plant } from './faults.ts';
import { type Service, ServiceMeter } from './service.ts';

export interface SimulationOptions extends ClusterOptions {
  readonly apiMs: number;
  readonly operationMs: number;
  readonly forMs: number;
  readonly faults: readonly Fault[];
}

export interface Simulated {
  /** What the cloud did and what each node said of itself, in the words of the log: seconds, and the line. */
  readonly timeline: readonly string[];
  readonly service: Service;
  readonly violations: readonly Violation[];
  readonly roles: readonly (readonly [name: string, role: string])[];
  readonly holders: readonly string[];
}

const sliceMs = 1_000;
/** What the cloud does is seen by its watchers that often. */
const stepMs = 20;

/** A group that suffers these faults; all nodes start at once. The same options give the same story. */
export function simulate(
  options: SimulationOptions,
  onProgress: (share: number) => void = () => {},
): Simulated {
  const invariants = new Invariants();
  const cluster = new Cluster(options);
  invariants.attach(cluster);
  const meter = new ServiceMeter(cluster);
  cluster.subscribe((_host, told) => {
    // After the step: a process ends a moment after its last report.
    if (told.kind === 'report' && told.report.kind === 'role') cluster.world.after(0, () => meter.look());
  });
  const { apiMs, operationMs, faults, forMs } = options;
  for (const host of cluster.hosts) {
    Object.assign(host.api, { latencyMin: apiMs, latencyMax: apiMs, operationMs });
    cluster.start(host);
  }
  meter.look();
  for (const fault of faults) plant(cluster, fault, () => meter.look());
  run(cluster, forMs, onProgress);
  return {
    timeline: inOrder(cluster.transcript),
    service: meter.reckon(),
    violations: invariants.violations,
    roles: cluster.hosts.map((host) => [host.name, cluster.role(host)] as const),
    holders: cluster.holders(),
  };
}

function run(cluster: Cluster, forMs: number, onProgress: (share: number) => void): void {
  const { world } = cluster;
  for (let done = 0; done < forMs; done += sliceMs) {
    const end = Math.min(done + sliceMs, forMs);
    while (world.now < end) cluster.run(Math.min(stepMs, end - world.now));
    onProgress(end / forMs);
  }
}

/** What the cloud did is noted when it is looked at, with the time at which it happened. */
function inOrder(transcript: readonly string[]): string[] {
  return [...transcript].sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b));
}
