import { describe, expect, it } from 'vitest';
import { hasLease, leaseUntil, supporters, viewOf } from '../../src/core/index.ts';
import { active, D, type Fake, fake, Lab, multi, selfInstance, selfTag, standby } from './lab.ts';

/** R23 for one machine: 10.0.0.5 is ours, and every fake votes. */
const self = '10.0.0.5';

function votersOf(...fakes: readonly Fake[]) {
  return { quorum: { voters: [self, ...fakes.map(({ address }) => address)] } };
}

/** It belongs to the quorum, and says so. */
function voter(letter: string, priority: number, changes: Partial<Fake> = {}): Fake {
  const one = fake(letter, priority, changes);
  return Object.assign(one, { flags: { quorum: true, ...changes.flags } });
}

/** `a` holds with everybody's support, we are its first backup, `w` is a witness. */
function group(changes: { a?: Partial<Fake>; w?: Partial<Fake>; policy?: object } = {}) {
  const a = voter('a', 10, changes.a);
  const w = voter('w', 0, { role: 'witness', flags: { witness: true }, support: a.tag, ...changes.w });
  w.flags = { ...w.flags, quorum: true };
  const lab = standby({ peers: [a, w], policy: { ...votersOf(a, w), ...changes.policy } });
  return { lab, a, w };
}

/** We hold, supported by the witness; `b` is a backup that votes, too. */
function holder(policy: object = {}) {
  const b = voter('b', 30, { support: selfTag });
  const w = voter('w', 0, { role: 'witness', flags: { witness: true }, support: selfTag });
  w.flags = { ...w.flags, quorum: true };
  const lab = active({ peers: [b, w], policy: { ...votersOf(b, w), ...policy } });
  return { lab, b, w };
}

describe('the voter', () => {
  it('supports the holder, tells everybody, and nobody else while the holder is heard', () => {
    const { lab, a, w } = group();
    expect(lab.told(w).support).toBe(a.tag);
    expect(lab.told(w).flags.quorum).toBe(true);
    Object.assign(w, { role: 'acquiring', flags: { quorum: true } });
    lab.beat(w);
    expect(lab.told(w).support).toBe(a.tag);
  });

  it('keeps a promise for the dead interval, even to a holder that is known to be gone', () => {
    const { lab, a, w } = group();
    const heard = lab.state.peers[0]!.heard.at;
    lab.kill(a);
    a.refuses = true;
    lab.until('refused', ({ state }) => state.peers[0]!.liveness === 'refused');
    expect(lab.mono - heard).toBeLessThan(D / 2);
    expect(lab.told(w).support).toBe(a.tag);
    lab.until('free', () => lab.told(w).support !== a.tag);
    expect(lab.mono - heard).toBeGreaterThanOrEqual(D);
    expect(lab.mono - heard).toBeLessThan(D + 2);
  });

  it('counts the shorter of the two dead intervals', () => {
    const { lab, a, w } = group({ a: { deadIntervalMs: 10_000 } });
    const heard = lab.state.peers[0]!.heard.at;
    lab.kill(a);
    lab.until('free', () => lab.told(w).support === 0);
    expect(lab.mono - heard).toBeLessThan(D + 2);
  });

  it.each<[string, (a: Fake) => void]>([
    ['it is backup again', (a) => Object.assign(a, { role: 'backup' })],
    ['it releases', (a) => Object.assign(a, { flags: { quorum: true, released: true } })],
    [
      'another life of it is in hold-off',
      (a) => Object.assign(a, { role: 'init', sequence: 0, epoch: { startedAt: 1_800_000_000, random: 5 } }),
    ],
  ])('a promise ends at once when %s', (_, change) => {
    const { lab, a, w } = group();
    change(a);
    lab.beat(a);
    expect(lab.told(w).support).toBe(0);
  });

  it('keeps a promise that was given by a longer dead interval, when SIGHUP makes its own shorter', () => {
    const { lab, a, w } = group();
    const heard = lab.state.peers[0]!.heard.at;
    const previous = lab.policy;
    lab.kill(a);
    lab.policy = { ...previous, intervalMs: 200 };
    lab.tell({ kind: 'policy', previous });
    lab.until('free', () => lab.told(w).support === 0);
    expect(lab.mono - heard).toBeGreaterThanOrEqual(D);
  });

  it('supports nobody in hold-off, and forgets its promise by a pause that its peers have noticed', () => {
    const { lab, a, w } = group();
    lab.pause(2 * D);
    lab.tell({ kind: 'tick' });
    expect(lab.told(w)).toMatchObject({ role: 'init', support: 0 });
    lab.beat(a);
    expect(lab.told(w).support).toBe(0);
    lab.until('backup', ({ role }) => role === 'backup');
    lab.run(500);
    expect(lab.told(w).support).toBe(a.tag);
  });

  it.each<[string, Partial<Fake>]>([
    ['has other voters', { configDigest: 98 }],
    ['knows no quorum', { flags: {} }],
  ])('supports no holder that %s', (_, changes) => {
    const { lab, a, w } = group({ a: changes });
    a.flags = changes.flags ?? a.flags;
    lab.beat(a);
    expect(lab.run(D).told(w).support).toBe(0);
  });

  it('of two claimants the holder first, then the better rank', () => {
    const [a, b, c] = [voter('a', 10), voter('b', 12), voter('c', 14)];
    const lab = new Lab({ peers: [a, b, c], policy: { ...votersOf(a, b, c), candidate: false } });
    lab.until('backup', ({ role }) => role === 'backup');
    Object.assign(b, { role: 'acquiring', up: false });
    Object.assign(c, { role: 'acquiring', up: false });
    lab.beat(c);
    expect(lab.told(a).support).toBe(c.tag);
    lab.beat(b);
    expect(lab.told(a).support).toBe(c.tag);
    c.role = 'backup';
    lab.beat(c);
    expect(lab.told(a).support).toBe(b.tag);
    Object.assign(c, { role: 'holding', up: true });
    Object.assign(b, { role: 'backup' });
    lab.beat(c);
    lab.beat(b);
    expect(lab.told(a).support).toBe(c.tag);
  });

  it('is one only if its address is among the voters', () => {
    const a = voter('a', 10);
    const [b, c] = [voter('b', 30), voter('c', 30)];
    const quorum = { voters: [a.address, b.address, c.address] };
    const lab = standby({ peers: [a, b, c], policy: { quorum } });
    expect(lab.told(a).support).toBe(0);
  });
});

