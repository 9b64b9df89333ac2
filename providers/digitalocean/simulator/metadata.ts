import type { IpAddress } from '../../../src/core/index.ts';
import type { SimInstance } from '../../../src/sim/cloud.ts';
import type { Reply } from '../../../src/sim/serve.ts';
import { addressesOf, byFamily, heldBy } from '../../kit/simulator-machines.ts';
import type { Simulated } from '../../kit/simulator-operations.ts';
import type { Quirks } from './quirks.ts';

/** Plain text, a path for each value; a folder without its slash is a redirect. */
export function metadataAnswer(of: Simulated<Quirks>, machine: SimInstance, key: string): Reply | null {
  const values = metadataOf(of, machine);
  const value = values[key];
  if (value !== undefined) return { status: 200, body: value };
  const folder = Object.keys(values).some((name) => name.startsWith(`${key}/`));
  return folder ? { status: 301, headers: { location: `/metadata/v1/${key}/` }, body: '' } : null;
}

function metadataOf({ cloud, quirks }: Simulated<Quirks>, machine: SimInstance) {
  const { main, internal, six } = byFamily(addressesOf(machine));
  const held = heldBy(cloud, machine).map(({ ip }) => ip);
  const [reserved] = byFamily(held).four;
  const anchored = quirks.anchorless?.includes(machine.id) !== true;
  const values: Record<string, string | undefined> = {
    id: machine.id,
    hostname: machine.name,
    region: machine.zone,
    'interfaces/public/0/ipv4/address': main,
    'interfaces/private/0/ipv4/address': internal,
    'interfaces/public/0/ipv6/address': six[0] && spelt(six[0]),
    'interfaces/public/0/ipv6/gateway': six[0] && spelt('2001:db8::1'),
    ...(anchored && {
      'interfaces/public/0/anchor_ipv4/address': `10.19.0.${Number(machine.id) % 250}`,
      'interfaces/public/0/anchor_ipv4/gateway': '10.19.0.1',
    }),
    'reserved_ip/ipv4/active': String(reserved !== undefined),
    'reserved_ip/ipv4/ip_address': reserved,
  };
  return values;
}

/** As the metadata service spells IPv6: upper case, in full. */
function spelt(ip: IpAddress): string {
  const [before = [], after = []] = ip.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].map((group) => group.padStart(4, '0').toUpperCase()).join(':');
}
