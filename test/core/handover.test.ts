import { describe, expect, it } from 'vitest';
import type { Policy } from '../../src/core/index.ts';
import { active, D, failure, fake, Lab, multi, selfInstance, standby } from './lab.ts';

/** Hand-over by `ha-ip handover`: at the one that is asked to take over, at the holder, and at a standby. */

describe('R9: the peer that the holder asks to take over', () => {
  /** `a` holds and asks us, though `b` is better than we are. */
  const asked = (policy = {}) => {
    const [a, b] = [fake('a', 10), fake('b', 15)];
    const lab = standby({ peers: [a, b], policy });
    a.flags = { heir: true };
    return { lab, a, b };
  };

  it('claims at once, although a better one lives, and verifies', () => {
    const { lab, a } = asked();
    lab.beat(a);
    expect(lab.claiming).toBe('handover');
    expect(lab.callsSince(lab.mono)).toEqual(['read']);
    lab.until('active', ({ role }) => role === 'active', 1_000);
    expect(lab.takeovers()).toEqual(['handover']);
  });

  it('not while a release of our own may still land, which would leave the address to nobody', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b], policy: { traits: multi } });
    lab.holders = [a.instance, 'vm-self'];
    const lost = failure('unavailable', { mayHaveHappened: true });
    lab.answer = ({ kind }) => (kind === 'dissociate' ? lost : undefined);
    lab.until('a release', () => lab.writes().includes('dissociate self'), 90_000);
    lab.run(100);
    lab.answer = () => undefined;
    a.flags = { heir: true };
    lab.run(1_000);
    expect(lab.role).toBe('backup');
    // It has landed: from the next reading on nothing stands against it.
    lab.holders = [a.instance];
    lab.until('taking over', ({ role }) => role === 'taking over', 10_000);
    expect(lab.claiming).toBe('handover');
  });

  it('a better one that is not asked leaves the holder alone', () => {
    const a = fake('a', 10, { role: 'holding' });
    const lab = standby({ peers: [a, fake('b', 30)] });
    expect(lab.run(9_000).roles(lab.mono - 9_000)).toEqual([]);
  });

  it('steps back when the holder does not ask any more', () => {
    const { lab, a } = asked();
    lab.apiMs = 500;
    lab.beat(a);
    a.flags = {};
    lab.beat(a);
    expect(lab.role).toBe('backup');
    expect(lab.run(5_000).writes()).toEqual([]);
  });

  it('goes on when it has written, while it is asked', () => {
    const { lab, a } = asked();
    lab.apiMs = 500;
    lab.beat(a);
    lab.until('a write', () => lab.writes().length > 0);
    lab.run(300);
    expect(lab.role).toBe('taking over');
    a.flags = {};
    lab.beat(a);
    expect(lab.role).toBe('backup');
  });

  const cases: [string, Partial<Policy>, ((lab: Lab) => void) | null][] = [
    ['no candidate', { candidate: false }, null],
    ['not healthy', {}, (lab: Lab) => void lab.tell({ kind: 'health', ok: false })],
    [
      'standing aside itself',
      {},
      (lab: Lab) => void lab.command({ kind: 'handover', to: null, forMs: null }),
    ],
    ['leaving', { onStop: 'release' }, (lab: Lab) => void lab.command({ kind: 'drain' })],
  ];
  it.each(cases)('does not when it is %s', (_, policy, make) => {
    const { lab, a } = asked(policy);
    make?.(lab);
    lab.beat(a);
    lab.run(150);
    expect(lab.roles()).not.toContain('taking over');
  });

  it('where several may hold, does not take the one that asked for a rival until that one has heard of it', () => {
    const { lab, a } = asked({ traits: multi });
    lab.beat(a);
    lab.until('active', ({ role }) => role === 'active', 1_000);
    const since = lab.mono + 1;
    lab.run(1_000);
    expect(lab.roles(since)).toEqual([]);
    // Without the flag they are two holders, and the worse one yields.
    a.flags = {};
    lab.beat(a);
    expect(lab.role).toBe('backup');
  });
});

