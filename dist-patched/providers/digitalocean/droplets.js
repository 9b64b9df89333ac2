import { ProviderError } from "../../src/ports/provider.js";
import { addressBytes, addressFromBytes, canonicalAddress, isIPv6 } from "../../src/wire/address.js";
import { Droplet, Events, OneDroplet } from "./answers.js";
/** Droplets as the API tells of them. */
export class Droplets {
    #client;
    constructor(client) {
        this.#client = client;
    }
    /** null: the cloud answered that there is no such droplet. */
    async one(instance, signal, background = false) {
        const question = { ...asksDroplet(instance), background };
        const droplet = await this.#client.ask(question, OneDroplet, signal).catch(missingIsNull);
        if (droplet === null || droplet.id === instance)
            return droplet;
        const came = `an answer about droplet ${droplet.id}`;
        throw this.#client.complaint(question, { kind: 'unavailable', came });
    }
    /** All droplets, but those with GPUs, which are in no list with others; or those of a tag. */
    list(signal, tag) {
        const question = {
            path: '/v2/droplets',
            scope: tag === undefined ? 'droplet:read' : 'tag:read',
            background: true,
            ...(tag !== undefined && { query: { tag_name: tag } }),
        };
        return this.#client.list({ question, key: 'droplets', schema: Droplet, id: ({ id }) => id }, signal);
    }
    /** What is being done to the droplet and keeps it from being given an address, or null. */
    async event(instance, signal) {
        const path = `/v2/droplets/${instance}/actions`;
        // The latest come first: what has not ended is among them.
        const question = { path, scope: 'droplet:read', query: { per_page: '50' } };
        const { actions } = await this.#client.ask(question, Events, signal);
        const open = actions.find(({ status }) => !ENDED.includes(status));
        return open === undefined ? null : (open.type ?? `action ${open.id}`);
    }
}
export function asksDroplet(instance) {
    return { path: `/v2/droplets/${instance}`, scope: 'droplet:read' };
}
const ENDED = ['completed', 'done', 'errored'];
function missingIsNull(error) {
    if (error instanceof ProviderError && error.kind === 'missing')
        return null;
    throw error;
}
/** A droplet in the words of the contract; `shared` are addresses that are not its own. */
export function describe(droplet, shared) {
    const known = member(droplet, shared);
    return { ...known, addresses: known.addresses.map(({ ip }) => ip) };
}
export function member(droplet, shared) {
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
export function nodeId(instance) {
    return BigInt(instance).toString(16).padStart(32, '0');
}
/** The power and nothing more: `active` says nothing of health. A new droplet is neither running nor off for sure. */
function stateOf({ status }) {
    if (status === 'active')
        return 'running';
    return status === 'off' || status === 'archive' ? 'off' : 'unknown';
}
/**
 * Own and reserved addresses: only the list of reserved ones tells a reserved IPv4 from the droplet's own, never the
 * order. Private ones first: heartbeats belong there.
 */
function networkAddresses(droplet) {
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
function subnet(ip, netmask) {
    const mask = canonicalAddress(String(netmask));
    if (isIPv6(ip) || mask === null || isIPv6(mask))
        return `private ${ip}`;
    const ones = addressBytes(mask);
    return `${addressFromBytes(addressBytes(ip).map((byte, at) => byte & (ones[at] ?? 0)))} ${mask}`;
}
/** Public addresses of a family, own and reserved ones alike. */
export function publicAddresses(droplet, family) {
    return networkAddresses(droplet)
        .filter(({ ip, private: inside }) => !inside && isIPv6(ip) === (family === 6))
        .map(({ ip }) => ip);
}
