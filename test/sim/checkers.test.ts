import { describe, expect, test } from 'vitest';
import type { Call, Policy, State } from '../../src/core/index.ts';
import type { Observation } from '../../src/ports/observation.ts';
import { Cluster, type ClusterOptions, type Host, sharedAddress } from '../../src/sim/cluster.ts';
import { Invariants } from '../../src/sim/proof/invariants.ts';
import { settlement } from '../../src/sim/proof/ordeal.ts';
import { addressResource } from '../../src/wire/resource.ts';

/**
 * A checker that cannot fail checks nothing. Each one is shown a group that breaks its rule: the nodes are sound, so
 * their calls are made by hand, through the same performer, or their policy is one that no release would have.
 */

interface Watched {
  readonly cluster: Cluster;
  readonly invariants: Invariants;
  readonly rules: () => string[];
  readonly host: (name: string) => Host;
  /** A call that the rules of the node did not ask for. */
  readonly force: (name: string, call: Forced) => void;
}

type Forced = { kind: 'read' } | { kind: 'associate' | 'dissociate'; instance: string };

function watched(options: Partial<ClusterOptions> = {}): Watched {
  const invariants = new Invariants();
  const cluster = new Cluster({ seed: 1, nodes: 3, associate: 'adds', ...options });
  invariants.attach(cluster);
  const host = (name: string) => cluster.hosts.find((one) => one.name === name)!;
  return {
    cluster,
    invariants,
    host,
    rules: () => [...new Set(invariants.violations.map(({ rule }) => rule))],
    force: (name, call) => force(cluster, invariants, host(name), call),
  };
}

/** What an engine observes of such a call; no node knows of it. */
const about = { kind: 'call', resource: addressResource(sharedAddress), mono: 0, ticket: 0 } as const;
const started = (call: Call): Observation => ({ ...about, change: 'started', call });
const abandoned: Observation = { ...about, change: 'abandoned' };
const answered = (call: Call, ok: boolean): Observation => ({
  ...about,
  change: 'settled',
  call,
  outcome: ok ? { ok } : { ok, kind: 'unavailable', mayHaveHappened: false, message: 'no' },
  tookMs: 0,
});

/** The call is started and settled as far as the checkers can see. */
function force(cluster: Cluster, { observe }: Invariants, host: Host, call: Forced): void {
  observe(host, started(call));
  if (call.kind === 'read') observe(host, answered(call, true));
  else cluster.note(cluster.world.now, `${host.name}: forced to ${call.kind}`);
}

/** All run and the first holds. */
function settled(options: Partial<ClusterOptions> = {}): Watched {
  const group = watched(options);
  for (const host of group.cluster.hosts) group.cluster.start(host);
  group.cluster.run(10_000);
  expect(group.rules()).toEqual([]);
  return group;
}

/** The policy of every node is changed behind its back. */
const broken = (policy: Partial<Policy>): Partial<ClusterOptions> => ({ policy });

/** What may be changed: a field of the state, or some fields of one of its records. */
type Meddling = Partial<Omit<State, 'cloud' | 'own' | 'claim'>> & {
  readonly cloud?: Partial<Omit<State['cloud'], 'reading'>> & { reading?: object };
  readonly own?: Partial<State['own']>;
  readonly claim?: object | null;
};

/** A node's own state, changed behind its back: what a broken rule would have made of it. */
function meddle(host: Host, { cloud, own, ...change }: Meddling): void {
  const state = host.process!.node.state(sharedAddress)!;
  Object.assign(state, change);
  Object.assign(state.cloud, cloud);
  Object.assign(state.own, own);
}

const claim = { why: 'dead', since: 0, wroteAt: null };

