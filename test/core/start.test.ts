import { describe, expect, it } from 'vitest';
import { tick } from '../../src/core/index.ts';
import {
  active,
  D,
  type Fake,
  failure,
  fake,
  Lab,
  multi,
  policyOf,
  selfInstance,
  selfMember,
  standby,
} from './lab.ts';

describe('R2: a node that was paused', () => {
  it('longer than the dead interval: back to hold-off, before the event is looked at', () => {
    const a = fake('a', 30);
    const lab = active({ peers: [a] });
    lab.pause(D + 1);
    const effects = lab.tell({ kind: 'tick' });
    expect(lab.role).toBe('hold-off');
    expect(effects.filter(({ kind }) => kind === 'call')).toEqual([]);
    expect(lab.told(a).role).toBe('init');
    expect(lab.state.peers[0]!.liveness).toBe('never');
  });

  it('shorter: nothing changes', () => {
    const lab = active({ peers: [fake('a', 30)] });
    lab.pause(D - 1).tell({ kind: 'tick' });
    expect(lab.role).toBe('active');
  });

  it('sees a suspension that only the boot clock counts', () => {
    const lab = active({ peers: [fake('a', 30)] });
    expect(lab.pause(D + 50, 'boot').run(100).role).toBe('hold-off');
  });

  it('the 10 ms steps of the boot clock are no pause', () => {
    const lab = active({ peers: [fake('a', 30)] });
    lab.bootAhead = D - 100 + 15;
    expect(lab.run(100).role).toBe('active');
  });

  it('a reply from before the pause triggers no write', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.apiMs = 1_000_000;
    lab.kill(a).until('reading for a takeover', ({ role }) => role === 'taking over');
    const { ticket } = lab.calls.at(-1)!;
    lab.pause(D + 1);
    lab.holders = [];
    const effects = lab.tell({
      kind: 'settled',
      ticket,
      outcome: { ok: true, view: { holders: [], pending: false } },
    });
    expect(lab.role).toBe('hold-off');
    expect(effects.filter(({ kind }) => kind === 'call')).toEqual([]);
    expect(effects).toContainEqual({ kind: 'abort', ticket });
    lab.apiMs = 20;
    expect(lab.run(D - 200).writes()).toEqual([]);
  });

  it('a reply that comes later still is old news', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.apiMs = 1_000_000;
    lab.kill(a).until('reading for a takeover', ({ role }) => role === 'taking over');
    const { ticket } = lab.calls.at(-1)!;
    lab.pause(D + 1).tell({ kind: 'tick' });
    const before = lab.state.cloud.reading;
    lab.tell({ kind: 'settled', ticket, outcome: { ok: true, view: { holders: [], pending: false } } });
    expect(lab.state.cloud.reading).toBe(before);
  });

  it('no write within the hold-off that follows', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.kill(a).pause(60_000).tell({ kind: 'tick' });
    lab.run(D - 100);
    expect(lab.role).toBe('hold-off');
    expect(lab.writes()).toEqual([]);
  });

  it('the hold-off is as long as the longest dead interval that was advertised', () => {
    const a = fake('a', 10, { deadIntervalMs: 9_000 });
    const lab = standby({ peers: [a] });
    lab.kill(a).pause(20_000).tell({ kind: 'tick' });
    lab.run(8_800);
    expect(lab.role).toBe('hold-off');
    lab.until('over', ({ role }) => role !== 'hold-off', 500);
  });

  it('adopts the address when nobody took it meanwhile, without a write', () => {
    const lab = active({ peers: [fake('a', 30)] });
    lab.pause(10_000).tell({ kind: 'tick' });
    lab.until('active', ({ role }) => role === 'active', D + 500);
    expect(lab.writes()).toEqual([]);
  });

  it('(a) silence does not count while nobody listened', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    const heard = lab.state.peers[0]!.heard.at;
    lab
      .kill(a)
      .run(500)
      .pause(D - 200)
      .tell({ kind: 'tick' });
    expect(lab.state.peers[0]!.liveness).toBe('alive');
    lab.until('silent', ({ state }) => state.peers[0]!.liveness === 'silent');
    expect(lab.mono - heard).toBeGreaterThan(D + D - 200 - 100);
  });

  it('a slow loop counts at most two ticks of silence per step', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    const before = lab.state.clock.responsive;
    lab.pause(450).tell({ kind: 'tick' });
    expect(lab.state.clock.responsive - before).toBeLessThanOrEqual(2 * tick(policyOf()));
  });

  it("(c) a pause that no own clock counted shows in a peer's echo", () => {
    const a = fake('a', 30);
    const lab = active({ peers: [a] });
    lab.run(10_000).pause(D + 500, 'unseen');
    lab.beat(a);
    expect(lab.role).toBe('hold-off');
  });

  it('(c) only what the peer counted beyond our own clock is a pause', () => {
    const a = fake('a', 30);
    const lab = active({ peers: [a] });
    lab.run(10_000);
    a.hears = false; // its echo stays the same, so that both clocks show in its age
    lab.pause(D - 300, 'unseen').run(1_100);
    expect(lab.role).toBe('active');
  });

  it('(c) but mere one-way loss is none: the age grows as our own clock does', () => {
    const a = fake('a', 30);
    const lab = active({ peers: [a] });
    lab.run(10_000);
    a.hears = false;
    lab.run(60_000);
    expect(lab.roles(lab.mono - 60_000)).toEqual([]);
  });
});

