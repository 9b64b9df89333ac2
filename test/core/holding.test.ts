import { describe, expect, it } from 'vitest';
import { active, D, type Fake, failure, fake, Lab, multi, selfInstance, standby } from './lab.ts';

describe('R14: a holder compares with the cloud', () => {
  it('one dead interval after the takeover, then ever more rarely, at last about every 30 s', () => {
    const lab = active({ peers: [fake('a', 30)] });
    const adopted = lab.reports.find(({ report }) => report.kind === 'role' && report.to === 'active')!.at;
    lab.run(300_000);
    const reads = lab.calls
      .filter(({ at, call }) => at > adopted && call.kind === 'read')
      .map(({ at }) => at);
    expect(reads[0]! - adopted).toBeLessThan(D + 200);
    const gaps = reads.slice(1).map((at, i) => at - reads[i]!);
    for (const gap of gaps.slice(-5)) {
      expect(gap).toBeGreaterThanOrEqual(27_000);
      expect(gap).toBeLessThan(33_300);
    }
    expect(new Set(gaps.slice(-5)).size).toBeGreaterThan(1); // spread: a group does not ask in step
  });

  const looksAtOnce = (doubt: (lab: Lab, a: Fake) => void, policy = {}) => {
    const a = fake('a', 30);
    const lab = active({ peers: [a], policy });
    lab.run(100_000 - 1_500); // between two comparisons
    const since = lab.mono;
    doubt(lab, a);
    lab.run(300);
    return lab.callsSince(since).includes('read');
  };

  it.each<[string, (lab: Lab, a: Fake) => void, boolean]>([
    ['nothing happens', () => {}, false],
    [
      'a peer also holds, with a higher claim',
      (lab, a) => lab.beat(Object.assign(a, { role: 'holding', claim: 9 })),
      true,
    ],
    [
      'a better peer also holds',
      (lab, a) => lab.beat(Object.assign(a, { role: 'holding', priority: 1 })),
      true,
    ],
    [
      'a worse peer also holds, with a lower claim',
      (lab, a) => lab.beat(Object.assign(a, { role: 'holding' })),
      false,
    ],
    ['a worse peer is taking over', (lab, a) => lab.beat(Object.assign(a, { role: 'acquiring' })), true],
    [
      'the echo says that a peer had buried us',
      (lab, a) => {
        a.hears = false;
        lab.run(D + 1_500);
      },
      true,
    ],
  ])('at once when: %s (%#)', (_, doubt, reads) => {
    expect(looksAtOnce(doubt)).toBe(reads);
  });

  it('at once after a soft stall longer than an interval', () => {
    expect(looksAtOnce((lab) => lab.pause(1_500))).toBe(true);
    expect(looksAtOnce((lab) => lab.pause(700))).toBe(false);
  });

  it('no more than one extra read in 2 s while the cause lasts', () => {
    const a = fake('a', 30);
    const lab = active({ peers: [a] });
    lab.run(100_000);
    Object.assign(a, { role: 'acquiring' });
    const since = lab.mono;
    lab.run(20_000);
    expect(lab.callsSince(since).filter((call) => call === 'read').length).toBeLessThanOrEqual(11);
  });

  it('a failing API does not end the role', () => {
    const lab = active({ peers: [fake('a', 30)] });
    lab.answer = () => failure('unavailable');
    lab.run(200_000);
    expect(lab.role).toBe('active');
    expect(lab.writes()).toEqual([]);
  });
});

