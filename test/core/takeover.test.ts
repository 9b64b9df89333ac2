import { describe, expect, it } from 'vitest';
import {
  active,
  D,
  exclusive,
  type Fake,
  failure,
  fake,
  Lab,
  multi,
  policyOf,
  selfInstance,
  standby,
} from './lab.ts';

/** Time from the last datagram of the dead holder to our first call for the address. */
function takeoverDelay(lab: Lab, holder: Fake): number {
  const last = lab.state.peers.find(({ member }) => member.address === holder.address)!.heard.at;
  lab.kill(holder);
  lab.until('taking over', ({ role }) => role === 'taking over');
  return lab.mono - last;
}

describe('R8: the address of a dead holder', () => {
  it('the best survivor moves when the dead interval has passed, not before', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    const delay = takeoverDelay(lab, a);
    expect(delay).toBeGreaterThanOrEqual(D);
    expect(delay).toBeLessThan(D + 210); // rank step of the dead holder, and a tick
    expect(lab.claiming).toBe('dead');
  });

  it('reads before it writes, and reads back before it says that it holds', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    const since = lab.mono;
    lab.kill(a).until('active', ({ role }) => role === 'active');
    expect(lab.callsSince(since).slice(-3)).toEqual(['read', 'associate self', 'read']);
    expect(lab.takeovers()).toEqual(['dead']);
  });

  it('the second-best survivor waits one rank step for the best, even if that one is dead too', () => {
    const [a, b] = [fake('a', 10), fake('b', 15)];
    const one = standby({ peers: [fake('a', 10)] });
    const two = standby({ peers: [a, b], policy: { isolatedTakeoverAfterMs: 0 } });
    const alone = takeoverDelay(one, one.peers[0]!);
    two.kill(b);
    const behind = takeoverDelay(two, a);
    expect(behind - alone).toBeGreaterThanOrEqual(90);
    expect(behind - alone).toBeLessThanOrEqual(200);
  });

  it('a peer that was never heard costs no rank step', () => {
    const heard = standby({ peers: [fake('a', 10), fake('b', 15)] });
    const unheard = standby({ peers: [fake('a', 10), fake('b', 15, { up: false })] });
    heard.peers[1]!.flags = {};
    expect(unheard.state.peers[1]!.last).toBeNull();
    expect(takeoverDelay(unheard, unheard.peers[0]!)).toBeLessThan(D + 210);
  });

  it('a better peer that lives is left to do it', () => {
    const [a, b] = [fake('a', 10), fake('b', 15)];
    const lab = standby({ peers: [a, b] });
    lab.kill(a).run(20_000);
    expect(lab.roles(lab.mono - 20_000)).toEqual([]);
  });

  it.each([
    ['a worse peer', 30, {}],
    ['a better peer that is unable', 15, { unable: true }],
    ['a better peer that is unhealthy', 15, { unhealthy: true }],
    ['a better peer that is leaving', 15, { leaving: true }],
    ['a better peer that is no candidate', 15, { notACandidate: true }],
    ['a better witness', 15, { witness: true }],
  ])('%s is not waited for', (_, priority, flags) => {
    const [a, b] = [fake('a', 10), fake('b', priority, { flags })];
    const lab = standby({ peers: [a, b] });
    lab.kill(a).until('taking over', ({ role }) => role === 'taking over', D + 300);
  });

  it('a better node that takes over is given the acquisition window, and longer while its API answers', () => {
    const waited = [false, true].map((apiOk) => {
      const [a, b] = [fake('a', 10), fake('b', 15, { flags: { unable: true } })];
      const lab = standby({ peers: [a, b] });
      Object.assign(b, { role: 'acquiring', flags: { unable: true, apiOk } });
      lab.beat(b);
      const since = lab.mono;
      lab.kill(a).until('taking over', ({ role }) => role === 'taking over');
      return lab.mono - since;
    });
    expect(waited[0]).toBeGreaterThanOrEqual(15_000);
    expect(waited[0]).toBeLessThan(15_500);
    expect(waited[1]).toBeGreaterThanOrEqual(30_000);
    expect(waited[1]).toBeLessThan(30_500);
  });

  it('a worse node that began to take over before we could is let finish for 3 s', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.kill(a).run(2_000);
    b.role = 'acquiring';
    lab.beat(b);
    lab.tell({ kind: 'refused', peer: a.address });
    const waited = lab.until('taking over', ({ role }) => role === 'taking over');
    expect(waited).toBeGreaterThanOrEqual(3_000);
    expect(waited).toBeLessThan(3_300);
  });

  it('a write that failed is repeated only if nothing has come up meanwhile', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.answer = (call) => (call.kind === 'associate' ? failure('unavailable') : undefined);
    lab.kill(a).until('a write', () => lab.writes().length > 0);
    // So long that the pause after the failure is over when the reading comes.
    lab.apiMs = 2_000;
    b.hearsHolder = { tag: a.tag, ageMs: 10 };
    lab.until('backup', ({ role }) => role === 'backup', 10_000);
    expect(lab.writes()).toEqual(['associate self']);
  });

  it('a takeover that has not written yet steps back for a better node that takes over', () => {
    const [a, b] = [fake('a', 10), fake('b', 15, { flags: { unable: true } })];
    const lab = standby({ peers: [a, b] });
    lab.apiMs = 2_000;
    lab.kill(a).until('taking over', ({ role }) => role === 'taking over');
    Object.assign(b, { role: 'acquiring' });
    lab.beat(b);
    expect(lab.role).toBe('backup');
    expect(lab.run(5_000).writes()).toEqual([]);
  });
});

