import { describe, expect, test } from 'vitest';
import type { Policy, Traits } from '../../src/core/index.ts';
import { Cluster, type Host, sharedAddress } from '../../src/sim/cluster.ts';

/**
 * Leading and what a leader converges to are two things. A toy monitor proves the seam: three watchers and two
 * witnesses elect a leader by votes, and it points the shared address at a fourth machine. No watcher runs there, nor
 * on a fifth that the address is taken from.
 */

const target = 'lb4';
const elsewhere = 'lb5';
const clouds: Traits['associate'][] = ['moves', 'refusedWhileHeld'];

interface Toy {
  readonly cluster: Cluster;
  readonly host: (name: string) => Host;
  /** Who wrote what, and whether he had a lease then. */
  readonly writes: string[];
  /** The moves between roles, and the conditions, of all. */
  readonly told: string[];
}

function monitor(
  associate: Traits['associate'],
  {
    policy = {},
    quorum = true,
    holder,
  }: { policy?: Partial<Policy>; quorum?: boolean; holder?: string } = {},
): Toy {
  const witnesses = quorum ? 2 : 0;
  const cluster = new Cluster({ seed: 1, nodes: 5, witnesses, quorum, associate });
  const host = (name: string) => cluster.hosts.find((one) => one.name === name)!;
  const writes: string[] = [];
  const told: string[] = [];
  cluster.subscribe(({ name }, seen) => {
    if (seen.kind === 'report' && seen.report.kind === 'role')
      told.push(`${name} ${seen.report.from} -> ${seen.report.to}`);
    if (seen.kind === 'report' && seen.report.kind === 'condition') told.push(`${name} ${seen.report.code}`);
    if (seen.kind !== 'call' || seen.change !== 'started') return;
    if (seen.call.kind !== 'associate' && seen.call.kind !== 'dissociate') return;
    writes.push(`${name} ${seen.call.kind} ${cluster.nameOf(seen.call.instance)}`);
  });
  if (holder) cluster.cloud.setHolders(sharedAddress, [host(holder).instance], 0);
  const watchers = cluster.hosts.filter(({ name }) => name !== target && name !== elsewhere);
  for (const watcher of watchers) cluster.start(watcher, { desired: host(target).instance, ...policy });
  return { cluster, host, writes, told };
}

describe.each(clouds)('a monitor, where associating %s', (associate) => {
  test('the elected watcher alone points the address at the target, once', () => {
    const { cluster, writes } = monitor(associate);
    cluster.run(60_000);
    expect(cluster.active()).toEqual(['lb1']);
    expect(cluster.holders()).toEqual([target]);
    expect(writes).toEqual([`lb1 associate ${target}`]);
  });

  test('when the leader dies another leads, and nothing has to be written', () => {
    const { cluster, host, writes } = monitor(associate);
    cluster.run(30_000);
    cluster.kill(host('lb1'));
    cluster.run(30_000);
    expect(cluster.active()).toEqual(['lb2']);
    expect(cluster.holders()).toEqual([target]);
    expect(writes).toHaveLength(1);
  });

  test.each(['lb3', elsewhere])(
    'what somebody else gave to %s is put back by the leader, which stays it',
    (name) => {
      const { cluster, host, writes, told } = monitor(associate);
      cluster.run(30_000);
      const before = told.length;
      cluster.cloud.setHolders(sharedAddress, [host(name).instance], cluster.world.now);
      cluster.run(45_000);
      expect(cluster.holders()).toEqual([target]);
      expect(cluster.active()).toEqual(['lb1']);
      expect(writes.every((write) => write.startsWith('lb1 '))).toBe(true);
      expect(told.slice(before)).toEqual(['lb1 active -> taking over', 'lb1 taking over -> active']);
    },
  );

  test('a machine that is no watcher is no stranger: the address is taken from it at once', () => {
    const { cluster, told } = monitor(associate, { holder: elsewhere });
    cluster.run(15_000);
    expect(cluster.holders()).toEqual([target]);
    expect(told).not.toContainEqual(expect.stringMatching(/foreign|never-heard-holder/));
  });

  test('that the target has it already makes nobody the leader but the votes', () => {
    const { cluster, writes, told } = monitor(associate, { holder: target });
    cluster.run(30_000);
    expect(cluster.active()).toEqual(['lb1']);
    expect(told.filter((line) => line.endsWith('hold-off -> active'))).toEqual([]);
    expect(writes).toEqual([]);
  });

  test('without a majority nobody leads, and nothing is written', () => {
    const { cluster, host, writes } = monitor(associate);
    cluster.run(30_000);
    for (const name of ['lb2', 'lb3', 'w1']) cluster.kill(host(name));
    cluster.cloud.setHolders(sharedAddress, [host('lb3').instance], cluster.world.now);
    cluster.run(120_000);
    expect(cluster.active()).toEqual([]);
    expect(cluster.holders()).toEqual(['lb3']);
    expect(writes).toHaveLength(1);
  });
});

test('where several may hold, a watcher lets go of nothing for another, dead or alive', () => {
  const { cluster, host, writes } = monitor('adds');
  cluster.run(30_000);
  const [wanted, alive, dead] = [target, 'lb2', 'lb3'].map((name) => host(name).instance);
  cluster.cloud.setHolders(sharedAddress, [wanted!, alive!, dead!], cluster.world.now);
  cluster.kill(host('lb3'));
  let reads = 0;
  cluster.subscribe(({ name }, seen) => {
    if (name !== 'lb3' && seen.kind === 'call' && seen.change === 'started') reads += 1;
  });
  cluster.run(120_000);
  // Nor does anybody look for what he could let go of.
  expect(reads).toBeLessThan(20);
  expect(writes).toEqual([`lb1 associate ${target}`]);
});

describe('an arbiter outside', () => {
  const lend = ({ cluster, host }: Toy, name: string, seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      const { mono } = cluster.state(host(name))!.clock;
      cluster.tell(host(name), { kind: 'lease', until: mono + 2_500 });
      cluster.run(1_000);
    }
  };

  test('who has its lease leads, and whose lease ends does not', () => {
    const toy = monitor('moves', { policy: { arbiter: 'external' }, quorum: false });
    const { cluster, writes } = toy;
    cluster.run(20_000);
    expect([cluster.active(), writes]).toEqual([[], []]);
    lend(toy, 'lb1', 30);
    expect(cluster.active()).toEqual(['lb1']);
    expect(cluster.holders()).toEqual([target]);
    cluster.run(10_000);
    expect(cluster.active()).toEqual([]);
  });
});
