import { networkInterfaces } from 'node:os';
import * as v from 'valibot';
import type { IpAddress } from '../../src/core/index.ts';
import { canonicalAddress, inNetwork } from '../../src/wire/address.ts';
import { under } from '../kit/schemas.ts';
import type { ReservedIp } from './addresses.ts';
import type { Client } from './client.ts';
import { findInstance, type Instance } from './machines.ts';

const AccountAnswer = v.object({ acls: v.nullish(v.array(v.string()), []) });

/** Why the instance could not take the reserved IP now, a line each with what to do. */
export async function obstacles(
  client: Client,
  { address, instance, reserved }: { address: IpAddress; instance: Instance; reserved: ReservedIp },
  signal: AbortSignal,
): Promise<string[]> {
  const { acls } = await client.ask({ path: '/account' }, under('account', AccountAnswer), signal);
  const { id, region } = instance;
  const { instance_id } = reserved;
  const held = instance_id !== '' && instance_id !== id;
  const holder = held ? await findInstance(client, instance_id, signal) : instance;
  const lines = ofState(instance);
  if (reserved.region !== region)
    lines.push(
      `${address} is in region ${reserved.region}, this instance in ${region}: use one of its region`,
    );
  // An instance made with a reserved IP as its main address cannot give it away.
  if (holder !== null && canonicalAddress(holder.main_ip) === address)
    lines.push(
      `${address} is the main address of instance ${holder.id} and cannot leave it: reserve another one`,
    );
  return [...lines, ...ofRights(acls)];
}

/** States in which Vultr's own tools wait before they change anything. */
function ofState({ id, status, power_status, server_status, vpc_only }: Instance): string[] {
  const lines = [];
  if (status !== 'active') lines.push(`instance ${id} is ${status}, not active: look at it in the portal`);
  if (power_status !== 'running') lines.push(`instance ${id} is ${power_status}: start it`);
  if (['none', 'locked'].includes(server_status))
    lines.push(`instance ${id} is busy (server status ${server_status}): wait until it is ok`);
  if (vpc_only) lines.push(`instance ${id} has no public network: reserved IPs need one`);
  return lines;
}

/** Which right it takes is not documented; the older API's page called it subscriptions. An empty list says nothing. */
function ofRights(acls: readonly string[]): string[] {
  if (acls.length === 0 || acls.some((right) => ['subscriptions', 'provisioning'].includes(right))) return [];
  return [
    `the user of the API key may not manage servers (it has ${acls.join(', ')}): ` +
      'in the portal under Account, Users, give it Subscriptions',
  ];
}

export function undelivered(address: IpAddress): string {
  return (
    `${address} is attached by the API, but this machine's metadata does not name it: look from outside whether ` +
    "traffic arrives; if not, a restart through Vultr's API or portal may be needed (ha-ip never restarts a machine)"
  );
}

/** Whether this host has the address, so that connections can leave from it. */
export function isLocal(address: IpAddress): boolean {
  return Object.values(networkInterfaces())
    .flatMap((some) => some ?? [])
    .some(
      (own) => own.address === address || (own.internal && own.cidr !== null && inNetwork(address, own.cidr)),
    );
}