describe('R8: veto, somebody whom I hear still hears the holder', () => {
  function deafTo(changes: Partial<Fake> = {}, others: Fake[] = []) {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b, ...others] });
    Object.assign(b, { hearsHolder: { tag: a.tag, ageMs: 10 }, ...changes });
    lab.beat(b);
    a.up = false;
    return { lab, a, b };
  }

  it('forbids the takeover as long as the witness says so', () => {
    const { lab } = deafTo();
    lab.run(30_000);
    expect(lab.role).toBe('backup');
    expect(lab.writes()).toEqual([]);
  });

  it('ends when what the witness heard is a dead interval of the holder old, though the witness lives', () => {
    const { lab, a, b } = deafTo({ deadIntervalMs: 30_000 }, [fake('c', 40)]);
    lab.run(10_000);
    b.hearsHolder = { tag: a.tag, ageMs: 1_000 };
    lab.beat(b);
    b.up = false;
    const waited = lab.until('taking over', ({ role }) => role === 'taking over', 20_000);
    expect(waited).toBeGreaterThanOrEqual(D - 1_000);
    expect(waited).toBeLessThan(D - 1_000 + 300);
  });

  it('ends as soon as the witness says that the age is beyond the dead interval', () => {
    const { lab, a, b } = deafTo();
    lab.run(10_000);
    b.hearsHolder = { tag: a.tag, ageMs: D };
    lab.beat(b);
    lab.run(200);
    expect(lab.role).not.toBe('backup');
  });

  it('does not protect a holder that was last heard leaving or unhealthy', () => {
    for (const flags of [{ leaving: true }, { unhealthy: true }]) {
      const { lab, a } = deafTo();
      lab.beat(a, { flags: { ...lab.advertisementFlags(a), ...flags } });
      lab.run(500);
      expect(lab.role).not.toBe('backup');
    }
  });

  it.each([{ leaving: true }, { unhealthy: true }])('nor one that died while it was %o', (flags) => {
    const { lab, a } = deafTo();
    lab.tell({ kind: 'health', ok: false }); // so that nothing happens before it is dead
    lab.beat(a, { flags: { ...lab.advertisementFlags(a), ...flags } });
    lab.run(D + 200).tell({ kind: 'health', ok: true });
    expect(lab.run(300).role).not.toBe('backup');
  });

  it('aborts a takeover that has only read so far', () => {
    const { lab, a, b } = deafTo({ hearsHolder: null });
    lab.apiMs = 3_000;
    lab.until('taking over', ({ role }) => role === 'taking over');
    b.hearsHolder = { tag: a.tag, ageMs: 5 };
    lab.beat(b);
    expect(lab.role).toBe('backup');
    lab.run(10_000);
    expect(lab.writes()).toEqual([]);
  });

  it('is not cast by a claim that I hold myself', () => {
    const { lab, b } = deafTo();
    b.hearsHolder = { tag: policyOf().self.tag, ageMs: 0 };
    lab.beat(b);
    lab.until('taking over', ({ role }) => role === 'taking over', D + 500);
  });
});

