import { canonicalAddress } from "../../../src/wire/address.js";
import { isZone } from "../metadata.js";
import { ElasticIp } from "./answers.js";
import { holds, managed } from "./machines.js";
import { eachInstance, elasticIps, instanceIds } from "./questions.js";
import { endpointOf, zoneOf } from "./zone.js";
/** The Elastic IPs of the organisation in one zone: that of the endpoint, else that of this machine. */
export function addressBook(settings) {
    return {
        list: async (signal) => list(await zoneOf(settings, signal), signal),
        reserve: async ({ zone, family }, signal) => reserve(await wishedZone(settings, zone, signal), family, signal),
        release: async (address, signal) => release(await zoneOf(settings, signal), address, signal),
    };
}
async function list(zone, signal) {
    const all = await elasticIps(zone, signal);
    if (all.length === 0)
        return [];
    const machines = await eachInstance(zone, await instanceIds(zone, signal), signal);
    return all.map((one) => {
        const holders = machines.filter((machine) => holds(machine, one)).map(({ id }) => id);
        return shared(one, zone, holders);
    });
}
async function reserve(zone, family, signal) {
    const { client } = zone;
    const body = { addressfamily: family === 6 ? 'inet6' : 'inet4', description: 'reserved by ha-ip' };
    const started = await client.start('create-elastic-ip', { body }, signal);
    const { reference } = await client.finished('create-elastic-ip', { body }, started, signal);
    if (reference?.id != null) {
        return shared(await client.ask('get-elastic-ip', { id: reference.id }, ElasticIp, signal), zone, []);
    }
    throw client.complaint('create-elastic-ip', {
        kind: 'unavailable',
        came: 'done, but the operation does not name the address',
        advice: 'find it with: ha-ip address list',
        mayHaveHappened: true,
    });
}
/** Of IPv6 the prefix goes as a whole: it must be named as `list` names it. */
async function release(zone, address, signal) {
    const { client } = zone;
    const all = await elasticIps(zone, signal);
    const found = all.find(({ ip }) => canonicalAddress(ip) === canonicalAddress(address));
    if (found === undefined) {
        const came = `no Elastic IP ${address} in zone ${zone.name}`;
        throw client.complaint('list-elastic-ips', { kind: 'missing', came });
    }
    const input = { id: found.id };
    const started = await client.start('delete-elastic-ip', input, signal);
    await client.finished('delete-elastic-ip', input, started, signal);
}
/** A wish for another zone of Exoscale goes to that zone's endpoint; another host's endpoint has but one zone. */
async function wishedZone(settings, wished, signal) {
    const host = settings.endpoint === undefined ? '.exoscale.com' : new URL(settings.endpoint).hostname;
    const goes = wished !== undefined && isZone(wished) && host.endsWith('.exoscale.com');
    const zone = await zoneOf(goes ? { ...settings, endpoint: endpointOf(wished) } : settings, signal);
    if (wished === undefined || zone.name === wished)
        return zone;
    throw zone.client.complaint('create-elastic-ip', {
        kind: 'rejected',
        came: `not sent: the endpoint is of zone ${zone.name}, not ${JSON.stringify(wished)}`,
        advice: 'give --zone as Exoscale writes it, such as ch-gva-2',
    });
}
function shared(one, zone, holders) {
    const [reason, label] = [managed(one), one.description];
    return {
        address: canonicalAddress(one.ip) ?? one.ip,
        id: one.id,
        zone: zone.name,
        holders,
        ...(reason !== undefined && { managed: reason }),
        ...(label != null && label !== '' && { label }),
    };
}
