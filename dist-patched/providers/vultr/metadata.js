import * as v from 'valibot';
import { failure, request } from "../../src/adapters/http.js";
import { canonicalAddress, inNetwork, isIPv6 } from "../../src/wire/address.js";
import { Metadata } from "./answers.js";
/** The literal address needs no name server, and the link-local one no route. */
const METADATA = 'http://169.254.169.254';
/** @throws unavailable - nobody answers there as Vultr does */
export async function tell(provider, settings, signal, timeoutMs = 1000) {
    const asked = {
        provider,
        method: 'GET',
        url: `${(settings.metadata ?? METADATA).replace(/\/+$/, '')}/v1.json`,
        write: false,
        // Which content type it has is not documented.
        expect: 'text',
        signal,
        timeoutMs,
        anonymous: true,
        advice: 'run on the instance itself, or give its id with --instance',
        ...(settings.source !== undefined && { localAddress: settings.source }),
    };
    const result = v.safeParse(Metadata, parsed((await request(asked)).text));
    if (result.success)
        return inWords(result.output);
    // The text itself is never shown: user data and passwords may be in it.
    const where = v.getDotPath(result.issues[0]) ?? 'the whole';
    throw failure(asked, { kind: 'unavailable', came: `no metadata of Vultr (${where} is not as expected)` });
}
function parsed(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined;
    }
}
function inWords(metadata) {
    const { interfaces } = metadata;
    const open = interfaces.find((one) => one['network-type'] === 'public');
    const more = interfaces.flatMap(({ ipv4, ipv6 }) => [
        ...(ipv4?.additional ?? []),
        ...(ipv6?.additional ?? []),
    ]);
    return {
        instance: metadata['instance-v2-id'],
        region: metadata.region.regioncode,
        main: canonicalAddress(open?.ipv4?.address ?? ''),
        additional: more.map(({ address, network, prefix }) => address || `${network}/${prefix}`),
    };
}
/** Whether one of the texts, from metadata or the API, is the address or a network with it. */
export function isNamed(address, texts) {
    return texts.some((text) => canonicalAddress(text) === address || isWithin(address, text));
}
function isWithin(address, text) {
    const [network = '', prefix = ''] = text.split('/');
    const first = canonicalAddress(network);
    if (first === null || !/^\d{1,3}$/.test(prefix))
        return false;
    return Number(prefix) <= (isIPv6(first) ? 128 : 32) && inNetwork(address, `${first}/${prefix}`);
}
