import type { IpAddress } from '../core/index.ts';
import { type Receive, type Transport, usualPort } from '../ports/transport.ts';
import { Links } from './links.ts';
import type { World } from './world.ts';

/** How the network treats datagrams; everything may be changed while it runs. */
export interface Weather {
  /** Probabilities. */
  loss: number;
  duplication: number;
  /** One-way delay in ms, even between the two; a wide range reorders. */
  delayMin: number;
  delayMax: number;
}

/** A network of hosts. Links are directed: `a>b` may be cut while `b>a` works. */
export interface Network {
  readonly weather: Weather;
  /** A socket of a process on that host; one at a time. Closing it makes the host refuse. */
  attach(host: IpAddress, deliver: (run: () => void) => void): Transport;
  cut(from: IpAddress, to: IpAddress): void;
  heal(from: IpAddress, to: IpAddress): void;
  healAll(): void;
  isCut(from: IpAddress, to: IpAddress): boolean;
  /** Delays what goes that way by so much more; the other way is as it was. Healing all ends it. */
  slow(from: IpAddress, to: IpAddress, ms: number): void;
  /** When a datagram was last lost on that link, or was on its way for too long. */
  lostAt(from: IpAddress, to: IpAddress): number;
}

interface Socket {
  receive: Receive;
  refused: (peer: IpAddress) => void;
  readonly deliver: (run: () => void) => void;
}

interface Link {
  cut: boolean;
  /** Added to every delay. */
  slowMs: number;
  lostAt: number;
}

export function createNetwork(world: World): Network {
  const sockets = new Map<IpAddress, Socket>();
  const links = new Links<Link>(() => ({ cut: false, slowMs: 0, lostAt: Number.NEGATIVE_INFINITY }));
  const weather: Weather = { loss: 0, duplication: 0, delayMin: 0.2, delayMax: 2 };

  const delay = () => weather.delayMin + world.random() * (weather.delayMax - weather.delayMin);

  function transmit(from: IpAddress, to: IpAddress, arrive: () => void): void {
    const link = links.of(from, to);
    if (link.cut || world.random() < weather.loss) {
      link.lostAt = world.now;
      return;
    }
    if (link.slowMs > 0) link.lostAt = world.now + link.slowMs;
    world.after(link.slowMs + delay(), arrive);
    if (world.random() < weather.duplication) world.after(link.slowMs + delay(), arrive);
  }

  function carry(bytes: Uint8Array, from: IpAddress, to: IpAddress): boolean {
    const socket = sockets.get(to);
    if (!socket) return false;
    socket.deliver(() => socket.receive(bytes, from, usualPort));
    return true;
  }

  /** A host without a socket answers a probe by a refusal, as ICMP port unreachable. */
  function refuse(from: IpAddress, to: IpAddress): void {
    transmit(to, from, () => {
      const prober = sockets.get(from);
      prober?.deliver(() => prober.refused(to));
    });
  }

  function attach(host: IpAddress, deliver: (run: () => void) => void): Transport {
    const socket: Socket = { receive: () => {}, refused: () => {}, deliver };
    sockets.set(host, socket);
    return {
      send(bytes, to) {
        transmit(host, to, () => void carry(bytes, host, to));
      },
      probe(bytes, to) {
        transmit(host, to, () => {
          if (!carry(bytes, host, to)) refuse(host, to);
        });
      },
      listen(receive, refused) {
        socket.receive = receive;
        socket.refused = refused;
      },
      async close() {
        if (sockets.get(host) === socket) sockets.delete(host);
      },
    };
  }

  return {
    weather,
    attach,
    cut: (from, to) => {
      links.of(from, to).cut = true;
    },
    heal: (from, to) => {
      links.of(from, to).cut = false;
    },
    healAll: () => {
      for (const link of links.all()) Object.assign(link, { cut: false, slowMs: 0 });
    },
    isCut: (from, to) => links.of(from, to).cut,
    slow: (from, to, ms) => {
      links.of(from, to).slowMs = ms;
    },
    lostAt: (from, to) => links.of(from, to).lostAt,
  };
}