describe('the candidate', () => {
  it('takes over when the promise to the dead holder is over and a majority supports it', () => {
    const { lab, a, w } = group();
    lab.kill(a).run(D - 500);
    w.support = 0;
    lab.until('taking over', ({ role }) => role === 'taking over');
    expect(lab.told(w)).toMatchObject({ role: 'acquiring', support: selfTag });
    expect(supporters(viewOf(lab.policy, lab.state))).toBe(1);
    lab.run(200);
    expect(lab.writes()).toEqual([]);
    w.support = selfTag;
    lab.beat(w);
    expect(lab.writes()).toEqual(['associate self']);
    lab.until('active', ({ role }) => role === 'active');
    expect(supporters(viewOf(lab.policy, lab.state))).toBe(2);
  });

  it('does not begin while a voter is bound to somebody whom we do not hear', () => {
    const { lab, a } = group();
    lab.kill(a).run(3 * D);
    expect(lab.role).toBe('backup');
    expect(lab.told(lab.peers[1]!).flags.unable).toBe(false);
  });

  it('gives up after a dead interval without a majority, and lets others try', () => {
    const { lab, a, w } = group();
    lab.kill(a).run(D - 500);
    w.support = 0;
    lab.until('taking over', ({ role }) => role === 'taking over');
    const since = lab.mono;
    lab.until('backup', ({ role }) => role === 'backup');
    expect(lab.mono - since).toBeGreaterThanOrEqual(D);
    expect(lab.mono - since).toBeLessThan(D + 110);
    expect(lab.told(w).flags.unable).toBe(true);
    expect(lab.writes()).toEqual([]);
  });

  it('in a minority it is unable, and claims nothing however long the others are silent', () => {
    const { lab, a, w } = group();
    lab.kill(a, w).run(10 * D);
    expect(lab.role).toBe('backup');
    expect(lab.told(a).flags.unable).toBe(true);
    expect(lab.writes()).toEqual([]);
  });

  it('a voter in hold-off is no company', () => {
    const { lab, a, w } = group();
    Object.assign(w, { role: 'init', support: 0 });
    lab.kill(a).run(3 * D);
    expect(lab.told(w).flags.unable).toBe(true);
  });

  it('a lease counts from when we sent what the voter heard, and five per cent shorter than the promise', () => {
    const { lab, w } = holder();
    lab.kill(...lab.peers);
    const heard = w.heard!;
    expect(leaseUntil(viewOf(lab.policy, lab.state))).toBeCloseTo(heard.at + 0.95 * D, 6);
    lab.run(0.95 * D - (lab.mono - heard.at) - 1);
    expect(hasLease(viewOf(lab.policy, lab.state))).toBe(true);
    lab.run(2);
    expect(hasLease(viewOf(lab.policy, lab.state))).toBe(false);
  });

  it('what a voter heard before this takeover bears no lease', () => {
    const { lab, a, w } = group();
    lab.kill(a).run(D - 500);
    w.support = 0;
    lab.until('taking over', ({ role }) => role === 'taking over');
    Object.assign(w, { support: selfTag, heard: { ...w.heard!, sequence: lab.state.lease.after } });
    w.hears = false;
    lab.beat(w);
    expect(lab.run(500).writes()).toEqual([]);
    w.hears = true;
    expect(lab.run(2_000).writes()).toEqual(['associate self']);
  });

  it.each<[string, (w: Fake) => void]>([
    ['its last datagram supports another', (w) => Object.assign(w, { support: 4711 })],
    [
      'it has begun a new life',
      (w) =>
        Object.assign(w, {
          support: 0,
          role: 'init',
          heard: null,
          sequence: 0,
          epoch: { startedAt: 1_800_000_000, random: 5 },
        }),
    ],
  ])('the support of a voter is void at once when %s', (_, change) => {
    const { lab, b, w } = holder();
    lab.kill(b).run(D);
    expect(supporters(viewOf(lab.policy, lab.state))).toBe(2);
    change(w);
    lab.beat(w);
    expect(lab.role).toBe('backup');
    expect(supporters(viewOf(lab.policy, lab.state))).toBe(0);
  });
});

