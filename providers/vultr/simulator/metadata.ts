import type { SimInstance } from '../../../src/sim/cloud.ts';
import type { Reply } from '../../../src/sim/serve.ts';
import { addressesOf, byFamily, heldBy } from '../../kit/simulator-machines.ts';
import type { Simulated } from '../../kit/simulator-operations.ts';
import { networkOf } from './answers.ts';
import type { Quirks } from './quirks.ts';

/** Single values and the whole, as cloud-init reads them. */
export function metadataAnswer(of: Simulated<Quirks>, machine: SimInstance, key: string): Reply | null {
  if (key === '.json') return { status: 200, body: metadataOf(of, machine) };
  const body = { '/instance-v2-id': machine.id, '/hostname': machine.name }[key];
  return body === undefined ? null : { status: 200, body };
}

function metadataOf({ cloud, quirks }: Simulated<Quirks>, machine: SimInstance): object {
  const own = byFamily(addressesOf(machine));
  const held = quirks.metadataNames === false ? [] : heldBy(cloud, machine);
  const reserved = byFamily(held.map(({ ip }) => ip));
  const ipv4 = {
    address: own.main ?? '',
    netmask: '255.255.254.0',
    gateway: '198.51.100.1',
    additional: reserved.four.map((address) => ({ address, netmask: '255.255.255.255' })),
  };
  const ipv6 = {
    address: own.six[0] ?? '',
    additional: reserved.six.map((ip) => ({ network: networkOf(ip), prefix: '64' })),
  };
  const inside = { address: own.internal, additional: [] };
  return {
    'instance-v2-id': machine.id,
    instanceid: '42506000',
    hostname: machine.name,
    region: { regioncode: machine.zone.toUpperCase(), countrycode: 'XX' },
    interfaces: [
      { 'network-type': 'public', mac: '56:00:00:00:00:01', ipv4, ipv6 },
      ...(own.internal === undefined
        ? []
        : [{ 'network-type': 'private', mac: '5a:00:00:00:00:01', ipv4: inside }]),
    ],
    'user-data': 'simulated-user-data-secret',
    'vendor-data': 'simulated-vendor-data-secret',
  };
}
