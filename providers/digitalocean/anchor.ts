import type { IpAddress } from '../../src/core/index.ts';
import type { ProviderSettings } from '../../src/ports/provider.ts';
import { canonicalAddress, isIPv6 } from '../../src/wire/address.ts';
import { addressOf } from '../kit/settings.ts';
import { metadataOf } from './machines.ts';

/**
 * What the host must have. A reserved IPv4 arrives at the anchor address, which DigitalOcean configures: nothing is to
 * be done. A reserved IPv6 is only routed to the droplet.
 */
export async function anchor(settings: ProviderSettings, signal: AbortSignal): Promise<string[]> {
  const ip = addressOf(settings);
  const metadata = metadataOf(settings);
  const ask = (path: string) =>
    metadata.optional(`interfaces/public/0/${path}`, 'address', canonicalAddress, signal);
  return isIPv6(ip)
    ? anchor6(ip, await ask('ipv6/gateway'))
    : anchor4(ip, await ask('anchor_ipv4/address'), await ask('anchor_ipv4/gateway'));
}

function anchor6(ip: IpAddress, gateway: IpAddress | null): string[] {
  if (gateway === null)
    return [`this droplet has no IPv6: enable it in the control panel, or ${ip} cannot reach it`];
  return [
    `ip -6 addr replace ${ip}/128 dev lo`,
    `ip -6 route replace default via ${gateway} dev eth0`,
    "on every machine of the group; a restart forgets both, unless they are in the system's network settings",
  ];
}

function anchor4(ip: IpAddress, own: IpAddress | null, gateway: IpAddress | null): string[] {
  if (own === null)
    return [
      'this droplet has no anchor address: one made from a custom image needs none, ' +
        `one older than October 2015 must be remade to take ${ip}`,
    ];
  const route = `ip route replace default via ${gateway} dev eth0`;
  return [
    `nothing to configure: what is sent to ${ip} arrives on eth0 at the anchor address ${own}`,
    `services listen on ${own} or on all addresses; none can bind ${ip} itself`,
    ...(gateway === null ? [] : [`only to let connections of this machine's own leave from ${ip}: ${route}`]),
  ];
}
