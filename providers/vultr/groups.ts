import * as v from 'valibot';
import type { GroupMember } from '../../src/ports/provider.ts';
import { theGroup } from '../kit/groups.ts';
import { Lower, TextOrEmpty, Uuid } from '../kit/schemas.ts';
import type { Client } from './client.ts';
import { type Instance, listInstances, listVpcs, member, networksOf } from './machines.ts';

const FirewallGroup = v.object({ id: Uuid, description: TextOrEmpty });

/** Which of the two ids is the instance's is not documented. */
const Attachment = v.object({
  id: Lower,
  ip: v.nullish(v.object({ v4: TextOrEmpty })),
  linked_subscription: v.nullish(v.object({ id: v.pipe(TextOrEmpty, v.toLowerCase()) })),
});

/** The machines of `-G` in the region: of a firewall group, with a tag, or in a VPC. */
export async function membersOf(
  client: Client,
  group: string,
  region: string,
  signal: AbortSignal,
): Promise<GroupMember[]> {
  const found = (await inGroup(client, group, region, signal)).filter((one) => one.region === region);
  const networks = await networksOf(client, found, signal);
  if (found.length > 0) return found.map((instance) => member(instance, networks));
  const came = `no instance in ${region} belongs to ${JSON.stringify(group)}`;
  const advice = 'check --group, and that the machines are in it';
  throw client.complaint({ path: '/instances' }, { kind: 'missing', came, advice });
}

/** How strictly the API's filters work is not documented, here and below: every machine is looked at. */
async function inGroup(
  client: Client,
  group: string,
  region: string,
  signal: AbortSignal,
): Promise<Instance[]> {
  const [, kind = 'firewall', name = ''] = /^(?:(firewall|tag|vpc):)?(.*)$/s.exec(group) ?? [];
  if (kind === 'vpc') return inVpc(client, name, region, signal);
  if (kind === 'firewall') return inFirewallGroup(client, name, signal);
  return (await listInstances(client, { tag: name }, signal)).filter(({ tags }) => tags.includes(name));
}

async function inFirewallGroup(client: Client, name: string, signal: AbortSignal): Promise<Instance[]> {
  const groups = await client.list({ path: '/firewalls' }, 'firewall_groups', FirewallGroup, signal);
  const id = theId(client, { path: '/firewalls', kind: 'firewall', what: 'firewall group', name }, groups);
  const found = await listInstances(client, { firewall_group_id: id }, signal);
  return found.filter(({ firewall_group_id }) => firewall_group_id === id);
}

async function inVpc(client: Client, name: string, region: string, signal: AbortSignal): Promise<Instance[]> {
  const vpcs = (await listVpcs(client, signal)).filter((vpc) => vpc.region === region);
  const id = theId(client, { path: '/vpcs', kind: 'vpc', what: `VPC of ${region}`, name }, vpcs);
  const listing = { path: `/vpcs/${id}/attachments` };
  const attachments = await client.list(listing, 'attachments', Attachment, signal);
  const all = await listInstances(client, { region }, signal);
  return attached(
    all.filter((instance) => instance.region === region),
    attachments,
  );
}

/** The address is the last resort: VPCs may overlap. */
function attached(
  all: readonly Instance[],
  attachments: readonly v.InferOutput<typeof Attachment>[],
): Instance[] {
  const ids = new Set(attachments.flatMap((one) => [one.id, one.linked_subscription?.id ?? '']));
  const byId = all.filter(({ id }) => ids.has(id));
  if (byId.length > 0) return byId;
  const ips = new Set(attachments.map(({ ip }) => ip?.v4 ?? ''));
  return all.filter(({ internal_ip }) => internal_ip !== '' && ips.has(internal_ip));
}

/** By id or description; descriptions are not unique. */
function theId(
  client: Client,
  { path, name, ...of }: Record<'path' | 'kind' | 'what' | 'name', string>,
  all: readonly { readonly id: string; readonly description: string }[],
): string {
  const named = all.map(({ id, description }) => ({ id, name: description }));
  const found = theGroup(of, name, named);
  if ('id' in found) return found.id;
  throw client.complaint({ path }, found);
}