describe('the holder', () => {
  it(
    'must prove its lease anew when SIGHUP makes its dead interval longer: it was promised for the ' +
      'shorter one',
    () => {
      const { lab } = holder();
      lab.kill(...lab.peers);
      const before = leaseUntil(viewOf(lab.policy, lab.state));
      const previous = lab.policy;
      lab.policy = { ...previous, deadRatio: 9 };
      lab.tell({ kind: 'policy', previous });
      expect(leaseUntil(viewOf(lab.policy, lab.state))).toBeLessThanOrEqual(before);
      expect(hasLease(viewOf(lab.policy, lab.state))).toBe(false);
    },
  );

  it('asks its voters for a fresh word in every interval', () => {
    const { lab, w } = holder();
    const since = lab.mono;
    lab.run(5_000);
    const asked = lab.sentTo(w, since).filter(({ advertisement }) => advertisement.flags.probe);
    expect(asked.length).toBeGreaterThanOrEqual(4);
  });

  it('steps back when the lease ends, and leaves the address where it is', () => {
    const { lab } = holder();
    lab.kill(...lab.peers);
    const since = lab.mono;
    lab.until('backup', ({ role }) => role === 'backup');
    expect(lab.mono - since).toBeLessThan(D);
    expect(lab.run(60_000).writes()).toEqual([]);
    expect(lab.holders).toEqual([selfInstance]);
  });

  it('takes the address up again without a write when the majority is back', () => {
    const { lab, w } = holder();
    lab.kill(...lab.peers).run(60_000);
    Object.assign(w, { up: true, hears: true, support: 0 });
    lab.until('taking over', ({ role }) => role === 'taking over');
    w.support = selfTag;
    lab.until('active', ({ role }) => role === 'active');
    expect(lab.writes()).toEqual([]);
  });

  it('dissociates a dead member only with a lease', () => {
    const { lab, b, w } = holder({ traits: multi });
    lab.holders = [selfInstance, b.instance];
    lab.kill(b);
    w.support = 4711;
    lab.beat(w);
    expect(lab.run(3 * D).writes()).toEqual([]);
  });

  it('an adopted address has a dead interval to find its majority, and is written to by nobody meanwhile', () => {
    const [b, w] = [voter('b', 30), voter('w', 0, { role: 'witness', flags: { witness: true } })];
    const lab = new Lab({ peers: [b, w], holders: [selfInstance], policy: votersOf(b, w) });
    lab.until('active', ({ role }) => role === 'active');
    const since = lab.mono;
    lab.until('backup', ({ role }) => role === 'backup');
    expect(lab.mono - since).toBeGreaterThanOrEqual(D);
    expect(lab.mono - since).toBeLessThan(D + 110);
    expect(lab.writes()).toEqual([]);
  });

  it('time that only the clock of suspensions has counted voids what was sent before', () => {
    const { lab, b } = holder();
    lab.kill(b);
    expect(hasLease(viewOf(lab.policy, lab.state))).toBe(true);
    lab.pause(900, 'boot').tell({ kind: 'health', ok: true });
    expect(hasLease(viewOf(lab.policy, lab.state))).toBe(false);
    expect(lab.role).toBe('active');
    lab.run(1_500);
    expect(hasLease(viewOf(lab.policy, lab.state))).toBe(true);
    expect(lab.role).toBe('active');
  });

  describe('a better node takes over', () => {
    function preempted(policy: object = {}) {
      const a = voter('a', 10, { support: selfTag });
      const w = voter('w', 0, { role: 'witness', flags: { witness: true, quorum: true }, support: selfTag });
      const lab = active({ peers: [a, w], policy: { ...votersOf(a, w), ...policy } });
      Object.assign(a, { role: 'acquiring', support: a.tag });
      lab.beat(a);
      return { lab, a, w };
    }

    it('it releases: says so, writes nothing, supports the other, and stays the holder', () => {
      const { lab, a, w } = preempted();
      expect(lab.told(w)).toMatchObject({ role: 'holding', support: a.tag });
      expect(supporters(viewOf(lab.policy, lab.state))).toBe(0);
      expect(lab.told(w).flags.released).toBe(true);
      expect(hasLease(viewOf(lab.policy, lab.state))).toBe(false);
      expect(lab.run(2 * D).role).toBe('active');
    });

    it('not with preemption off', () => {
      const { lab, w } = preempted({ preempt: false });
      expect(lab.told(w).flags.released).toBe(false);
    });

    it('takes the release back when the other gives up, and has a dead interval for its majority', () => {
      const { lab, a, w } = preempted();
      Object.assign(a, { role: 'backup', support: selfTag });
      lab.beat(a);
      expect(lab.told(w).flags.released).toBe(false);
      expect(hasLease(viewOf(lab.policy, lab.state))).toBe(false);
      lab.run(D);
      expect(hasLease(viewOf(lab.policy, lab.state))).toBe(true);
      expect(lab.role).toBe('active');
    });

    it('takes it back when the window passes, while the API of the other does not answer', () => {
      const { lab, a, w } = preempted();
      a.flags = { quorum: true, apiOk: false };
      lab.run(14_000);
      expect(lab.told(w).flags.released).toBe(true);
      lab.run(1_500);
      expect(lab.told(w).flags.released).toBe(false);
    });
  });

  it('releases to any node that takes over when it is unhealthy', () => {
    const { lab, b, w } = holder();
    lab.tell({ kind: 'health', ok: false });
    Object.assign(b, { role: 'acquiring', support: b.tag });
    lab.beat(b);
    expect(lab.told(w).flags.released).toBe(true);
  });

  it(
    'with a lease does not yield to a better one that says it holds, too: that one has not noticed ' +
      'yet that it is none',
    () => {
      const { lab } = holder({ traits: multi, preempt: false });
      const a = voter('a', 10, { role: 'holding', claim: 1 });
      const members = [...lab.peers.map(({ member }) => member), a.member];
      lab.peers.push(a);
      lab.tell({ kind: 'members', members });
      lab.holders = [selfInstance, a.instance];
      lab.run(3_000);
      expect(supporters(viewOf(lab.policy, lab.state))).toBeGreaterThanOrEqual(2);
      expect(lab.role).toBe('active');
    },
  );

  it('releases to nobody of other settings, whom no voter would support', () => {
    const { lab, b, w } = holder();
    lab.tell({ kind: 'health', ok: false });
    Object.assign(b, { role: 'acquiring', support: b.tag, configDigest: 98 });
    lab.beat(b);
    expect(lab.told(w).flags.released).toBe(false);
  });

  it('asked to leave while its own association is under way, it has not released before that has ended', () => {
    const { lab, a, w } = group();
    lab.kill(a).run(D - 500);
    w.support = 0;
    lab.until('taking over', ({ role }) => role === 'taking over');
    w.support = selfTag;
    lab.apiMs = 300;
    lab.until('writing', () => lab.writes().length > 0, 2_000);
    lab.command({ kind: 'drain' });
    expect(lab.told(w).flags).toMatchObject({ leaving: true, released: false });
    lab.until('written', ({ state }) => state.cloud.pending?.call.kind !== 'associate', 1_000);
    lab.run(200);
    expect(lab.told(w).flags.released).toBe(true);
  });

  it('a leaving one has released, one that restarts has not', () => {
    for (const [onStop, released] of [
      ['handover', true],
      ['keep', false],
    ] as const) {
      const { lab, w } = holder({ onStop });
      lab.command({ kind: 'drain' });
      expect(lab.told(w).flags).toMatchObject({ leaving: true, released });
      expect(lab.told(w).support).toBe(0);
    }
  });
});