describe('R15: evicted', () => {
  /** We hold; somebody takes the address, and we have read it. */
  function evict(lab: Lab, taker: string): void {
    lab.holders = taker === '' ? [] : [taker];
    lab.until('evicted', ({ role }) => role === 'backup');
  }
  /** How long we leave it there until we take over again. */
  function yields(lab: Lab): number {
    const waited = lab.until('taking over', ({ role }) => role === 'taking over', 1_000_000);
    lab.until('active', ({ role }) => role === 'active', 5_000);
    return Math.round(waited / 1000);
  }
  const greater = 'vm-zzz'; // sorts after vm-self: in a duel it is the taker that gives way

  it('a taker that is heard keeps the address: no yield, no write', () => {
    const a = fake('a', 30);
    const lab = active({ peers: [a], policy: { preempt: false } });
    Object.assign(a, { role: 'holding', claim: 5 });
    lab.beat(a);
    evict(lab, a.instance);
    expect(lab.told(a).flags.unable).toBe(false);
    expect(lab.run(60_000).writes()).toEqual([]);
  });

  it('yields to a taker it cannot hear, 15 s, then 30 s, and so on up to 300 s', () => {
    const a = fake('a', 30, { instance: greater });
    const member = { ...a.member, instance: greater };
    const lab = active({ peers: [a], members: [member] });
    lab.run(10_000).kill(a).run(5_000);
    const pauses: number[] = [];
    for (let i = 0; i < 6; i++) {
      evict(lab, greater);
      pauses.push(yields(lab));
    }
    expect(pauses).toEqual([15, 30, 60, 120, 240, 300]);
  });

  it('never takes it back blindly: while it yields nothing is written, and it says that it is unable', () => {
    const [a, b] = [fake('a', 30), fake('b', 40)];
    const lab = active({ peers: [a, b] });
    lab.run(10_000).kill(a).run(5_000);
    const since = lab.mono;
    evict(lab, a.instance);
    lab.run(14_000);
    expect(lab.writes(since)).toEqual([]);
    expect(lab.told(b).flags.unable).toBe(true);
  });

  it('the yield ends as soon as the taker is heard', () => {
    const [a, b] = [fake('a', 30), fake('b', 40)];
    const lab = active({ peers: [a, b] });
    lab.run(10_000).kill(a).run(5_000);
    evict(lab, a.instance);
    lab.run(3_000);
    Object.assign(a, { up: true, hears: true, role: 'holding', claim: 7 });
    lab.beat(a);
    expect(lab.told(b).flags.unable).toBe(false);
  });

  it('the count of yields begins anew when the taker is heard', () => {
    const a = fake('a', 30, { instance: greater });
    const lab = active({ peers: [a], members: [{ ...a.member, instance: greater }] });
    lab.run(10_000).kill(a).run(5_000);
    evict(lab, greater);
    expect(yields(lab)).toBe(15);
    Object.assign(a, { up: true, hears: true });
    lab.run(10_000).kill(a).run(5_000);
    evict(lab, greater);
    expect(yields(lab)).toBe(15);
  });

  it('and an hour after the last eviction', () => {
    const a = fake('a', 30, { instance: greater });
    const lab = active({ peers: [a], members: [{ ...a.member, instance: greater }] });
    lab.run(10_000).kill(a).run(5_000);
    evict(lab, greater);
    expect(yields(lab)).toBe(15);
    lab.run(3_600_000);
    evict(lab, greater);
    expect(yields(lab)).toBe(15);
  });

  it('taken away in favour of nobody: it is taken again at once', () => {
    const lab = active({ peers: [fake('a', 30)] });
    evict(lab, '');
    lab.until('active', ({ role }) => role === 'active', 1_000);
  });

  it('a pending move is not an eviction', () => {
    const lab = active({ peers: [fake('a', 30)] });
    lab.pending = true;
    lab.holders = ['vm-a'];
    lab.run(60_000);
    expect(lab.role).toBe('active');
  });

  describe('in a duel with a taker that is not heard', () => {
    function duel() {
      const [a, b] = [fake('a', 30), fake('b', 40)]; // vm-a sorts before vm-self
      const lab = active({ peers: [a, b] });
      lab.run(10_000).kill(a).run(5_000);
      evict(lab, a.instance);
      yields(lab);
      evict(lab, a.instance);
      return { lab, a };
    }

    it('the node with the greater instance id leaves it for 15 minutes, and says so', () => {
      const { lab } = duel();
      expect(lab.alarms(/duel/)).toHaveLength(1);
      expect(yields(lab)).toBe(900);
    });

    it('until the cloud says that the machine of the taker is off', () => {
      const { lab, a } = duel();
      lab.machines.set(a.instance, 'off');
      expect(yields(lab)).toBeLessThan(130);
    });

    it('until it hears the taker', () => {
      const { lab, a } = duel();
      Object.assign(a, { up: true, hears: true });
      lab.run(1_100);
      expect(lab.told(a).flags.unable).toBe(false);
    });
  });
});

