import type { IpAddress } from '../../../../src/core/index.ts';
import type { SimAddress } from '../../../../src/sim/cloud.ts';
import type { Reply } from '../../../../src/sim/serve.ts';
import { addressBytes, addressFromBytes, isIPv6 } from '../../../../src/wire/address.ts';
import { type Call, found, listOf, notFound, zoneOf } from './answers.ts';

export function elasticIps(call: Call): SimAddress[] {
  return [...call.cloud.addresses.values()].filter(({ zone }) => zone === zoneOf(call));
}

/** The one that the path names. */
export function elasticIp(call: Call): SimAddress {
  const address = elasticIps(call).find(({ id }) => id === call.asked.groups.id);
  if (address === undefined) throw notFound('Elastic IP');
  return address;
}

export function list(call: Call): Reply {
  const items = elasticIps(call).map((address) => elasticIpAnswer(call, address));
  return listOf(call, 'elastic-ips', items);
}

export function get(call: Call): Reply {
  return found(elasticIpAnswer(call, elasticIp(call)));
}

const STRIKES = { 'strikes-ok': 2, 'strikes-fail': 3 };
const HEALTHCHECK = { mode: 'tcp', port: 443, interval: 10, timeout: 2, ...STRIKES };

function elasticIpAnswer({ quirks }: Call, address: SimAddress): object {
  const { id, ip } = address;
  const family = isIPv6(ip)
    ? { addressfamily: 'inet6', cidr: `${inPrefix(ip, 0)}/96` }
    : { addressfamily: 'inet4', cidr: `${ip}/32` };
  const managed = quirks.managed?.includes(ip) === true;
  const healthcheck = managed && { healthcheck: HEALTHCHECK };
  return { id, ip: shownIp(address), ...family, description: '', ...healthcheck };
}

/** Of IPv6 the first address of the prefix (a transcript in community.exoscale.com/documentation/compute/eipv6). */
export function shownIp({ ip }: SimAddress): string {
  return isIPv6(ip) ? inPrefix(ip, 1) : ip;
}

/** The address with this number in the same /96. */
function inPrefix(ip: IpAddress, number: number): IpAddress {
  return addressFromBytes(Uint8Array.of(...addressBytes(ip).subarray(0, 12), 0, 0, 0, number));
}
