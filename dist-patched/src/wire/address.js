import ipaddr from 'ipaddr.js';
/** The canonical text of an address, or null if the text is none. `/32` and `/128` are accepted and dropped. */
export function canonicalAddress(text) {
    const bare = text.trim().replace(/^\[(.*)\]$/, '$1');
    const [host, prefix, ...rest] = bare.split('/');
    if (host === undefined || rest.length > 0 || !isFourPartOrSix(host))
        return null;
    const parsed = ipaddr.process(host);
    if (prefix !== undefined && prefix !== (parsed.kind() === 'ipv4' ? '32' : '128'))
        return null;
    return parsed.toString();
}
/** ipaddr.js also reads `10.1` and `0x7f.1`, which nobody means. */
function isFourPartOrSix(host) {
    return (ipaddr.IPv4.isValidFourPartDecimal(host) ||
        (host.includes(':') && ipaddr.IPv6.isValid(host) && !host.includes('%')));
}
export function isIPv6(address) {
    return address.includes(':');
}
/** 4 bytes of an IPv4 address, 16 of an IPv6 one. */
export function addressBytes(address) {
    return Uint8Array.from(ipaddr.parse(address).toByteArray());
}
/** 16 bytes, IPv4 addresses mapped. */
export function addressBytes16(address) {
    const parsed = ipaddr.parse(address);
    const six = parsed.kind() === 'ipv4' ? parsed.toIPv4MappedAddress() : parsed;
    return Uint8Array.from(six.toByteArray());
}
/** The reverse of both; mapped IPv4 addresses come back as IPv4. */
export function addressFromBytes(bytes) {
    const parsed = ipaddr.fromByteArray([...bytes]);
    return ipaddr.process(parsed.toString()).toString();
}
/** Whether the address is of a private range (RFC 1918, RFC 4193). */
export function isPrivate(address) {
    return ['private', 'uniqueLocal'].includes(ipaddr.parse(address).range());
}
/** Whether the address lies in the network, given as `address/prefix`. */
export function inNetwork(address, cidr) {
    const parsed = ipaddr.parse(address);
    const [network, prefix] = ipaddr.parseCIDR(cidr);
    return parsed.kind() === network.kind() && parsed.match([network, prefix]);
}
