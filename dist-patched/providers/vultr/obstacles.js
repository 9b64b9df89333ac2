import { canonicalAddress } from "../../src/wire/address.js";
import { AccountAnswer } from "./answers.js";
import { findInstance } from "./instances.js";
/** Why the instance could not take the reserved IP now, a line each with what to do. */
export async function obstacles(client, { address, instance, reserved }, signal) {
    const { account } = await client.ask({ path: '/account' }, AccountAnswer, signal);
    const holder = await holderOf(client, instance, reserved, signal);
    return [
        ...ofState(instance),
        ...ofRegion(address, instance, reserved),
        ...ofMainAddress(address, holder),
        ...ofRights(account.acls),
    ];
}
/** States in which Vultr's own tools wait before they change anything. */
function ofState({ id, status, power_status, server_status, vpc_only }) {
    const lines = [];
    if (status !== 'active')
        lines.push(`instance ${id} is ${status}, not active: look at it in the portal`);
    if (power_status !== 'running')
        lines.push(`instance ${id} is ${power_status}: start it`);
    if (['none', 'locked'].includes(server_status))
        lines.push(`instance ${id} is busy (server status ${server_status}): wait until it is ok`);
    if (vpc_only)
        lines.push(`instance ${id} has no public network: reserved IPs need one`);
    return lines;
}
function ofRegion(address, instance, reserved) {
    if (reserved.region === instance.region)
        return [];
    return [
        `${address} is in region ${reserved.region}, this instance in ${instance.region}: use one of its region`,
    ];
}
async function holderOf(client, own, { instance_id }, signal) {
    return instance_id === '' || instance_id === own.id ? own : findInstance(client, instance_id, signal);
}
/** An instance made with a reserved IP as its main address cannot give it away. */
function ofMainAddress(address, holder) {
    if (holder === null || canonicalAddress(holder.main_ip) !== address)
        return [];
    return [`${address} is the main address of instance ${holder.id} and cannot leave it: reserve another one`];
}
/** Which right it takes is not documented; the older API's page called it subscriptions. An empty list says nothing. */
function ofRights(acls) {
    if (acls.length === 0 || acls.some((right) => ['subscriptions', 'provisioning'].includes(right)))
        return [];
    return [
        `the user of the API key may not manage servers (it has ${acls.join(', ')}): in the portal under Account, Users, give it Subscriptions`,
    ];
}
