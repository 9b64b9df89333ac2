import { isIPv6 } from "../../src/wire/address.js";
import { OneAction, OneReserved4, OneReserved6, Reserved4, Reserved6, } from "./answers.js";
/** What differs between the two families, which have endpoints of their own. */
const FAMILIES = {
    4: {
        path: '/v2/reserved_ips',
        key: 'reserved_ips',
        one: OneReserved4,
        item: Reserved4,
        wish: (zone) => ({ region: zone }),
        action: (ip, id) => ({
            path: `/v2/reserved_ips/${ip}/actions/${id}`,
            scope: 'reserved_ip:read',
        }),
    },
    6: {
        path: '/v2/reserved_ipv6',
        key: 'reserved_ipv6s',
        one: OneReserved6,
        item: Reserved6,
        wish: (zone) => ({ region_slug: zone }),
        // No actions below the address itself.
        action: (_ip, id) => ({ path: `/v2/actions/${id}`, scope: 'actions:read' }),
    },
};
export function familyOf(ip) {
    return isIPv6(ip) ? 6 : 4;
}
export function holderOf(address) {
    return address.droplet?.id ?? null;
}
/** The reserved addresses of the account, which name themselves: the address is its own id. */
export class Addresses {
    #client;
    constructor(client) {
        this.#client = client;
    }
    /** @throws missing - the account has no such address */
    async read(ip, signal, background = false) {
        const question = { ...asksAddress(ip), background };
        const address = await this.#client.ask(question, FAMILIES[familyOf(ip)].one, signal);
        if (address.ip !== ip)
            throw this.#client.complaint(question, { kind: 'unavailable', came: `an answer about ${address.ip}` });
        await this.#proveFree([address], signal);
        return address;
    }
    async list(family, signal, background = false) {
        const { path, key, item } = FAMILIES[family];
        const question = { path, scope: 'reserved_ip:read', background };
        const all = await this.#client.list({ question, key, schema: item, id: ({ ip }) => ip }, signal);
        await this.#proveFree(all, signal);
        return all;
    }
    /** Starts an action. Assigning moves the address from its holder; unassigning takes it from whoever has it. */
    start(ip, wish, signal) {
        return this.#client.ask(asksAction(ip, wish), OneAction, signal);
    }
    action(ip, id, signal) {
        return this.#client.ask(FAMILIES[familyOf(ip)].action(ip, id), OneAction, signal);
    }
    reserve(family, zone, signal) {
        return this.#client.ask(creation(family, zone), FAMILIES[family].one, signal);
    }
    async release(ip, signal) {
        await this.#client.order({ method: 'DELETE', path: pathOf(ip), scope: 'reserved_ip:delete' }, signal);
    }
    /** Without droplet:read every address looks free. */
    async #proveFree(addresses, signal) {
        if (addresses.some(({ droplet }) => droplet === null))
            await this.#client.prove('droplet:read', signal);
    }
}
export function asksAddress(ip) {
    return { path: pathOf(ip), scope: 'reserved_ip:read' };
}
export function asksAction(ip, { verb, instance }) {
    const body = verb === 'assign' ? { type: verb, droplet_id: Number(instance) } : { type: verb };
    return { method: 'POST', path: `${pathOf(ip)}/actions`, body, what: verb, scope: 'reserved_ip:update' };
}
function pathOf(ip) {
    return `${FAMILIES[familyOf(ip)].path}/${ip}`;
}
function creation(family, zone) {
    const { path, wish } = FAMILIES[family];
    return { method: 'POST', path, body: wish(zone), scope: 'reserved_ip:create' };
}
/** The reserved addresses of both families, for `ha-ip address`. */
export class Book {
    #client;
    #addresses;
    constructor(client) {
        this.#client = client;
        this.#addresses = new Addresses(client);
    }
    async list(signal) {
        const [four, six] = [await this.#addresses.list(4, signal), await this.#addresses.list(6, signal)];
        return [...four, ...six].map(shared);
    }
    async reserve(wish, signal) {
        const zone = wish.zone ?? '';
        if (!/^[a-z0-9-]{1,32}$/.test(zone)) {
            const came = `${zone === '' ? 'no region' : 'no name of a region'}: nothing was reserved`;
            const advice = 'name the region of the droplets, such as fra1: the address can never leave it';
            throw this.#client.complaint(creation(wish.family, ''), { kind: 'rejected', came, advice });
        }
        return shared(await this.#addresses.reserve(wish.family, zone, signal));
    }
    async release(address, signal) {
        const holder = holderOf(await this.#addresses.read(address, signal));
        if (holder !== null)
            throw this.#held(address, holder);
        await this.#addresses.release(address, signal);
    }
    #held(address, holder) {
        const question = { method: 'DELETE', path: pathOf(address), scope: 'reserved_ip:delete' };
        const came = `not sent: droplet ${holder} holds ${address}`;
        const advice = 'take it from there first: ha-ip -D on that machine';
        return this.#client.complaint(question, { kind: 'conflict', came, advice });
    }
}
function shared(address) {
    const holder = holderOf(address);
    return {
        address: address.ip,
        id: address.ip,
        zone: address.region,
        holders: holder === null ? [] : [holder],
    };
}
