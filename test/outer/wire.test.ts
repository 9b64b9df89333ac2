import { describe, expect, it } from 'vitest';
import { layout } from '../../src/wire/layout.ts';
import { ExoipNode } from '../loopback/exoip.ts';
import { INTERVAL_MS, machinesFor } from './machines.ts';
import { noNamespaceHere } from './namespace.ts';

/** Groups whose members speak different versions of the wire format, on machines with networks of their own. */
const missing = noNamespaceHere('nft');
const slow = { timeout: 120_000, concurrent: true };

describe.skipIf(missing !== null)(`mixed versions${missing === null ? '' : ` (${missing})`}`, slow, () => {
  it('exoip is the best: it holds, the others stand by, and take over when it dies', async (context) => {
    const machines = await machinesFor(context, { holders: [] });
    const { group } = machines;
    const exoip = await ExoipNode.start(group, 'lb1', 5, INTERVAL_MS);
    context.onTestFinished(() => exoip.kill());
    const [lb2, lb3] = [machines.start('lb2'), machines.start('lb3')];
    await group.until('exoip holds', () => group.holders().join() === 'lb1');
    await group.until('the others stand by', () => lb2.role === 'backup' && lb3.role === 'backup');
    await group.until('lb2 hears exoip', () => lb2.heard(/peer lb1 .* is heard/));
    expect(group.writes().map(({ who }) => who)).toEqual(['lb1']);

    exoip.kill();
    await group.until('lb2 alone', () => machines.holds('lb2'), 30_000);
    expect(await machines.quiet(lb2, lb3)).toBe(lb2);
    expect(machines.moves()).toEqual(['lb1', 'lb1,lb2', 'lb2']);
    expect(machines.violations()).toEqual([]);
  });

  it(
    'a newer version sends flags and values that are not known here: it is understood, and takes its ' +
      'turn',
    async (context) => {
      const machines = await machinesFor(context);
      const { group, network } = machines;
      await network.rewrite('lb2', newer);
      const [lb1, lb2, lb3] = await machines.startAll();
      const seen = await lb3!.status();
      expect(seen.peers.find(({ address }) => address === lb2.host)).toMatchObject({
        role: 'backup',
        priority: 20,
        twoWay: true,
      });

      lb1.kill('SIGKILL');
      await group.until('the newer one alone', () => machines.holds('lb2'), 30_000);
      expect(await machines.quiet(lb2, lb3!)).toBe(lb2);
      lb2.kill('SIGTERM');
      expect(await lb2.ended).toMatchObject({ code: 0 });
      await group.until('lb3 alone', () => machines.holds('lb3'), 30_000);
      for (const { counters } of [await lb3!.status()])
        expect(Object.keys(counters).filter((reason) => reason !== 'early')).toEqual([]);
      expect(machines.moves()).toEqual(['lb1,lb2', 'lb2', 'lb2,lb3', 'lb3']);
      expect(machines.violations()).toEqual([]);
    },
  );
});

const macLength = 16;

/** The same datagram with one more flag and a value of an unknown type before its MAC. */
function newer(bytes: Uint8Array): Uint8Array {
  const value = [200, 3, 1, 2, 3];
  const mac = bytes.length - macLength;
  const longer = Uint8Array.from([...bytes.subarray(0, mac), ...value, ...bytes.subarray(mac)]);
  const view = new DataView(longer.buffer);
  view.setUint16(layout.flags[0], view.getUint16(layout.flags[0]) | 0x8000);
  view.setUint16(layout.totalLength[0], longer.length);
  return longer;
}
