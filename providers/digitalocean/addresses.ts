import type { InstanceId, IpAddress } from '../../src/core/index.ts';
import type { AddressBook, ProviderError, SharedAddress } from '../../src/ports/provider.ts';
import { isIPv6 } from '../../src/wire/address.ts';
import {
  type Action,
  OneAction,
  OneReserved4,
  OneReserved6,
  type Reserved,
  Reserved4,
  Reserved6,
} from './answers.ts';
import type { Client, Question } from './client.ts';

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
    one: OneReserved4,
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
    one: OneReserved6,
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

/** The reserved addresses of the account, which name themselves: the address is its own id. */
export class Addresses {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** @throws missing - the account has no such address */
  async read(ip: IpAddress, signal: AbortSignal, background = false): Promise<Reserved> {
    const question: Question = { ...asksAddress(ip), background };
    const address = await this.#client.ask(question, FAMILIES[familyOf(ip)].one, signal);
    if (address.ip !== ip)
      throw this.#client.complaint(question, { kind: 'unavailable', came: `an answer about ${address.ip}` });
    await this.#proveFree([address], signal);
    return address;
  }

  async list(family: 4 | 6, signal: AbortSignal, background = false): Promise<Reserved[]> {
    const { path, key, item } = FAMILIES[family];
    const question: Question = { path, scope: 'reserved_ip:read', background };
    const all = await this.#client.list(
      { question, key, schema: item, id: ({ ip }: Reserved) => ip },
      signal,
    );
    await this.#proveFree(all, signal);
    return all;
  }

  /** Starts an action. Assigning moves the address from its holder; unassigning takes it from whoever has it. */
  start(ip: IpAddress, wish: Wish, signal: AbortSignal): Promise<Action> {
    return this.#client.ask(asksAction(ip, wish), OneAction, signal);
  }

  action(ip: IpAddress, id: number, signal: AbortSignal): Promise<Action> {
    return this.#client.ask(FAMILIES[familyOf(ip)].action(ip, id), OneAction, signal);
  }

  reserve(family: 4 | 6, zone: string, signal: AbortSignal): Promise<Reserved> {
    return this.#client.ask(creation(family, zone), FAMILIES[family].one, signal);
  }

  async release(ip: IpAddress, signal: AbortSignal): Promise<void> {
    await this.#client.order({ method: 'DELETE', path: pathOf(ip), scope: 'reserved_ip:delete' }, signal);
  }

  /** Without droplet:read every address looks free. */
  async #proveFree(addresses: readonly Reserved[], signal: AbortSignal): Promise<void> {
    if (addresses.some(({ droplet }) => droplet === null)) await this.#client.prove('droplet:read', signal);
  }
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

function creation(family: 4 | 6, zone: string): Question {
  const { path, wish } = FAMILIES[family];
  return { method: 'POST', path, body: wish(zone), scope: 'reserved_ip:create' };
}

/** The reserved addresses of both families, for `ha-ip address`. */
export class Book implements AddressBook {
  readonly #client: Client;
  readonly #addresses: Addresses;

  constructor(client: Client) {
    this.#client = client;
    this.#addresses = new Addresses(client);
  }

  async list(signal: AbortSignal): Promise<SharedAddress[]> {
    const [four, six] = [await this.#addresses.list(4, signal), await this.#addresses.list(6, signal)];
    return [...four, ...six].map(shared);
  }

  async reserve(wish: { zone?: string; family: 4 | 6 }, signal: AbortSignal): Promise<SharedAddress> {
    const zone = wish.zone ?? '';
    if (!/^[a-z0-9-]{1,32}$/.test(zone)) {
      const came = `${zone === '' ? 'no region' : 'no name of a region'}: nothing was reserved`;
      const advice = 'name the region of the droplets, such as fra1: the address can never leave it';
      throw this.#client.complaint(creation(wish.family, ''), { kind: 'rejected', came, advice });
    }
    return shared(await this.#addresses.reserve(wish.family, zone, signal));
  }

  async release(address: IpAddress, signal: AbortSignal): Promise<void> {
    const holder = holderOf(await this.#addresses.read(address, signal));
    if (holder !== null) throw this.#held(address, holder);
    await this.#addresses.release(address, signal);
  }

  #held(address: IpAddress, holder: InstanceId): ProviderError {
    const question: Question = { method: 'DELETE', path: pathOf(address), scope: 'reserved_ip:delete' };
    const came = `not sent: droplet ${holder} holds ${address}`;
    const advice = 'take it from there first: ha-ip -D on that machine';
    return this.#client.complaint(question, { kind: 'conflict', came, advice });
  }
}

function shared(address: Reserved): SharedAddress {
  const holder = holderOf(address);
  return {
    address: address.ip,
    id: address.ip,
    zone: address.region,
    holders: holder === null ? [] : [holder],
  };
}