describe('S1: no claim from the dead while the holder is heard', () => {
  test('a backup that associates while it hears the holder', () => {
    const group = settled();
    meddle(group.host('lb2'), { claim });
    group.force('lb2', { kind: 'read' });
    group.force('lb2', { kind: 'associate', instance: group.host('lb2').instance });
    expect(group.rules()).toContain('S1');
  });

  test('dissociating the holder is a claim, too, where the cloud asks for it', () => {
    const group = settled({ associate: 'refusedWhileHeld' });
    meddle(group.host('lb2'), { claim });
    group.force('lb2', { kind: 'read' });
    group.force('lb2', { kind: 'dissociate', instance: group.host('lb1').instance });
    expect(group.rules()).toContain('S1');
  });

  test('a backup that cannot hear the holder, of whom a third one tells', () => {
    const group = settled();
    group.cluster.network.cut('10.0.0.1', '10.0.0.2');
    group.cluster.run(20_000);
    expect(group.rules()).toEqual([]);
    meddle(group.host('lb2'), { claim });
    group.force('lb2', { kind: 'read' });
    group.force('lb2', { kind: 'associate', instance: group.host('lb2').instance });
    expect(group.invariants.violations.map(({ rule, what }) => `${rule} ${what}`)).toContain(
      'S1 claims although 10.0.0.3 hears the holder',
    );
  });

  test('a claim for another reason is none from the dead', () => {
    const group = settled();
    meddle(group.host('lb2'), { claim: { ...claim, why: 'preempt' } });
    group.force('lb2', { kind: 'read' });
    group.force('lb2', { kind: 'associate', instance: group.host('lb2').instance });
    expect(group.rules()).toEqual([]);
  });
});

describe("S1': no claim while both ran and nothing was lost between them", () => {
  const words = "S1' takes lb1 for dead, which lives and was heard";
  const told = ({ invariants }: Watched) => invariants.violations.map(({ rule, what }) => `${rule} ${what}`);

  function claimOf(group: Watched): string[] {
    meddle(group.host('lb2'), { claim });
    group.force('lb2', { kind: 'read' });
    group.force('lb2', { kind: 'associate', instance: group.host('lb2').instance });
    return told(group);
  }

  test('a backup that is deaf, although the network is not', () => {
    const group = settled();
    expect(claimOf(group)).toContain(words);
  });

  test.each<[string, (group: Watched) => void]>([
    ['the link was cut', ({ cluster }) => cluster.network.cut('10.0.0.1', '10.0.0.2')],
    ['the other way was cut', ({ cluster }) => cluster.network.cut('10.0.0.2', '10.0.0.1')],
    ['the holder was paused', ({ cluster, host }) => cluster.pause(host('lb1'))],
    ['the holder is not healthy', ({ host }) => meddle(host('lb1'), { own: { healthy: false } })],
  ])('not where %s', (_name, happen) => {
    const group = settled();
    happen(group);
    group.cluster.run(2_000);
    expect(claimOf(group)).not.toContain(words);
  });
});

describe('S2: no write in hold-off', () => {
  test('a write before the hold-off is over', () => {
    const group = watched();
    group.cluster.start(group.host('lb1'));
    group.cluster.run(100);
    group.force('lb1', { kind: 'read' });
    group.force('lb1', { kind: 'associate', instance: group.host('lb1').instance });
    expect(group.rules()).toEqual(['S2']);
  });

  test('a node that calls itself a backup too early, with somebody unheard', () => {
    const group = watched();
    group.cluster.start(group.host('lb1'));
    group.cluster.run(1_000);
    meddle(group.host('lb1'), { role: 'backup' });
    group.force('lb1', { kind: 'read' });
    group.force('lb1', { kind: 'associate', instance: group.host('lb1').instance });
    expect(group.invariants.violations[0]!.what).toBe(
      'a write 1000 ms after its start, not knowing that lb2 hears it',
    );
  });

  test('a write soon after a long pause', () => {
    const group = settled();
    const lb1 = group.host('lb1');
    group.cluster.pause(lb1);
    group.cluster.run(60_000);
    for (const name of ['lb2', 'lb3']) group.cluster.kill(group.host(name));
    group.cluster.resume(lb1);
    meddle(lb1, { role: 'active' });
    group.force('lb1', { kind: 'read' });
    group.force('lb1', { kind: 'associate', instance: lb1.instance });
    expect(group.rules()).toContain('S2');
  });

  test('a short hold-off by itself is no violation where everybody was heard', () => {
    const group = watched();
    for (const host of group.cluster.hosts) group.cluster.start(host);
    group.cluster.run(2_000);
    expect([group.cluster.holders(), group.rules()]).toEqual([['lb1'], []]);
  });
});