describe('R9: a holder that is leaving or unhealthy', () => {
  it('is not relieved while another one holds soundly, whoever claimed last', () => {
    const [a, b] = [fake('a', 30), fake('b', 40)];
    const lab = standby({ peers: [a, b], policy: { traits: multi, preempt: false } });
    Object.assign(b, { role: 'holding', claim: 9, flags: { leaving: true } });
    lab.beat(b);
    expect(lab.run(5_000).role).toBe('backup');
    a.role = 'backup';
    a.flags = { unable: true };
    lab.beat(a);
    lab.until('taking over', ({ role }) => role === 'taking over', 100);
  });

  it.each([
    ['leaving', { leaving: true }],
    ['unhealthy', { unhealthy: true }],
  ])('is relieved at once when it says that it is %s', (_, flags) => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    a.flags = flags;
    const effects = lab.beat(a);
    expect(lab.role).toBe('taking over');
    expect(lab.claiming).toBe('resign');
    expect(effects).toContainEqual(expect.objectContaining({ kind: 'call', call: { kind: 'read' } }));
    lab.run(200);
    expect(lab.writes()).toEqual(['associate self']);
  });

  it('is left to a better backup', () => {
    const [a, b] = [fake('a', 10), fake('b', 15)];
    const lab = standby({ peers: [a, b] });
    a.flags = { leaving: true };
    lab.beat(a);
    expect(lab.run(3_000).role).toBe('backup');
  });

  it('is not relieved while it only restarts within the bound that it announced', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    Object.assign(a, { flags: { leaving: true, restarting: true }, graceMs: 8_000 });
    lab.beat(a);
    lab.kill(a).run(7_000);
    expect(lab.roles(lab.mono - 7_000)).toEqual([]);
    lab.until('taking over', ({ role }) => role === 'taking over', 1_500);
  });
});

