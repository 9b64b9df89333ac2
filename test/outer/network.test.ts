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

  it('cuts off the holder: the others go on, and healed it gives way', async (context) => {
    const machines = await machinesFor(context);
    const [lb1, lb2, lb3] = await machines.startAll();
    await machines.network.isolate('lb1');
    // While they are cut off from each other, each side may dissociate the other's holder: who of the majority holds at
    // last, and whether somebody always does, is not promised.
    const holder = await machines.group.until(
      'one of the majority alone',
      () => [lb2, lb3!].find(({ name }) => machines.holds(name)),
      60_000,
    );
    await machines.network.mend('lb1', holder.name);
    await machines.group.until('lb1 gives way', () => lb1.role === 'backup', 60_000);
    await machines.network.heal();

    expect(await machines.quiet(lb1, lb2, lb3!)).toBe(holder);
    expect(machines.moves()[0]).toBe('lb1,lb2');
    expect(machines.violations()).toEqual([]);
  });

  it('cuts off a backup: it does not take over, and nothing moves when it is back', async (context) => {
    const machines = await machinesFor(context);
    const [lb1, lb2, lb3] = await machines.startAll();
    const roles = machines.roles();
    // One after the other: who loses both in the same moment may for an instant take only the holder for dead.
    await machines.network.cut('lb2', 'lb3');
    await machines.group.until('lb3 is missed', () => lb2.heard(/peer lb3 .* fell silent/));
    await machines.network.cut('lb2', 'lb1');
    await machines.group.until('it is alone', () => lb2.heard(/peer lb1 .* fell silent/));
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
    await machines.network.cut('lb2', 'lb3');
    const bothMiss = (times: number) =>
      machines.group.until('both backups miss others', () =>
        [lb2, lb3!].every((one) => one.count(/ fell silent/) === times),
      );
    await bothMiss(1);
    await machines.network.isolate('lb1');
    await bothMiss(2);
    await sleep(4 * machines.deadMs);
    expect(machines.group.writes()).toEqual([]);
    // The holder first: who hears only another backup again is not alone, and may take the holder for dead.
    for (const [name, backup] of Object.entries({ lb2, lb3: lb3! })) {
      await machines.network.mend('lb1', name);
      await machines.group.until('it hears lb1', () => backup.heard(/peer lb1 .* is back/));
    }
    await machines.network.heal();
    expect(await machines.quiet(lb1, lb2, lb3!)).toBe(lb1);

    expect(machines.group.writes()).toEqual([]);
    expect(machines.violations()).toEqual([]);
  });

  it(
    'takes the holder’s link down, its way to the cloud included: it is replaced, and gives way when ' +
      'it is up again',
    async (context) => {
      const machines = await machinesFor(context);
      const [lb1, lb2, lb3] = await machines.startAll();
      await machines.network.link('lb1', 'down');
      await machines.group.until('lb2 alone', () => machines.holds('lb2'), 60_000);
      await machines.network.link('lb1', 'up');

      expect(await machines.quiet(lb1, lb2, lb3!)).toBe(lb2);
      expect(machines.moves()).toEqual(['lb1,lb2', 'lb2']);
      expect(machines.violations()).toEqual([]);
    },
  );
});
