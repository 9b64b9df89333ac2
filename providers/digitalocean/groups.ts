import * as v from 'valibot';
import type { InstanceId } from '../../src/core/index.ts';
import { noSuchGroup, theGroup } from '../kit/groups.ts';
import { isUuid } from '../kit/ids.ts';
import { Text } from '../kit/schemas.ts';
import type { Client, Question } from './client.ts';
import { type Droplet, DropletId, findDroplet, listDroplets } from './machines.ts';

const Tag = v.object({ name: v.string() });
const Vpc = v.object({ id: v.string(), name: Text, region: Text });
const VpcMember = v.pipe(
  v.object({ urn: v.string(), name: Text }),
  v.transform(({ urn, name }) => ({ id: urn, name })),
);
const Firewall = v.object({
  id: v.string(),
  name: Text,
  droplet_ids: v.nullish(v.array(DropletId), []),
  tags: v.nullish(v.array(v.string()), []),
});

/**
 * The droplets of `[tag:]NAME`, `vpc:NAME` or `firewall:NAME`; of the latter two the UUID names them too. In all
 * regions, and always whole.
 * @param region - where a VPC is looked for by name
 * @throws missing - there is no such tag, VPC or firewall
 */
export function dropletsOf(
  client: Client,
  group: string,
  region: string,
  signal: AbortSignal,
): Promise<Droplet[]> {
  const [, kind, name = ''] = /^(?:(tag|vpc|firewall):)?(.*)$/s.exec(group) ?? [];
  if (kind === 'vpc') return inVpc(client, name, region, signal);
  return kind === 'firewall' ? behindFirewall(client, name, signal) : namedTag(client, name, signal);
}

async function namedTag(client: Client, tag: string, signal: AbortSignal): Promise<Droplet[]> {
  const found = await tagged(client, tag, signal);
  if (found.length > 0) return found;
  const question: Question = { path: '/v2/tags', scope: 'tag:read', background: true };
  const names = (await client.list(question, 'tags', Tag, signal)).map(({ name }) => name);
  if (names.some((name) => sameTag(name, tag))) return [];
  throw client.complaint(question, noSuchGroup('tag', tag, names));
}

/** Whatever the filter did: a droplet that says its tags and does not have this one is not of the group. */
async function tagged(client: Client, tag: string, signal: AbortSignal): Promise<Droplet[]> {
  const found = await listDroplets(client, signal, tag);
  return found.filter(({ tags }) => tags.length === 0 || tags.some((name) => sameTag(name, tag)));
}

async function inVpc(
  client: Client,
  nameOrId: string,
  region: string,
  signal: AbortSignal,
): Promise<Droplet[]> {
  const id = isUuid(nameOrId) ? nameOrId.toLowerCase() : await vpcId(client, nameOrId, region, signal);
  // Without droplet:read members are left out silently; this list proves it, and has the addresses.
  const all = await listDroplets(client, signal);
  const query = { resource_type: 'droplet' };
  const question: Question = { path: `/v2/vpcs/${id}/members`, query, scope: 'vpc:read', background: true };
  const members = await client.list(question, 'members', VpcMember, signal);
  const ids = members.map((one) => instanceOf(one, id, all));
  if (!ids.includes(null)) return byId(client, ids, all, signal);
  const came = 'a member of the VPC that names no droplet';
  throw client.complaint(question, { kind: 'unavailable', came });
}

async function vpcId(client: Client, name: string, region: string, signal: AbortSignal): Promise<string> {
  const question: Question = { path: '/v2/vpcs', scope: 'vpc:read', background: true };
  const all = await client.list(question, 'vpcs', Vpc, signal);
  const here = all.filter((vpc) => vpc.region == null || vpc.region === region);
  const found = theGroup({ kind: 'vpc' }, name, here);
  if ('id' in found) return found.id;
  throw client.complaint(question, found);
}

async function behindFirewall(client: Client, nameOrId: string, signal: AbortSignal): Promise<Droplet[]> {
  const question: Question = { path: '/v2/firewalls', scope: 'firewall:read', background: true };
  const all = await client.list(question, 'firewalls', Firewall, signal);
  const firewall = theGroup({ kind: 'firewall' }, nameOrId, all);
  if (!('id' in firewall)) throw client.complaint(question, firewall);
  // Without these scopes a firewall looks emptier than it is.
  await client.prove('droplet:read', signal);
  await client.prove('tag:read', signal);
  const direct = firewall.droplet_ids.length === 0 ? [] : await listDroplets(client, signal);
  const found = await byId(client, firewall.droplet_ids, direct, signal);
  for (const tag of firewall.tags) found.push(...(await tagged(client, tag, signal)));
  return [...new Map(found.map((droplet) => [droplet.id, droplet])).values()];
}

/** From a list that has most of them, the others one by one. One that is gone meanwhile is no member. */
async function byId(
  client: Client,
  ids: readonly (InstanceId | null)[],
  listed: readonly Droplet[],
  signal: AbortSignal,
): Promise<Droplet[]> {
  const found: Droplet[] = [];
  for (const id of ids.filter((one) => one !== null)) {
    const droplet = listed.find((one) => one.id === id) ?? (await findDroplet(client, id, signal, true));
    if (droplet !== null) found.push(droplet);
  }
  return found;
}

/**
 * `do:droplet:4201002`; the example of the API's own specification has a UUID instead of the number: then the name
 * tells, if it is the only one in the VPC.
 */
function instanceOf(
  { id, name }: v.InferOutput<typeof VpcMember>,
  vpc: string,
  all: readonly Droplet[],
): InstanceId | null {
  const number = /^do:droplet:([1-9]\d*)$/.exec(id)?.[1];
  if (number !== undefined) return number;
  const same = all.filter((droplet) => droplet.name === name && droplet.vpc_uuid === vpc);
  return same.length === 1 ? (same[0]?.id ?? null) : null;
}

/** Tags keep the case of their first use, and are the same in any. */
function sameTag(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