describe('a witness', () => {
  function witness() {
    const [a, b] = [voter('a', 10), voter('b', 20)];
    const lab = new Lab({ peers: [a, b], policy: { ...votersOf(a, b), witness: true, priority: 10 } });
    lab.until('witness', ({ role }) => role === 'witness');
    return { lab, a, b };
  }

  it('never asks a cloud, never claims, and supports who does', () => {
    const { lab, a, b } = witness();
    lab.run(60_000);
    expect(lab.calls).toEqual([]);
    expect(lab.told(b)).toMatchObject({ role: 'witness', support: 0, exoipPriority: 255 });
    expect(lab.told(b).flags.witness).toBe(true);
    a.role = 'holding';
    lab.beat(a);
    expect(lab.told(b).support).toBe(a.tag);
    expect(lab.kill(a).run(60_000).calls).toEqual([]);
  });

  it('tells whom it hears in possession: its veto counts', () => {
    const { lab, a, b } = witness();
    a.role = 'holding';
    lab.beat(a);
    lab.run(500);
    expect(lab.told(b).holder?.tag).toBe(a.tag);
  });

  it('has no rank, so its priority clashes with nobody', () => {
    expect(witness().lab.alarms(/priority/)).toEqual([]);
  });

  it('leaves when it is told to', () => {
    const { lab } = witness();
    lab.command({ kind: 'drain' });
    lab.run(1_000);
    expect(lab.stopped).toBe(0);
  });
});

