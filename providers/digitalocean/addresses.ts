import * as v from 'valibot';
import type { InstanceId, IpAddress } from '../../src/core/index.ts';
import type { AddressBook, SharedAddress } from '../../src/ports/provider.ts';
import { isIPv6 } from '../../src/wire/address.ts';
import { under } from '../kit/schemas.ts';
import type { Client, Question } from './client.ts';
import { Action, Droplet, Ip, regionIn } from './machines.ts';

/** `droplet` absent is told apart from null by nobody: neither proves that the address is free (`proveFree`). */
const Held = { ip: Ip, droplet: v.nullish(Droplet, null) };

const Reserved4 = v.pipe(
  v.object({ ...Held, region: v.object({ slug: v.string() }), locked: v.nullish(v.boolean(), false) }),
  v.transform(({ region, ...rest }): Reserved => ({ ...rest, id: rest.ip, region: region.slug })),
);

const Reserved6 = v.pipe(
  v.object({ ...Held, region_slug: v.string() }),
  v.transform(({ region_slug, ...rest }): Reserved => {
    return { ...rest, id: rest.ip, region: region_slug, locked: false };
  }),
);

/** A reserved address of either family, which names itself. */
export interface Reserved {
  readonly id: IpAddress;
  readonly ip: IpAddress;
  readonly region: string;
  readonly droplet: Droplet | null;
  /** An action on it is under way; reserved IPv6 addresses never say so. */
  readonly locked: boolean;
}

/** What an action on an address is to bring about: that the instance has it, or that it does not. */
export interface Wish {
  readonly verb: 'assign' | 'unassign';
  readonly instance: InstanceId;
}

/** What differs between the two families, which have endpoints of their own. */
const FAMILIES = {
  4: {
    path: '/v2/reserved_ips',
    key: 'reserved_ips',
    one: under('reserved_ip', Reserved4),
    item: Reserved4,
    wish: (zone: string) => ({ region: zone }),
    action: (ip: IpAddress, id: number): Question => ({
      path: `/v2/reserved_ips/${ip}/actions/${id}`,
      scope: 'reserved_ip:read',
    }),
  },
  6: {
    path: '/v2/reserved_ipv6',
    key: 'reserved_ipv6s',
    // At its launch the API answered without the wrapper (openapi#951): both are read.
    one: v.union([under('reserved_ipv6', Reserved6), Reserved6]),
    item: Reserved6,
    wish: (zone: string) => ({ region_slug: zone }),
    // No actions below the address itself.
    action: (_ip: IpAddress, id: number): Question => ({ path: `/v2/actions/${id}`, scope: 'actions:read' }),
  },
} as const;

export function familyOf(ip: IpAddress): 4 | 6 {
  return isIPv6(ip) ? 6 : 4;
}

export function holderOf(address: Reserved): InstanceId | null {
  return address.droplet?.id ?? null;
}

/** @throws missing - the account has no such address */
export async function readAddress(
  client: Client,
  ip: IpAddress,
  signal: AbortSignal,
  background = false,
): Promise<Reserved> {
  const question: Question = { ...asksAddress(ip), background };
  const address = await client.ask(question, FAMILIES[familyOf(ip)].one, signal);
  if (address.ip !== ip)
    throw client.complaint(question, { kind: 'unavailable', came: `an answer about ${address.ip}` });
  await proveFree(client, [address], signal);
  return address;
}

export async function listAddresses(
  client: Client,
  family: 4 | 6,
  signal: AbortSignal,
  background = false,
): Promise<Reserved[]> {
  const { path, key, item } = FAMILIES[family];
  const all = await client.list({ path, scope: 'reserved_ip:read', background }, key, item, signal);
  await proveFree(client, all, signal);
  return all;
}

/** Without droplet:read every address looks free. */
async function proveFree(client: Client, all: readonly Reserved[], signal: AbortSignal): Promise<void> {
  if (all.some(({ droplet }) => droplet === null)) await client.prove('droplet:read', signal);
}

/** Starts an action. Assigning moves the address from its holder; unassigning takes it from whoever has it. */
export function startAction(client: Client, ip: IpAddress, wish: Wish, signal: AbortSignal): Promise<Action> {
  return client.ask(asksAction(ip, wish), under('action', Action), signal);
}

export function readAction(client: Client, ip: IpAddress, id: number, signal: AbortSignal): Promise<Action> {
  return client.ask(FAMILIES[familyOf(ip)].action(ip, id), under('action', Action), signal);
}

export function asksAddress(ip: IpAddress): Question {
  return { path: pathOf(ip), scope: 'reserved_ip:read' };
}

export function asksAction(ip: IpAddress, { verb, instance }: Wish): Question {
  const body = verb === 'assign' ? { type: verb, droplet_id: Number(instance) } : { type: verb };
  return { method: 'POST', path: `${pathOf(ip)}/actions`, body, what: verb, scope: 'reserved_ip:update' };
}

function pathOf(ip: IpAddress): string {
  return `${FAMILIES[familyOf(ip)].path}/${ip}`;
}

/** `new` and `in-progress` are under way, and so is any word to come; `done` was seen for `completed` in 2021. */
export function outcome({ status }: Action): 'done' | 'failed' | null {
  if (status === 'completed' || status === 'done') return 'done';
  return status === 'errored' ? 'failed' : null;
}

/**
 * When to ask again for an action that has run for so long: what is done is known at most a fifth of its time late.
 * In 40 s, after which the engine gives up, that is about 50 of the token's 250 requests a minute.
 */
export function pollAfterMs(ranMs: number): number {
  return Math.min(1000, Math.max(100, ranMs / 5));
}

export function fulfils(address: Reserved, { verb, instance }: Wish): boolean {
  return !address.locked && (holderOf(address) === instance) === (verb === 'assign');
}

/** The reserved addresses of both families, for `ha-ip address`. */
export function addressBook(client: Client): AddressBook {
  return {
    list: async (signal) => {
      const four = await listAddresses(client, 4, signal);
      return [...four, ...(await listAddresses(client, 6, signal))].map(shared);
    },

    reserve: async ({ zone = '', family }, signal) => {
      const { path, wish, one } = FAMILIES[family];
      const creation: Question = { method: 'POST', path, body: wish(zone), scope: 'reserved_ip:create' };
      if (regionIn(zone) !== null) return shared(await client.ask(creation, one, signal));
      const came = `${zone === '' ? 'no region' : 'no name of a region'}: nothing was reserved`;
      const advice = 'name the region of the droplets, such as fra1: the address can never leave it';
      throw client.complaint(creation, { kind: 'rejected', came, advice });
    },

    release: async (ip, signal) => {
      const holder = holderOf(await readAddress(client, ip, signal));
      const question: Question = { method: 'DELETE', path: pathOf(ip), scope: 'reserved_ip:delete' };
      if (holder === null) return client.order(question, signal);
      const came = `not sent: droplet ${holder} holds ${ip}`;
      const advice = 'take it from there first: ha-ip -D on that machine';
      throw client.complaint(question, { kind: 'conflict', came, advice });
    },
  };
}

function shared(address: Reserved): SharedAddress {
  const { ip, region: zone } = address;
  const holder = holderOf(address);
  return { address: ip, id: ip, zone, holders: holder === null ? [] : [holder] };
}
