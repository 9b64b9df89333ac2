import { canonicalAddress, inNetwork, isIPv6, isPrivate } from "../../../src/wire/address.js";
/** What API v2 says of a machine, in the words of the contract. */
export function describe(machine, zone) {
    const { addresses, ...rest } = member(machine, zone, []);
    return { ...rest, addresses: addresses.map(({ ip }) => ip) };
}
/** With its addresses in private networks, where these are managed and known. */
export function member(machine, zone, networks) {
    const name = machine.name == null ? {} : { name: machine.name };
    return {
        instance: machine.id,
        node: nodeId(machine),
        ...name,
        zone,
        state: stateOf(machine),
        addresses: addresses(machine, networks),
    };
}
/** API v2 does not show NICs: the instance's own UUID stands for its node. */
export function nodeId({ id }) {
    return id.replaceAll('-', '');
}
/** Own addresses: the public ones, then those in private networks. */
export function addresses(machine, networks) {
    const open = [machine['public-ip'], machine['ipv6-address']].map((text) => ({ text, network: 'public' }));
    const leased = networks.flatMap(({ id, leases }) => leases
        .filter((lease) => lease['instance-id'] === machine.id)
        .map(({ ip }) => ({ text: ip, network: id })));
    return [...open, ...leased]
        .map(({ text, network }) => ({ ip: canonicalAddress(text ?? ''), network }))
        .flatMap(({ ip, network }) => (ip === null ? [] : [{ ip, network, private: isPrivate(ip) }]));
}
export function holds(machine, elasticIp) {
    return machine['elastic-ips'].some(({ id }) => id === elasticIp.id);
}
/** Whether it is the address that is meant: of IPv6, every address of the prefix means the whole prefix. */
export function covers({ ip, cidr }, address) {
    const own = canonicalAddress(ip);
    if (own === null || own === address)
        return own === address;
    return isIPv6(own) && isIPv6(address) && inNetwork(address, cidr ?? `${own}/96`);
}
/** Why the address must not be moved by us; undefined: it may. */
export function managed({ healthcheck }) {
    if (healthcheck == null)
        return undefined;
    return `it is managed: Exoscale itself moves its traffic by a health check (${healthcheck.mode ?? 'of some mode'})`;
}
/** Migrating, starting and the like are neither running for sure nor off for sure. */
function stateOf({ state }) {
    if (state === 'running')
        return 'running';
    if (['stopped', 'stopping', 'destroying'].includes(state))
        return 'off';
    return ['destroyed', 'expunging'].includes(state) ? 'gone' : 'unknown';
}