describe('S3: only a confirmed holder dissociates, and only the dead', () => {
  const fence = (group: Watched, by: string, whom: string) =>
    group.force(by, { kind: 'dissociate', instance: group.host(whom).instance });
  const what = ({ invariants }: Watched) => invariants.violations.map(({ rule, what }) => `${rule} ${what}`);

  test('a backup dissociates', () => {
    const group = settled();
    group.force('lb2', { kind: 'read' });
    fence(group, 'lb2', 'lb3');
    expect(what(group)).toContain('S3 dissociates another without holding');
  });

  test('a holder dissociates a peer that it hears', () => {
    const group = settled();
    group.force('lb1', { kind: 'read' });
    meddle(group.host('lb1'), {
      cloud: { reading: { ...group.cluster.state(group.host('lb1'))!.cloud.reading, at: 10_000 } },
    });
    fence(group, 'lb1', 'lb3');
    expect(what(group)).toEqual([expect.stringMatching(/^S3 dissociates lb3, heard \d+ ms ago$/)]);
  });

  test('a holder dissociates upon an old reading', () => {
    const group = settled();
    group.cluster.kill(group.host('lb3'));
    group.cluster.run(20_000);
    group.force('lb1', { kind: 'read' });
    meddle(group.host('lb1'), {
      cloud: { reading: { ...group.cluster.state(group.host('lb1'))!.cloud.reading, at: 10_000 } },
    });
    fence(group, 'lb1', 'lb3');
    expect(what(group)).toEqual(['S3 dissociates another without a fresh confirmation']);
  });

  test('a holder dissociates although it is not named itself', () => {
    const group = settled();
    group.cluster.kill(group.host('lb3'));
    group.cluster.run(20_000);
    const { now } = group.cluster.world;
    group.force('lb1', { kind: 'read' });
    meddle(group.host('lb1'), {
      cloud: { reading: { holders: [group.host('lb3').instance], at: now, pending: false } },
    });
    fence(group, 'lb1', 'lb3');
    expect(what(group)).toEqual(['S3 dissociates another without a fresh confirmation']);
  });
});

describe('S4: one call at a time, and a reading between writes', () => {
  test('two calls at once', () => {
    const group = settled();
    const { observe } = group.invariants;
    const lb1 = group.host('lb1');
    observe(lb1, started({ kind: 'read' }));
    observe(lb1, started({ kind: 'describe', instance: 'x' }));
    expect(group.invariants.violations.map(({ what }) => what)).toEqual(['describe while read is in flight']);
  });

  test('an aborted call is no call', () => {
    const group = settled();
    const { observe } = group.invariants;
    const lb1 = group.host('lb1');
    observe(lb1, started({ kind: 'read' }));
    observe(lb1, abandoned);
    observe(lb1, started({ kind: 'read' }));
    expect(group.rules()).toEqual([]);
  });

  test.each([
    [true, []],
    [false, ['S4']],
  ])('a second write after a reading that succeeded: %s', (succeeded, rules) => {
    const group = settled();
    const lb1 = group.host('lb1');
    const { observe } = group.invariants;
    const write: Forced = { kind: 'associate', instance: lb1.instance };
    group.force('lb1', { kind: 'read' });
    group.force('lb1', write);
    observe(lb1, answered(write, true));
    group.cluster.world.runUntil(group.cluster.world.now + 1);
    observe(lb1, answered({ kind: 'read' }, succeeded));
    meddle(lb1, { claim: null });
    group.force('lb1', { kind: 'dissociate', instance: lb1.instance });
    expect(group.rules()).toEqual(rules);
  });
});