describe('R4: the wall clock', () => {
  it.each([3_600_000, -3_600_000])('a step of %d ms changes no role', (ms) => {
    for (const lab of [active({ peers: [fake('a', 30)] }), standby({ peers: [fake('a', 10)] })]) {
      const before = lab.role;
      lab.wallAhead += ms;
      lab.run(5_000);
      expect(lab.role).toBe(before);
      expect(lab.writes()).toEqual([]);
    }
  });

  it('a step forward makes a holder look at once: it may be a pause that the other clocks missed', () => {
    const lab = active({ peers: [fake('a', 30)] });
    lab.run(100_000);
    const since = lab.mono;
    lab.wallAhead += D + 100;
    lab.run(200);
    expect(lab.callsSince(since)).toContain('read');
  });
});

describe('R7: the start', () => {
  const alone = (options = {}) => new Lab({ peers: [fake('a', 30, { up: false })], ...options });

  it('advertises from the first millisecond, in hold-off and unable', () => {
    const a = fake('a', 30, { up: false });
    const lab = new Lab({ peers: [a] });
    expect(lab.sentTo(a)[0]!.at).toBe(1_000_000);
    expect(lab.told(a)).toMatchObject({ role: 'init', sequence: 1, flags: { unable: true } });
  });

  it('writes nothing before the hold-off is over, then takes an address that nobody holds', () => {
    const lab = alone();
    lab.run(D - 1);
    expect(lab.writes()).toEqual([]);
    lab.until('a write', () => lab.writes().length > 0, 500);
  });

  it('adopts what is ours already, without a write and without raising the claim', () => {
    const lab = alone({ holders: [selfInstance] });
    lab.until('active', ({ role }) => role === 'active', D + 500);
    expect(lab.writes()).toEqual([]);
    expect(lab.state.claims.number).toBe(0);
  });

  it('adopts with the highest claim seen', () => {
    const a = fake('a', 30, { claim: 12 });
    const lab = new Lab({ peers: [a], holders: [selfInstance] });
    lab.until('active', ({ role }) => role === 'active');
    expect(lab.state.claims.number).toBe(12);
  });

  it('the reading that decides is asked after the end of the hold-off', () => {
    const lab = alone({ holders: [selfInstance] });
    lab.run(D - 100);
    lab.holders = ['vm-a'];
    lab.run(1_000);
    expect(lab.role).not.toBe('active');
  });

  it('does not adopt while a live holder is heard', () => {
    const a = fake('a', 30, { role: 'holding', claim: 3 });
    const lab = new Lab({ peers: [a], holders: [selfInstance], policy: { preempt: false } });
    lab.run(D + 1_000);
    expect(lab.role).toBe('backup');
  });

  it('while the API fails: backup and unable after three failures', () => {
    const b = fake('b', 30);
    const lab = new Lab({ peers: [b] });
    lab.answer = () => failure('unavailable');
    lab.until('backup', ({ role }) => role === 'backup', 20_000);
    expect(lab.state.cloud.failures).toBe(3);
    expect(lab.told(b).flags.unable).toBe(true);
    expect(lab.run(60_000).writes()).toEqual([]);
  });

  it('says which members were never heard', () => {
    const lab = alone();
    lab.run(D + 200);
    expect(lab.alarms(/never-heard/)).toEqual(['never-heard 10.0.1.1']);
  });

  it('an hour of a stalled member list is an hour of hold-off', () => {
    const lab = new Lab({ policy: { grouped: true } });
    lab.answer = (call) => (call.kind === 'members' ? failure('unavailable') : undefined);
    lab.run(3_600_000);
    expect(lab.role).toBe('hold-off');
    expect(lab.writes()).toEqual([]);
  });
});