describe('R10: preemption', () => {
  function worseHolder(policy = {}, changes: Partial<Fake> = {}) {
    const a = fake('a', 50, changes);
    const lab = new Lab({
      peers: [Object.assign(a, { role: 'holding', claim: 1 })],
      holders: [a.instance],
      policy,
    });
    lab.until('backup', ({ role }) => role === 'backup');
    return { lab, a };
  }

  it('waits until this node has been the best for the preempt delay', () => {
    const { lab } = worseHolder();
    const waited = lab.until('taking over', ({ role }) => role === 'taking over');
    expect(waited).toBeGreaterThanOrEqual(9_900);
    expect(waited).toBeLessThan(10_300);
    expect(lab.claiming).toBe('preempt');
    lab.until('active', ({ role }) => role === 'active');
    expect(lab.takeovers()).toEqual(['preempt']);
  });

  it('begins to wait anew after an interruption', () => {
    const { lab } = worseHolder();
    lab.run(8_000);
    lab.tell({ kind: 'health', ok: false });
    lab.run(100).tell({ kind: 'health', ok: true });
    expect(lab.run(9_800).role).toBe('backup');
    lab.until('taking over', ({ role }) => role === 'taking over', 400);
  });

  it('never preempts a holder that does not hear it', () => {
    const { lab, a } = worseHolder();
    a.hears = false;
    const since = lab.mono + 1;
    expect(lab.run(120_000).roles(since)).toEqual([]);
    a.hears = true;
    lab.until('taking over', ({ role }) => role === 'taking over', 2_000);
  });

  it('never preempts when preempt is off', () => {
    const { lab } = worseHolder({ preempt: false });
    expect(lab.run(300_000).writes()).toEqual([]);
  });

  it('never preempts a holder that does not allow it', () => {
    const { lab, a } = worseHolder();
    a.flags = { preempt: false };
    const since = lab.mono + 1;
    expect(lab.run(120_000).roles(since)).toEqual([]);
  });

  it('never preempts a better holder', () => {
    const a = fake('a', 10);
    expect(
      standby({ peers: [a] })
        .run(120_000)
        .writes(),
    ).toEqual([]);
  });

  it('never preempts a better holder that could not take over anew', () => {
    const lab = standby({ peers: [fake('a', 10, { flags: { unable: true } })] });
    const since = lab.mono + 1;
    expect(lab.run(120_000).roles(since)).toEqual([]);
  });

  it('lets an address rest that has just moved', () => {
    const [a, b] = [fake('a', 50), fake('b', 60)];
    Object.assign(a, { role: 'holding', claim: 1 });
    const lab = new Lab({ peers: [a, b], holders: [a.instance] });
    lab.until('backup', ({ role }) => role === 'backup');
    lab.run(5_000);
    Object.assign(a, { role: 'backup' });
    Object.assign(b, { role: 'holding', claim: 2 });
    lab.beat(b);
    lab.beat(a);
    const waited = lab.until('taking over', ({ role }) => role === 'taking over');
    expect(waited).toBeGreaterThanOrEqual(29_900);
    expect(waited).toBeLessThan(30_500);
  });

  it('stops before the write when the holder does not hear us any more', () => {
    const { lab, a } = worseHolder();
    lab.apiMs = 5_000;
    lab.until('taking over', ({ role }) => role === 'taking over');
    a.hears = false;
    lab.run(4_000);
    expect(lab.role).toBe('backup');
    expect(lab.run(30_000).writes()).toEqual([]);
  });

  it('the holder takes the right from a peer that came back from the dead more than three times in ten minutes', () => {
    const a = fake('a', 10);
    const lab = active({ peers: [a], policy: { priority: 5 } });
    const allowed: boolean[] = [];
    for (let i = 0; i < 5; i++) {
      allowed.push(lab.told(a).flags.preempt);
      a.up = false;
      lab.run(5_000);
      a.up = true;
      lab.run(1_500);
    }
    expect(allowed).toEqual([true, true, true, true, false]);
    expect(lab.run(600_000).told(a).flags.preempt).toBe(true);
  });
});