describe('R16: two live holders that hear each other', () => {
  const rival = (priority: number, changes: Partial<Fake> = {}, traits = multi) => {
    const a = fake('a', priority);
    const lab = active({ peers: [a], policy: { traits } });
    lab.run(3_000);
    Object.assign(a, { role: 'holding', claim: 1, ...changes });
    if (traits === multi) lab.holders = [selfInstance, a.instance];
    lab.beat(a);
    return lab;
  };

  it('the worse becomes backup, once the cloud confirms that the other holds too', () => {
    const lab = rival(10, { claim: 0 });
    expect(lab.role).toBe('active');
    expect(lab.run(2_500).role).toBe('backup');
  });

  it('at once if the other claimed later', () => {
    expect(rival(10).role).toBe('backup');
  });

  it(
    'a better one that only believes to hold, for it was cut off when it lost the address, is no ' +
      'reason to step back',
    () => {
      const a = fake('a', 10);
      const lab = active({ peers: [a], policy: { traits: multi } });
      lab.run(3_000);
      Object.assign(a, { role: 'holding', claim: 0 });
      const since = lab.mono;
      lab.beat(a);
      // It looks for itself, in case the other has just taken the address back.
      expect(lab.run(2_500).callsSince(since)).toContain('read');
      expect(lab.run(10_000).roles(since)).toEqual([]);
    },
  );

  it('the better stays', () => {
    expect(rival(30).run(30_000).role).toBe('active');
  });

  it.each<[string, Partial<Fake>]>([
    ['leaving', { flags: { leaving: true } }],
    ['unhealthy', { flags: { unhealthy: true } }],
  ])('a better holder that is %s is no reason to step back', (_, changes) => {
    const lab = rival(10, changes);
    expect(lab.role).toBe('active');
    expect(lab.run(2_000).roles(lab.mono - 2_500)).toEqual([]);
  });

  it('a better holder that does not hear us is no reason to step back', () => {
    const a = fake('a', 10, { hears: false });
    const lab = active({ peers: [a], policy: { traits: multi } });
    lab.holders = [selfInstance, a.instance];
    Object.assign(a, { role: 'holding', claim: 1 });
    lab.beat(a);
    expect(lab.run(2_000).role).toBe('active');
  });

  it('where only one can hold, the cloud decides, not the order', () => {
    const lab = rival(10, {}, { associate: 'moves', fences: true, settleMs: 0 } as typeof multi);
    expect(lab.run(3_000).role).toBe('active');
  });
});

describe('R17: an unhealthy node', () => {
  it('says so, also to exoip nodes, and keeps the address', () => {
    const a = fake('a', 30, { up: false });
    const lab = active({ peers: [a] });
    lab.tell({ kind: 'health', ok: false });
    expect(lab.told(a)).toMatchObject({ role: 'holding', exoipPriority: 255, flags: { unhealthy: true } });
    expect(lab.run(120_000).role).toBe('active');
    expect(lab.writes()).toEqual([]);
  });

  it('as a backup does not take over', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.tell({ kind: 'health', ok: false });
    expect(lab.kill(a).run(30_000).writes()).toEqual([]);
    lab.tell({ kind: 'health', ok: true });
    lab.until('taking over', ({ role }) => role === 'taking over', 500);
  });

  it('gives up a takeover', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.apiMs = 1_000;
    lab.kill(a).until('taking over', ({ role }) => role === 'taking over');
    lab.tell({ kind: 'health', ok: false });
    expect(lab.role).toBe('backup');
    expect(lab.run(10_000).writes()).toEqual([]);
  });

  it('even when its write is under way', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.kill(a).until('a write', () => lab.writes().length > 0);
    lab.tell({ kind: 'health', ok: false });
    expect(lab.role).toBe('backup');
  });

  it('of several holders: lets go, even to a worse one, when that one holds', () => {
    const a = fake('a', 30);
    const lab = active({ peers: [a], policy: { traits: multi } });
    lab.tell({ kind: 'health', ok: false });
    lab.run(3_000);
    Object.assign(a, { role: 'holding', claim: 1 });
    lab.holders = [selfInstance, a.instance];
    lab.beat(a);
    expect(lab.role).toBe('backup');
    expect(lab.run(5_000).writes()).toEqual(['dissociate self']);
  });
});

