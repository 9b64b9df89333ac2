import * as v from 'valibot';
import type { InstanceId, IpAddress } from '../../../src/core/index.ts';
import type { AccountSettings, AddressBook, SharedAddress } from '../../../src/ports/provider.ts';
import { canonicalAddress, inNetwork, isIPv6 } from '../../../src/wire/address.ts';
import { orNull } from '../../kit/failures.ts';
import { Text, Uuid } from '../../kit/schemas.ts';
import { isZone } from '../metadata.ts';
import { endpointOf, type Question, type Zone, zoneOf } from './client.ts';
import { eachInstance, type Instance, instanceIds, Refs } from './machines.ts';

const ElasticIp = v.object({
  id: Uuid,
  ip: v.string(),
  /** Of IPv6 a prefix of 96 bits. */
  cidr: Text,
  description: Text,
  /** Only a managed address has one. */
  healthcheck: v.nullish(v.looseObject({ mode: Text })),
});
export type ElasticIp = v.InferOutput<typeof ElasticIp>;

const InstancePool = v.object({ id: Uuid, name: Text, 'elastic-ips': Refs });

const LIST: Question = { name: 'list-elastic-ips' };

function elasticIps({ client }: Zone, signal: AbortSignal): Promise<ElasticIp[]> {
  return client.list(LIST, 'elastic-ips', ElasticIp, signal);
}

export async function theElasticIp(zone: Zone, address: IpAddress, signal: AbortSignal): Promise<ElasticIp> {
  const all = await elasticIps(zone, signal);
  const found = all.find((one) => covers(one, address));
  if (found !== undefined) return found;
  const known = all.map(({ cidr, ip }) => cidr ?? ip).join(', ') || 'none';
  const came = `no Elastic IP ${address} in zone ${zone.name}`;
  const rest = 'its zone, and that the API key is of its organisation';
  const advice = `check --address (there are ${known}), ${rest}`;
  throw zone.client.complaint(LIST, { kind: 'missing', came, advice });
}

export function holds(machine: Instance, elasticIp: ElasticIp): boolean {
  return machine['elastic-ips'].some(({ id }) => id === elasticIp.id);
}

/** Whether it is the address that is meant: of IPv6, every address of the prefix means the whole prefix. */
function covers({ ip, cidr }: ElasticIp, address: IpAddress): boolean {
  const own = canonicalAddress(ip);
  if (own === null || own === address) return own === address;
  return isIPv6(own) && isIPv6(address) && inNetwork(address, cidr ?? `${own}/96`);
}

/** Why the address must not be moved by us; undefined: it may. */
export function managed({ healthcheck }: ElasticIp): string | undefined {
  if (healthcheck == null) return undefined;
  const mode = healthcheck.mode ?? 'of some mode';
  return `it is managed: Exoscale itself moves its traffic by a health check (${mode})`;
}

/** Why the instance could not take the address, a line each with what to do. */
export async function obstacles(
  zone: Zone,
  self: Instance,
  elasticIp: ElasticIp,
  address: IpAddress,
  signal: AbortSignal,
): Promise<string[]> {
  const pool = await givingPool(zone, self, elasticIp, signal);
  const lines: string[] = [];
  if (self['public-ip-assignment'] === 'none')
    lines.push(
      'the instance has no public network: give it a public IP (public-ip-assignment inet4 or dual)',
    );
  else if (isIPv6(address) && self['ipv6-address'] == null)
    lines.push('the instance has no IPv6, which a prefix needs: enable IPv6 on it');
  if (pool !== null)
    lines.push(`instance pool ${pool} gives ${address} to all its members: take the address off the pool`);
  return lines;
}

