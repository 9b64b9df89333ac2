import type { Cloud, SimInstance } from '../../../src/sim/cloud.ts';
import type { Route } from '../../../src/sim/serve.ts';
import { byFamily, defaultNic } from '../../kit/simulator-machines.ts';
import { metadataRoute } from '../../kit/simulator-metadata.ts';

/**
 * Plain text. Keys as in egoscale v3's metadata.go; `1.0` as read by cloud-init, `/latest/instance-id` as read by exoip
 * from CloudStack's virtual router.
 */
export function metadata(cloud: Cloud): Route {
  return metadataRoute({
    path: /^\/(latest|1\.0)\/(meta-data\/)?(?<key>[a-z0-9-]+)$/,
    machines: () => cloud.instances.values(),
    answer: (machine, key) => {
      const value = metadataOf(machine)[key];
      return value === undefined ? null : { status: 200, body: `${value}\n` };
    },
  });
}

function metadataOf(machine: SimInstance): Record<string, string | undefined> {
  const [ip] = byFamily(defaultNic(machine)?.addresses ?? []).four;
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