describe('R18: leaving', () => {
  function leave(policy = {}, changes: Partial<Fake> = {}) {
    const a = fake('a', 30, changes);
    const lab = active({ peers: [a], policy });
    const since = lab.mono;
    lab.command({ kind: 'drain' });
    return { lab, a, since };
  }
  function takesOver(lab: Lab, a: Fake, traits: 'moves' | 'adds' = 'moves') {
    Object.assign(a, { role: 'holding', claim: 9 });
    lab.holders = traits === 'adds' ? [selfInstance, a.instance] : [a.instance];
    lab.beat(a);
  }

  it('says farewell three times, 50 ms apart, then at half the interval', () => {
    const { lab, a, since } = leave();
    lab.run(2_000);
    a.beatMs = 1_000;
    const farewells = lab.sentTo(a, since).filter(({ via }) => via === 'socket');
    expect(farewells.every(({ advertisement }) => advertisement.flags.leaving)).toBe(true);
    expect(farewells[0]!.advertisement).toMatchObject({ role: 'holding', exoipPriority: 255 });
    for (const at of [0, 50, 100])
      expect(farewells.some((sent) => Math.abs(sent.at - since - at) < 2)).toBe(true);
    const third = active({ peers: [fake('a', 30), fake('b', 40), fake('c', 50)] });
    const drained = third.mono;
    third.command({ kind: 'drain' });
    third.run(3_000);
    const rest = third.sentTo(third.peers[2]!, drained + 101).map(({ at }) => at);
    for (const [i, at] of rest.slice(1).entries()) expect(at - rest[i]!).toBe(500);
    expect(rest.length).toBeGreaterThanOrEqual(5);
    // A holder beats fast for its best backups; a backup shows the plain rhythm.
    const backup = standby({ peers: [fake('a', 10), fake('b', 30)] });
    const b = backup.peers[1]!;
    backup.command({ kind: 'drain' });
    const t0 = backup.mono;
    backup.run(190);
    expect(backup.sentTo(b, t0).map(({ at }) => at - t0)).toEqual([0, 50, 100]);
  });

  it('keeps the address until the successor holds and a read confirms it', () => {
    const { lab, a } = leave();
    lab.run(3_000);
    expect(lab.role).toBe('handing over');
    expect(lab.stopped).toBeNull();
    takesOver(lab, a);
    lab.run(500);
    expect(lab.callsSince(0).at(-1)).toBe('read');
    expect(lab.stopped).toBe(0);
    expect(lab.writes()).toEqual([]);
  });

  it('does not believe the successor where the cloud says otherwise', () => {
    const { lab, a } = leave();
    Object.assign(a, { role: 'holding', claim: 9 });
    lab.beat(a);
    lab.run(5_000);
    expect(lab.stopped).toBeNull();
  });

  it('no successor: leaves at once, and the address stays where it is', () => {
    const { lab } = leave({}, { up: false });
    lab.until('stopped', ({ stopped }) => stopped !== null, 1_000);
    expect(lab.writes()).toEqual([]);
  });

  it('a successor that never takes it: leaves after the hand-over time, and the address stays', () => {
    const { lab, since } = leave();
    lab.until('stopped', ({ stopped }) => stopped !== null);
    expect(lab.mono - since).toBeGreaterThanOrEqual(10_000);
    expect(lab.mono - since).toBeLessThan(10_500);
    expect(lab.writes()).toEqual([]);
  });

  it('release, no successor: dissociates itself, and leaves when that is confirmed', () => {
    const { lab } = leave({ onStop: 'release' }, { up: false });
    lab.until('stopped', ({ stopped }) => stopped !== null, 2_000);
    expect(lab.writes()).toEqual(['dissociate self']);
    expect(lab.callsSince(0).at(-1)).toBe('read');
    expect(lab.holders).toEqual([]);
  });

  it('release does not dissociate before a successor had the time to take it', () => {
    const { lab } = leave({ onStop: 'release' });
    expect(lab.run(9_000).writes()).toEqual([]);
    lab.until('stopped', ({ stopped }) => stopped !== null, 5_000);
    expect(lab.writes()).toEqual(['dissociate self']);
  });

  it('keep: announces the bound of the restart and leaves at once, without a write', () => {
    const { lab, a, since } = leave({ onStop: 'keep', restartBoundMs: 7_000 });
    expect(lab.told(a)).toMatchObject({ graceMs: 7_000, flags: { restarting: true } });
    lab.until('stopped', ({ stopped }) => stopped !== null, 1_000);
    expect(lab.mono - since).toBeLessThan(500);
    expect(lab.writes()).toEqual([]);
    expect(lab.told(a).role).toBe('holding'); // the last word: nobody is told that nobody holds
  });

  it('of several holders: lets go of its own once the successor holds', () => {
    const { lab, a } = leave({ traits: multi });
    expect(lab.run(3_000).writes()).toEqual([]);
    takesOver(lab, a, 'adds');
    lab.until('stopped', ({ stopped }) => stopped !== null, 3_000);
    expect(lab.writes()).toEqual(['dissociate self']);
    expect(lab.holders).toEqual([a.instance]);
  });

  it('a backup says farewell and leaves after 200 ms', () => {
    const lab = standby({ peers: [fake('a', 10)] });
    lab.command({ kind: 'drain' });
    expect(lab.until('stopped', ({ stopped }) => stopped !== null)).toBeLessThan(350);
  });

  it('a node in hold-off leaves too', () => {
    const lab = new Lab({ peers: [fake('a', 10, { up: false })] });
    lab.command({ kind: 'drain' });
    lab.until('stopped', ({ stopped }) => stopped !== null, 1_000);
  });

  it('a leaving node begins no takeover', () => {
    const a = fake('a', 10, { flags: { leaving: true } });
    const lab = standby({ peers: [fake('a', 10)] });
    lab.command({ kind: 'drain' });
    lab.peers[0]!.flags = a.flags;
    lab.beat(lab.peers[0]!);
    expect(lab.role).toBe('backup');
  });

  it('a takeover that has not written yet ends', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.apiMs = 3_000;
    lab.kill(a).until('taking over', ({ role }) => role === 'taking over');
    lab.command({ kind: 'drain' });
    lab.until('stopped', ({ stopped }) => stopped !== null, 1_000);
    expect(lab.writes()).toEqual([]);
  });

  it('a second signal leaves now, whatever is under way', () => {
    const { lab } = leave();
    lab.command({ kind: 'leave' });
    expect(lab.stopped).toBe(0);
    lab.mono += 1_000;
    expect(lab.tell({ kind: 'tick' })).toEqual([]);
    expect(lab.beat(lab.peers[0]!)).toEqual([]);
  });
});

