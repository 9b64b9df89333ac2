import type { InstanceId } from '../../../src/core/index.ts';
import type { SimInstance } from '../../../src/sim/cloud.ts';
import type { Reply } from '../../../src/sim/serve.ts';
import { isPrivate } from '../../../src/wire/address.ts';
import { addressesOf, byFamily, defaultNic, heldBy, nameId, present } from '../../kit/simulator-machines.ts';
import { badRequest, type Call, notFound, pageOf, regionAnswer, requireScope, seen } from './answers.ts';

/** A droplet does one thing at a time, and being given an address is one. */
export function eventOf({ cloud, quirks }: Call, droplet: InstanceId): string | null {
  const assigned = [...cloud.jobs.values()].some(
    ({ state, action }) => state === 'pending' && action.instance === droplet,
  );
  return quirks.events?.get(droplet) ?? (assigned ? 'assign_ip' : null);
}

/** The VPC of a machine is the network of its NIC; here a region has one of each name. */
export function vpcOf(machine: SimInstance): string {
  return nameId(`vpc ${machine.zone} ${defaultNic(machine)?.network ?? ''}`);
}

const STATUS = { running: 'active', off: 'off', unknown: 'new', gone: 'archive' } as const;

export function dropletAnswer(call: Call, machine: SimInstance): object {
  return {
    id: Number(machine.id),
    name: machine.name,
    status: STATUS[machine.state],
    locked: eventOf(call, machine.id) !== null,
    region: regionAnswer(machine.zone),
    features: ['private_networking', 'monitoring'],
    created_at: '2026-01-01T00:00:00Z',
    networks: networksOf(call, machine),
    ...seen(call, 'tag:read', { tags: machine.tags }),
    ...seen(call, 'vpc:read', { vpc_uuid: vpcOf(machine) }),
  };
}

/** A reserved IPv4 is listed as a public address like any other (FLIPOP, godo#343). */
function networksOf({ cloud, quirks }: Call, machine: SimInstance): object {
  const { four, six } = byFamily(addressesOf(machine));
  const held = heldBy(cloud, machine).map(({ ip }) => ip);
  const reserved = byFamily(held).four;
  const ordered = quirks.reservedFirst === true ? [...reserved, ...four] : [...four, ...reserved];
  return {
    v4: ordered.map((ip) => ({
      ip_address: ip,
      netmask: '255.255.240.0',
      // The examples say it in letters.
      gateway: isPrivate(ip) ? 'nil' : ip.replace(/\d+$/, '1'),
      type: isPrivate(ip) ? 'private' : 'public',
    })),
    v6: six.map((ip) => ({ ip_address: ip, netmask: 64, gateway: '2001:db8::1', type: 'public' })),
  };
}

/** Lists of all omit machines with GPUs: here those of the tag `gpu`. Lists of a tag have them. */
export function list(call: Call): Reply {
  const { query } = call.asked;
  const tag = query.get('tag_name');
  if (tag !== null) requireScope(call, 'tag:read');
  if (tag !== null && (query.has('name') || query.has('type')))
    throw badRequest('tag_name cannot be combined with name or type');
  const wanted = present(call.cloud).filter(tag === null ? byNameAndType(query) : byTag(tag));
  const items = wanted.map((machine) => dropletAnswer(call, machine));
  return pageOf(call, 'droplets', items);
}

function byTag(tag: string) {
  return ({ tags }: SimInstance) => tags.some((one) => one.toLowerCase() === tag.toLowerCase());
}

function byNameAndType(query: URLSearchParams) {
  const name = query.get('name')?.toLowerCase();
  const gpus = query.get('type') === 'gpus';
  return (machine: SimInstance) =>
    gpus === machine.tags.includes('gpu') && (name === undefined || machine.name.toLowerCase() === name);
}

function dropletOf({ cloud, asked }: Call): SimInstance {
  const found = present(cloud).find(({ id }) => id === asked.groups.droplet);
  if (found === undefined) throw notFound();
  return found;
}

export function one(call: Call): Reply {
  return { status: 200, body: { droplet: dropletAnswer(call, dropletOf(call)) } };
}

/** The latest first: what runs, then the creation. */
export function listActions(call: Call): Reply {
  const event = eventOf(call, dropletOf(call).id);
  const running = event === null ? [] : [{ id: 990_002, status: 'in-progress', type: event }];
  return pageOf(call, 'actions', [...running, { id: 990_001, status: 'completed', type: 'create' }]);
}
