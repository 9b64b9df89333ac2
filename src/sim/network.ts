import type { IpAddress } from '../core/index.ts';
import type { Receive, Transport } from '../ports/transport.ts';
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
  /** Sees every datagram as it is handed to a receiver. */
  onDelivery: ((bytes: Uint8Array, from: IpAddress, to: IpAddress) => void) | null;
  /** Sees every datagram as it is sent. */
  onSend: ((bytes: Uint8Array, from: IpAddress, to: IpAddress) => void) | null;
}

interface Socket {
  receive: Receive;
  refused: (peer: IpAddress) => void;
  readonly deliver: (run: () => void) => void;
}

const port = 12345;

export function createNetwork(world: World): Network {
  const sockets = new Map<IpAddress, Socket>();
  const cuts = new Set<string>();
  const slowed = new Map<string, number>();
  const losses = new Map<string, number>();
  const weather: Weather = { loss: 0, duplication: 0, delayMin: 0.2, delayMax: 2 };

  const delay = () => weather.delayMin + world.random() * (weather.delayMax - weather.delayMin);
  const isCut = (from: IpAddress, to: IpAddress) => cuts.has(`${from}>${to}`);

  function transmit(from: IpAddress, to: IpAddress, arrive: () => void): void {
    if (isCut(from, to) || world.random() < weather.loss) {
      losses.set(`${from}>${to}`, world.now);
      return;
    }
    const extra = slowed.get(`${from}>${to}`) ?? 0;
    if (extra > 0) losses.set(`${from}>${to}`, world.now + extra);
    world.after(extra + delay(), arrive);
    if (world.random() < weather.duplication) world.after(extra + delay(), arrive);
  }

  function carry(bytes: Uint8Array, from: IpAddress, to: IpAddress): boolean {
    const socket = sockets.get(to);
    if (!socket) return false;
    socket.deliver(() => {
      network.onDelivery?.(bytes, from, to);
      socket.receive(bytes, from, port);
    });
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
        network.onSend?.(bytes, host, to);
        transmit(host, to, () => void carry(bytes, host, to));
      },
      probe(bytes, to) {
        network.onSend?.(bytes, host, to);
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

  const network: Network = {
    weather,
    attach,
    cut: (from, to) => void cuts.add(`${from}>${to}`),
    heal: (from, to) => void cuts.delete(`${from}>${to}`),
    healAll: () => {
      cuts.clear();
      slowed.clear();
    },
    isCut,
    slow: (from, to, ms) => void slowed.set(`${from}>${to}`, ms),
    lostAt: (from, to) => losses.get(`${from}>${to}`) ?? Number.NEGATIVE_INFINITY,
    onDelivery: null,
    onSend: null,
  };
  return network;
}