describe('R19: attached although another holds (several holders)', () => {
  function attachedStandby(changes: Partial<Fake> = {}) {
    const a = fake('a', 10, changes);
    const lab = standby({ peers: [a], policy: { traits: multi }, holders: ['vm-a', selfInstance] });
    return { lab, a };
  }

  it('lets go of its own', () => {
    const { lab } = attachedStandby();
    lab.run(5_000);
    expect(lab.writes()).toEqual(['dissociate self']);
    expect(lab.holders).toEqual(['vm-a']);
  });

  it('does not while the live holder is not attached itself', () => {
    const { lab } = (() => {
      const a = fake('a', 10);
      const lab = standby({ peers: [a], policy: { traits: multi }, holders: [selfInstance] });
      return { lab };
    })();
    expect(lab.run(60_000).writes()).toEqual([]);
  });

  it.each([{ leaving: true }, { unhealthy: true }])('does not for a holder that is %o', (flags) => {
    const a = fake('a', 10, { flags });
    const lab = new Lab({
      peers: [Object.assign(a, { role: 'holding', claim: 1 })],
      policy: { traits: multi, candidate: false },
      holders: ['vm-a', selfInstance],
    });
    expect(lab.run(60_000).writes()).toEqual([]);
  });

  it('does not where only one can hold', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a], holders: ['vm-a', selfInstance] });
    expect(lab.run(20_000).writes()).toEqual([]);
  });

  it('waits while its own dissociation of somebody else may still land', () => {
    const a = fake('a', 10);
    const lab = active({ peers: [a], policy: { traits: multi }, holders: [selfInstance, 'vm-a'] });
    lab.answer = (call) =>
      call.kind === 'dissociate' && call.instance !== selfInstance
        ? failure('unavailable', { mayHaveHappened: true })
        : undefined;
    lab.kill(a).until('fencing', () => lab.writes().includes('dissociate a'), 20_000);
    lab.run(500);
    const since = lab.mono;
    Object.assign(a, { up: true, hears: true, role: 'holding', claim: 9 });
    lab.until('backup', ({ role }) => role === 'backup', 3_000);
    const waited = lab.until('release', () => lab.writes(since).includes('dissociate self'), 60_000);
    expect(waited).toBeGreaterThan(25_000);
  });
});

