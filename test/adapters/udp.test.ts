import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { portOwner } from '../../src/adapters/port-owner.ts';
import { createUdpTransport, type UdpOptions, type UdpTransport } from '../../src/adapters/udp.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Heard {
  readonly text: string;
  readonly from: string;
  readonly port: number;
}

describe('datagrams', () => {
  test('come with their bytes and their sender', async () => {
    const [a, b] = await pair();
    const heard = listen(b);
    a.send(bytes('hello'), '127.0.0.2');
    await heard.until(1);
    expect(heard.all).toEqual([{ text: 'hello', from: '127.0.0.1', port: a.port }]);
  });

  test('of a burst all come', async () => {
    const [a, b] = await pair();
    const heard = listen(b);
    for (let i = 0; i < 200; i++) a.send(bytes(String(i).padEnd(120)), '127.0.0.2');
    await heard.until(200);
    expect(heard.all.map(({ text }) => Number(text))).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(b.received()).toBe(200);
  });

  test('longer than any of ours come whole: to judge them is not the socket’s', async () => {
    const [a, b] = await pair();
    const heard = listen(b);
    a.send(bytes('x'.repeat(20_000)), '127.0.0.2');
    await heard.until(1);
    expect(heard.all[0]?.text).toHaveLength(20_000);
  });

  test('are still heard after many were sent to closed ports', async () => {
    const [a, b] = await pair();
    const heard = listen(a);
    for (let i = 0; i < 20; i++) a.send(bytes('nobody there'), '127.0.0.9');
    b.send(bytes('hello'), '127.0.0.1');
    await heard.until(1);
    a.send(bytes('back'), '127.0.0.1');
    await heard.until(2);
    expect(heard.all.map(({ text }) => text)).toEqual(['hello', 'back']);
  });

  test('that cannot be sent are lost without a sound', async () => {
    const [a, b] = await pair();
    const heard = listen(b);
    a.send(bytes('x'.repeat(70_000)), '127.0.0.2');
    a.send(bytes('of another family'), '::1');
    a.send(bytes('no address at all'), 'localhost');
    a.send(bytes('unreachable'), '240.0.0.1');
    a.send(bytes('good'), '127.0.0.2');
    await heard.until(1);
    expect(heard.all[0]?.text).toBe('good');
  });

  test('go to the peers’ port where it is another than ours', async () => {
    const b = await open({ host: '127.0.0.2', port: 0 });
    const a = await open({ host: '127.0.0.1', port: 0, peerPort: b.port });
    const heard = listen(b);
    a.send(bytes('sent'), '127.0.0.2');
    await heard.until(1);
    a.probe(bytes('probed'), '127.0.0.2');
    await heard.until(2);
    expect(heard.all.map(({ text }) => text)).toEqual(['sent', 'probed']);
  });

  test.skipIf(!existsSync('/proc/net/if_inet6'))('travel over IPv6 (where this machine has it)', async () => {
    const a = await open({ host: '::1', port: 0 });
    const heard = listen(a);
    a.send(bytes('six'), '::1');
    await heard.until(1);
    expect(heard.all).toEqual([{ text: 'six', from: '::1', port: a.port }]);
  });
});