describe('R11: the first read decides how a takeover goes on', () => {
  it('is asked after the takeover began, however fresh an earlier one is', () => {
    const a = fake('a', 10, { role: 'holding', claim: 1 });
    const lab = new Lab({ peers: [a], holders: [a.instance] });
    lab.until('backup', ({ role }) => role === 'backup');
    lab.run(30); // the first reading of a backup has been answered
    expect(lab.inFlight.size).toBe(0);
    a.flags = { leaving: true };
    lab.beat(a);
    expect(lab.claiming).toBe('resign');
    expect(lab.calls.at(-1)).toMatchObject({ at: lab.mono, call: { kind: 'read' } });
  });

  it('ends at once when the address is ours already, without a write', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.holders = [selfInstance];
    lab.kill(a).until('active', ({ role }) => role === 'active');
    expect(lab.writes()).toEqual([]);
    expect(lab.state.claims.number).toBe(1);
  });

  it('waits while an operation is pending, and looks again each second', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.pending = true;
    lab.kill(a).until('taking over', ({ role }) => role === 'taking over');
    const since = lab.mono;
    lab.run(5_500);
    expect(lab.callsSince(since)).toEqual(Array(6).fill('read'));
    lab.pending = false;
    lab.until('a write', () => lab.writes().length > 0, 1_200);
  });

  const foreign = (policy = {}, describe = {}) => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a], policy });
    Object.assign(lab, describe);
    lab.holders = ['vm-unknown'];
    lab.kill(a).until('taking over', ({ role }) => role === 'taking over');
    return lab;
  };

  it('a machine that is no member keeps the address, and an alarm is said', () => {
    const lab = foreign();
    lab.run(120_000);
    expect(lab.writes()).toEqual([]);
    expect(lab.alarms(/^foreign/)).toEqual(['foreign vm-unknown']);
  });

  it('foreign steal: it is displaced', () => {
    const lab = foreign({ foreign: 'steal' });
    expect(lab.run(1_000).writes()).toEqual(['associate self']);
  });

  it.each(['off', 'gone'] as const)('a machine that is no member and %s is nobody', (state) => {
    const lab = foreign({}, { machines: new Map([['vm-unknown', state]]) });
    expect(lab.run(1_000).writes()).toEqual(['associate self']);
  });

  it('what the cloud said of its machine long ago does not count', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a], holders: ['vm-unknown'] });
    lab.machines.set('vm-unknown', 'off');
    lab.run(200_000);
    lab.machines.set('vm-unknown', 'running');
    lab.run(200_000);
    lab.kill(a).run(60_000);
    expect(lab.writes()).toEqual([]);
    // Nor when it cannot be asked again.
    const mute = standby({ peers: [fake('a', 10)], holders: ['vm-unknown'] });
    mute.machines.set('vm-unknown', 'off');
    mute.run(70_000).answer = (call) => (call.kind === 'describe' ? failure('conflict') : undefined);
    expect(mute.run(200_000).kill(mute.peers[0]!).run(30_000).writes()).toEqual([]);
    const [c, unasked] = [fake('c', 10), standby({ peers: [fake('c', 10)], holders: ['vm-c'] })];
    expect(c.instance).toBe('vm-c');
    expect(unasked.run(600_000).callsSince(0)).not.toContain('describe c'); // it is heard: no need to ask
  });

  it('a holder is known by its address where its instance id was not told', () => {
    const a = fake('a', 10);
    const plain = { address: a.address, addresses: [a.address] };
    const lab = standby({ peers: [a], members: [plain] });
    lab.kill(a).until('active', ({ role }) => role === 'active', 10_000);
    expect(lab.callsSince(0)).toContain('describe a');
    expect(lab.alarms(/^foreign/)).toEqual([]);
  });

  it('describe is asked in quiet times, never first in a takeover', () => {
    const a = fake('a', 10);
    const plain = { address: a.address, addresses: [a.address] };
    const lab = standby({ peers: [a], members: [plain] });
    const since = lab.mono;
    lab.kill(a).until('a write', () => lab.writes().length > 0);
    expect(lab.callsSince(since)).not.toContain('describe a');
  });

  it('a peer in hold-off is given time to adopt the address that the cloud says is its own', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.restart(a);
    lab.run(3_000);
    expect(lab.writes()).toEqual([]);
    a.role = 'holding';
    lab.run(2_000);
    expect(lab.role).toBe('backup');
    expect(lab.writes()).toEqual([]);
  });

  it('a peer that stays in hold-off longer than its dead interval and one reading is displaced', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.restart(a);
    const waited = lab.until('a write', () => lab.writes().length > 0);
    expect(waited).toBeGreaterThanOrEqual(D + 5_000);
    expect(waited).toBeLessThan(D + 6_500);
  });

  it('a running member that was never heard is given 60 s, with an alarm at once', () => {
    const a = fake('a', 10, { up: false });
    const lab = new Lab({ peers: [a], holders: [a.instance] });
    lab.until('taking over', ({ role }) => role === 'taking over');
    lab.run(500);
    expect(lab.alarms(/^never-heard-holder/)).toHaveLength(1);
    const waited = lab.until('a write', () => lab.writes().length > 0);
    expect(waited).toBeGreaterThan(58_000);
    expect(waited).toBeLessThan(61_500);
  });

  it('a member that was never heard is displaced at once when the cloud says that its machine is off', () => {
    const a = fake('a', 10, { up: false });
    const lab = new Lab({ peers: [a], holders: [a.instance] });
    lab.machines.set(a.instance, 'off');
    lab.until('a write', () => lab.writes().length > 0, D + 1_000);
  });

  it('clear: where associating is refused while held, the dead holder is dissociated first, in the same plan', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a], policy: { traits: exclusive } });
    lab.kill(a).until('taking over', ({ role }) => role === 'taking over');
    const since = lab.mono;
    lab.until('active', ({ role }) => role === 'active');
    expect(lab.callsSince(since)).toEqual(['read', 'dissociate a', 'read', 'associate self', 'read']);
    expect(lab.mono - since).toBeLessThan(200);
  });
});

