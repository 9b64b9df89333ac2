import * as v from 'valibot';
import type { Description, InstanceId, IpAddress, MachineState } from '../../src/core/index.ts';
import type { AccountSettings, NetworkAddress, ProviderError } from '../../src/ports/provider.ts';
import { canonicalAddress, inNetwork, isIPv6, isPrivate } from '../../src/wire/address.ts';
import { orNull } from '../kit/failures.ts';
import { isUuid, nodeOf } from '../kit/ids.ts';
import { described, type KnownMember } from '../kit/machines.ts';
import { Metadata } from '../kit/metadata.ts';
import { Lower, TextOrEmpty, Uuid, under } from '../kit/schemas.ts';
import type { Client } from './client.ts';

export const Instance = v.object({
  id: Uuid,
  label: TextOrEmpty,
  region: Lower,
  main_ip: TextOrEmpty,
  internal_ip: TextOrEmpty,
  v6_main_ip: TextOrEmpty,
  /** In the specification's schema; all samples and clients have the flat field. */
  v6_networks: v.nullish(v.array(v.object({ main_ip: TextOrEmpty })), []),
  status: v.string(),
  power_status: v.string(),
  server_status: v.string(),
  firewall_group_id: v.pipe(TextOrEmpty, v.toLowerCase()),
  tags: v.nullish(v.array(v.string()), []),
  vpc_only: v.nullish(v.boolean(), false),
});
export type Instance = v.InferOutput<typeof Instance>;

export const Vpc = v.object({
  id: Uuid,
  region: Lower,
  description: TextOrEmpty,
  v4_subnet: v.pipe(v.string(), v.ipv4()),
  v4_subnet_mask: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(32)),
});
export type Vpc = v.InferOutput<typeof Vpc>;

/**
 * null: the API answered that there is none. Which status an unknown id has is not documented, and a machine that is
 * believed to be gone loses its address: the whole list has the last word.
 */
export async function findInstance(
  client: Client,
  id: InstanceId,
  signal: AbortSignal,
): Promise<Instance | null> {
  const question = { path: `/instances/${id}` };
  const found = await client
    .lookUp(question, id, under('instance', Instance), signal)
    .catch(orNull('missing', 'rejected'));
  if (found !== null) return found;
  return (await listInstances(client, {}, signal)).find((instance) => instance.id === id) ?? null;
}

/** A holder may be a bare-metal machine, which is no instance and yet not gone. */
export async function describeMachine(
  client: Client,
  instance: InstanceId,
  signal: AbortSignal,
): Promise<Description> {
  const id = instance.toLowerCase();
  if (!isUuid(id)) throw unknownMachine(client, instance);
  const found = await findInstance(client, id, signal);
  if (found !== null) return described(member(found, []));
  const metal = under('bare_metal', v.object({ id: Uuid }));
  const other = await client
    .ask({ path: `/bare-metals/${id}` }, metal, signal)
    .catch(orNull('missing', 'rejected'));
  return { instance: id, state: other === null ? 'gone' : 'unknown', addresses: [] };
}

