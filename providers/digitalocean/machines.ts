import * as v from 'valibot';
import type { Verdict } from '../../src/adapters/http.ts';
import type { InstanceId, IpAddress, MachineState, NodeId } from '../../src/core/index.ts';
import type { AccountSettings, GroupMember, NetworkAddress } from '../../src/ports/provider.ts';
import { addressBytes, addressFromBytes, canonicalAddress, isIPv6 } from '../../src/wire/address.ts';
import { Metadata } from '../kit/metadata.ts';
import { Text, under } from '../kit/schemas.ts';
import type { Client, Question } from './client.ts';

/** Of droplets and actions. Droplet ids are texts from here on, as the contract's instance ids are. */
export const Whole = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
export const DropletId = v.pipe(Whole, v.transform(String));
/** By value: metadata and API spell IPv6 addresses differently. */
export const Ip = v.pipe(
  v.string(),
  v.transform((text): IpAddress => canonicalAddress(text) ?? text),
);

const Network = v.object({
  ip_address: Ip,
  netmask: v.nullish(v.union([v.string(), v.number()])),
  type: Text,
});
const Networks = v.nullish(v.array(Network), []);

/** Fields may be missing: without their scope the API leaves them out, without a word. */
export const Droplet = v.object({
  id: DropletId,
  name: Text,
  status: Text,
  locked: v.nullish(v.boolean(), false),
  region: v.nullish(v.object({ slug: v.string() })),
  tags: v.nullish(v.array(v.string()), []),
  vpc_uuid: Text,
  networks: v.nullish(v.object({ v4: Networks, v6: Networks })),
});
export type Droplet = v.InferOutput<typeof Droplet>;

/** `type` and `resource_id` differ between versions of the API and are never looked at, but to be shown. */
export const Action = v.object({ id: Whole, status: v.string(), type: Text });
export type Action = v.InferOutput<typeof Action>;

export function asksDroplet(instance: InstanceId, background = false): Question {
  return { path: `/v2/droplets/${instance}`, scope: 'droplet:read', background };
}

/** null: the cloud answered that there is no such droplet. */
export function findDroplet(client: Client, instance: InstanceId, signal: AbortSignal, background = false) {
  return client.lookUp(asksDroplet(instance, background), instance, under('droplet', Droplet), signal);
}

/** All droplets, but those with GPUs, which are in no list with others; or those of a tag. */
export function listDroplets(client: Client, signal: AbortSignal, tag?: string): Promise<Droplet[]> {
  const question: Question = {
    path: '/v2/droplets',
    scope: tag === undefined ? 'droplet:read' : 'tag:read',
    background: true,
    ...(tag !== undefined && { query: { tag_name: tag } }),
  };
  return client.list(question, 'droplets', Droplet, signal);
}

const ENDED: readonly string[] = ['completed', 'done', 'errored'];

/** What is being done to the droplet and keeps it from being given an address, or null. */
export async function eventOf(client: Client, instance: InstanceId, signal: AbortSignal) {
  const path = `/v2/droplets/${instance}/actions`;
  // The latest come first: what has not ended is among them.
  const question: Question = { path, scope: 'droplet:read', query: { per_page: '50' } };
  const actions = await client.ask(question, under('actions', v.array(Action)), signal);
  const open = actions.find(({ status }) => !ENDED.includes(status));
  return open === undefined ? null : (open.type ?? `action ${open.id}`);
}

/** A droplet in the words of the contract; `shared` are addresses that are not its own. */
export function member(droplet: Droplet, shared: ReadonlySet<IpAddress>): GroupMember {
  return {
    instance: droplet.id,
    node: nodeId(droplet.id),
    state: stateOf(droplet),
    addresses: networkAddresses(droplet).filter(({ ip }) => !shared.has(ip)),
    ...(droplet.name != null && { name: droplet.name }),
    ...(droplet.region != null && { zone: droplet.region.slug }),
  };
}

/** Eight zero bytes, then the droplet's id as an unsigned 64-bit number. */
function nodeId(instance: InstanceId): NodeId {
  return BigInt(instance).toString(16).padStart(32, '0');
}

/** The power and nothing more: `active` says nothing of health. A new droplet is neither running nor off for sure. */
function stateOf({ status }: Droplet): MachineState {
  if (status === 'active') return 'running';
  return status === 'off' || status === 'archive' ? 'off' : 'unknown';
}

/**
 * Own and reserved addresses: only the list of reserved ones tells a reserved IPv4 from the droplet's own, never the
 * order. Private ones first: heartbeats belong there.
 */
function networkAddresses(droplet: Droplet): NetworkAddress[] {
  const { v4 = [], v6 = [] } = droplet.networks ?? {};
  const all = [...v4, ...v6]
    .filter(({ ip_address }) => canonicalAddress(ip_address) !== null)
    .map(({ ip_address: ip, netmask, type }) => ({
      ip,
      network: type === 'private' ? (droplet.vpc_uuid ?? subnet(ip, netmask)) : 'public',
      private: type === 'private',
    }));
  return [...all.filter((one) => one.private), ...all.filter((one) => !one.private)];
}

/** Without vpc:read the VPC has no name; its subnet does as well, because VPCs of one team do not overlap. */
function subnet(ip: IpAddress, netmask: string | number | null | undefined): string {
  const mask = canonicalAddress(String(netmask));
  if (isIPv6(ip) || mask === null || isIPv6(mask)) return `private ${ip}`;
  const ones = addressBytes(mask);
  return `${addressFromBytes(addressBytes(ip).map((byte, at) => byte & (ones[at] ?? 0)))} ${mask}`;
}

/** Public addresses of a family, own and reserved ones alike. */
export function publicAddresses(droplet: Droplet, family: 4 | 6): IpAddress[] {
  return networkAddresses(droplet)
    .filter(({ ip, private: inside }) => !inside && isIPv6(ip) === (family === 6))
    .map(({ ip }) => ip);
}

export function unknownDroplet(instance: InstanceId): Verdict & { readonly advice: string } {
  const came = `no droplet ${JSON.stringify(instance)} in this account`;
  const advice = 'check --instance, and that the token belongs to the team of the droplet';
  return { kind: 'missing', came, advice };
}

/** What the metadata service says of the machine that asks. */
export interface Own {
  readonly instance: InstanceId;
  readonly region: string;
  readonly addresses: readonly IpAddress[];
}

/** Asked path by path: the whole document holds secrets (`user_data`, `auth_key`). */
export function metadataOf(settings: AccountSettings): Metadata {
  const advice = 'run on the droplet itself, or give its id with --instance';
  return new Metadata({ provider: 'digitalocean', prefix: '/metadata/v1/', advice }, settings);
}

/** What it says of reserved addresses is not read, because nobody documents how fresh that is. */
export async function ownMachine(settings: AccountSettings, signal: AbortSignal): Promise<Own> {
  const metadata = metadataOf(settings);
  const instance = await metadata.value('id', "droplet's id", instanceIn, signal);
  const region = await metadata.value('region', 'region', regionIn, signal);
  const addresses = await Promise.all(
    ['public/0/ipv4', 'private/0/ipv4', 'public/0/ipv6'].map((path) =>
      metadata.optional(`interfaces/${path}/address`, 'address', canonicalAddress, signal),
    ),
  );
  return { instance, region, addresses: addresses.filter((ip) => ip !== null) };
}

/** A droplet's id in text form, which the contract calls an instance id; null if it is none. */
export function instanceIn(text: string): InstanceId | null {
  return /^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text)) ? text : null;
}

export function regionIn(text: string): string | null {
  return /^[a-z0-9-]{1,32}$/.test(text) ? text : null;
}