/** Of an instance that a pool made: the pool, if it may be asked for and gives the address to all its members. */
async function givingPool(
  { client }: Zone,
  { manager }: Instance,
  elasticIp: ElasticIp,
  signal: AbortSignal,
): Promise<string | null> {
  if (manager?.type !== 'instance-pool') return null;
  const { id } = manager;
  const pool = await client.find('get-instance-pool', id, InstancePool, signal).catch(orNull('denied'));
  const gives = pool?.['elastic-ips'].some((one) => one.id === elasticIp.id) ?? false;
  return gives ? (pool?.name ?? id) : null;
}

/** The Elastic IPs of the organisation in one zone: that of the endpoint, else that of this machine. */
export function addressBook(settings: AccountSettings): AddressBook {
  return {
    list: async (signal) => list(await zoneOf(settings, signal), signal),
    reserve: async ({ zone, family }, signal) =>
      reserve(await wishedZone(settings, zone, signal), family, signal),
    release: async (address, signal) => release(await zoneOf(settings, signal), address, signal),
  };
}

async function list(zone: Zone, signal: AbortSignal): Promise<SharedAddress[]> {
  const all = await elasticIps(zone, signal);
  if (all.length === 0) return [];
  const machines = await eachInstance(zone, await instanceIds(zone, signal), signal);
  return all.map((one) => {
    const holders = machines.filter((machine) => holds(machine, one)).map(({ id }) => id);
    return shared(one, zone, holders);
  });
}

async function reserve(zone: Zone, family: 4 | 6, signal: AbortSignal): Promise<SharedAddress> {
  const { client } = zone;
  const body = { addressfamily: family === 6 ? 'inet6' : 'inet4', description: 'reserved by ha-ip' };
  const creation: Question = { name: 'create-elastic-ip', body };
  const { reference } = await client.finished(creation, await client.start(creation, signal), signal);
  const id = reference?.id;
  if (id != null)
    return shared(await client.ask({ name: 'get-elastic-ip', id }, ElasticIp, signal), zone, []);
  const came = 'done, but the operation does not name the address';
  const advice = 'find it with: ha-ip address list';
  throw client.ended(creation, { kind: 'unavailable', came, advice, mayHaveHappened: true });
}

/** Of IPv6 the prefix goes as a whole: it must be named as `list` names it. */
async function release(zone: Zone, address: IpAddress, signal: AbortSignal): Promise<void> {
  const { client } = zone;
  const all = await elasticIps(zone, signal);
  const found = all.find(({ ip }) => canonicalAddress(ip) === canonicalAddress(address));
  if (found === undefined) {
    const came = `no Elastic IP ${address} in zone ${zone.name}`;
    throw client.complaint(LIST, { kind: 'missing', came });
  }
  const deletion: Question = { name: 'delete-elastic-ip', id: found.id };
  await client.finished(deletion, await client.start(deletion, signal), signal);
}

/** A wish for another zone of Exoscale goes to that zone's endpoint; another host's endpoint has but one zone. */
async function wishedZone(
  settings: AccountSettings,
  wished: string | undefined,
  signal: AbortSignal,
): Promise<Zone> {
  const host = settings.endpoint === undefined ? '.exoscale.com' : new URL(settings.endpoint).hostname;
  const goes = wished !== undefined && isZone(wished) && host.endsWith('.exoscale.com');
  const zone = await zoneOf(goes ? { ...settings, endpoint: endpointOf(wished) } : settings, signal);
  if (wished === undefined || zone.name === wished) return zone;
  const came = `not sent: the endpoint is of zone ${zone.name}, not ${JSON.stringify(wished)}`;
  const advice = 'give --zone as Exoscale writes it, such as ch-gva-2';
  throw zone.client.complaint({ name: 'create-elastic-ip' }, { kind: 'rejected', came, advice });
}

function shared(one: ElasticIp, zone: Zone, holders: readonly InstanceId[]): SharedAddress {
  const [reason, label] = [managed(one), one.description];
  return {
    ...{ address: canonicalAddress(one.ip) ?? one.ip, id: one.id, zone: zone.name, holders },
    ...(reason !== undefined && { managed: reason }),
    ...(label != null && label !== '' && { label }),
  };
}