describe('R30: a complete group need not wait', () => {
  const [ms] = [1_500];
  const start = (peers: Fake[], options = {}) => new Lab({ peers, ...options });

  it('the hold-off ends when every member has echoed a datagram of this hold-off', () => {
    const lab = start([fake('a', 10), fake('b', 30)]);
    expect(lab.until('over', ({ role }) => role !== 'hold-off')).toBeLessThan(ms);
  });

  it.each<[string, Fake[]]>([
    ['a member is silent', [fake('a', 10), fake('b', 30, { up: false })]],
    ['a member does not hear us', [fake('a', 10), fake('b', 30, { hears: false })]],
    ['a member is an exoip node, which echoes nothing', [fake('a', 10), fake('b', 30, { version: 1 })]],
    ['there is no other member', []],
  ])('not while %s', (_, peers) => {
    const lab = start(peers);
    expect(lab.until('over', ({ role }) => role !== 'hold-off')).toBeGreaterThanOrEqual(D);
  });

  it('an echo of an earlier life does not count', () => {
    const a = fake('a', 10, { hears: false, heard: { sequence: 1, random: 6, at: 999_000 } });
    expect(start([a]).until('over', ({ role }) => role !== 'hold-off')).toBeGreaterThanOrEqual(D);
  });

  it('an echo from before this hold-off does not count', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    a.hears = false;
    lab.pause(D + 1).tell({ kind: 'tick' });
    expect(lab.until('over', ({ role }) => role !== 'hold-off')).toBeGreaterThanOrEqual(D - 100);
  });

  it('a group that the cloud names is known after one good answer, and then heard', () => {
    const a = fake('a', 10);
    const lab = start([a], { policy: { grouped: true } });
    lab.until('over', ({ role }) => role !== 'hold-off', ms);
    expect(lab.callsSince(0)[0]).toBe('members');
  });

  it('a peer answers a new life at once, so that the echo need not wait for the interval', () => {
    const a = fake('a', 30);
    const lab = active({ peers: [a] });
    lab.run(500);
    lab.restart(a);
    const sent = lab.beat(a).filter(({ kind }) => kind === 'send');
    expect(sent).toHaveLength(1);
    expect(lab.told(a).echo).toMatchObject({ epochRandom: a.epoch.random, sequence: 1 });
  });
});

describe('R31: a node that would not claim says that it is unable', () => {
  const cases: [string, (a: Fake, b: Fake) => Lab][] = [
    ['in hold-off', (a, b) => new Lab({ peers: [a, b], members: [a.member, b.member] })],
    [
      'without a known list of members',
      (a, b) => new Lab({ peers: [a, b], policy: { grouped: true }, holders: [] }),
    ],
    ['excluded by its operator', (a, b) => standby({ peers: [a, b], policy: { candidate: false } })],
    [
      'cut off from everybody',
      (a, b) => {
        const lab = standby({ peers: [a, b] });
        Object.assign(a, { hears: false });
        Object.assign(b, { hears: false });
        return lab.run(D + 500);
      },
    ],
    [
      'with refused credentials',
      (a, b) => {
        const lab = standby({ peers: [a, b] });
        lab.answer = () => failure('denied');
        return lab.run(70_000);
      },
    ],
    [
      'with a failing API',
      (a, b) => {
        const lab = standby({ peers: [a, b] });
        lab.answer = () => failure('unavailable');
        return lab.run(90_000);
      },
    ],
  ];

  it.each(cases)('%s', (_, make) => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = make(a, b);
    if (lab.state.peers.length > 0) expect(lab.told(b).flags.unable).toBe(true);
    else expect(lab.state.members.known).toBe(false);
  });

  it('and a sound backup does not', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    expect(standby({ peers: [a, b] }).told(b).flags.unable).toBe(false);
  });

  it('the operator excluded it: it takes no address that nobody holds', () => {
    const lab = new Lab({ peers: [fake('a', 30)], policy: { candidate: false } });
    expect(lab.run(120_000).writes()).toEqual([]);
  });
});