describe('R20: fencing a dead holder (several holders)', () => {
  function fencing(priority: number, options: { policy?: object; peers?: Fake[] } = {}) {
    const a = fake('a', priority);
    const lab = active({
      peers: [a, ...(options.peers ?? [])],
      policy: { traits: multi, ...options.policy },
      holders: [selfInstance, 'vm-a'],
    });
    lab.run(3_000);
    const heardAt = lab.state.peers[0]!.heard.at;
    lab.kill(a);
    return { lab, a, heardAt };
  }

  it('a worse peer is dissociated when its dead interval has passed, after a fresh read', () => {
    const { lab, heardAt } = fencing(30);
    lab.until('fenced', () => lab.writes().length > 0);
    expect(lab.mono - heardAt).toBeGreaterThanOrEqual(D);
    expect(lab.mono - heardAt).toBeLessThan(D + 1_500);
    expect(lab.writes()).toEqual(['dissociate a']);
    expect(lab.callsSince(lab.mono - 1_000)).toContain('read');
  });

  it('a better peer is given 3 s more', () => {
    const { lab, heardAt } = fencing(10);
    lab.until('fenced', () => lab.writes().length > 0);
    expect(lab.mono - heardAt).toBeGreaterThanOrEqual(D + 3_000);
    expect(lab.mono - heardAt).toBeLessThan(D + 4_500);
  });

  it('not when the cloud says that its machine is off', () => {
    const a = fake('a', 10);
    const lab = active({
      peers: [a],
      members: [{ address: a.address, addresses: [a.address] }], // so that the cloud describes it
      policy: { traits: multi },
      holders: [selfInstance, 'vm-a'],
    });
    lab.answer = (call) =>
      call.kind === 'read'
        ? {
            ok: true,
            view: {
              holders: lab.holders,
              pending: false,
              described: [{ instance: 'vm-a', state: a.up ? 'running' : 'off', addresses: [a.address] }],
            },
          }
        : undefined;
    const heardAt = lab.run(3_000).state.peers[0]!.heard.at;
    lab.kill(a).until('fenced', () => lab.writes().length > 0);
    expect(lab.mono - heardAt).toBeLessThan(D + 3_000);
  });

  it('never a peer that lives', () => {
    const a = fake('a', 30);
    const lab = active({ peers: [a], policy: { traits: multi }, holders: [selfInstance, 'vm-a'] });
    expect(lab.run(120_000).writes()).toEqual([]);
  });

  it('never a machine that is no member', () => {
    const lab = active({
      peers: [fake('a', 30)],
      policy: { traits: multi },
      holders: [selfInstance, 'vm-unknown'],
    });
    expect(lab.run(120_000).writes()).toEqual([]);
  });

  it('never while somebody still hears it', () => {
    const b = fake('b', 40);
    const { lab, a } = fencing(30, { peers: [b] });
    b.hearsHolder = { tag: a.tag, ageMs: 10 };
    lab.beat(b);
    expect(lab.run(60_000).writes()).toEqual([]);
  });

  it('never unless the same read confirms ourselves', () => {
    const { lab } = fencing(30);
    lab.holders = ['vm-a'];
    expect(lab.run(10_000).writes()).not.toContain('dissociate a');
  });

  it('never while a move is under way', () => {
    const { lab } = fencing(30);
    lab.pending = true;
    expect(lab.run(20_000).writes()).toEqual([]);
  });

  it('never where the cloud does not allow it, or only one can hold', () => {
    expect(
      fencing(30, { policy: { traits: { associate: 'adds', fences: false, settleMs: 0 } } })
        .lab.run(60_000)
        .writes(),
    ).toEqual([]);
    expect(
      fencing(30, { policy: { traits: { associate: 'moves', fences: true, settleMs: 0 } } })
        .lab.run(60_000)
        .writes(),
    ).toEqual([]);
  });

  it('one target per read, 5 s apart', () => {
    const [a, b, c] = [fake('a', 30), fake('b', 40), fake('c', 50)];
    const lab = active({
      peers: [a, b, c],
      policy: { traits: multi },
      holders: [selfInstance, 'vm-a', 'vm-b'],
    });
    lab.run(3_000).kill(a, b);
    lab.until('both fenced', () => lab.writes().length === 2);
    const [first, second] = lab.writeTimes();
    expect(second! - first!).toBeGreaterThanOrEqual(5_000);
    const between = lab.calls.filter(({ at }) => at > first! && at < second!);
    expect(between.some(({ call }) => call.kind === 'read')).toBe(true);
  });

  it('a holder that died before we started is dissociated too, where the cloud says it is off', () => {
    const a = fake('a', 30, { up: false });
    const lab = new Lab({ peers: [a], policy: { traits: multi }, holders: [selfInstance, 'vm-a'] });
    lab.answer = (call) =>
      call.kind === 'read'
        ? {
            ok: true,
            view: {
              holders: lab.holders,
              pending: false,
              described: [{ instance: 'vm-a', state: 'off', addresses: [a.address] }],
            },
          }
        : undefined;
    lab.until('fenced', () => lab.writes().includes('dissociate a'), 60_000);
  });

  it('a holder that died while we were paused is dissociated at last', () => {
    const { lab } = fencing(30);
    lab.pause(10_000).tell({ kind: 'tick' });
    lab.until('fenced', () => lab.writes().includes('dissociate a'), 120_000);
  });
});

