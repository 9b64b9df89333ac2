import { ProviderError } from "../../src/ports/provider.js";
import { canonicalAddress, inNetwork, isPrivate } from "../../src/wire/address.js";
import { Attachment, BareMetalAnswer, FirewallGroup, Instance, InstanceAnswer, Vpc } from "./answers.js";
/** What Vultr's API says of machines, in the words of the contract. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export function isUuid(text) {
    return UUID.test(text);
}
/** null: the API answered that there is none. */
export async function findInstance(client, id, signal) {
    const path = `/instances/${id}`;
    try {
        const { instance } = await client.ask({ path }, InstanceAnswer, signal);
        if (instance.id === id)
            return instance;
    }
    catch (error) {
        if (!isNoSuch(error))
            throw error;
        // Which status an unknown id has is not documented, and a machine that is believed to be gone loses its address:
        // the whole list has the last word.
        return (await instances(client, {}, signal)).find((instance) => instance.id === id) ?? null;
    }
    throw client.complaint({ path }, { kind: 'unavailable', came: 'another instance than was asked for' });
}
/** A holder may be a bare-metal machine, which is no instance and yet not gone. */
export async function describeMachine(client, id, signal) {
    const instance = await findInstance(client, id, signal);
    if (instance !== null)
        return describe(instance);
    return { instance: id, state: (await isBareMetal(client, id, signal)) ? 'unknown' : 'gone', addresses: [] };
}
async function isBareMetal(client, id, signal) {
    try {
        await client.ask({ path: `/bare-metals/${id}` }, BareMetalAnswer, signal);
        return true;
    }
    catch (error) {
        if (isNoSuch(error))
            return false;
        throw error;
    }
}
/** Ids that name nothing are 404 or 400, by hearsay: texts and statuses are not documented. */
export function isNoSuch(error) {
    return error instanceof ProviderError && (error.kind === 'missing' || error.kind === 'rejected');
}
function instances(client, query, signal) {
    return client.list({ path: '/instances', query }, 'instances', Instance, signal);
}
/** The machines of `-G` in the region: of a firewall group, with a tag, or in a VPC. */
export async function membersOf(client, group, region, signal) {
    const found = (await inGroup(client, group, region, signal)).filter((one) => one.region === region);
    if (found.length === 0)
        throw nobody(client, group, region);
    const networks = await networksOf(client, found, signal);
    return found.map((instance) => member(instance, networks));
}
function inGroup(client, group, region, signal) {
    const [, kind = 'firewall', name = ''] = /^(?:(firewall|tag|vpc):)?(.*)$/s.exec(group) ?? [];
    if (kind === 'tag')
        return withTag(client, name, signal);
    return kind === 'vpc' ? inVpc(client, name, region, signal) : inFirewallGroup(client, name, signal);
}
/** How strictly the API's filters work is not documented, here and below: every machine is looked at. */
async function withTag(client, tag, signal) {
    return (await instances(client, { tag }, signal)).filter(({ tags }) => tags.includes(tag));
}
async function inFirewallGroup(client, name, signal) {
    const groups = await client.list({ path: '/firewalls' }, 'firewall_groups', FirewallGroup, signal);
    const { id } = theOne(client, { path: '/firewalls', what: 'firewall group', name }, groups);
    const found = await instances(client, { firewall_group_id: id }, signal);
    return found.filter(({ firewall_group_id }) => firewall_group_id === id);
}
async function inVpc(client, name, region, signal) {
    const vpcs = (await allVpcs(client, signal)).filter((vpc) => vpc.region === region);
    const { id } = theOne(client, { path: '/vpcs', what: `VPC of ${region}`, name }, vpcs);
    const listing = { path: `/vpcs/${id}/attachments` };
    const attachments = await client.list(listing, 'attachments', Attachment, signal);
    const all = await instances(client, { region }, signal);
    return attached(all.filter((instance) => instance.region === region), attachments);
}
/** Which id of an attachment is the instance's is not documented; the address is the last resort: VPCs may overlap. */
function attached(all, attachments) {
    const ids = new Set(attachments.flatMap((one) => [one.id, one.linked_subscription?.id ?? '']));
    const byId = all.filter(({ id }) => ids.has(id));
    if (byId.length > 0)
        return byId;
    const ips = new Set(attachments.map(({ ip }) => ip?.v4 ?? ''));
    return all.filter(({ internal_ip }) => internal_ip !== '' && ips.has(internal_ip));
}
/** By id or description; descriptions are not unique. */
function theOne(client, { path, what, name }, all) {
    const found = all.filter(({ id, description }) => id === name.toLowerCase() || description === name);
    if (found.length === 1 && found[0] !== undefined)
        return found[0];
    const ids = found.map(({ id }) => id).join(', ');
    const known = all.map(({ description, id }) => JSON.stringify(description || id)).join(', ') || 'none';
    throw client.complaint({ path }, {
        kind: found.length === 0 ? 'missing' : 'rejected',
        came: `${found.length || 'no'} ${what} ${JSON.stringify(name)}`,
        advice: found.length === 0 ? `check --group: there are ${known}` : `give --group one of the ids ${ids}`,
    });
}
function nobody(client, group, region) {
    const came = `no instance in ${region} belongs to ${JSON.stringify(group)}`;
    const advice = 'check --group, and that the machines are in it';
    return client.complaint({ path: '/instances' }, { kind: 'missing', came, advice });
}
/** VPCs by which private addresses are told apart; none where nobody has such an address or they cannot be known. */
export async function networksOf(client, some, signal) {
    if (some.every(({ internal_ip }) => internal_ip === ''))
        return [];
    return allVpcs(client, signal).catch((error) => {
        if (isNoSuch(error) || (error instanceof ProviderError && error.kind === 'denied'))
            return [];
        throw error;
    });
}
function allVpcs(client, signal) {
    return client.list({ path: '/vpcs' }, 'vpcs', Vpc, signal);
}
export function describe(instance) {
    const { addresses, ...rest } = member(instance, []);
    return { ...rest, addresses: addresses.map(({ ip }) => ip) };
}
export function member(instance, networks) {
    return {
        instance: instance.id,
        node: nodeId(instance.id),
        ...(instance.label !== '' && { name: instance.label }),
        zone: instance.region,
        state: stateOf(instance),
        addresses: addresses(instance, networks),
    };
}
export function nodeId(instance) {
    return instance.replaceAll('-', '');
}
/** What the hypervisor knows of it; whether its system answers is another matter. */
function stateOf({ status, power_status, server_status }) {
    if (server_status === 'locked')
        return power_status === 'running' ? 'running' : 'unknown';
    if (power_status === 'stopped')
        return 'off';
    return power_status === 'running' && status === 'active' ? 'running' : 'unknown';
}
/** Own addresses, the main one first. Reserved ones are in none of these fields. */
export function addresses(instance, networks) {
    const six = instance.v6_main_ip || (instance.v6_networks?.[0]?.main_ip ?? '');
    return [instance.main_ip, six, instance.internal_ip]
        .map(canonicalAddress)
        .filter((ip) => ip !== null)
        .map((ip) => ({ ip, network: networkOf(ip, instance, networks), private: isPrivate(ip) }));
}
/** Its VPC where only one can be meant; else a network of its own, so that nobody is thought to be a neighbour. */
function networkOf(ip, { internal_ip, region, id }, networks) {
    if (ip !== canonicalAddress(internal_ip))
        return 'public';
    const [only, ...more] = networks.filter((vpc) => vpc.region === region && inNetwork(ip, `${vpc.v4_subnet}/${vpc.v4_subnet_mask}`));
    return only !== undefined && more.length === 0 ? only.id : `private network of ${id}`;
}
