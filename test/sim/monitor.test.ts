import { describe, expect, test } from 'vitest';
import type { Policy, Traits } from '../../src/core/index.ts';
import { Cluster, type Host, sharedAddress } from '../../src/sim/cluster.ts';

/**
 * Leading and what a leader converges to are two things. A toy monitor proves the seam: three watchers and a witness
 * elect a leader by votes, and it points the shared address at a fourth machine, where no watcher runs.
 */

const target = 'lb4';
const clouds: Traits['associate'][] = ['moves', 'refusedWhileHeld'];

interface Toy {
  readonly cluster: Cluster;
  readonly host: (name: string) => Host;
  /** Who wrote what, and whether he had a lease then. */
  readonly writes: string[];
}

function monitor(associate: Traits['associate'], policy: Partial<Policy> = {}, quorum = true): Toy {
  const witnesses = quorum ? 1 : 0;
  const cluster = new Cluster({ seed: 1, nodes: 4, witnesses, quorum, associate });
  const host = (name: string) => cluster.hosts.find((one) => one.name === name)!;
  const writes: string[] = [];
  cluster.subscribe(({ name }, told) => {
    if (told.kind !== 'call' || told.change !== 'started') return;
    if (told.call.kind !== 'associate' && told.call.kind !== 'dissociate') return;
    writes.push(`${name} ${told.call.kind} ${cluster.nameOf(told.call.instance)}`);
  });
  const watchers = cluster.hosts.filter(({ name }) => name !== target);
  for (const watcher of watchers) cluster.start(watcher, { desired: host(target).instance, ...policy });
  return { cluster, host, writes };
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

  test('what somebody else changes is put back by the leader', () => {
    const { cluster, host, writes } = monitor(associate);
    cluster.run(30_000);
    cluster.cloud.setHolders(sharedAddress, [host('lb3').instance], cluster.world.now);
    cluster.run(90_000);
    expect(cluster.holders()).toEqual([target]);
    expect(cluster.active()).toHaveLength(1);
    expect(writes.every((write) => write.startsWith('lb1 '))).toBe(true);
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

describe('an arbiter outside', () => {
  const lend = ({ cluster, host }: Toy, name: string, seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      const { mono } = cluster.state(host(name))!.clock;
      cluster.tell(host(name), { kind: 'lease', until: mono + 2_500 });
      cluster.run(1_000);
    }
  };

  test('who has its lease leads, and whose lease ends does not', () => {
    const toy = monitor('moves', { arbiter: 'external' }, false);
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
