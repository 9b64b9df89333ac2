import { describe, expect, it } from 'vitest';
import { ExoipNode } from './exoip.ts';
import { groupFor } from './fixture.ts';

/** lb1 runs exoip; the others run ha-ip, with priorities 20 and 30. */
describe('a group that holds a node of exoip', () => {
  it('exoip is the best: it holds, ha-ip stands by and takes over when it dies', async (context) => {
    const group = await groupFor(context, { holders: [] });
    const exoip = await ExoipNode.start(group, 'lb1', 5);
    context.onTestFinished(() => exoip.kill());
    const [lb2, lb3] = [group.start('lb2'), group.start('lb3')];
    await group.until('exoip holds', () => group.holders().join() === 'lb1');
    await group.until('the others stand by', () => lb2.role === 'backup' && lb3.role === 'backup');
    expect(group.writes().map(({ who }) => who)).toEqual(['lb1']);
    expect(lb2.heard('lb1 (127.0.0.11) is heard')).toBeDefined();

    exoip.kill();
    await group.until('lb2 alone', () => group.holders().join() === 'lb2' && lb2.role === 'active');
    expect(group.writes().map(({ who, what }) => `${who} ${what}`)).toEqual([
      'lb1 addIpToNic',
      'lb2 addIpToNic',
      'lb2 removeIpFromNic',
    ]);
    expect(lb3.role).toBe('backup');
    expect([lb2.count(/-> taking over/), lb3.count(/-> taking over/)]).toEqual([1, 0]);
  });

  it('ha-ip is the best: exoip stands by, hears 255 when it leaves, and takes over at once', async (context) => {
    const group = await groupFor(context, { holders: ['lb2'], hosts: ['127.0.0.11', '127.0.0.12'] });
    const lb2 = group.start('lb2', { extra: ['--handover-timeout', '3s'] });
    await group.until('lb2 holds', () => lb2.role === 'active');
    const exoip = await ExoipNode.start(group, 'lb1', 30);
    context.onTestFinished(() => exoip.kill());
    await exoip.holdOffOver;
    expect(exoip.told).toEqual({ lb2: [20] });
    expect(exoip.state).toBe('backup');

    const since = performance.now();
    lb2.kill('SIGTERM');
    const claim = await group.until('a claim', () => group.writes(since)[0]);
    expect(claim.who).toBe('lb1');
    expect(exoip.told.lb2?.at(-1)).toBe(255);
    // One interval and its skew at most: it did not have to wait for silence.
    expect(claim.at - since).toBeLessThan(2 * 500);
    expect(await lb2.ended).toMatchObject({ code: 0 });
    await group.until('exoip alone', () => group.holders().join() === 'lb1');
    const later = group.served.cloud.changes.filter(({ at }) => at >= since);
    expect(Math.min(...later.map(({ holders }) => holders.length))).toBe(1);
  });
});
