import { failure, request } from "../../src/adapters/http.js";
/** The literal address needs no name server, and the link-local one no route. */
const METADATA = 'http://169.254.169.254';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Such as ch-gva-2. It becomes a part of a host name that is sent credentials: nothing else may pass. */
const ZONE = /^[a-z]{2}-[a-z]{2,4}-\d{1,2}$/;
/**
 * What the metadata service of this machine calls it. Anybody who answers on that address could lie: the caller
 * confirms the id by the signed API.
 */
export async function ownInstance(settings, signal) {
    const advice = 'run on the instance itself, or give its id with --instance';
    const text = await metadata(settings, { key: 'instance-id', what: 'UUID', is: isUuid, advice }, signal);
    return text.toLowerCase();
}
/** The zone of this machine, which tells its endpoint. */
export function ownZone(settings, signal) {
    const advice = 'run on the instance itself, or give --endpoint https://api-ZONE.exoscale.com/v2';
    return metadata(settings, { key: 'availability-zone', what: 'zone', is: isZone, advice }, signal);
}
export function isUuid(text) {
    return UUID.test(text);
}
export function isZone(text) {
    return ZONE.test(text);
}
async function metadata(settings, entry, signal) {
    const asked = {
        provider: 'exoscale',
        method: 'GET',
        url: `${(settings.metadata ?? METADATA).replace(/\/+$/, '')}/latest/meta-data/${entry.key}`,
        write: false,
        expect: 'text',
        signal,
        timeoutMs: 1000,
        maxBytes: 64 * 1024,
        anonymous: true,
        advice: entry.advice,
        ...(settings.source !== undefined && { localAddress: settings.source }),
    };
    const text = (await request(asked)).text.trim();
    if (entry.is(text))
        return text;
    const came = `${entry.key} that is no ${entry.what} (${text.length} characters)`;
    throw failure(asked, { kind: 'unavailable', came });
}
