import { DgramAsPromised } from 'dgram-as-promised';
import { isIPv6 } from "../wire/address.js";
import { portOwner } from "./port-owner.js";
/**
 * Listens on one UDP socket, through which all advertisements leave as well; probes have sockets of their own.
 * The port is bound exclusively: with SO_REUSEADDR any local user could bind it too and receive what is ours.
 * @throws Error - one line: which address and port, why, and for a taken port who has it. Nothing is left open.
 */
export async function createUdpTransport({ host, port, peerPort }) {
    let received = 0;
    let receive = () => { };
    let refused = () => { };
    // By callback: the async iterator of dgram-as-promised listens only between two calls and loses what comes meanwhile.
    const main = createSocket(host, (bytes, { address, port: from }) => {
        received += 1;
        receive(bytes, withoutZone(address), from);
    });
    const bound = await bind(main, host, port);
    enlargeQueue(main);
    const destination = peerPort ?? bound;
    const probes = new ProbeSockets(host, destination, (peer) => refused(peer));
    let closed;
    return {
        port: bound,
        received: () => received,
        listen(nextReceive, nextRefused) {
            receive = nextReceive;
            refused = nextRefused;
        },
        send(bytes, to) {
            // The raw socket's: `send` of dgram-as-promised fails once for every error that came in between.
            if (closed === undefined)
                main.socket.send(bytes, destination, to, ignore);
        },
        probe(bytes, to) {
            if (closed === undefined)
                probes.send(bytes, to);
        },
        close() {
            closed ??= Promise.all([main.close(), probes.close()]).then(ignore);
            return closed;
        },
    };
}
/** Many probe intervals (200 ms at most): only a socket of no more use is closed. */
const probeIdleMs = 10_000;
/** A backup probes one holder per shared address; a probe too many opens its socket anew, which is slower, not wrong. */
const probesMax = 8;
/**
 * Sockets connected to one peer each: only to those the kernel reports refusals (ICMP port unreachable). The least
 * recently used comes first.
 */
class ProbeSockets {
    #host;
    #port;
    #refused;
    #open = new Map();
    constructor(host, port, refused) {
        this.#host = host;
        this.#port = port;
        this.#refused = refused;
    }
    send(bytes, to) {
        const probe = this.#use(to);
        probe.queue = probe.queue.then(() => this.#transmit(bytes, probe)).catch(() => this.#drop(probe));
    }
    async close() {
        await Promise.all([...this.#open.values()].map((probe) => this.#drop(probe)));
    }
    #use(peer) {
        const probe = this.#open.get(peer) ?? this.#connect(peer);
        probe.idle.refresh();
        this.#open.delete(peer);
        this.#open.set(peer, probe);
        for (const oldest of this.#open.values()) {
            if (this.#open.size > probesMax)
                this.#drop(oldest);
        }
        return probe;
    }
    #connect(peer) {
        const sap = createSocket(this.#host);
        const connected = connect(sap, this.#host, this.#port, peer);
        sap.socket.on('error', (error) => this.#notice(error, probe));
        const probe = {
            peer,
            socket: sap.socket,
            connected,
            queue: connected,
            idle: setTimeout(() => this.#drop(probe), probeIdleMs).unref(),
            close: () => sap.close(),
        };
        return probe;
    }
    /**
     * The kernel may answer a send with the refusal of an earlier probe, and then has not sent this one: it goes out
     * once more. The kernel keeps one refusal only, hence the queue: each probe asks, and each refusal counts once.
     */
    async #transmit(bytes, probe) {
        const refused = await this.#attempt(bytes, probe);
        if (refused)
            await this.#attempt(bytes, probe);
    }
    #attempt(bytes, probe) {
        return new Promise((resolve) => {
            if (!this.#isOpen(probe))
                return resolve(false);
            probe.socket.send(bytes, (error) => resolve(this.#notice(error, probe)));
        });
    }
    /** Whether it was a refusal. Every other error says something of us or of the path, nothing of the peer. */
    #notice(error, probe) {
        const refused = codeOf(error) === 'ECONNREFUSED' && this.#isOpen(probe);
        if (refused)
            this.#refused(probe.peer);
        return refused;
    }
    #isOpen(probe) {
        return this.#open.get(probe.peer) === probe;
    }
    async #drop(probe) {
        if (!this.#isOpen(probe))
            return;
        this.#open.delete(probe.peer);
        clearTimeout(probe.idle);
        await probe.connected.catch(ignore);
        await probe.close();
    }
}
function createSocket(host, receive) {
    const family = isIPv6(host) ? 6 : 4;
    return DgramAsPromised.createSocket({
        type: family === 6 ? 'udp6' : 'udp4',
        ipv6Only: family === 6,
        // Addresses are literals. Node's own look-up would put them, or what is none, through the resolver's threads.
        lookup: (address, _options, found) => found(null, address, family),
    }, receive);
}
/** The bound port. A socket whose bind failed is closed: it could not be bound again. */
async function bind(sap, host, port) {
    try {
        return (await sap.bind({ address: host, port, exclusive: true })).port;
    }
    catch (error) {
        await sap.close();
        throw new Error(`cannot listen on ${endpoint(host, port)} (UDP): ${bindFailure(error, host, port)}`, {
            cause: error,
        });
    }
}
function bindFailure(error, host, port) {
    switch (codeOf(error)) {
        case 'EADDRINUSE':
            return `the port is taken by ${portOwner(host, port) ?? 'another process'}; run: ss -ulpn 'sport = :${port}'`;
        case 'EADDRNOTAVAIL':
            return 'this machine does not have the address; run: ip -brief address';
        case 'EACCES':
            return 'this user may not bind the port; choose one above 1023';
        default:
            return error instanceof Error ? error.message : String(error);
    }
}
async function connect(sap, host, port, to) {
    await sap.bind({ address: host, port: 0, exclusive: true });
    await new Promise((resolve, reject) => {
        sap.socket.once('error', reject);
        sap.socket.connect(port, to, (error) => (error ? reject(error) : resolve()));
    });
}
/** Room for bursts while the process is busy. The system may give less (net.core.rmem_max). */
function enlargeQueue(sap) {
    try {
        sap.setRecvBufferSize(1024 * 1024);
    }
    catch {
        // The default queue holds some 200 advertisements, which does for a small group.
    }
}
/** Link-local addresses arrive as `fe80::1%eth0`. */
function withoutZone(address) {
    const zone = address.indexOf('%');
    return zone === -1 ? address : address.slice(0, zone);
}
function endpoint(host, port) {
    return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
function codeOf(error) {
    return error?.code;
}
function ignore() { }
