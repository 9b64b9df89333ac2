import * as v from 'valibot';
import type { InstanceId } from '../../../src/core/index.ts';
import type { GroupMember } from '../../../src/ports/provider.ts';
import { noSuchGroup } from '../../kit/groups.ts';
import { Uuid } from '../../kit/schemas.ts';
import type { Zone } from './client.ts';
import { ListedInstance, member, privateNetworks } from './machines.ts';

const SecurityGroup = v.object({ id: Uuid, name: v.string() });
const GROUPS = { name: 'list-security-groups' } as const;
const INSTANCES = { name: 'list-instances' } as const;

/** The instances of the zone in a security group of this name; `self` is one of the zone's. */
export async function membersOf(
  zone: Zone,
  group: string,
  self: InstanceId,
  signal: AbortSignal,
): Promise<GroupMember[]> {
  const [ids, machines] = await Promise.all([
    groupIds(zone, group, signal),
    zoneInstances(zone, self, signal),
  ]);
  const members = machines.filter((machine) => machine['security-groups'].some(({ id }) => ids.has(id)));
  const networks = await privateNetworks(zone, members, signal);
  return members.map((machine) => member(machine, zone.name, networks));
}

/**
 * The ids of the security group of this name. Instances are compared by id: whether a list of them also fills in the
 * names of their groups is not known.
 */
async function groupIds({ client }: Zone, group: string, signal: AbortSignal): Promise<Set<string>> {
  if (/^(tag|vpc):/.test(group)) {
    const came = `not asked for the group ${JSON.stringify(group)}`;
    const advice = 'on Exoscale a group is the name of a security group, without a prefix';
    throw client.complaint(GROUPS, { kind: 'rejected', came, advice });
  }
  const wanted = group.replace(/^firewall:/, '');
  const groups = await client.list(GROUPS, 'security-groups', SecurityGroup, signal);
  const found = groups.filter(({ name }) => name === wanted);
  if (found.length > 0) return new Set(found.map(({ id }) => id));
  const names = groups.map(({ name }) => name);
  throw client.complaint(GROUPS, noSuchGroup('security group', wanted, names));
}

/** All instances of the zone. We are one of them: an answer without us is not the whole list. */
async function zoneInstances(
  { client }: Zone,
  self: InstanceId,
  signal: AbortSignal,
): Promise<ListedInstance[]> {
  const listed = await client.list(INSTANCES, 'instances', ListedInstance, signal);
  if (listed.some(({ id }) => id === self)) return listed;
  const came = `${listed.length} instances, but not this one (${self})`;
  throw client.complaint(INSTANCES, { kind: 'unavailable', came });
}