describe('R6: the API does not answer', () => {
  it('two failures are tolerated, the third makes the node unable, one success clears it', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    let left = 3;
    lab.answer = () => (left-- > 0 ? failure('unavailable') : undefined);
    const failed: number[] = [];
    lab.until('three failures', ({ state }) => {
      if (state.cloud.failures > failed.length) failed.push(lab.mono);
      if (state.cloud.failures === 2)
        expect(lab.told(b).flags).toMatchObject({ unable: false, apiOk: false });
      return state.cloud.failures === 3;
    });
    expect(lab.told(b).flags.unable).toBe(true);
    expect(failed[1]! - failed[0]!).toBeLessThan(5_300); // 5 s, not 60
    lab.until('able', () => !lab.told(b).flags.unable, 6_000);
  });

  it('refused credentials make it unable at once', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.answer = () => failure('denied');
    lab.until('a failure', ({ state }) => state.cloud.failures === 1);
    expect(lab.told(b).flags.unable).toBe(true);
  });

  it('a conflict is an answer, not a failure', () => {
    const lab = standby({ peers: [fake('a', 10)] });
    lab.answer = () => failure('conflict');
    expect(lab.run(120_000).state.cloud.failures).toBe(0);
  });

  it('what the cloud asks us to wait is waited', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    let once = true;
    lab.answer = () => {
      if (!once) return undefined;
      once = false;
      return failure('throttled', { retryAfterMs: 9_000 });
    };
    lab.kill(a).until('throttled', ({ state }) => state.cloud.failures === 1);
    const since = lab.mono;
    lab.until('again', () => lab.callsSince(since + 1).length > 0);
    expect(lab.mono - since).toBeGreaterThanOrEqual(9_000);
  });

  it('an unable node does not take over, a holder stays', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.answer = () => failure('denied');
    lab.until('a failure', ({ state }) => state.cloud.failures > 0);
    lab.kill(a).run(30_000);
    expect(lab.roles(lab.mono - 30_000)).toEqual([]);
  });

  it('a backup reads about once a minute, so that bad credentials are known before they are needed', () => {
    const lab = standby({ peers: [fake('a', 10)] });
    const since = lab.mono;
    lab.run(600_000);
    const reads = lab.callsSince(since).length;
    expect(reads).toBeGreaterThanOrEqual(9);
    expect(reads).toBeLessThanOrEqual(11);
  });
});

describe('R5: one call at a time', () => {
  it('a takeover does not wait for a reading of the background: that one is aborted', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.answer = () => 'never';
    const since = lab.mono;
    lab.until('a background reading', () => lab.calls.some(({ at }) => at > since), 70_000);
    const { ticket } = lab.calls.at(-1)!;
    lab.kill(a).until('taking over', ({ role }) => role === 'taking over');
    expect(lab.aborted.at(-1)).toBe(ticket);
    expect(lab.calls.at(-1)!.ticket).not.toBe(ticket);
  });

  it('a write is never aborted, and nothing else is called before it ended', () => {
    const [a, b] = [fake('a', 10), fake('b', 15, { flags: { unable: true } })];
    const lab = standby({ peers: [a, b] });
    lab.answer = (call) => (call.kind === 'associate' ? 'never' : undefined);
    lab.kill(a).until('a write', () => lab.writes().length > 0);
    const since = lab.mono;
    Object.assign(b, { role: 'holding', claim: 8, flags: {} });
    lab.beat(b);
    expect(lab.role).toBe('backup');
    lab.run(60_000);
    expect(lab.aborted).not.toContain(lab.calls.at(-1)!.ticket);
    expect(lab.callsSince(since + 1)).toEqual([]);
  });

  it('no new takeover begins while a write is under way', () => {
    const [a, b] = [fake('a', 10), fake('b', 15, { flags: { unable: true } })];
    const lab = standby({ peers: [a, b, fake('c', 40)] });
    lab.answer = (call) => (call.kind === 'associate' ? 'never' : undefined);
    lab.kill(a).until('a write', () => lab.writes().length > 0);
    const { ticket } = lab.calls.at(-1)!;
    lab.beat(Object.assign(b, { role: 'holding', claim: 8 }));
    expect(lab.role).toBe('backup');
    expect(lab.kill(b).run(20_000).role).toBe('backup');
    lab.inFlight.delete(ticket);
    lab.tell({ kind: 'settled', ticket, outcome: { ok: true } });
    lab.until('taking over', ({ role }) => role === 'taking over', 1_000);
  });

  it('the rule that allows a write is looked at again in the step that emits it', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.apiMs = 400;
    lab.kill(a).until('taking over', ({ role }) => role === 'taking over');
    lab.run(200);
    lab.beat(a); // it lives after all
    lab.run(2_000);
    expect(lab.writes()).toEqual([]);
    expect(lab.role).toBe('backup');
  });

  it('after a write of unknown outcome a hard stall does not forget that it must be read first', () => {
    const a = fake('a', 30);
    const lab = standby({ peers: [fake('b', 10)], policy: { traits: multi } });
    expect(a).toBeDefined();
    lab.answer = (call) => (call.kind === 'associate' ? 'never' : undefined);
    lab.kill(lab.peers[0]!).until('a write', () => lab.writes().length > 0);
    lab.pause(D + 1).tell({ kind: 'tick' });
    const since = lab.mono;
    lab.run(20_000);
    expect(lab.callsSince(since)[0]).toBe('read');
  });
});