describe('R21: the write budget', () => {
  it('plans are 2 s apart and no more than ten in 60 s, whatever happens', () => {
    const a = fake('a', 30);
    const lab = active({ peers: [a], policy: { traits: { associate: 'moves', fences: true, settleMs: 0 } } });
    // Somebody takes it away at once, in favour of nobody: it is taken again and again.
    lab.answer = (call) => {
      if (call.kind !== 'associate') return undefined;
      lab.holders = [];
      return { ok: true };
    };
    lab.holders = [];
    lab.run(600_000);
    const times = lab.writeTimes();
    expect(times.length).toBeGreaterThan(20);
    for (const [i, at] of times.entries()) {
      if (i > 0) expect(at - times[i - 1]!).toBeGreaterThanOrEqual(2_000);
      if (i >= 10) expect(at - times[i - 10]!).toBeGreaterThanOrEqual(60_000);
    }
  });

  it('also for letting go and attaching in turns', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a], policy: { traits: multi }, holders: ['vm-a', selfInstance] });
    lab.answer = (call) => (call.kind === 'dissociate' ? { ok: true } : undefined);
    lab.holders = ['vm-a', selfInstance];
    lab.run(600_000);
    const times = lab.writeTimes();
    expect(times.length).toBeGreaterThan(10);
    for (const [i, at] of times.entries()) {
      if (i > 0) expect(at - times[i - 1]!).toBeGreaterThanOrEqual(2_000);
      if (i >= 10) expect(at - times[i - 10]!).toBeGreaterThanOrEqual(60_000);
    }
  });
});