describe('a holder that is told to hand over', () => {
  const peers = () => [fake('a', 10), fake('b', 30)] as const;
  const handing = (to: string | null, options: { forMs?: number | null; policy?: object } = {}) => {
    const [a, b] = peers();
    const lab = active({ peers: [a, b], policy: options.policy ?? {} });
    lab.command({ kind: 'handover', to, forMs: options.forMs ?? null });
    return { lab, a, b };
  };
  /** `b` has taken the address, and says so. */
  const relievedBy = (lab: Lab, heir: ReturnType<typeof fake>) => {
    lab.holders = [heir.instance];
    Object.assign(heir, { role: 'holding', claim: lab.state.claims.number + 1 });
    lab.beat(heir);
    lab.until('relieved', ({ state }) => state.aside?.handing !== true, 3_000);
  };

  it('to anybody: tells all at once that it is no candidate, and keeps the address', () => {
    const { lab, a, b } = handing(null);
    const since = lab.mono;
    for (const peer of [a, b]) {
      expect(lab.sentTo(peer, since)).toHaveLength(1);
      expect(lab.told(peer)).toMatchObject({ role: 'holding', flags: { notACandidate: true, heir: false } });
    }
    expect(lab.run(5_000).role).toBe('active');
    expect(lab.writes()).toEqual([]);
  });

  it('to one: asks that one at once, and no other hears of it', () => {
    const { lab, a, b } = handing('10.0.1.2');
    const since = lab.mono;
    expect(lab.sentTo(b, since)).toHaveLength(1);
    expect(lab.told(b).flags).toMatchObject({ heir: true, notACandidate: false });
    lab.run(2_000);
    expect(lab.told(a).flags).toMatchObject({ heir: false, notACandidate: false });
    // To exoip nodes, which know no such request, it is what it was.
    expect(lab.told(a).exoipPriority).toBe(20);
  });

  it('when that one holds, it stands aside and says so to all', () => {
    const { lab, a, b } = handing('10.0.1.2');
    relievedBy(lab, b);
    lab.run(1_500);
    expect(lab.role).toBe('backup');
    expect(lab.state.aside).toMatchObject({ handing: false, until: null });
    for (const peer of [a, b])
      expect(lab.told(peer).flags).toMatchObject({ unable: true, notACandidate: true, heir: false });
  });

  it('where several may hold, steps back for whoever holds soundly, a worse one too, and lets go of its own', () => {
    const { lab, b } = handing('10.0.1.2', { policy: { traits: multi } });
    lab.holders = ['vm-self', b.instance];
    Object.assign(b, { role: 'holding', claim: 5 });
    lab.beat(b);
    expect(lab.role).toBe('backup');
    lab.until('let go', () => lab.writes().includes('dissociate self'), 4_000);
  });

  it(
    'where one may hold, steps back for who says that it holds with a higher claim, before the cloud ' +
      'is asked again',
    () => {
      const { lab, b } = handing('10.0.1.2');
      const since = lab.mono;
      // Who held it before us and has not heard yet that we do is no successor.
      b.role = 'holding';
      lab.beat(b);
      expect(lab.role).toBe('active');
      b.claim = lab.state.claims.number + 1;
      lab.beat(b);
      expect([lab.role, lab.mono - since]).toEqual(['backup', 0]);
    },
  );

  it('with a quorum, gives its lease up for the one that was asked for, and for no other', () => {
    const quorum = { voters: ['10.0.0.5', '10.0.1.1', '10.0.1.2'] };
    const { lab, a, b } = handing('10.0.1.2', { policy: { quorum } });
    const released = () => lab.told(b).flags.released;
    Object.assign(a, { role: 'acquiring', flags: { quorum: true } });
    lab.beat(a);
    expect(released()).toBe(false);
    Object.assign(b, { role: 'acquiring', flags: { quorum: true } });
    lab.beat(b);
    expect(released()).toBe(true);
  });

  it('told in its hold-off, it adopts what is its own, and lets whoever comes have it', () => {
    const quorum = { voters: ['10.0.0.5', '10.0.1.1', '10.0.1.2'] };
    const [a, b] = peers();
    const lab = new Lab({ peers: [a, b], policy: { quorum }, holders: [selfInstance] });
    lab.command({ kind: 'handover', to: b.address, forMs: null });
    lab.until('active', ({ role }) => role === 'active');
    expect(lab.told(b).flags).toMatchObject({ heir: false, notACandidate: true });
    Object.assign(a, { role: 'acquiring', flags: { quorum: true } });
    lab.beat(a);
    expect(lab.told(b).flags.released).toBe(true);
  });

  it('nobody does in time: it stays, and takes part again', () => {
    const { lab, a, b } = handing('10.0.1.2');
    expect(lab.until('again', ({ state }) => state.aside === null)).toBeGreaterThanOrEqual(10_000 - 100);
    expect(lab.role).toBe('active');
    expect(lab.run(1_500).told(b).flags).toMatchObject({ heir: false, notACandidate: false, unable: false });
    expect(lab.told(a).flags.notACandidate).toBe(false);
  });

  it('the address is gone and its successor died on the way: then, too', () => {
    const lab = active({ peers: [fake('b', 30)] });
    lab.command({ kind: 'handover', to: null, forMs: null });
    lab.holders = [];
    lab.state = { ...lab.state, cloud: { ...lab.state.cloud, readWanted: true } };
    lab.until('evicted', ({ role }) => role === 'backup', 40_000);
    expect(lab.state.aside?.handing).toBe(true);
    lab.until('active', ({ role }) => role === 'active', 15_000);
    expect(lab.state.aside).toBeNull();
  });

  it('a pause is no proof that nobody took over: the peers are heard first', () => {
    const { lab, b } = handing('10.0.1.2');
    lab.pause(60_000);
    Object.assign(b, { role: 'holding', claim: 5 });
    lab.holders = [b.instance];
    lab.tell({ kind: 'tick' });
    lab.run(D + 1_000);
    expect(lab.state.aside).toMatchObject({ handing: false });
    expect(lab.role).toBe('backup');
  });

  it('`for`: comes back when the time is over, counted from when it was told', () => {
    const { lab, b } = handing('10.0.1.2', { forMs: 60_000 });
    const since = lab.mono;
    relievedBy(lab, b);
    lab.until('again', ({ state }) => state.aside === null);
    expect(lab.mono - since).toBeGreaterThanOrEqual(60_000);
    expect(lab.mono - since).toBeLessThan(60_200);
    expect(lab.run(1_500).told(b).flags).toMatchObject({ unable: false, notACandidate: false });
  });

  it('`for` shorter than the hand-over does not cut it short', () => {
    const { lab, b } = handing(null, { forMs: 1_000 });
    lab.run(3_000);
    expect(lab.told(b).flags.notACandidate).toBe(true);
    relievedBy(lab, b);
    lab.until('again', ({ state }) => state.aside === null, 200);
  });

  it('told to take part again, it withdraws what it asked for', () => {
    const { lab, b } = handing('10.0.1.2');
    lab.command({ kind: 'rejoin' });
    expect(lab.state.aside).toBeNull();
    expect(lab.told(b).flags).toMatchObject({ heir: false, unable: false });
  });

  it('while it takes over itself: what is written is carried out, and it hands over then', () => {
    const [a, b] = peers();
    const lab = standby({ peers: [a, b] });
    lab.apiMs = 300;
    lab.kill(a).until('a write', () => lab.writes().length > 0);
    lab.command({ kind: 'handover', to: null, forMs: null });
    lab.until('active', ({ role }) => role === 'active', 2_000);
    expect(lab.state.aside).toMatchObject({ handing: true });
    relievedBy(lab, b);
    expect(lab.role).toBe('backup');
  });
});