describe('the voters', () => {
  it('are members, whatever the cloud says of the group', () => {
    const a = voter('a', 10);
    const lab = new Lab({
      peers: [a],
      policy: { grouped: true, quorum: { voters: [self, a.address, '192.0.2.9'] } },
    });
    lab.run(1_000);
    expect(lab.state.peers.map(({ member }) => member.address)).toEqual(['192.0.2.9', a.address]);
    lab.run(10 * 60_000);
    expect(lab.state.peers.map(({ member }) => member.address)).toContain('192.0.2.9');
  });

  it('a name and the address that it stands for are one machine, with one vote', () => {
    const [a, b] = [voter('a', 30, { support: selfTag }), voter('b', 40, { support: selfTag })];
    const bare = (one: Fake) => ({ address: one.address, addresses: [one.address] });
    const members = [a, b].flatMap((one) => [{ ...bare(one), name: one.name }, bare(one)]);
    const lab = active({ peers: [a, b], members, policy: votersOf(a, b) });
    expect(lab.state.peers.map(({ member }) => member.name)).toEqual(['a', 'b']);
    expect(supporters(viewOf(lab.policy, lab.state))).toBe(3);
  });

  it('two rows become one when a fuller list tells that they are one machine', () => {
    const a = voter('a', 30);
    const other = '192.0.2.1';
    const lab = active({ peers: [a], policy: votersOf(a) });
    lab.tell({ kind: 'members', members: [a.member, { address: other, addresses: [other] }] });
    expect(lab.state.peers).toHaveLength(2);
    lab.tell({ kind: 'members', members: [{ ...a.member, addresses: [a.address, other] }] });
    expect(
      lab.state.peers.map(({ member, heard: { at: heardAt } }) => [member.address, heardAt > 0]),
    ).toEqual([[a.address, true]]);
  });

  it('come first where a group is too large', () => {
    const crowd = Array.from({ length: 70 }, (_, i) => ({
      address: `10.7.0.${i}`,
      addresses: [`10.7.0.${i}`],
    }));
    const lab = new Lab({ members: crowd, policy: { quorum: { voters: [self, '192.0.2.9', '10.7.0.69'] } } });
    const known = lab.state.peers.map(({ member }) => member.address);
    expect(known.slice(0, 2)).toEqual(['192.0.2.9', '10.7.0.69']);
    expect(known).toHaveLength(64);
    expect(lab.alarms()).toEqual(['group-size']);
  });

  it('a promise is kept to a node by what was heard of it last, whatever it was called before', () => {
    const { lab, a, w } = group();
    const old = { ...lab.state.peers[0]!, member: { address: '192.0.2.1', addresses: ['192.0.2.1'] } };
    const heard = { ...old.heard, at: old.heard.at - 60_000 };
    lab.state = { ...lab.state, peers: [{ ...old, heard }, ...lab.state.peers] };
    lab.kill(a).run(D / 2);
    expect(lab.told(w).support).toBe(a.tag);
  });

  it('an exoip node among the members is an alarm: it knows no quorum', () => {
    const { lab, a } = group();
    const old = fake('c', 40, { version: 1 });
    const more = new Lab({ peers: [a, old], policy: votersOf(a, old) });
    more.run(5_000);
    expect(more.alarms(/exoip/)).toEqual([`exoip ${old.address}`]);
    expect(lab.alarms(/exoip/)).toEqual([]);
  });
});
