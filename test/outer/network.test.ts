import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { machinesFor } from './machines.ts';
import { noNamespaceHere } from './namespace.ts';

/**
 * Real watchdogs on machines with networks of their own, and what networks do to them. Where nothing must happen, time
 * has to pass: that is what the sleeping is for.
 */
const missing = noNamespaceHere('nft');
const slow = { timeout: 120_000, concurrent: true };

describe.skipIf(missing !== null)(`a bad network${missing === null ? '' : ` (${missing})`}`, slow, () => {
  it('loses every fifth datagram, both ways, for 20 s: nothing moves', async (context) => {
    const machines = await machinesFor(context);
    await machines.startAll();
    const roles = machines.roles();
    await machines.network.lose(20);
    await sleep(20_000);

    expect(await machines.network.heal()).toBeGreaterThan(50);
    expect(machines.roles()).toEqual(roles);
    expect(machines.group.writes()).toEqual([]);
    expect(machines.violations()).toEqual([]);
  });

  it('delays, duplicates and reorders datagrams: no role changes', async (context) => {
    const machines = await machinesFor(context);
    const all = await machines.startAll();
    const roles = machines.roles();
    // Beats are 100 ms apart and more: so they overtake each other.
    await machines.network.delay({ delayMs: 100, jitterMs: 80, duplicates: 10 });
    await sleep(6_000);

    for (const { counters } of await Promise.all(all.map((one) => one.status())))
      expect(counters.replayed).toBeGreaterThan(0);
    expect(machines.roles()).toEqual(roles);
    expect(machines.group.writes()).toEqual([]);
    expect(machines.violations()).toEqual([]);
  });

  it('the best backup no longer hears the holder, a third node does: its veto keeps the address', async (context) => {
    const machines = await machinesFor(context);
    const [, lb2] = await machines.startAll();
    const roles = machines.roles();
    await machines.network.cutOneWay('lb1', 'lb2');
    await machines.group.until('lb2 misses lb1', () => lb2.heard(/^.*peer lb1 .* fell silent/));
    await sleep(4 * machines.deadMs);
    expect(await machines.network.heal()).toBeGreaterThan(0);
    await machines.group.until('lb2 hears lb1', () => lb2.heard(/^.*peer lb1 .* is back/));

    expect(machines.roles()).toEqual(roles);
    expect(machines.group.writes()).toEqual([]);
    expect(machines.violations()).toEqual([]);
  });

  it('cuts off the holder: the others go on, somebody always holds, and healed it gives way', async (context) => {
    const machines = await machinesFor(context);
    const [lb1, lb2, lb3] = await machines.startAll();
    await machines.network.isolate('lb1');
    // Each side may dissociate the other's holder while they are cut off from each other, the better-ranked one first.
    await machines.group.until(
      'one of the majority alone',
      () => machines.holds('lb2') || machines.holds('lb3'),
      30_000,
    );
    await machines.network.heal();

    expect(await machines.quiet(lb1, lb2, lb3!)).not.toBe(lb1);
    expect(machines.moves()[0]).toBe('lb1,lb2');
    expect(machines.moves()).not.toContain('');
    expect(machines.violations()).toEqual([]);
  });

  it('cuts off a backup: it does not take over, and nothing moves when it is back', async (context) => {
    const machines = await machinesFor(context);
    const [lb1, lb2, lb3] = await machines.startAll();
    const roles = machines.roles();
    await machines.network.isolate('lb2');
    await machines.group.until(
      'it is alone',
      () => lb2.heard(/peer lb1 .*silent/) && lb2.heard(/peer lb3 .*silent/),
    );
    await sleep(3 * machines.deadMs);
    await machines.network.heal();
    expect(await machines.quiet(lb1, lb2, lb3!)).toBe(lb1);

    expect(machines.roles()).toEqual(roles);
    expect(machines.group.writes()).toEqual([]);
    expect(machines.violations()).toEqual([]);
  });

  it('cuts off everybody: where the cloud allows several holders, none that is alone takes over', async (context) => {
    const machines = await machinesFor(context);
    const [lb1, lb2, lb3] = await machines.startAll();
    for (const name of machines.network.names) await machines.network.isolate(name);
    for (const alone of [lb2, lb3!])
      await machines.group.until('it is alone', () => alone.count(/ fell silent/) === 2);
    await sleep(4 * machines.deadMs);
    expect(machines.group.writes()).toEqual([]);
    await machines.network.heal();
    expect(await machines.quiet(lb1, lb2, lb3!)).toBe(lb1);

    expect(machines.group.writes()).toEqual([]);
    expect(machines.violations()).toEqual([]);
  });

  it('takes the holder’s link down, its way to the cloud included: it is replaced, and gives way when it is up again', async (context) => {
    const machines = await machinesFor(context);
    const [lb1, lb2, lb3] = await machines.startAll();
    await machines.network.link('lb1', 'down');
    await machines.group.until('lb2 alone', () => machines.holds('lb2'), 30_000);
    await machines.network.link('lb1', 'up');

    expect(await machines.quiet(lb1, lb2, lb3!)).toBe(lb2);
    expect(machines.moves()).toEqual(['lb1,lb2', 'lb2']);
    expect(machines.violations()).toEqual([]);
  });
});