describe('S5: plans keep their distance', () => {
  /** So many plans of the holder, so far apart. */
  function plans(count: number, apartMs: number): string[] {
    const group = settled();
    group.cluster.run(60_000);
    const lb1 = group.host('lb1');
    const { observe } = group.invariants;
    for (let i = 0; i < count; i++) {
      const write: Forced = { kind: 'associate', instance: lb1.instance };
      group.force('lb1', { kind: 'read' });
      group.force('lb1', write);
      observe(lb1, answered(write, true));
      group.cluster.run(apartMs);
    }
    return group.rules();
  }

  test.each([
    [2, 1_900, ['S5']],
    [2, 2_000, []],
    [10, 5_000, []],
    [11, 5_000, ['S5']],
    [30, 6_100, []],
  ])('%i plans, one each %i ms', (count, apartMs, rules) => {
    expect(plans(count, apartMs)).toEqual(rules);
  });
});

describe('S7: a holder is confirmed, or says that its API fails', () => {
  test('a holder that never looks again', () => {
    const group = settled();
    for (let i = 0; i < 120; i++) {
      meddle(group.host('lb1'), { cloud: { nextReadAt: Number.POSITIVE_INFINITY } });
      group.cluster.run(1_000);
    }
    expect(group.rules()).toEqual(['S7']);
  });

  test('one whose API fails, and which knows it', () => {
    const group = settled();
    group.host('lb1').api.down = true;
    group.cluster.run(300_000);
    expect(group.rules()).toEqual([]);
  });
});

describe('convergence and the drill', () => {
  test('a group that is left alone settles, and replaces its holder', () => {
    const { cluster } = settled();
    const { convergedAfter, replacedAfter } = settlement(cluster);
    expect([convergedAfter! < 1_000, replacedAfter! < 3_000]).toEqual([true, true]);
  });

  test('two that never agree: the address goes to and fro', () => {
    const { cluster } = settled({ nodes: 2, associate: 'moves' });
    const toAndFro = (i: number) => {
      cluster.cloud.setHolders(sharedAddress, [cluster.hosts[i % 2]!.instance], cluster.world.now);
      cluster.world.after(20_000, () => toAndFro(i + 1));
    };
    toAndFro(0);
    expect(settlement(cluster)).toEqual({ convergedAfter: null, replacedAfter: null });
  });

  test('nobody holds', () => {
    const { cluster } = watched(broken({ candidate: false }));
    for (const host of cluster.hosts) cluster.start(host);
    expect(settlement(cluster).convergedAfter).toBeNull();
  });

  test('two hold, and nothing moves', () => {
    const { cluster } = settled({ nodes: 2 });
    for (const host of cluster.hosts) cluster.isolate(host);
    cluster.run(5_000);
    const both = cluster.hosts.map(({ instance }) => instance);
    const hold = () => {
      cluster.cloud.setHolders(sharedAddress, both, cluster.world.now);
      cluster.world.after(100, hold);
    };
    hold();
    expect(settlement(cluster).convergedAfter).toBeNull();
  });

  test('the one that says it is active is not the one that holds', () => {
    const { cluster, host } = settled({ associate: 'moves' });
    const wrong = () => {
      cluster.cloud.setHolders(sharedAddress, [host('lb3').instance], cluster.world.now);
      for (const one of cluster.hosts) one.api.down = true;
      cluster.world.after(1_000, wrong);
    };
    wrong();
    expect(settlement(cluster).convergedAfter).toBeNull();
  });

  test('a dead holder that nobody replaces', () => {
    const { cluster, host } = settled({ nodes: 2 });
    host('lb2').api.down = true;
    expect(settlement(cluster)).toEqual({ convergedAfter: expect.any(Number), replacedAfter: null });
  });

  test('a dead holder that is not dissociated', () => {
    const { cluster, host } = settled({ nodes: 2 });
    const dead = host('lb1').instance;
    const again = () => {
      if (!host('lb1').process && !cluster.holders().includes('lb1')) {
        cluster.cloud.setHolders(sharedAddress, [dead, host('lb2').instance], cluster.world.now);
      }
      cluster.world.after(10, again);
    };
    again();
    expect(settlement(cluster)).toEqual({ convergedAfter: expect.any(Number), replacedAfter: null });
  });
});
