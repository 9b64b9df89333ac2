import type { Verdict } from '../../src/adapters/http.ts';
import type { InstanceId } from '../../src/core/index.ts';
import { familyOf, holderOf, listAddresses, type Reserved } from './addresses.ts';
import type { Client } from './client.ts';
import { eventOf, findDroplet, publicAddresses, unknownDroplet } from './machines.ts';

/** Why, and what to do. */
export type Obstacle = Verdict & { readonly advice: string };

/** What keeps the address from the droplet, or would; what costs no further request first. */
export async function* obstacles(
  client: Client,
  address: Reserved,
  instance: InstanceId,
  signal: AbortSignal,
): AsyncGenerator<Obstacle> {
  if (address.locked) yield underWay(address);
  const droplet = await findDroplet(client, instance, signal);
  if (droplet === null) return yield unknownDroplet(instance);
  const region = droplet.region?.slug ?? address.region;
  if (region !== address.region) yield otherRegion(address, region);
  if (droplet.networks != null && publicAddresses(droplet, 4).length === 0) {
    const came = `droplet ${instance} was made without public networking and can never have a reserved address`;
    yield { kind: 'rejected', came, advice: 'make it anew with public networking' };
  }
  const event = droplet.locked ? 'an event' : await eventOf(client, instance, signal);
  if (event !== null) {
    const came = `droplet ${instance} is busy with ${event}, and takes no address until that has ended`;
    yield { kind: 'conflict', came, advice: 'wait for its end; keep backups and resizes of standbys short' };
  }
  const family = familyOf(address.ip);
  const reserved = await listAddresses(client, family, signal);
  const other = reserved.find((one) => holderOf(one) === instance && one.ip !== address.ip)?.ip;
  if (other !== undefined) {
    const room = `a droplet has room for one IPv${family}`;
    const came = `droplet ${instance} has the reserved address ${other} already, and ${room}`;
    yield { kind: 'rejected', came, advice: `unassign ${other} from it` };
  }
  // Whether DigitalOcean insists is not documented; without IPv6 the address would be of no use in any case.
  if (family === 6 && publicAddresses(droplet, 6).length === 0) {
    const came = `droplet ${instance} has no IPv6`;
    yield { kind: 'rejected', came, advice: 'enable it in the control panel, under networking' };
  }
}

export function underWay({ ip }: Reserved): Obstacle {
  const came = `an action on ${ip} is under way`;
  return { kind: 'conflict', came, advice: 'wait for its end, which takes seconds' };
}

export function otherRegion({ ip, region }: Reserved, own: string): Obstacle {
  const came = `${ip} is in region ${region}, the droplet in ${own}`;
  return { kind: 'rejected', came, advice: 'use an address of the region of the droplets' };
}
