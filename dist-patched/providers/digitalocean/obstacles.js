import { familyOf, holderOf } from "./addresses.js";
import { publicAddresses } from "./droplets.js";
/** What keeps the address from the droplet, or would; what costs no further request first. */
export async function* obstacles({ addresses, droplets }, address, instance, signal) {
    if (address.locked)
        yield underWay(address);
    const droplet = await droplets.one(instance, signal);
    if (droplet === null)
        return yield unknownDroplet(instance);
    const region = droplet.region?.slug ?? address.region;
    if (region !== address.region)
        yield otherRegion(address, region);
    if (droplet.networks != null && publicAddresses(droplet, 4).length === 0)
        yield notPublic(instance);
    const event = droplet.locked ? 'an event' : await droplets.event(instance, signal);
    if (event !== null)
        yield busy(instance, event);
    const family = familyOf(address.ip);
    const reserved = await addresses.list(family, signal);
    const other = reserved.find((one) => holderOf(one) === instance && one.ip !== address.ip);
    if (other !== undefined)
        yield occupied(instance, other.ip, family);
    // Whether DigitalOcean insists is not documented; without IPv6 the address would be of no use in any case.
    if (family === 6 && publicAddresses(droplet, 6).length === 0)
        yield withoutIPv6(instance);
}
export function underWay({ ip }) {
    const came = `an action on ${ip} is under way`;
    return { kind: 'conflict', came, advice: 'wait for its end, which takes seconds' };
}
function busy(instance, event) {
    const came = `droplet ${instance} is busy with ${event}, and takes no address until that has ended`;
    return { kind: 'conflict', came, advice: 'wait for its end; keep backups and resizes of standbys short' };
}
export function unknownDroplet(instance) {
    const came = `no droplet ${JSON.stringify(instance)} in this account`;
    const advice = 'check --instance, and that the token belongs to the team of the droplet';
    return { kind: 'missing', came, advice };
}
export function otherRegion({ ip, region }, own) {
    const came = `${ip} is in region ${region}, the droplet in ${own}`;
    return { kind: 'rejected', came, advice: 'use an address of the region of the droplets' };
}
function notPublic(instance) {
    const came = `droplet ${instance} was made without public networking and can never have a reserved address`;
    return { kind: 'rejected', came, advice: 'make it anew with public networking' };
}
function occupied(instance, other, family) {
    const came = `droplet ${instance} has the reserved address ${other} already, and a droplet has room for one IPv${family}`;
    return { kind: 'rejected', came, advice: `unassign ${other} from it` };
}
function withoutIPv6(instance) {
    const came = `droplet ${instance} has no IPv6`;
    return { kind: 'rejected', came, advice: 'enable it in the control panel, under networking' };
}
