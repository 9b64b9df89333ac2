import { canonicalAddress, inNetwork, isIPv6 } from "../../src/wire/address.js";
import { Instance, ReservedIp, ReservedIpAnswer } from "./answers.js";
/** The API has no filter: all of them are listed, and each is looked at. null: the account has no such address. */
export async function findReservedIp(client, address, signal) {
    return (await reservedIps(client, signal)).find((one) => covers(one, address)) ?? null;
}
function reservedIps(client, signal) {
    return client.list({ path: '/reserved-ips' }, 'reserved_ips', ReservedIp, signal);
}
/** An IPv4 one is the address itself, whatever size it says (a sample says 64); of IPv6 a whole network moves. */
export function covers({ ip_type, subnet, subnet_size }, address) {
    const first = canonicalAddress(subnet);
    if (first === null || isIPv6(first) !== (ip_type === 'v6'))
        return false;
    return ip_type === 'v4' ? first === address : inNetwork(address, `${first}/${subnet_size}`);
}
/** Reserved IPs for `ha-ip address`. An IPv6 one is named by the first host address of its network. */
export function addressBook(client, ownRegion) {
    return {
        list: async (signal) => {
            const all = await reservedIps(client, signal);
            const main = await mainAddresses(client, all, signal);
            return all.map((one) => inWords(one, main));
        },
        reserve: async ({ zone, family }, signal) => {
            const region = (zone ?? (await ownRegion(signal))).toLowerCase();
            const body = { region, ip_type: `v${family}`, label: 'ha-ip' };
            const order = { method: 'POST', path: '/reserved-ips', body };
            return inWords((await client.ask(order, ReservedIpAnswer, signal)).reserved_ip, new Map());
        },
        release: async (address, signal) => {
            const found = await findReservedIp(client, address, signal);
            if (found === null)
                throw noSuchAddress(client, address);
            if (found.instance_id !== '')
                throw stillHeld(client, found);
            await client.order({ method: 'DELETE', path: `/reserved-ips/${found.id}` }, signal);
        },
    };
}
/** Which instance has which main address: one made with a reserved IP as its main address cannot give it away. */
async function mainAddresses(client, all, signal) {
    if (all.every(({ instance_id }) => instance_id === ''))
        return new Map();
    const instances = await client.list({ path: '/instances' }, 'instances', Instance, signal);
    return new Map(instances.map(({ main_ip, id }) => [canonicalAddress(main_ip) ?? id, id]));
}
function inWords(reserved, main) {
    const { id, region, label, instance_id, subnet, ip_type } = reserved;
    const address = ip_type === 'v6' ? firstHost(subnet) : (canonicalAddress(subnet) ?? subnet);
    const owner = main.get(address);
    return {
        address,
        id,
        zone: region,
        holders: instance_id === '' ? [] : [instance_id],
        ...(label !== '' && { label }),
        ...(owner !== undefined && { managed: `it is the main address of instance ${owner}` }),
    };
}
/** The network's own first address belongs to routers (RFC 4291, 2.6.1). */
function firstHost(subnet) {
    return canonicalAddress(subnet.replace(/::$/, '::1')) ?? subnet;
}
export function noSuchAddress(client, address) {
    return client.complaint({ path: '/reserved-ips' }, {
        kind: 'missing',
        came: `no reserved IP ${address} in this account`,
        advice: 'check --address, and that the API key belongs to the account of the address',
    });
}
function stillHeld(client, { id, instance_id }) {
    return client.complaint({ method: 'DELETE', path: `/reserved-ips/${id}` }, {
        kind: 'conflict',
        came: `not sent: instance ${instance_id} holds it`,
        advice: 'dissociate it first (ha-ip -D)',
    });
}
