import * as v from 'valibot';
import type { InstanceId, MachineState } from '../../../src/core/index.ts';
import type { NetworkAddress, ProviderError } from '../../../src/ports/provider.ts';
import { canonicalAddress, isPrivate } from '../../../src/wire/address.ts';
import { orNull } from '../../kit/failures.ts';
import { isUuid, nodeOf } from '../../kit/ids.ts';
import type { KnownMember } from '../../kit/machines.ts';
import { Text, Uuid } from '../../kit/schemas.ts';
import type { Zone } from './client.ts';

const Ref = v.object({ id: Uuid });
export const Refs = v.nullish(v.array(Ref), []);

/** As `list-instances` has it: without `elastic-ips`. */
const listed = {
  id: Uuid,
  name: Text,
  state: v.string(),
  'public-ip': Text,
  'ipv6-address': Text,
  'public-ip-assignment': Text,
  'security-groups': Refs,
  'private-networks': Refs,
  manager: v.nullish(v.object({ id: Uuid, type: v.string() })),
};

export const ListedInstance = v.object(listed);
export type ListedInstance = v.InferOutput<typeof ListedInstance>;

/** As `get-instance` has it. */
const Instance = v.object({ ...listed, 'elastic-ips': Refs });
export type Instance = v.InferOutput<typeof Instance>;

const PrivateNetwork = v.object({
  id: Uuid,
  /** Only of managed networks. */
  leases: v.nullish(v.array(v.object({ ip: v.string(), 'instance-id': v.nullish(Uuid) })), []),
});
type PrivateNetwork = v.InferOutput<typeof PrivateNetwork>;

/** null: the cloud answered that there is no such instance. */
export async function findInstance(
  zone: Zone,
  instance: InstanceId,
  signal: AbortSignal,
): Promise<Instance | null> {
  const id = instance.toLowerCase();
  if (!isUuid(id)) throw unknownInstance(zone, instance);
  return zone.client.find('get-instance', id, Instance, signal);
}

export async function theInstance(zone: Zone, instance: InstanceId, signal: AbortSignal): Promise<Instance> {
  const machine = await findInstance(zone, instance, signal);
  if (machine === null) throw unknownInstance(zone, instance);
  return machine;
}

/**
 * Each in full: only `get-instance` shows the addresses that an instance holds. Those that are gone by now are left
 * out: they hold nothing. No more than eight are asked at once, because the limits of the API are not known.
 */
export async function eachInstance(
  zone: Zone,
  ids: readonly InstanceId[],
  signal: AbortSignal,
): Promise<Instance[]> {
  const found: Instance[] = [];
  for (let from = 0; from < ids.length; from += 8) {
    const some = ids.slice(from, from + 8).map((id) => findInstance(zone, id, signal));
    found.push(...(await Promise.all(some)).filter((machine) => machine !== null));
  }
  return found;
}

export async function instanceIds(
  { client }: Zone,
  signal: AbortSignal,
  query: Readonly<Record<string, string>> = {},
): Promise<InstanceId[]> {
  const question = { name: 'list-instances', query } as const;
  const listed = await client.list(question, 'instances', Ref, signal);
  return [...new Set(listed.map(({ id }) => id))];
}

/** Asked only where one of the machines is in one, and done without where the key may not ask. */
export async function privateNetworks(
  { client }: Zone,
  machines: readonly ListedInstance[],
  signal: AbortSignal,
): Promise<PrivateNetwork[]> {
  if (machines.every((machine) => machine['private-networks'].length === 0)) return [];
  const question = { name: 'list-private-networks' } as const;
  const asked = client.list(question, 'private-networks', PrivateNetwork, signal);
  return (await asked.catch(orNull('denied'))) ?? [];
}

function unknownInstance({ name, client }: Zone, instance: InstanceId): ProviderError {
  const came = `no instance ${JSON.stringify(instance)} in zone ${name}`;
  const advice =
    'check --instance and --endpoint, and that the API key is of the organisation of the instance';
  return client.complaint({ name: 'get-instance' }, { kind: 'missing', came, advice });
}

/**
 * An instance in the words of the contract, with its addresses in private networks, where these are managed and known.
 * API v2 does not show NICs: the instance's own UUID stands for its node.
 */
export function member(
  machine: ListedInstance,
  zone: string,
  networks: readonly PrivateNetwork[],
): KnownMember {
  const { id, name } = machine;
  return {
    ...{ instance: id, node: nodeOf(id), zone, state: stateOf(machine) },
    ...(name != null && { name }),
    addresses: addresses(machine, networks),
  };
}

/** Own addresses: the public ones, then those in private networks. */
function addresses(machine: ListedInstance, networks: readonly PrivateNetwork[]): NetworkAddress[] {
  const open = [machine['public-ip'], machine['ipv6-address']].map((text) => ({ text, network: 'public' }));
  const leased = networks.flatMap(({ id, leases }) =>
    leases
      .filter((lease) => lease['instance-id'] === machine.id)
      .map(({ ip }) => ({ text: ip, network: id })),
  );
  return [...open, ...leased]
    .map(({ text, network }) => ({ ip: canonicalAddress(text ?? ''), network }))
    .flatMap(({ ip, network }) => (ip === null ? [] : [{ ip, network, private: isPrivate(ip) }]));
}

/** Migrating, starting and the like are neither running for sure nor off for sure. */
function stateOf({ state }: ListedInstance): MachineState {
  if (state === 'running') return 'running';
  if (['stopped', 'stopping', 'destroying'].includes(state)) return 'off';
  return ['destroyed', 'expunging'].includes(state) ? 'gone' : 'unknown';
}