describe('R12: a write is verified by a read', () => {
  function claiming(answer: Lab['answer']) {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.answer = answer;
    lab.kill(a).until('a write', () => lab.writes().length > 0);
    return { lab, a, wroteAt: lab.mono };
  }

  it.each([
    ['accepted', undefined],
    ['failed', failure('unavailable', { mayHaveHappened: true })],
    ['rejected', failure('rejected')],
    ['conflict', failure('conflict')],
    ['throttled', failure('throttled')],
  ])('whatever the reply of the write (%s), the next call is a read', (_, outcome) => {
    const { lab, wroteAt } = claiming((call) => (call.kind === 'associate' ? outcome : undefined));
    lab.run(1_500);
    expect(lab.callsSince(wroteAt).slice(0, 2)).toEqual(['associate self', 'read']);
  });

  it('a write that failed but was carried out is a success', () => {
    const { lab } = claiming((call) => {
      if (call.kind !== 'associate') return undefined;
      return failure('unavailable', { mayHaveHappened: true });
    });
    lab.holders = [selfInstance];
    lab.until('active', ({ role }) => role === 'active', 2_000);
  });

  it('the claim number is one higher than any seen', () => {
    const a = fake('a', 10, { claim: 41 });
    const lab = new Lab({ peers: [Object.assign(a, { role: 'holding' })], holders: [a.instance] });
    lab.run(5_000);
    lab.kill(a).until('active', ({ role }) => role === 'active');
    expect(lab.state.claims.number).toBe(42);
  });

  it('while the cloud is still moving it, the node neither gives up nor holds', () => {
    const { lab } = claiming((call) => (call.kind === 'associate' ? { ok: true } : undefined));
    lab.pending = true;
    lab.run(10_000);
    expect(lab.role).toBe('taking over');
    expect(lab.writes()).toHaveLength(1);
  });

  it('lost the race: steps back, and is no candidate for 5 s, then for 10 s', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.answer = (call) => {
      if (call.kind !== 'associate') return undefined;
      lab.holders = [lab.holders[0] === b.instance ? 'vm-a' : b.instance];
      return { ok: true };
    };
    lab.kill(a);
    const pauses: number[] = [];
    for (let i = 0; i < 2; i++) {
      lab.until('taking over', ({ role }) => role === 'taking over');
      const written = lab.writes().length;
      expect(lab.until('backup', ({ role }) => role === 'backup')).toBeLessThan(500);
      expect(lab.writes().length - written).toBe(1);
      expect(lab.told(b).flags.unable).toBe(true);
      pauses.push(lab.until('able again', () => !lab.told(b).flags.unable));
    }
    expect(pauses[0]).toBeGreaterThanOrEqual(4_900);
    expect(pauses[0]).toBeLessThan(5_300);
    expect(pauses[1]).toBeGreaterThanOrEqual(9_900);
    expect(pauses[1]).toBeLessThan(10_300);
  });

  it('a write that just failed is tried again, no sooner than 2 s later', () => {
    const { lab } = claiming((call) => (call.kind === 'associate' ? failure('unavailable') : undefined));
    lab.until('a second write', () => lab.writes().length > 1);
    const [first, second] = lab.writeTimes();
    expect(second! - first!).toBeGreaterThanOrEqual(2_000);
    expect(lab.role).toBe('taking over');
  });
});

