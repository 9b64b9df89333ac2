import type { Socket } from 'node:dgram';
import type { Advertisement, IpAddress } from '../../src/core/index.ts';
import { createWire } from '../../src/wire/wire.ts';
import { bindHere } from './bind.ts';

const wire = createWire({ keys: null });

export interface Caught {
  readonly from: IpAddress;
  readonly bytes: Uint8Array;
  readonly advertisement: Advertisement | null;
}

/** A socket on a machine without a watchdog: hears what its members are sent, and sends what it is told to. */
export class Ear {
  readonly caught: Caught[] = [];
  readonly #socket: Socket;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, { address }) => {
      const decoded = wire.decode(bytes);
      this.caught.push({ from: address, bytes, advertisement: decoded.ok ? decoded.advertisement : null });
      for (const look of this.#waiting) look();
    });
  }

  /** Port 0: any. */
  static async open(host: IpAddress, port = 0, bind = bindHere): Promise<Ear> {
    return new Ear(await bind(host, port));
  }

  send(bytes: Uint8Array, to: IpAddress, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, port, to, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** The first datagram from now on, or already here, of which the condition holds. */
  until(condition: (caught: Caught) => boolean, patienceMs = 15_000): Promise<Caught> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.caught.find(condition);
        if (found === undefined) return;
        clearTimeout(late);
        this.#waiting.delete(look);
        resolve(found);
      };
      const late = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`no such datagram among ${this.caught.length} within ${patienceMs} ms`));
      }, patienceMs);
      this.#waiting.add(look);
      look();
    });
  }

  close(): void {
    this.#socket.close();
  }
}
