import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { addressBytes, addressBytes16, isIPv6 } from "../wire/address.js";
/**
 * Who has the UDP port, as far as Linux tells us: `pid 4242 (exoip)`, or the user where the process is not ours to
 * see, or null. Only for a message: it blocks while it reads /proc.
 */
export function portOwner(host, port) {
    const socket = findSocket(host, port);
    if (socket === null)
        return null;
    const pid = findProcess(socket.inode);
    return pid === null ? `a process of user ${socket.uid}` : `pid ${pid} (${programOf(pid)})`;
}
const anyAddress = ['0'.repeat(8), '0'.repeat(32)];
/** The socket that is in the way: of the same address or of all, as `/proc/net/udp` and `udp6` list them. */
function findSocket(host, port) {
    const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
    const own = hexAddress(host);
    const inTheWay = ({ local }) => {
        const [address = '', at] = local.split(':');
        return at === hexPort && (anyAddress.includes(own) || address === own || anyAddress.includes(address));
    };
    return [...rows('/proc/net/udp'), ...rows('/proc/net/udp6')].find(inTheWay) ?? null;
}
function rows(path) {
    const lines = read(path).trimEnd().split('\n').slice(1);
    return lines.map((line) => {
        const columns = line.trim().split(/\s+/);
        return { local: columns[1] ?? '', uid: columns[7] ?? '', inode: columns[9] ?? '' };
    });
}
/** The kernel prints addresses as words in the machine's order: little-endian wherever Node runs but on s390x. */
function hexAddress(host) {
    const bytes = Buffer.from(isIPv6(host) ? addressBytes16(host) : addressBytes(host));
    return bytes.swap32().toString('hex').toUpperCase();
}
function findProcess(inode) {
    const pids = list('/proc').filter((name) => /^\d+$/.test(name));
    return pids.find((pid) => hasSocket(pid, inode)) ?? null;
}
function hasSocket(pid, inode) {
    const directory = `/proc/${pid}/fd`;
    return list(directory).some((fd) => linkOf(`${directory}/${fd}`) === `socket:[${inode}]`);
}
/** The program's name alone, of a script the script's: arguments may hold secrets. */
function programOf(pid) {
    const [program = '', script = ''] = read(`/proc/${pid}/cmdline`).split('\0');
    const name = basename(program);
    return name === 'node' && script !== '' && !script.startsWith('-') ? basename(script) : name;
}
// Processes end, and others' are not ours to read: what cannot be read is empty.
function read(path) {
    try {
        return readFileSync(path, 'utf8');
    }
    catch {
        return '';
    }
}
function list(directory) {
    try {
        return readdirSync(directory);
    }
    catch {
        return [];
    }
}
function linkOf(path) {
    try {
        return readlinkSync(path);
    }
    catch {
        return '';
    }
}
