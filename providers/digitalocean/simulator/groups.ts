import type { Reply } from '../../../src/sim/serve.ts';
import { defaultNic, nameId, present, unique } from '../../kit/simulator-machines.ts';
import { type Call, notFound, pageOf, seen, sees } from './answers.ts';
import { vpcOf } from './droplets.ts';

export function listTags(call: Call): Reply {
  const names = unique(present(call.cloud).flatMap(({ tags }) => tags));
  const tags = names.map((name) => ({ name }));
  return pageOf(call, 'tags', tags);
}

export function listVpcs(call: Call): Reply {
  const vpcs = present(call.cloud).map((machine) => {
    const [id, name] = [vpcOf(machine), defaultNic(machine)?.network ?? ''];
    return [id, { id, name, region: machine.zone, ip_range: '10.0.0.0/20' }] as const;
  });
  return pageOf(call, 'vpcs', [...new Map(vpcs).values()]);
}

/** Without droplet:read the droplets are left out silently. */
export function listMembers(call: Call): Reply {
  const inside = present(call.cloud).filter((machine) => vpcOf(machine) === call.asked.groups.vpc);
  if (inside.length === 0) throw notFound();
  const shown = sees(call, 'droplet:read') ? inside : [];
  const members = shown.map(({ id, name }) => ({
    urn: `do:droplet:${call.quirks.uuidMembers === true ? nameId(id) : id}`,
    name,
    created_at: '2026-01-01T00:00:00Z',
  }));
  return pageOf(call, 'members', members);
}

/** One per group of machines, which has them by id; that of a group `tag:web` also has those with the tag. */
export function listFirewalls(call: Call): Reply {
  const machines = present(call.cloud);
  const firewalls = unique(machines.flatMap(({ groups }) => groups)).map((group) => {
    const byTag = /^tag:(.*)$/.exec(group)?.[1];
    const ids = machines.filter(({ groups }) => groups.includes(group)).map(({ id }) => Number(id));
    return {
      id: nameId(`firewall ${group}`),
      name: byTag === undefined ? group : `with ${group}`,
      status: 'succeeded',
      pending_changes: [],
      ...seen(call, 'droplet:read', { droplet_ids: ids }),
      ...seen(call, 'tag:read', { tags: byTag === undefined ? [] : [byTag] }),
      inbound_rules: [],
      outbound_rules: [],
    };
  });
  return pageOf(call, 'firewalls', firewalls);
}