export function listInstances(
  client: Client,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Instance[]> {
  return client.list({ path: '/instances', query }, 'instances', Instance, signal);
}

export function listVpcs(client: Client, signal: AbortSignal): Promise<Vpc[]> {
  return client.list({ path: '/vpcs' }, 'vpcs', Vpc, signal);
}

/** VPCs by which private addresses are told apart; none where nobody has such an address or they cannot be known. */
export async function networksOf(
  client: Client,
  some: readonly Instance[],
  signal: AbortSignal,
): Promise<Vpc[]> {
  if (some.every(({ internal_ip }) => internal_ip === '')) return [];
  return (await listVpcs(client, signal).catch(orNull('missing', 'rejected', 'denied'))) ?? [];
}

export function unknownMachine(client: Client, instance: InstanceId): ProviderError {
  const question = { path: `/instances/${encodeURIComponent(instance)}` };
  const came = `no instance ${JSON.stringify(instance)} in this account`;
  const advice = 'check --instance, and that the API key belongs to the account of the instance';
  return client.complaint(question, { kind: 'missing', came, advice });
}

/** An instance in the words of the contract. */
export function member(instance: Instance, networks: readonly Vpc[]): KnownMember {
  return {
    instance: instance.id,
    node: nodeOf(instance.id),
    ...(instance.label !== '' && { name: instance.label }),
    zone: instance.region,
    state: stateOf(instance),
    addresses: addresses(instance, networks),
  };
}

/** What the hypervisor knows of it; whether its system answers is another matter. */
function stateOf({ status, power_status, server_status }: Instance): MachineState {
  if (server_status === 'locked') return power_status === 'running' ? 'running' : 'unknown';
  if (power_status === 'stopped') return 'off';
  return power_status === 'running' && status === 'active' ? 'running' : 'unknown';
}

/** Own addresses, the main one first. Reserved ones are in none of these fields. */
function addresses(instance: Instance, networks: readonly Vpc[]): NetworkAddress[] {
  const six = instance.v6_main_ip || (instance.v6_networks?.[0]?.main_ip ?? '');
  return [instance.main_ip, six, instance.internal_ip]
    .map(canonicalAddress)
    .filter((ip) => ip !== null)
    .map((ip) => ({ ip, network: networkOf(ip, instance, networks), private: isPrivate(ip) }));
}

/** Its VPC where only one can be meant; else a network of its own, so that nobody is thought to be a neighbour. */
function networkOf(ip: string, { internal_ip, region, id }: Instance, networks: readonly Vpc[]): string {
  if (ip !== canonicalAddress(internal_ip)) return 'public';
  const [only, ...more] = networks.filter(
    (vpc) => vpc.region === region && inNetwork(ip, `${vpc.v4_subnet}/${vpc.v4_subnet_mask}`),
  );
  return only !== undefined && more.length === 0 ? only.id : `private network of ${id}`;
}

const Additional = v.object({
  address: TextOrEmpty,
  network: TextOrEmpty,
  prefix: v.nullish(v.union([v.string(), v.number()]), ''),
});
const Family = v.nullish(v.object({ address: TextOrEmpty, additional: v.nullish(v.array(Additional), []) }));

/** What this machine's metadata service says of it. */
export type Told = v.InferOutput<typeof Told>;

/**
 * Of `v1.json`, whose other parts hold secrets: they are dropped here. `instanceid` is another, older number, and the
 * region's code is in upper case, unlike the API's. `main` is its main IPv4 address, null without one; `additional` is
 * what else it should answer to: addresses, and networks as `address/prefix`.
 */
const Told = v.pipe(
  v.object({
    'instance-v2-id': Uuid,
    region: v.object({ regioncode: v.pipe(v.string(), v.nonEmpty(), v.toLowerCase()) }),
    interfaces: v.array(v.object({ 'network-type': TextOrEmpty, ipv4: Family, ipv6: Family })),
  }),
  v.transform(({ 'instance-v2-id': instance, region, interfaces }) => {
    const open = interfaces.find((one) => one['network-type'] === 'public');
    const more = interfaces.flatMap(({ ipv4, ipv6 }) =>
      [ipv4, ipv6].flatMap((family) => family?.additional ?? []),
    );
    return {
      ...{ instance, region: region.regioncode },
      main: canonicalAddress(open?.ipv4?.address ?? ''),
      additional: more.map(({ address, network, prefix }) => address || `${network}/${prefix}`),
    };
  }),
);

/** @throws unavailable - nobody answers there as Vultr does */
export function tell(settings: AccountSettings, signal: AbortSignal, timeoutMs = 1000): Promise<Told> {
  const advice = 'run on the instance itself, or give its id with --instance';
  const options = { provider: 'vultr', prefix: '/', advice, timeoutMs, maxBytes: 2 * 1024 * 1024 };
  return new Metadata(options, settings).value('v1.json', 'metadata of Vultr', told, signal);
}

function told(text: string): Told | null {
  try {
    return v.parse(Told, JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether one of the texts, from metadata or the API, is the address or a network with it. */
export function isNamed(address: IpAddress, texts: readonly string[]): boolean {
  return texts.some((text) => canonicalAddress(text) === address || isWithin(address, text));
}

function isWithin(address: IpAddress, text: string): boolean {
  const [network = '', prefix = ''] = text.split('/');
  const first = canonicalAddress(network);
  if (first === null || !/^\d{1,3}$/.test(prefix)) return false;
  return Number(prefix) <= (isIPv6(first) ? 128 : 32) && inNetwork(address, `${first}/${prefix}`);
}