describe('a standby that stands aside', () => {
  const aside = (forMs: number | null = null) => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.command({ kind: 'handover', to: null, forMs });
    return { lab, a };
  };

  it('says at once that it is unable and no candidate', () => {
    const { lab, a } = aside();
    expect(lab.told(a)).toMatchObject({
      role: 'backup',
      exoipPriority: 255,
      flags: { unable: true, notACandidate: true },
    });
  });

  it('never claims, not even as the last one: its operator said so', () => {
    const { lab, a } = aside();
    lab.kill(a).run(300_000);
    expect(lab.writes()).toEqual([]);
    expect(lab.state.aside).not.toBeNull();
  });

  it.each([
    ['told to take part again', null, (lab: Lab) => void lab.command({ kind: 'rejoin' })],
    ['at the end of its time', 20_000, () => {}],
  ])('%s, it does', (_, forMs, make) => {
    const { lab, a } = aside(forMs);
    lab.kill(a).run(15_000);
    expect(lab.writes()).toEqual([]);
    make(lab);
    lab.until('active', ({ role }) => role === 'active', 6_000);
  });

  it('gives up a takeover that has not written', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.apiMs = 1_000;
    lab.kill(a).until('taking over', ({ role }) => role === 'taking over');
    lab.command({ kind: 'handover', to: null, forMs: null });
    expect(lab.role).toBe('backup');
    expect(lab.run(8_000).writes()).toEqual([]);
  });

  it('to take part although it does: nothing changes', () => {
    const lab = standby({ peers: [fake('a', 10)] });
    const since = lab.sent.length;
    lab.command({ kind: 'rejoin' });
    expect(lab.sent.length).toBe(since);
    expect(lab.state.aside).toBeNull();
  });
});

describe('--candidate off', () => {
  it('a holder that is no candidate is relieved at once by the best other', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    a.flags = { notACandidate: true };
    lab.beat(a);
    expect(lab.claiming).toBe('resign');
  });

  /** SIGHUP with other settings. */
  const excluded = (options: Parameters<typeof active>[0]) => {
    const lab = active(options);
    const previous = lab.policy;
    lab.policy = { ...previous, candidate: false };
    lab.tell({ kind: 'policy', previous });
    return lab;
  };

  it('said to a holder, all hear of it at once; the last one keeps the address', () => {
    const b = fake('b', 30);
    const lab = excluded({ peers: [b] });
    expect(lab.told(b)).toMatchObject({ role: 'holding', flags: { notACandidate: true, unable: true } });
    lab.kill(b).run(300_000);
    expect([lab.role, lab.writes()]).toEqual(['active', []]);
  });

  it('where several may hold, it steps back for a worse one that holds', () => {
    const b = fake('b', 30);
    const lab = excluded({ peers: [b], policy: { traits: multi } });
    Object.assign(b, { role: 'holding', claim: 5 });
    lab.beat(b);
    expect(lab.role).toBe('backup');
  });
});
