import { describe, expect, it } from 'vitest';
import { groupFor } from './fixture.ts';
import type { Group } from './group.ts';

/** `ha-ip handover` on the machine, with the options of its watchdog. */
function handover(group: Group, name: string, ...words: string[]) {
  return group.runBare(
    ['handover', '--config', group.configFile, '--runtime-dir', group.runtimeDir(name), ...words],
    group.env(name),
  );
}

/** Every state of the address since the start, as the cloud saw it. */
function everHeldByNobody(group: Group): boolean {
  return group.served.cloud.changes.some(({ holders }) => holders.length === 0);
}

describe('ha-ip handover', () => {
  it(
    'on the holder: the best other holds when it ends, and at no moment nobody; --end takes part ' + 'again',
    async (context) => {
      const group = await groupFor(context);
      const { lb1, lb2 } = await group.startAll();
      const done = await handover(group, 'lb1');
      expect(done.errors).toBe('');
      const [told, ...more] = done.output.split('; ');
      expect(told).toMatch(/^203\.0\.113\.10: handed over to lb2 \(127\.0\.0\.12\) in [\d.]+ m?s$/);
      expect(more).toEqual(['standing aside until told: ha-ip handover --end\n']);
      expect(done.code).toBe(0);
      expect((await lb2!.status()).role).toBe('active');
      await group.until('the address of lb2 alone', () => group.holders().join() === 'lb2');
      expect(everHeldByNobody(group)).toBe(false);

      const { aside, role, degraded } = await lb1!.status();
      expect([role, aside?.until, aside?.to, degraded]).toEqual(['backup', null, null, []]);
      const page = await group.runBare(['status', '--runtime-dir', group.runtimeDir('lb1')]);
      expect(page.output).toContain('aside     until told: ha-ip handover --end, since ');
      expect(page.code).toBe(0);

      const again = await handover(group, 'lb1', '--end');
      expect([again.code, again.output]).toEqual([
        0,
        '203.0.113.10: takes part again; lb2 (127.0.0.12) holds the address\n',
      ]);
      expect((await lb1!.status()).aside).toBeNull();
      const already = await handover(group, 'lb1', '--end');
      expect([already.code, already.output]).toEqual([
        0,
        '203.0.113.10: takes part already; lb2 (127.0.0.12) holds the address\n',
      ]);
    },
  );

  it('--to a worse one: that one holds, and who asked is told what will come', async (context) => {
    const group = await groupFor(context);
    const { lb1, lb3 } = await group.startAll();
    const done = await handover(group, 'lb1', '--to', 'lb3', '--json');
    expect(done.errors).toContain(
      'lb2 (127.0.0.12) ranks before lb3 (127.0.0.13) and will take the address back',
    );
    expect(done.code).toBe(0);
    const [answer] = JSON.parse(done.output);
    expect(answer).toMatchObject({
      address: '203.0.113.10',
      pid: lb1!.pid,
      outcome: 'handed over',
      holder: 'lb3 (127.0.0.13)',
      until: null,
      why: [],
    });
    expect((await lb3!.status()).role).toBe('active');
    await group.until('the address of lb3 alone', () => group.holders().join() === 'lb3');
    expect(everHeldByNobody(group)).toBe(false);
  });

  it('--for: it takes part again by itself, and takes the address back by preemption', async (context) => {
    const group = await groupFor(context, { hosts: ['127.0.0.11', '127.0.0.12'] });
    const { lb1, lb2 } = await group.startAll({ extra: ['--preempt-delay', '1s'] });
    const done = await handover(group, 'lb1', '--for', '3s');
    expect(done.output).toMatch(/standing aside until 20\d\d-\d\d-\d\dT/);
    expect(done.code).toBe(0);
    await group.until('the end of the absence', () => lb1!.heard('takes part again'));
    expect(lb2!.role).toBe('active');
    // The address has to rest for half a minute first.
    await group.until('lb1 holds again', () => lb1!.role === 'active', 60_000);
    expect(lb1!.heard('ranks before lb2')).toBeDefined();
    expect(everHeldByNobody(group)).toBe(false);
  }, 90_000);

  it('on a backup: it stands aside at once, and the holder stays', async (context) => {
    const group = await groupFor(context);
    const { lb2 } = await group.startAll();
    const done = await handover(group, 'lb2');
    expect([done.code, done.output]).toEqual([
      0,
      '203.0.113.10: standing aside until told: ha-ip handover --end; lb1 (127.0.0.11) holds the address\n',
    ]);
    expect((await lb2!.status()).aside).not.toBeNull();
    const chosen = await handover(group, 'lb2', '--to', 'lb3');
    expect(chosen.code).toBe(1);
    expect(chosen.errors).toContain(
      'this node does not hold the address, so it cannot choose who does: ask lb1',
    );
    // The one that stands aside is passed over, and cannot be chosen.
    const refused = await handover(group, 'lb1', '--to', 'lb2');
    expect(refused.code).toBe(1);
    expect(refused.errors).toContain('lb2 (127.0.0.12) is no candidate: excluded, or standing aside');
    expect((await handover(group, 'lb1')).output).toContain('handed over to lb3');
  });

  it('nobody can: it stays, says why, exit 1', async (context) => {
    const group = await groupFor(context, { hosts: ['127.0.0.11', '127.0.0.12'] });
    const { lb1, lb2 } = await group.startAll({ extra: ['--handover-timeout', '1s'] });
    await lb2!.end();
    await group.until('lb2 is missed', () => lb1!.heard(/lb2.*(fell silent|is gone)/));
    const done = await handover(group, 'lb1');
    expect(done.code).toBe(1);
    expect(done.output).toBe('');
    const [told, why] = done.errors.split(' again: ');
    expect(told).toMatch(/^203\.0\.113\.10: nobody took over in 1\.\d s, so this node takes part$/);
    expect(why).toMatch(/^lb2 \(127\.0\.0\.12\) (fell silent|is gone.*)\n$/);
    const { role, aside } = await lb1!.status();
    expect([role, aside]).toEqual(['active', null]);
    const unknown = await handover(group, 'lb1', '--to', 'web-9');
    expect([unknown.code, unknown.errors]).toEqual([
      1,
      'the watchdog of 203.0.113.10: no peer is called web-9: there are lb2 (127.0.0.12)\n',
    ]);
    expect((await lb1!.status()).aside).toBeNull();
  });

  it('a process with two addresses hands both over, each reported', async (context) => {
    const shared = ['203.0.113.10', '203.0.113.11'];
    const group = await groupFor(context, { hosts: ['127.0.0.11', '127.0.0.12'], shared });
    await group.startAll();
    await group.until('both held', () => shared.every((address) => group.holders(address).join() === 'lb1'));
    const done = await handover(group, 'lb1');
    expect(done.code).toBe(0);
    for (const address of shared) expect(done.output).toContain(`${address}: handed over to lb2`);
    await group.until('both moved', () => shared.every((address) => group.holders(address).join() === 'lb2'));
  });

  it('where none runs: exit 4', async (context) => {
    const group = await groupFor(context);
    const done = await handover(group, 'lb1');
    expect([done.code, done.output]).toEqual([4, '']);
    expect(done.errors).toContain('no watchdog runs here');
    const named = await handover(group, 'lb1', '-xi', '203.0.113.10');
    expect([named.code, named.errors.includes('no watchdog of 203.0.113.10 runs here')]).toEqual([4, true]);
    const both = await handover(group, 'lb1', '--end', '--to', 'lb2');
    expect([both.code, both.errors.includes('--end: expected alone')]).toEqual([2, true]);
  });
});
