import * as v from 'valibot';
import { canonicalAddress } from "../../src/wire/address.js";
/** What is read of the API's answers; all else in them is ignored. */
const Text = v.nullish(v.string());
/** Of droplets and actions. Droplet ids are texts from here on, as the contract's instance ids are. */
const Whole = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const Id = v.pipe(Whole, v.transform(String));
/** By value: metadata and API spell IPv6 addresses differently. */
const Ip = v.pipe(v.string(), v.transform((text) => canonicalAddress(text) ?? text));
const Texts = v.nullish(v.array(v.string()), []);
const Network = v.object({
    ip_address: Ip,
    netmask: v.nullish(v.union([v.string(), v.number()])),
    type: Text,
});
const Networks = v.nullish(v.array(Network), []);
/** Fields may be missing: without their scope the API leaves them out, without a word. */
export const Droplet = v.object({
    id: Id,
    name: Text,
    status: Text,
    locked: v.nullish(v.boolean(), false),
    region: v.nullish(v.object({ slug: v.string() })),
    tags: Texts,
    vpc_uuid: Text,
    networks: v.nullish(v.object({ v4: Networks, v6: Networks })),
});
/** `droplet` absent is told apart from null by nobody: neither proves that the address is free (addresses.ts). */
const Held = { ip: Ip, droplet: v.nullish(Droplet, null) };
export const Reserved4 = v.pipe(v.object({ ...Held, region: v.object({ slug: v.string() }), locked: v.nullish(v.boolean(), false) }), v.transform(({ region, ...rest }) => ({ ...rest, region: region.slug })));
export const Reserved6 = v.pipe(v.object({ ...Held, region_slug: v.string() }), v.transform(({ ip, droplet, region_slug }) => ({ ip, droplet, region: region_slug, locked: false })));
export const OneReserved4 = v.pipe(v.object({ reserved_ip: Reserved4 }), v.transform(({ reserved_ip }) => reserved_ip));
/** At its launch the API answered without the wrapper (openapi#951): both are read. */
export const OneReserved6 = v.union([
    v.pipe(v.object({ reserved_ipv6: Reserved6 }), v.transform(({ reserved_ipv6 }) => reserved_ipv6)),
    Reserved6,
]);
/** `type` and `resource_id` differ between versions of the API and are never looked at, but to be shown. */
const Action = v.object({ id: Whole, status: v.string(), type: Text });
export const OneAction = v.pipe(v.object({ action: Action }), v.transform(({ action }) => action));
/** One page of a list: the array under its own key, and the way on. */
export const Page = v.looseObject({
    links: v.nullish(v.object({ pages: v.nullish(v.object({ next: Text })) })),
    meta: v.nullish(v.object({ total: v.nullish(v.pipe(v.number(), v.integer())) })),
});
export const OneDroplet = v.pipe(v.object({ droplet: Droplet }), v.transform(({ droplet }) => droplet));
export const Tag = v.object({ name: v.string() });
export const Vpc = v.object({ id: v.string(), name: Text, region: Text });
export const VpcMember = v.object({ urn: v.string(), name: Text });
export const Firewall = v.object({
    id: v.string(),
    name: Text,
    droplet_ids: v.nullish(v.array(Id), []),
    tags: Texts,
});
export const Events = v.object({ actions: v.array(Action) });
/** The body of every error. `request_id` is what DigitalOcean's support asks for. */
export const Trouble = v.object({ id: v.string(), message: v.string(), request_id: Text });
