import { ProviderError } from "../../../src/ports/provider.js";
import { isUuid } from "../metadata.js";
import { ElasticIp, Instance, InstancePool, ListedInstance, PrivateNetwork, Ref, SecurityGroup, } from "./answers.js";
import { covers } from "./machines.js";
/** What is asked of a zone, what is believed of the answers, and what is said if they are not as hoped. */
/** null: the cloud answered that there is no such instance. */
export async function findInstance(zone, instance, signal) {
    const id = instance.toLowerCase();
    if (!isUuid(id))
        throw unknownInstance(zone, instance);
    return zone.client.lookUp('get-instance', id, Instance, signal);
}
export async function theInstance(zone, instance, signal) {
    const machine = await findInstance(zone, instance, signal);
    if (machine === null)
        throw unknownInstance(zone, instance);
    return machine;
}
/**
 * Each in full: only `get-instance` shows the addresses that an instance holds. Those that are gone by now are left
 * out: they hold nothing. No more than eight are asked at once, because the limits of the API are not known.
 */
export async function eachInstance(zone, ids, signal) {
    const found = [];
    for (let from = 0; from < ids.length; from += 8) {
        const some = ids.slice(from, from + 8).map((id) => findInstance(zone, id, signal));
        found.push(...(await Promise.all(some)).filter((machine) => machine !== null));
    }
    return found;
}
/**
 * Instances that may hold the address. The API ignores parameters that it does not know, without a word: then these
 * are all instances of the zone. Whether one does hold it, its own description tells.
 */
export function mayHold(zone, { ip }, signal) {
    return instanceIds(zone, signal, { 'ip-address': ip });
}
export async function instanceIds({ client }, signal, query = {}) {
    const listed = await client.list('list-instances', 'instances', Ref, signal, query);
    return [...new Set(listed.map(({ id }) => id))];
}
/** All instances of the zone. We are one of them: an answer without us is not the whole list. */
export async function zoneInstances({ client }, self, signal) {
    const listed = await client.list('list-instances', 'instances', ListedInstance, signal);
    if (listed.some(({ id }) => id === self))
        return listed;
    const came = `${listed.length} instances, but not this one (${self})`;
    throw client.complaint('list-instances', { kind: 'unavailable', came });
}
export function elasticIps({ client }, signal) {
    return client.list('list-elastic-ips', 'elastic-ips', ElasticIp, signal);
}
export async function theElasticIp(zone, address, signal) {
    const all = await elasticIps(zone, signal);
    const found = all.find((one) => covers(one, address));
    if (found !== undefined)
        return found;
    const known = all.map(({ cidr, ip }) => cidr ?? ip).join(', ') || 'none';
    throw zone.client.complaint('list-elastic-ips', {
        kind: 'missing',
        came: `no Elastic IP ${address} in zone ${zone.name}`,
        advice: `check --address (there are ${known}), its zone, and that the API key is of its organisation`,
    });
}
/**
 * The ids of the security group of this name. Instances are compared by id: whether a list of them also fills in the
 * names of their groups is not known.
 */
export async function groupIds({ client }, group, signal) {
    const wanted = securityGroupName(group);
    if (wanted === null) {
        throw client.complaint('list-security-groups', {
            kind: 'rejected',
            came: `not asked for the group ${JSON.stringify(group)}`,
            advice: 'on Exoscale a group is the name of a security group, without a prefix',
        });
    }
    const groups = await client.list('list-security-groups', 'security-groups', SecurityGroup, signal);
    const found = groups.filter(({ name }) => name === wanted);
    if (found.length > 0)
        return new Set(found.map(({ id }) => id));
    throw client.complaint('list-security-groups', {
        kind: 'missing',
        came: `no security group ${JSON.stringify(wanted)}`,
        advice: `check --group: there are ${groups.map(({ name }) => JSON.stringify(name)).join(', ') || 'none'}`,
    });
}
function securityGroupName(group) {
    return /^(tag|vpc):/.test(group) ? null : group.replace(/^firewall:/, '');
}
/** Asked only where one of the machines is in one, and done without where the key may not ask. */
export async function privateNetworks({ client }, machines, signal) {
    if (machines.every((machine) => machine['private-networks'].length === 0))
        return [];
    const asked = client.list('list-private-networks', 'private-networks', PrivateNetwork, signal);
    return (await asked.catch(orDenied)) ?? [];
}
/** Of an instance that a pool made: the pool, if it may be asked for and gives the address to all its members. */
export async function givingPool({ client }, { manager }, elasticIp, signal) {
    if (manager?.type !== 'instance-pool')
        return null;
    const pool = await client.lookUp('get-instance-pool', manager.id, InstancePool, signal).catch(orDenied);
    const gives = pool?.['elastic-ips'].some(({ id }) => id === elasticIp.id) ?? false;
    return gives ? { name: pool?.name ?? manager.id } : null;
}
/** For what would be good to know: keys of few rights may not ask everything. */
function orDenied(error) {
    if (error instanceof ProviderError && error.kind === 'denied')
        return null;
    throw error;
}
function unknownInstance({ name, client }, instance) {
    return client.complaint('get-instance', {
        kind: 'missing',
        came: `no instance ${JSON.stringify(instance)} in zone ${name}`,
        advice: 'check --instance and --endpoint, and that the API key is of the organisation of the instance',
    });
}