describe('R1: advertisements', () => {
  it('go to every peer each interval, on absolute deadlines, whatever the API does', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.answer = () => 'never';
    const since = lab.mono;
    lab.run(60_000);
    for (const peer of [a, b]) {
      const times = lab
        .sentTo(peer, since)
        .filter(({ via }) => via === 'socket')
        .map(({ at }) => at % 1000);
      expect(times).toHaveLength(60);
      expect(new Set(times).size).toBe(1);
    }
  });

  it('a late wake-up does not shift the following ones', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    const phase =
      lab
        .sentTo(a)
        .filter(({ via }) => via === 'socket')
        .at(-1)!.at % 1000;
    lab.pause(lab.state.speech.nextBeatAt - lab.mono + 37).tell({ kind: 'tick' });
    lab.run(3_000);
    expect(
      lab
        .sentTo(a)
        .filter(({ via }) => via === 'socket')
        .at(-1)!.at % 1000,
    ).toBe(phase);
  });

  it('go at once to everybody when role or flags change', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    const sent = () => lab.tell({ kind: 'health', ok: false }).filter(({ kind }) => kind === 'send');
    expect(sent()).toHaveLength(2);
    expect(sent()).toHaveLength(0);
    expect(lab.command({ kind: 'priority', shift: -1 }).filter(({ kind }) => kind === 'send')).toHaveLength(
      2,
    );
  });

  it('carry a sequence that grows by one with each datagram, over all destinations', () => {
    const lab = standby({ peers: [fake('a', 10), fake('b', 30)] });
    const sequences = lab.run(30_000).sent.map(({ advertisement }) => advertisement.sequence);
    expect(sequences).toEqual(sequences.map((_, i) => i + 1));
  });

  it('echo to each peer what it was last heard to say', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.tell({ kind: 'health', ok: false });
    for (const peer of [a, b])
      expect(lab.told(peer).echo).toMatchObject({ epochRandom: peer.epoch.random, sequence: peer.sequence });
  });

  it('tell whom we hear in possession, and how long ago', () => {
    const [a, b] = [fake('a', 10), fake('b', 15)];
    const lab = standby({ peers: [a, b] });
    expect(lab.told(b).holder).toMatchObject({ tag: a.tag });
    lab.kill(a).run(D + 100);
    lab.until('a datagram', () => lab.told(b).holder === null, 1_100);
    const holder = active({ peers: [fake('a', 30)] });
    expect(holder.told(holder.peers[0]!).holder).toEqual({ tag: policyOf().self.tag, ageMs: 0 });
  });

  it('a group that the cloud names is told of from its first answer on', () => {
    const lab = new Lab({ peers: [fake('a', 10)], policy: { grouped: true } });
    lab.run(100);
    expect(lab.groupMembers).toContain(selfMember);
    expect(lab.sentTo(lab.peers[0]!).length).toBeGreaterThan(0);
    expect(lab.sent.every(({ to }) => to !== selfMember.address)).toBe(true);
  });
});
