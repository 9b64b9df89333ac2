import { afterEach, describe, expect, test } from 'vitest';
import { createSystemClock } from '../../src/adapters/system-clock.ts';
import { createUdpTransport, type UdpTransport } from '../../src/adapters/udp.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

describe('the clocks', () => {
  test('mono and boot count milliseconds and never go back, wall is Unix time', async () => {
    const clock = createSystemClock();
    const first = clock.now();
    busy(30);
    const second = clock.now();
    expect(second.mono - first.mono).toBeGreaterThanOrEqual(30);
    // The kernel tells the uptime in steps of 10 ms.
    expect(second.boot - first.boot).toBeGreaterThanOrEqual(20);
    expect(Math.abs(second.wall - Date.now())).toBeLessThan(1000);
  });
});

// Real time: Node's timers are what is tested here.
describe('the alarm', () => {
  test('never rings early, nor much late', async () => {
    const clock = createSystemClock();
    const errors: number[] = [];
    for (let i = 0; i < 60; i++) {
      const due = clock.now().mono + 1 + i / 7;
      await wokenAt(clock, due);
      errors.push(clock.now().mono - due);
    }
    expect(Math.min(...errors)).toBeGreaterThanOrEqual(0);
    expect(errors.sort((a, b) => a - b)[30]).toBeLessThan(5);
  });

  test('does not ring early when the loop was busy as it was set', async () => {
    const clock = createSystemClock();
    await new Promise((resolve) => setImmediate(resolve));
    busy(30);
    const due = clock.now().mono + 20;
    await wokenAt(clock, due);
    expect(clock.now().mono).toBeGreaterThanOrEqual(due);
  });

  test('of the past rings soon, but not within the call', async () => {
    const clock = createSystemClock();
    let rung = false;
    const woken = new Promise<void>((resolve) => {
      clock.wakeAt(clock.now().mono - 1, () => {
        rung = true;
        resolve();
      });
    });
    expect(rung).toBe(false);
    await woken;
  });

  test('is replaced by a later one, and cleared by null', async () => {
    const clock = createSystemClock();
    const rung: string[] = [];
    const { mono } = clock.now();
    clock.wakeAt(mono + 5, () => rung.push('replaced'));
    clock.wakeAt(mono + 6, () => rung.push('cleared'));
    clock.wakeAt(null, () => rung.push('never'));
    const other = createSystemClock();
    await wokenAt(other, mono + 30);
    expect(rung).toEqual([]);
  });

  test('can be set again from its own ring', async () => {
    const clock = createSystemClock();
    let rings = 0;
    await new Promise<void>((resolve) => {
      const ring = () => {
        rings += 1;
        if (rings === 5) resolve();
        else clock.wakeAt(clock.now().mono + 1, ring);
      };
      clock.wakeAt(clock.now().mono + 1, ring);
    });
    expect(rings).toBe(5);
  });

  test('far in the future does not ring now', async () => {
    const clock = createSystemClock();
    let rung = false;
    const warnings: string[] = [];
    const warn = ({ name }: Error) => warnings.push(name);
    process.on('warning', warn);
    cleanUps.push(() => process.off('warning', warn));
    clock.wakeAt(clock.now().mono + 1e12, () => {
      rung = true;
    });
    await wokenAt(createSystemClock(), clock.now().mono + 20);
    clock.wakeAt(null, () => {});
    expect(rung).toBe(false);
    // TimeoutOverflowWarning: Node would have fired every millisecond instead.
    expect(warnings).toEqual([]);
  });
});

describe('a late wake-up', () => {
  test('first hears what came while the loop was blocked', async () => {
    const [a, b] = await pair();
    const clock = createSystemClock({ received: b.received });
    const woken = wokenAt(clock, clock.now().mono + 50, b.received);
    for (let i = 0; i < 100; i++) a.send(Buffer.alloc(120), '127.0.0.2');
    busy(200);
    expect(b.received()).toBe(0);
    expect(await woken).toBe(100);
  });

  test('waits no longer than 16 turns for a flood', async () => {
    let datagrams = 0;
    const clock = createSystemClock({
      received: () => {
        datagrams += 1000;
        return datagrams;
      },
    });
    const woken = wokenAt(clock, clock.now().mono + 1);
    busy(50);
    let turns = 0;
    let waiting = true;
    const count = () => {
      turns += 1;
      if (waiting) setImmediate(count);
    };
    setImmediate(count);
    await woken;
    waiting = false;
    expect(turns).toBeGreaterThanOrEqual(16);
    expect(turns).toBeLessThanOrEqual(19);
  });

  test('is cancelled like any other', async () => {
    const clock = createSystemClock();
    let rung = false;
    const { mono } = clock.now();
    clock.wakeAt(mono + 1, () => {
      rung = true;
    });
    // Overdue as well by then, so it fires right after the alarm, which is now waiting for the sockets.
    setTimeout(() => clock.wakeAt(null, () => {}), 20);
    busy(50);
    await wokenAt(createSystemClock(), mono + 80);
    expect(rung).toBe(false);
  });
});

/** Resolves with `value` as it is at the ring. */
function wokenAt<T>(
  clock: ReturnType<typeof createSystemClock>,
  mono: number,
  value?: () => T,
): Promise<T | undefined> {
  return new Promise((resolve) => clock.wakeAt(mono, () => resolve(value?.())));
}

async function pair(): Promise<[UdpTransport, UdpTransport]> {
  const a = await createUdpTransport({ host: '127.0.0.1', port: 0 });
  cleanUps.push(() => a.close());
  const b = await createUdpTransport({ host: '127.0.0.2', port: a.port });
  cleanUps.push(() => b.close());
  return [a, b];
}

/** Blocks the event loop. */
function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
