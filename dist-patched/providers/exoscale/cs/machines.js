import { addressBytes, canonicalAddress, inNetwork, isIPv6, isPrivate } from "../../../src/wire/address.js";
/** What the cs API says of a machine, in the words of the contract. */
export function describe(machine) {
    const { instance, node, name, zone, state, addresses } = member(machine);
    return { instance, state, addresses: addresses.map(({ ip }) => ip), ...optional({ node, name, zone }) };
}
export function member(machine) {
    const nic = defaultNic(machine);
    return {
        instance: machine.id,
        state: stateOf(machine),
        addresses: addresses(machine),
        ...optional({ node: nic && nodeId(nic), name: machine.name ?? undefined, zone: zoneName(machine) }),
    };
}
/** Only the default NIC counts for shared addresses. */
export function defaultNic(machine) {
    return machine.nic.find((nic) => nic.isdefault);
}
/** exoip's datagrams carry the UUID of the default NIC: so do ours. */
export function nodeId(nic) {
    return nic.id.replaceAll('-', '');
}
export function zoneName(machine) {
    return machine.zonename ?? machine.zoneid;
}
/** The id of the relation between the machine and the address, which removing it asks for; undefined: not held. */
export function holding(machine, address) {
    // By value: 10.0.0.1 is not 10.0.0.10, and an IPv6 address has many spellings.
    return defaultNic(machine)?.secondaryip.find((held) => canonicalAddress(held.ipaddress) === address)?.id;
}
/** Own addresses, never secondary ones; those of the default NIC first. */
export function addresses(machine) {
    const nics = [...machine.nic].sort((one, other) => Number(other.isdefault) - Number(one.isdefault));
    return nics.flatMap((nic) => [nic.ipaddress, nic.ip6address]
        .map((text) => canonicalAddress(text ?? ''))
        .filter((ip) => ip !== null)
        .map((ip) => ({ ip, network: nic.networkid ?? nic.id, private: isPrivate(ip) })));
}
/** Whether the address lies in the network of one of the machine's NICs. */
export function reaches(machine, address) {
    return machine.nic.some((nic) => {
        const network = isIPv6(address) ? nic.ip6cidr : networkOf(nic);
        return network != null && inNetwork(address, network);
    });
}
function networkOf(nic) {
    const ip = canonicalAddress(nic.ipaddress ?? '');
    const mask = canonicalAddress(nic.netmask ?? '');
    if (ip === null || mask === null || isIPv6(ip) || isIPv6(mask))
        return null;
    const ones = [...addressBytes(mask)].map((byte) => byte.toString(2).replaceAll('0', '').length);
    return `${ip}/${ones.reduce((sum, count) => sum + count, 0)}`;
}
/** CloudStack's names of states. Migrating, Starting and the like are neither running for sure nor off for sure. */
function stateOf(machine) {
    const state = machine.state.toLowerCase();
    if (state === 'running')
        return 'running';
    if (['stopped', 'stopping', 'shutdowned'].includes(state))
        return 'off';
    return ['destroyed', 'expunging'].includes(state) ? 'gone' : 'unknown';
}
/** Leaves out what is undefined, so that results compare as plain data. */
function optional(fields) {
    const known = Object.entries(fields).filter(([, value]) => value !== undefined);
    return Object.fromEntries(known);
}
