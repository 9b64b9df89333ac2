import type { Cloud, SimInstance } from '../../src/sim/cloud.ts';
import type { Asked, Route } from '../../src/sim/serve.ts';
import { isIPv6 } from '../../src/wire/address.ts';
import { type CsQuirks, csRoutes } from './cs/simulator.ts';
import type { Caller } from './simulator-parts.ts';
import { type V2Quirks, v2Routes } from './v2/simulator.ts';

export type { Caller };

/** Those of the cs dialects, and of API v2. */
export interface Quirks extends CsQuirks {
  readonly v2?: V2Quirks;
}

export interface SimulatorOptions {
  readonly cloud: Cloud;
  /** By API key. */
  readonly callers: ReadonlyMap<string, Caller>;
  readonly quirks?: Quirks;
}

/** Both APIs of Exoscale, that of CloudStack, and the metadata service, over one simulated cloud. */
export function routes(options: SimulatorOptions): Route[] {
  const { cloud, callers, quirks } = options;
  const v2 = v2Routes({ cloud, callers, ...(quirks?.v2 && { quirks: quirks.v2 }) });
  return [...v2, ...csRoutes(options), metadataRoute(cloud)];
}

/**
 * Plain text, by machine: the connection's source address tells which one asks. Keys as in egoscale v3's metadata.go;
 * `1.0` as read by cloud-init, `/latest/instance-id` as read by exoip from CloudStack's virtual router.
 */
function metadataRoute(cloud: Cloud): Route {
  const machineOf = ({ remote }: Asked): SimInstance | undefined =>
    [...cloud.instances.values()].find(({ nics }) =>
      nics.some(({ addresses }) => addresses.includes(remote)),
    );
  return {
    method: 'GET',
    path: /^\/(latest|1\.0)\/(meta-data\/)?(?<key>[a-z0-9-]+)$/,
    name: (asked) => ({
      who: machineOf(asked)?.name ?? asked.remote,
      what: `metadata ${asked.groups.key}`,
      write: false,
    }),
    answer: (asked) => {
      const machine = machineOf(asked);
      const value = machine && metadataOf(machine)[asked.groups.key ?? ''];
      return value === undefined ? { status: 404, body: 'not found\n' } : { status: 200, body: `${value}\n` };
    },
  };
}

function metadataOf(machine: SimInstance): Record<string, string | undefined> {
  const ip = machine.nics.find((nic) => nic.default)?.addresses.find((address) => !isIPv6(address));
  return {
    'instance-id': machine.id,
    'vm-id': machine.id,
    'availability-zone': machine.zone,
    'cloud-identifier': 'CloudStack-{simulated}',
    'local-hostname': machine.name,
    'public-hostname': machine.name,
    'local-ipv4': ip,
    'public-ipv4': ip,
    'service-offering': 'Tiny',
  };
}
