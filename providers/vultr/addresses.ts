import * as v from 'valibot';
import type { InstanceId, IpAddress } from '../../src/core/index.ts';
import type { AddressBook, SharedAddress } from '../../src/ports/provider.ts';
import { canonicalAddress, inNetwork, isIPv6 } from '../../src/wire/address.ts';
import type { Question } from '../kit/bearer.ts';
import { orNull } from '../kit/failures.ts';
import { Lower, TextOrEmpty, Uuid, under } from '../kit/schemas.ts';
import { steps } from '../kit/settle.ts';
import type { Client } from './client.ts';
import { listInstances } from './machines.ts';

/** `instance_id` is "" while nobody has it, else the id of an instance or of a bare-metal machine. */
const ReservedIp = v.object({
  id: Uuid,
  region: Lower,
  ip_type: v.picklist(['v4', 'v6']),
  /** The address, or the network of an IPv6 one. */
  subnet: v.string(),
  subnet_size: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(128)),
  label: TextOrEmpty,
  instance_id: v.union([v.literal(''), Uuid]),
});
export type ReservedIp = v.InferOutput<typeof ReservedIp>;

/** Of an instance's own lists of addresses: an IPv4 address, or an IPv6 one with its network. */
const InstanceAddress = v.pipe(
  v.object({
    ip: v.string(),
    network: TextOrEmpty,
    network_size: v.nullish(v.union([v.string(), v.number()]), 128),
  }),
  v.transform(({ ip, network, network_size }) => ({
    id: ip || network,
    covers: network === '' ? ip : `${network}/${network_size}`,
  })),
);

/** The API has no filter: all of them are listed, and each is looked at. */
export async function findReservedIp(
  client: Client,
  address: IpAddress,
  signal: AbortSignal,
): Promise<ReservedIp> {
  const found = (await reservedIps(client, signal)).find((one) => covers(one, address));
  if (found !== undefined) return found;
  const came = `no reserved IP ${address} in this account`;
  const advice = 'check --address, and that the API key belongs to the account of the address';
  throw client.complaint({ path: '/reserved-ips' }, { kind: 'missing', came, advice });
}

/** null: the id names nothing any more. */
export async function readReservedIp(
  client: Client,
  {
    id,
    address,
    background,
  }: { readonly id: string; readonly address: IpAddress; readonly background: boolean },
  signal: AbortSignal,
): Promise<ReservedIp | null> {
  const question: Question = { path: `/reserved-ips/${id}`, background };
  const found = await client
    .ask(question, under('reserved_ip', ReservedIp), signal)
    .catch(orNull('missing', 'rejected'));
  if (found === null || covers(found, address)) return found;
  throw client.complaint(question, { kind: 'unavailable', came: `another address than ${address}` });
}

function reservedIps(client: Client, signal: AbortSignal): Promise<ReservedIp[]> {
  return client.list({ path: '/reserved-ips' }, 'reserved_ips', ReservedIp, signal);
}

/** An IPv4 one is the address itself, whatever size it says (a sample says 64); of IPv6 a whole network moves. */
function covers({ ip_type, subnet, subnet_size }: ReservedIp, address: IpAddress): boolean {
  const first = canonicalAddress(subnet);
  if (first === null || isIPv6(first) !== (ip_type === 'v6')) return false;
  return ip_type === 'v4' ? first === address : inNetwork(address, `${first}/${subnet_size}`);
}

/** What the API lists as the machine's own, of the family of the address. */
export async function listOwn(
  client: Client,
  instance: InstanceId,
  address: IpAddress,
  signal: AbortSignal,
): Promise<string[]> {
  const kind = isIPv6(address) ? 'ipv6' : 'ipv4';
  const question = { path: `/instances/${instance}/${kind}`, background: true };
  return (await client.list(question, `${kind}s`, InstanceAddress, signal)).map(({ covers }) => covers);
}