describe('R13: a takeover that does not succeed', () => {
  it('ends after the acquisition window when nothing can be read, and lets others try', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.answer = () => 'never';
    lab.kill(a).until('taking over', ({ role }) => role === 'taking over');
    const lasted = lab.until('backup', ({ role }) => role === 'backup');
    expect(lasted).toBeGreaterThanOrEqual(15_000);
    expect(lasted).toBeLessThan(15_200);
    expect(lab.told(b).flags.unable).toBe(true);
  });

  it('an operation that was accepted is given 30 s', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.answer = (call) => (call.kind === 'associate' ? { ok: true } : undefined);
    lab.kill(a).until('a write', () => lab.writes().length > 0);
    lab.pending = true;
    const lasted = lab.until('backup', ({ role }) => role === 'backup');
    expect(lasted).toBeGreaterThanOrEqual(29_000);
    expect(lasted).toBeLessThan(31_000);
  });

  it('the pause doubles up to 300 s', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.answer = (call) => (call.kind === 'associate' ? 'never' : undefined);
    lab.kill(a);
    const pauses: number[] = [];
    for (let i = 0; i < 8; i++) {
      lab.until('taking over', ({ role }) => role === 'taking over', 400_000);
      lab.until('backup', ({ role }) => role === 'backup', 400_000);
      for (const { ticket } of lab.calls.slice(-1))
        if (lab.inFlight.has(ticket)) {
          lab.inFlight.delete(ticket);
          lab.tell({ kind: 'settled', ticket, outcome: failure('unavailable') });
        }
      pauses.push(Math.round(lab.until('able', () => !lab.told(b).flags.unable, 400_000) / 1000));
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  });
});

describe('R22: a node cut off from everybody', () => {
  const peers = () => [fake('a', 10), fake('b', 30)] as const;

  it('does not take over when two or more peers vanished', () => {
    const [a, b] = peers();
    const lab = standby({ peers: [a, b] });
    lab.kill(a, b).run(300_000);
    expect(lab.roles(lab.mono - 300_000)).toEqual([]);
    expect(lab.writes()).toEqual([]);
  });

  it('takes over with one peer only: it cannot know', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.kill(a).until('active', ({ role }) => role === 'active', D + 1_000);
  });

  it('takes over when one of them is still heard and hears us', () => {
    const [a, b] = peers();
    const lab = standby({ peers: [a, b] });
    lab.kill(a).until('active', ({ role }) => role === 'active', D + 1_000);
  });

  it('counts as cut off when the one that is still heard does not hear us', () => {
    const [a, b] = peers();
    const lab = standby({ peers: [a, b] });
    b.hears = false;
    lab.kill(a).run(60_000);
    expect(lab.writes()).toEqual([]);
  });

  it('asks the cloud: a machine that is off is excused', () => {
    const [a, b] = peers();
    const lab = standby({ peers: [a, b] });
    lab.machines.set(a.instance, 'off');
    lab.kill(a, b).until('active', ({ role }) => role === 'active', D + 2_000);
  });

  it('asks of all that vanished, not of the holder alone', () => {
    const [a, b] = peers();
    const lab = standby({ peers: [a, b] });
    lab.machines.set(b.instance, 'off');
    lab.kill(a, b).until('active', ({ role }) => role === 'active', D + 2_000);
  });

  it('a peer that said goodbye is excused', () => {
    const [a, b] = peers();
    const lab = standby({ peers: [a, b] });
    b.flags = { leaving: true };
    lab.beat(b);
    lab.kill(a, b).until('active', ({ role }) => role === 'active', D + 1_000);
  });

  it('after isolated-takeover-after it takes over', () => {
    const [a, b] = peers();
    const lab = standby({ peers: [a, b], policy: { isolatedTakeoverAfterMs: 60_000 } });
    const waited = lab.kill(a, b).until('a write', () => lab.writes().length > 0);
    expect(waited).toBeGreaterThan(58_000);
    expect(waited).toBeLessThan(61_500);
  });

  it('members that were never heard do not count', () => {
    const lab = standby({
      peers: [fake('a', 10), fake('b', 30, { up: false }), fake('c', 40, { up: false })],
    });
    lab.kill(lab.peers[0]!).until('active', ({ role }) => role === 'active', D + 1_000);
  });
});

describe('a takeover from several holders', () => {
  it('adds itself, verifies, and only then dissociates the dead one', () => {
    const a = fake('a', 30);
    const lab = standby({ peers: [a], policy: { traits: multi, preempt: false } });
    const since = lab.mono;
    lab.kill(a).until('fenced', () => lab.writes().includes('dissociate a'));
    expect(lab.callsSince(since)).toEqual(['read', 'associate self', 'read', 'dissociate a']);
    expect(lab.role).toBe('active');
  });

  it('is done with an active node that is not asked for more', () => {
    expect(
      active({ peers: [fake('a', 30)] })
        .run(60_000)
        .writes(),
    ).toEqual([]);
  });
});
