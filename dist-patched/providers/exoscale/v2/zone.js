import { isZone, ownZone } from "../metadata.js";
import { Client } from "./client.js";
/**
 * The zone that the endpoint names, else that of this machine. `GET /zone`, which lists the endpoints, is not asked:
 * the name of the zone is the endpoint.
 */
export async function zoneOf(settings, signal) {
    const { apiKey, apiSecret } = settings;
    if (apiKey === undefined || apiSecret === undefined)
        throw new Error('settings were not checked');
    const name = await zoneName(settings, signal);
    const endpoint = settings.endpoint?.replace(/\/+$/, '') ?? endpointOf(name);
    return { name, client: new Client({ endpoint, apiKey, apiSecret }) };
}
export function endpointOf(zone) {
    return `https://api-${zone}.exoscale.com/v2`;
}
/** Of an endpoint that is not Exoscale's own (a proxy), metadata tells the zone; where it cannot, the host is named. */
async function zoneName(settings, signal) {
    if (settings.endpoint === undefined)
        return ownZone(settings, signal);
    const { hostname } = new URL(settings.endpoint);
    const zone = /^api-([a-z0-9-]+)\.exoscale\.com$/.exec(hostname)?.[1] ?? '';
    if (isZone(zone))
        return zone;
    return settings.instance === undefined ? ownZone(settings, signal) : hostname;
}