describe('probes', () => {
  test('come from the same address and another port', async () => {
    const [a, b] = await pair();
    const heard = listen(b);
    a.probe(bytes('there?'), '127.0.0.2');
    await heard.until(1);
    expect(heard.all[0]).toMatchObject({ text: 'there?', from: '127.0.0.1' });
    expect(heard.all[0]?.port).not.toBe(a.port);
  });

  test('a refused one is reported, and the next one is sent', async () => {
    const a = await open({ host: '127.0.0.1', port: 0 });
    const refusals = listen(a).refusals;
    a.probe(bytes('1'), '127.0.0.2');
    await refusals.until(1);
    expect(refusals.all).toEqual(['127.0.0.2']);

    const b = await open({ host: '127.0.0.2', port: a.port });
    const heard = listen(b);
    a.probe(bytes('2'), '127.0.0.2');
    await heard.until(1);
    expect(heard.all[0]?.text).toBe('2');
  });

  test('each of several at once is asked and refused', async () => {
    const a = await open({ host: '127.0.0.1', port: 0 });
    const { refusals } = listen(a);
    for (let i = 0; i < 5; i++) a.probe(bytes(String(i)), '127.0.0.2');
    await refusals.until(5);
    await turns(50);
    expect(refusals.all).toHaveLength(5);
  });

  test('a refusal costs no heartbeat', async () => {
    const [a, b] = await pair();
    const heard = listen(b);
    const { refusals } = listen(a);
    for (let i = 0; i < 20; i++) {
      a.probe(bytes('there?'), '127.0.0.3');
      a.send(bytes(String(i)), '127.0.0.2');
      await refusals.until(i + 1);
    }
    await heard.until(20);
    expect(heard.all.map(({ text }) => Number(text))).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  test('other errors are nobody’s refusal', async () => {
    const a = await open({ host: '127.0.0.1', port: 0 });
    const { refusals } = listen(a);
    a.probe(bytes('unreachable'), '240.0.0.1');
    a.probe(bytes('of another family'), '::1');
    a.probe(bytes('x'.repeat(70_000)), '127.0.0.2');
    a.probe(bytes('nobody there'), '127.0.0.3');
    await refusals.until(1);
    await turns(50);
    expect(refusals.all).toEqual(['127.0.0.3']);
  });

  test('their socket is kept while it is used, and closed after 10 s without use', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const [a, b] = await pair();
    const heard = listen(b);
    for (let i = 1; i <= 3; i++) {
      a.probe(bytes('there?'), '127.0.0.2');
      await heard.until(i);
      vi.advanceTimersByTime(9_000);
    }
    vi.advanceTimersByTime(1_000);
    a.probe(bytes('there?'), '127.0.0.2');
    await heard.until(4);
    const ports = heard.all.map(({ port }) => port);
    expect(new Set(ports.slice(0, 3)).size).toBe(1);
    expect(ports[3]).not.toBe(ports[0]);
  });

  test('of more than 8 peers the least recently probed loses its socket', async () => {
    const peers = Array.from({ length: 9 }, (_, i) => `127.0.1.${i + 1}`);
    const a = await open({ host: '127.0.0.1', port: 0 });
    const heard = listen(...(await Promise.all(peers.map((host) => open({ host, port: a.port })))));
    const probeAll = async (some: string[]) => {
      const first = heard.all.length;
      for (const peer of some) {
        a.probe(bytes(peer), peer);
        await heard.until(heard.all.length + 1);
      }
      return heard.all.slice(first).map(({ port }) => port);
    };
    const [first, second, ...others] = await probeAll(peers.slice(0, 8));
    expect(await probeAll(peers.slice(0, 1))).toEqual([first]);
    await probeAll(peers.slice(8));
    expect(await probeAll(peers.slice(2, 8))).toEqual(others);
    expect(await probeAll(peers.slice(0, 1))).toEqual([first]);
    expect(await probeAll(peers.slice(1, 2))).not.toEqual([second]);
  });
});

describe('a port that cannot be bound', () => {
  const told = existsSync('/proc/net/udp');

  test.skipIf(!told)('says who has it (as Linux tells it)', async () => {
    const { port, pid } = await elsewhere('127.0.0.1');
    await expect(createUdpTransport({ host: '127.0.0.1', port })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port} (UDP): the port is taken by pid ${pid} (node); ` +
        `run: ss -ulpn 'sport = :${port}'`,
    );
  });

  test.skipIf(!told)('says so as well when it is taken for all addresses (as Linux tells it)', async () => {
    const { port, pid } = await elsewhere('0.0.0.0');
    await expect(createUdpTransport({ host: '127.0.0.1', port })).rejects.toThrow(
      `taken by pid ${pid} (node)`,
    );
  });

  test.skipIf(!told)(
    'another address’s owner of the same port is not blamed (as Linux tells it)',
    async () => {
      const bystander = await elsewhere('127.0.0.7');
      const { port } = await open({ host: '127.0.0.1', port: bystander.port });
      await expect(createUdpTransport({ host: '127.0.0.1', port })).rejects.toThrow(
        `taken by pid ${process.pid} `,
      );
    },
  );

  test('nobody has a free port, nor one that another address has', async () => {
    const { port } = await open({ host: '127.0.0.7', port: 0 });
    expect(portOwner('127.0.0.7', port === 65535 ? 1024 : port + 1)).toBeNull();
    expect(portOwner('127.0.0.1', port)).toBeNull();
  });

  test.skipIf(!told)('leaves no socket behind (as Linux tells it)', async () => {
    const { port } = await open({ host: '127.0.0.1', port: 0 });
    const before = readdirSync('/proc/self/fd').length;
    await expect(createUdpTransport({ host: '127.0.0.1', port })).rejects.toThrow('taken');
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  test('is tried anew with a new socket', async () => {
    const first = await open({ host: '127.0.0.1', port: 0 });
    const { port } = first;
    await expect(createUdpTransport({ host: '127.0.0.1', port })).rejects.toThrow('taken');
    await first.close();
    await open({ host: '127.0.0.1', port });
  });

  test('cannot be shared by asking for it', async () => {
    const { port } = await open({ host: '127.0.0.1', port: 0 });
    const thief = createSocket({ type: 'udp4', reuseAddr: true });
    cleanUps.push(() => thief.close());
    thief.bind(port, '127.0.0.1');
    const [error] = await once(thief, 'error').catch((e) => [e]);
    expect(error).toMatchObject({ code: 'EADDRINUSE' });
  });

  test('an address of another machine is named', async () => {
    await expect(createUdpTransport({ host: '192.0.2.1', port: 12345 })).rejects.toThrow(
      'cannot listen on 192.0.2.1:12345 (UDP): this machine does not have the address; run: ip -brief address',
    );
  });
});

describe('after close', () => {
  test('nothing is sent or received, and nothing throws', async () => {
    const [a, b] = await pair();
    const heard = listen(a, b);
    a.probe(bytes('being connected'), '127.0.0.3');
    await Promise.all([a.close(), a.close()]);
    a.send(bytes('1'), '127.0.0.2');
    a.probe(bytes('2'), '127.0.0.2');
    b.send(bytes('3'), '127.0.0.1');
    await turns(50);
    expect(heard.all).toEqual([]);
    expect(heard.refusals.all).toEqual([]);
  });

  test('the port is free', async () => {
    const a = await open({ host: '127.0.0.1', port: 0 });
    await a.close();
    await open({ host: '127.0.0.1', port: a.port });
  });
});

async function open(options: UdpOptions): Promise<UdpTransport> {
  const transport = await createUdpTransport(options);
  cleanUps.push(() => transport.close());
  return transport;
}

/** Two on the same port. */
async function pair(): Promise<[UdpTransport, UdpTransport]> {
  const a = await open({ host: '127.0.0.1', port: 0 });
  return [a, await open({ host: '127.0.0.2', port: a.port })];
}

/** Everything that these hear and are refused. */
function listen(...transports: UdpTransport[]) {
  const heard = collect<Heard>();
  const refusals = collect<string>();
  for (const transport of transports) {
    transport.listen((datagram, from, port) => {
      heard.add({ text: Buffer.from(datagram).toString(), from, port });
    }, refusals.add);
  }
  return { ...heard, refusals };
}

/** A list that can be waited for. */
function collect<T>() {
  const all: T[] = [];
  let wake = () => {};
  const add = (item: T) => {
    all.push(item);
    wake();
  };
  const until = async (count: number) => {
    while (all.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { all, add, until };
}

/** Lets the event loop read its sockets some times: on loopback, what was sent before has come by then. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A port of another process. */
async function elsewhere(host: string): Promise<{ port: number; pid: number | undefined }> {
  const program = `const s = require('node:dgram').createSocket('udp4');
    s.bind(0, '${host}', () => console.log(s.address().port));`;
  const child: ChildProcess = spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUps.push(async () => {
    child.kill();
    await once(child, 'exit');
  });
  const [line] = await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return { port: Number(line), pid: child.pid };
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}
