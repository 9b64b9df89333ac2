import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/sim/serve.ts';
import type { Watchdog } from '../loopback/watchdog.ts';
import { type Machines, machinesFor } from './machines.ts';
import { noNamespaceHere } from './namespace.ts';

/** What happens to real watchdogs, and to the cloud that they ask, on machines with networks of their own. */
const missing = noNamespaceHere('nft');
const slow = { timeout: 240_000, concurrent: true };

/** In CI a pause of many dead intervals does; HA_IP_LONG=1 waits as long as a machine is suspended. */
const PAUSE_MS = process.env.HA_IP_LONG === '1' ? 60_000 : 8_000;

describe.skipIf(missing !== null)(`the holder${missing === null ? '' : ` (${missing})`}`, slow, () => {
  it('is killed: the best survivor takes over and dissociates it', async (context) => {
    const machines = await machinesFor(context);
    const [lb1, lb2, lb3] = await machines.startAll();
    lb1.kill('SIGKILL');
    await machines.group.until('lb2 alone', () => machines.holds('lb2'), 60_000);
    expect(await machines.quiet(lb2, lb3!)).toBe(lb2);

    expect(machines.moves()).toEqual(['lb1,lb2', 'lb2']);
    expect(machines.violations()).toEqual([]);
  });

  it('stops for less than half a dead interval: no role changes', async (context) => {
    const machines = await machinesFor(context);
    const all = await machines.startAll();
    const roles = machines.roles();
    for (const one of all) {
      one.kill('SIGSTOP');
      await sleep(0.4 * machines.deadMs);
      one.kill('SIGCONT');
      await sleep(machines.deadMs);
    }

    expect(machines.roles()).toEqual(roles);
    expect(machines.group.writes()).toEqual([]);
    expect(machines.violations()).toEqual([]);
  });

  it('stops, and wakes when another has just taken over: it listens first, and one holds', async (context) => {
    const machines = await machinesFor(context);
    const [lb1, lb2, lb3] = await machines.startAll();
    lb1.kill('SIGSTOP');
    await machines.group.until('lb2 holds too', () => machines.group.holders().includes('lb2'));
    lb1.kill('SIGCONT');
    await machines.quiet(lb1, lb2, lb3!);

    expect(machines.moves()).not.toContain('');
    expect(lb1.heard(/-> hold-off: /)).toBeDefined();
    expect(machines.violations()).toEqual([]);
  });

  it(`stops for ${PAUSE_MS / 1_000} s: it comes back as a backup and has written nothing`, async (context) => {
    const machines = await machinesFor(context);
    const [lb1, lb2, lb3] = await machines.startAll();
    lb1.kill('SIGSTOP');
    await sleep(PAUSE_MS);
    expect(machines.holds('lb2')).toBe(true);
    lb1.kill('SIGCONT');
    await machines.group.until('lb1 has listened', () => lb1.heard(/hold-off -> backup/));
    expect(await machines.quiet(lb1, lb2, lb3!)).toBe(lb2);

    expect(machines.moves()).toEqual(['lb1,lb2', 'lb2']);
    expect(machines.group.writes().map(({ who }) => who)).not.toContain('lb1');
    expect(machines.violations()).toEqual([]);
  });

  it('and its group stop all at once, and wake together: it still holds, and nothing was written', async (context) => {
    const machines = await machinesFor(context);
    const all = await machines.startAll();
    for (const one of all) one.kill('SIGSTOP');
    await sleep(3 * machines.deadMs);
    for (const one of all) one.kill('SIGCONT');
    await machines.group.until('all listened', () => all.every((one) => one.count(/hold-off -> /) === 2));

    expect(await machines.quiet(...all)).toBe(all[0]);
    expect(machines.group.writes()).toEqual([]);
    expect(machines.violations()).toEqual([]);
  });
});

describe.skipIf(missing !== null)(
  `the best backup’s API${missing === null ? '' : ` (${missing})`}`,
  slow,
  () => {
    const failures: Record<string, Effect> = {
      hangs: { kind: 'hang', at: 'headers' },
      'answers 500': { kind: 'answer', status: 500, body: 'oops' },
    };

    for (const [what, effect] of Object.entries(failures)) {
      it(`${what} when the holder dies: the next best takes over, and no beat is late`, async (context) => {
        const machines = await machinesFor(context);
        const [lb1, lb2, lb3] = await machines.startAll();
        const mended = machines.group.served.faults.add({ who: 'lb2', effect });
        lb1.kill('SIGKILL');
        await machines.group.until('lb3 alone', () => machines.holds('lb3'), 60_000);
        expect(machines.group.writes().map(({ who }) => who)).not.toContain('lb2');
        mended();

        expect(await machines.quiet(lb2, lb3!)).toBe(lb3);
        expect(machines.moves()).toEqual(['lb1,lb3', 'lb3']);
        for (const one of [lb2, lb3!]) expect(one.heard(/peer lb[23] .*(silent|gone)/)).toBeUndefined();
        expect(machines.violations()).toEqual([]);
      });
    }
  },
);

describe.skipIf(missing !== null)(`a rolling restart${missing === null ? '' : ` (${missing})`}`, slow, () => {
  it('with --on-stop keep moves nothing', async (context) => {
    const machines = await machinesFor(context);
    const extra = ['--on-stop', 'keep'];
    const running = await restartAll(machines, extra);

    expect(await machines.quiet(...running)).toBe(running[0]);
    expect(machines.moves()).toEqual([]);
    expect(machines.violations()).toEqual([]);
  });

  it(
    'with hand-over moves once for each holder that stops, and ' + 'never leaves the address without one',
    async (context) => {
      const machines = await machinesFor(context);
      const running = await restartAll(machines, []);
      await machines.quiet(...running);

      const takers = machines.moves().filter((holders) => holders.includes(','));
      // lb1 and lb2 stop as holders; a better one that is back may claim it once more.
      expect(takers.length).toBeGreaterThanOrEqual(2);
      expect(takers.length).toBeLessThanOrEqual(3);
      expect(machines.moves()).not.toContain('');
      expect(machines.violations()).toEqual([]);
    },
  );
});

/** One after the other, from the first, each when the group has settled again. */
async function restartAll(machines: Machines, extra: readonly string[]): Promise<Watchdog[]> {
  const running: Watchdog[] = [...(await machines.startAll(...extra))];
  for (const [index, { name }] of running.entries()) {
    running[index]!.kill('SIGTERM');
    expect(await running[index]!.ended).toMatchObject({ code: 0 });
    running[index] = machines.start(name, extra);
    await machines.quiet(...running);
  }
  return running;
}