/** What is asked for, and when it is over: done as wished or come to another end. */
export interface Wish {
  readonly order: Question;
  readonly instance: InstanceId;
  readonly isDone: (reserved: ReservedIp) => boolean;
  readonly isOver: (reserved: ReservedIp) => boolean;
}

export function attach({ id }: ReservedIp, instance: InstanceId): Wish {
  return {
    order: { method: 'POST', path: `/reserved-ips/${id}/attach`, body: { instance_id: instance } },
    instance,
    isDone: ({ instance_id }) => instance_id === instance,
    isOver: ({ instance_id }) => instance_id !== '',
  };
}

export function detach({ id }: ReservedIp, instance: InstanceId): Wish {
  const isGone = ({ instance_id }: ReservedIp) => instance_id !== instance;
  const order: Question = { method: 'POST', path: `/reserved-ips/${id}/detach` };
  return { order, instance, isDone: isGone, isOver: isGone };
}

/**
 * When to look again for the end of an action that was accepted so long ago. The API allows 30 requests a second and
 * machine: six addresses may be on the move at once.
 */
export const pollAfterMs = steps([300, 100], [5_000, 250], [Number.POSITIVE_INFINITY, 1_000]);

export function holderOf({ instance_id }: ReservedIp): string {
  return instance_id === '' ? 'nobody' : `instance ${instance_id}`;
}

/** Reserved IPs for `ha-ip address`. An IPv6 one is named by the first host address of its network. */
export function addressBook(
  client: Client,
  ownRegion: (signal: AbortSignal) => Promise<string>,
): AddressBook {
  return {
    list: async (signal) => {
      const all = await reservedIps(client, signal);
      const main = await mainAddresses(client, all, signal);
      return all.map((one) => inWords(one, main));
    },

    reserve: async ({ zone, family }, signal) => {
      const region = (zone ?? (await ownRegion(signal))).toLowerCase();
      const body = { region, ip_type: `v${family}`, label: 'ha-ip' };
      const order: Question = { method: 'POST', path: '/reserved-ips', body };
      return inWords(await client.ask(order, under('reserved_ip', ReservedIp), signal), new Map());
    },

    release: async (address, signal) => {
      const { id, instance_id } = await findReservedIp(client, address, signal);
      const order: Question = { method: 'DELETE', path: `/reserved-ips/${id}` };
      if (instance_id === '') return client.order(order, signal);
      const came = `not sent: instance ${instance_id} holds it`;
      throw client.complaint(order, { kind: 'conflict', came, advice: 'dissociate it first (ha-ip -D)' });
    },
  };
}

/** Which instance has which main address: one made with a reserved IP as its main address cannot give it away. */
async function mainAddresses(
  client: Client,
  all: readonly ReservedIp[],
  signal: AbortSignal,
): Promise<ReadonlyMap<IpAddress, string>> {
  if (all.every(({ instance_id }) => instance_id === '')) return new Map();
  const instances = await listInstances(client, {}, signal);
  return new Map(instances.map(({ main_ip, id }) => [canonicalAddress(main_ip) ?? id, id]));
}

function inWords(reserved: ReservedIp, main: ReadonlyMap<IpAddress, string>): SharedAddress {
  const { id, region, label, instance_id, subnet, ip_type } = reserved;
  const address = ip_type === 'v6' ? firstHost(subnet) : (canonicalAddress(subnet) ?? subnet);
  const owner = main.get(address);
  return {
    ...{ address, id, zone: region, holders: instance_id === '' ? [] : [instance_id] },
    ...(label !== '' && { label }),
    ...(owner !== undefined && { managed: `it is the main address of instance ${owner}` }),
  };
}

/** The network's own first address belongs to routers (RFC 4291, 2.6.1). */
function firstHost(subnet: string): IpAddress {
  return canonicalAddress(subnet.replace(/::$/, '::1')) ?? subnet;
}
