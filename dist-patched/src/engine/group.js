import { inNetwork, isIPv6 } from "../wire/address.js";
/**
 * The machines of a group as members. `auto`: the private network if every machine has an address in one of this
 * instance's own private networks, else the public addresses. A machine without a suitable address is left out: it
 * cannot be heard; datagrams are accepted from any address of a member.
 */
export function chooseAddresses(machines, own, choice) {
    const usable = machines.map((machine) => ({ machine, addresses: usableAddresses(machine, own) }));
    const suits = suitability(usable.map(({ addresses }) => addresses), own, choice);
    return usable.flatMap(({ machine, addresses }) => {
        const address = addresses.find(suits)?.ip;
        return address === undefined ? [] : [member(machine, address, addresses)];
    });
}
function usableAddresses(machine, own) {
    return machine.addresses.filter(({ ip }) => isIPv6(ip) === isIPv6(own.listen) && !own.shared.includes(ip));
}
function suitability(all, own, choice) {
    if (typeof choice === 'object')
        return ({ ip }) => inNetwork(ip, choice.cidr);
    if (choice === 'private')
        return (address) => address.private;
    if (choice === 'public')
        return (address) => !address.private;
    const inOwnPrivate = (address) => address.private && own.addresses.some((mine) => mine.private && mine.network === address.network);
    const everyoneHasOne = all.length > 0 && all.every((addresses) => addresses.some(inOwnPrivate));
    return everyoneHasOne
        ? inOwnPrivate
        : (address) => !address.private || all.every((some) => some.every((one) => one.private));
}
function member(machine, address, addresses) {
    const { instance, node, name } = machine;
    return { address, addresses: addresses.map(({ ip }) => ip), instance, node, name };
}
