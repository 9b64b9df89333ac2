import { Links } from "./links.js";
const port = 12345;
export function createNetwork(world) {
    const sockets = new Map();
    const links = new Links(() => ({ cut: false, slowMs: 0, lostAt: Number.NEGATIVE_INFINITY }));
    const weather = { loss: 0, duplication: 0, delayMin: 0.2, delayMax: 2 };
    const delay = () => weather.delayMin + world.random() * (weather.delayMax - weather.delayMin);
    function transmit(from, to, arrive) {
        const link = links.of(from, to);
        if (link.cut || world.random() < weather.loss) {
            link.lostAt = world.now;
            return;
        }
        if (link.slowMs > 0)
            link.lostAt = world.now + link.slowMs;
        world.after(link.slowMs + delay(), arrive);
        if (world.random() < weather.duplication)
            world.after(link.slowMs + delay(), arrive);
    }
    function carry(bytes, from, to) {
        const socket = sockets.get(to);
        if (!socket)
            return false;
        socket.deliver(() => {
            network.onDelivery?.(bytes, from, to);
            socket.receive(bytes, from, port);
        });
        return true;
    }
    /** A host without a socket answers a probe by a refusal, as ICMP port unreachable. */
    function refuse(from, to) {
        transmit(to, from, () => {
            const prober = sockets.get(from);
            prober?.deliver(() => prober.refused(to));
        });
    }
    function attach(host, deliver) {
        const socket = { receive: () => { }, refused: () => { }, deliver };
        sockets.set(host, socket);
        return {
            send(bytes, to) {
                network.onSend?.(bytes, host, to);
                transmit(host, to, () => void carry(bytes, host, to));
            },
            probe(bytes, to) {
                network.onSend?.(bytes, host, to);
                transmit(host, to, () => {
                    if (!carry(bytes, host, to))
                        refuse(host, to);
                });
            },
            listen(receive, refused) {
                socket.receive = receive;
                socket.refused = refused;
            },
            async close() {
                if (sockets.get(host) === socket)
                    sockets.delete(host);
            },
        };
    }
    const network = {
        weather,
        attach,
        cut: (from, to) => {
            links.of(from, to).cut = true;
        },
        heal: (from, to) => {
            links.of(from, to).cut = false;
        },
        healAll: () => {
            for (const link of links.all())
                Object.assign(link, { cut: false, slowMs: 0 });
        },
        isCut: (from, to) => links.of(from, to).cut,
        slow: (from, to, ms) => {
            links.of(from, to).slowMs = ms;
        },
        lostAt: (from, to) => links.of(from, to).lostAt,
        onDelivery: null,
        onSend: null,
    };
    return network;
}
