import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AdvertisedRole,
  type Call,
  deadline,
  type Effect,
  type Event,
  flagsOf,
  inability,
  initial,
  liveHolder,
  type Member,
  type Now,
  type Outcome,
  type Policy,
  precedes,
  type Rank,
  type State,
  step,
  viewOf,
} from '../../src/core/index.ts';
import { D, type Fake, failure, fake, Lab, multi, policyOf, selfInstance, selfMember } from './lab.ts';

/**
 * What holds for every history, not only for the told ones: random clusters around one machine, random faults, and a
 * check after every step.
 */

const letters = ['a', 'b', 'c'] as const;
const priorities = [10, 20, 30];

type Deed =
  | { kind: 'run'; ms: number }
  | { kind: 'pause'; ms: number }
  | { kind: 'peer'; at: number; change: Partial<Fake> }
  | { kind: 'restart'; at: number }
  | { kind: 'holders'; holders: string[] }
  | { kind: 'pending'; pending: boolean }
  | { kind: 'api'; api: Outcome | 'never' | null; write: boolean }
  | { kind: 'health'; ok: boolean }
  | { kind: 'members'; members: number[] }
  | { kind: 'refused'; at: number }
  | { kind: 'raw'; event: Event }
  | { kind: 'drain' };

const instances = ['vm-a', 'vm-b', 'vm-c', selfInstance, 'vm-stranger'];
const roles: AdvertisedRole[] = ['init', 'backup', 'acquiring', 'holding', 'witness'];
const outcomes: (Outcome | 'never' | null)[] = [
  null,
  'never',
  failure('unavailable', { mayHaveHappened: true }),
  failure('denied'),
  failure('conflict'),
  failure('throttled', { retryAfterMs: 3_000 }),
];

const flags = fc.record({
  leaving: fc.boolean(),
  unhealthy: fc.boolean(),
  unable: fc.boolean(),
  preempt: fc.boolean(),
  restarting: fc.boolean(),
  apiOk: fc.boolean(),
  notACandidate: fc.boolean(),
});

const peerChange: fc.Arbitrary<Partial<Fake>> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ role: fc.constantFrom(...roles), claim: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ up: fc.boolean(), hears: fc.boolean(), refuses: fc.boolean() }) },
  fc.record({ flags: flags as fc.Arbitrary<Partial<Fake['flags']>> }),
  fc.record({ priority: fc.constantFrom(...priorities, 255) }),
  fc.record({ version: fc.constantFrom<1 | 2>(1, 2) }),
  fc.record({ deadIntervalMs: fc.constantFrom(200, D, 20_000), graceMs: fc.constantFrom(0, 5_000) }),
  fc.record({
    hearsHolder: fc.option(
      fc.record({ tag: fc.constantFrom(0x01010101, 0x02020202, 7), ageMs: fc.nat(5_000) }),
    ),
  }),
);

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('run' as const), ms: fc.nat(8_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('run' as const), ms: fc.constantFrom(30_000, 70_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('pause' as const),
      ms: fc.constantFrom(300, 1_500, 2_900, 4_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('peer' as const), at: fc.nat(2), change: peerChange }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), at: fc.nat(2) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('holders' as const),
      holders: fc.uniqueArray(fc.constantFrom(...instances), { maxLength: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pending' as const), pending: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('api' as const),
      api: fc.constantFrom(...outcomes),
      write: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('health' as const), ok: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('members' as const), members: fc.uniqueArray(fc.nat(2)) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refused' as const), at: fc.nat(2) }) },
);

const story = fc.record({
  deeds: fc.array(deed, { minLength: 1, maxLength: 30 }),
  traits: fc.constantFrom<Policy['traits']>(
    multi,
    { associate: 'moves', fences: true, settleMs: 0 },
    { associate: 'refusedWhileHeld', fences: true, settleMs: 0 },
  ),
  preempt: fc.boolean(),
  grouped: fc.boolean(),
  priority: fc.constantFrom(5, 20, 40),
  holders: fc.uniqueArray(fc.constantFrom(...instances), { maxLength: 2 }),
  onStop: fc.constantFrom<Policy['onStop']>('handover', 'release', 'keep'),
});
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** A lab that is watched: `check` sees every step. */
class WatchedLab extends Lab {
  check: (before: State, after: State, effects: Effect[], event: Event, now: Now) => void = () => {};

  override tell(event: Event): Effect[] {
    const before = this.state;
    const effects = super.tell(event);
    // From the constructor of the base class the field is not yet there.
    this.check?.(before, this.state, effects, event, this.now);
    return effects;
  }
}

function play(told: Story, check: WatchedLab['check'], policy: Partial<Policy> = {}): WatchedLab {
  const { traits, preempt, grouped, priority, onStop } = told;
  const peers = letters.map((letter, i) => fake(letter, priorities[i]!));
  const lab = new WatchedLab({
    peers,
    holders: told.holders,
    policy: { traits, preempt, grouped, priority, onStop, ...policy },
  });
  lab.check = check;
  for (const one of told.deeds) perform(lab, one);
  lab.run(20_000);
  return lab;
}

function perform(lab: WatchedLab, one: Deed): void {
  const peer = 'at' in one ? lab.peers[one.at]! : null;
  switch (one.kind) {
    case 'run':
      lab.run(one.ms);
      return;
    case 'pause':
      lab.pause(one.ms).tell({ kind: 'tick' });
      return;
    case 'peer':
      Object.assign(peer!, one.change);
      return;
    case 'restart':
      return lab.restart(peer!);
    case 'holders':
      lab.holders = one.holders;
      return;
    case 'pending':
      lab.pending = one.pending;
      return;
    case 'api':
      lab.answer = (call) => (one.write === isWrite(call) ? (one.api ?? undefined) : undefined);
      return;
    case 'health':
      lab.tell({ kind: 'health', ok: one.ok });
      return;
    case 'members': {
      const members = one.members.map((i) => lab.peers[i]!.member);
      if (lab.policy.grouped) lab.groupMembers = [selfMember, ...members];
      else lab.tell({ kind: 'members', members });
      return;
    }
    case 'refused':
      lab.tell({ kind: 'refused', peer: peer!.address });
      return;
    case 'drain':
      lab.command({ kind: 'drain' });
      return;
    case 'raw':
      lab.tell(one.event);
  }
}

const isWrite = (call: Call) => call.kind === 'associate' || call.kind === 'dissociate';
const calls = (effects: Effect[]) => effects.flatMap((effect) => (effect.kind === 'call' ? [effect] : []));
const runs = { numRuns: 40 };

describe('S6: the same view, the same winner', () => {
  const rank: fc.Arbitrary<Rank> = fc.record({
    priority: fc.constantFrom(0, 1, 10, 254, 255),
    node: fc.constantFrom('00', '01', '7f', '80', 'ff').map((byte) => byte.repeat(16)),
    exoip: fc.boolean(),
  });

  it('the order is total: of two different nodes exactly one ranks first, none before itself', () => {
    fc.assert(
      fc.property(rank, rank, (a, b) => {
        const same = a.priority === b.priority && a.node === b.node && a.exoip === b.exoip;
        expect(Number(precedes(a, b)) + Number(precedes(b, a))).toBe(same ? 0 : 1);
      }),
    );
  });

  it('the order is transitive', () => {
    fc.assert(
      fc.property(rank, rank, rank, (a, b, c) => {
        if (precedes(a, b) && precedes(b, c)) expect(precedes(a, c)).toBe(true);
      }),
    );
  });

  it.each([
    [1, 'ff', 2, '00', true],
    [2, '00', 1, 'ff', false],
    [1, '01', 1, '02', true],
    [1, '7f', 1, '80', true],
    [1, '80', 1, '7f', false],
  ] as const)('priority %d, id %s… against priority %d, id %s…: ranks first is %s', (p, n, q, m, first) => {
    const a = { priority: p, node: n.repeat(16), exoip: false };
    const b = { priority: q, node: m.repeat(16), exoip: false };
    expect(precedes(a, b)).toBe(first);
  });

  // Which of two equal questions the cloud is asked first may follow the list; who wins may not.
  it('the order of the peer table changes neither the live holder nor what the next step decides', () => {
    const order = fc.constantFrom<(peers: State['peers']) => State['peers']>(
      (peers) => [...peers].reverse(),
      (peers) => [...peers.slice(1), ...peers.slice(0, 1)],
    );
    fc.assert(
      fc.property(story, order, (told, permute) => {
        const { traits, preempt, grouped, priority, onStop } = told;
        const policy = policyOf({ traits, preempt, grouped, priority, onStop });
        play(told, (_, after, __, ___, now) => {
          if (after.role === 'stopped') return;
          const permuted = { ...after, peers: permute(after.peers) };
          expect(liveHolder(permuted)?.member.address).toBe(liveHolder(after)?.member.address);
          expect(inability(viewOf(policy, permuted))).toBe(inability(viewOf(policy, after)));
          const ms = deadline(after) - now.mono;
          const at = { mono: now.mono + ms, boot: now.boot + ms, wall: now.wall + ms };
          const [one, other] = [after, permuted].map(
            (view) => step(policy, view, at, { kind: 'tick' }).state,
          );
          expect([other!.role, other!.association]).toEqual([one!.role, one!.association]);
          expect(other!.claim?.why).toBe(one!.claim?.why);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('two nodes with the same view agree who takes over: exactly one of them does', () => {
    fc.assert(
      fc.property(fc.nat(254), fc.nat(254), fc.boolean(), (p, q, smaller) => {
        // One survivor sees the other as a peer, and the other way round.
        const nodes = smaller ? ['44'.repeat(16), '55'.repeat(16)] : ['55'.repeat(16), '44'.repeat(16)];
        const views = [
          [p, q],
          [q, p],
        ].map(([own, other], i) => {
          const a = fake('a', 0, { role: 'holding', claim: 1 });
          const b = { ...fake('b', other!), node: nodes[1 - i]! };
          const base = policyOf();
          const lab = new Lab({
            peers: [a, b],
            holders: [a.instance],
            policy: { priority: own, preempt: false, self: { ...base.self, node: nodes[i]! } },
          });
          lab
            .run(3_000)
            .kill(a)
            .run(D + 300);
          return lab.role !== 'backup';
        });
        expect(views.filter(Boolean)).toHaveLength(1);
      }),
      { numRuns: 30 },
    );
  });
});

describe('S10: the group never shrinks by a bad answer', () => {
  const member = fc
    .integer({ min: 1, max: 20 })
    .map((i): Member => ({ address: `10.0.3.${i}`, addresses: [`10.0.3.${i}`], instance: `vm-${i}` }));
  const bad = fc.oneof(
    fc.constantFrom<Outcome>(
      failure('unavailable'),
      failure('throttled'),
      failure('denied'),
      failure('rejected'),
      {
        ok: true,
      },
    ),
    fc.array(member).map((members): Outcome => ({ ok: true, members })), // without this machine, or empty
  );

  it('whatever errors, empty lists and lists without ourselves follow, and however long', () => {
    fc.assert(
      fc.property(fc.array(member, { minLength: 1 }), fc.array(bad, { maxLength: 12 }), (first, answers) => {
        const lab = new Lab({ policy: { grouped: true } });
        lab.groupMembers = [selfMember, ...first];
        lab.until('members', ({ state }) => state.members.known, 5_000);
        const before = lab.state.peers.map((peer) => peer.member.address);
        let next = 0;
        lab.answer = (call) => (call.kind === 'members' ? answers[next++ % answers.length] : undefined);
        if (answers.length > 0) lab.run(400_000);
        expect(lab.state.peers.map((peer) => peer.member.address)).toEqual(before);
      }),
      { numRuns: 15 },
    );
  });
});

describe('S14: preempt off', () => {
  it('no takeover by preemption, ever, and none at all while a sound holder is heard', () => {
    fc.assert(
      fc.property(story, (told) => {
        play(
          told,
          (before, after) => {
            const begun = after.claim !== null && before.claim === null;
            if (!begun) return;
            expect(after.claim!.why).not.toBe('preempt');
            const holder = liveHolder(after)?.last;
            if (holder?.version === 2)
              expect(holder.flags.leaving || holder.flags.unhealthy || holder.flags.notACandidate).toBe(true);
            else expect(holder).toBeUndefined();
          },
          { preempt: false },
        );
      }),
      runs,
    );
  });
});

describe('random histories', () => {
  const withDrain = story.chain((told) =>
    fc
      .boolean()
      .map((drain) => (drain ? { ...told, deeds: [...told.deeds, { kind: 'drain' as const }] } : told)),
  );

  it('S4: never more than one call in flight, and a read between any two writes', () => {
    fc.assert(
      fc.property(withDrain, (told) => {
        const flying = new Set<number>();
        let unread = false;
        play(told, (_, __, effects, event) => {
          if (event.kind === 'settled') flying.delete(event.ticket);
          for (const effect of effects) {
            if (effect.kind === 'abort') flying.delete(effect.ticket);
            if (effect.kind !== 'call') continue;
            flying.add(effect.ticket);
            expect(flying.size).toBe(1);
            if (isWrite(effect.call)) expect(unread).toBe(false);
            if (isWrite(effect.call)) unread = true;
            if (effect.call.kind === 'read') unread = false;
          }
        });
      }),
      runs,
    );
  });

  it('S2: no write in hold-off, and none by a node that has stopped', () => {
    fc.assert(
      fc.property(withDrain, (told) => {
        play(told, (_, after, effects) => {
          if (after.role === 'hold-off' || after.role === 'stopped')
            expect(calls(effects).filter(({ call }) => isWrite(call))).toEqual([]);
        });
      }),
      runs,
    );
  });

  it('S3: another is dissociated only by a confirmed holder, and only when it is not alive', () => {
    fc.assert(
      fc.property(withDrain, (told) => {
        play({ ...told, traits: multi }, (_, after, effects, __, now) => {
          for (const { call } of calls(effects)) {
            if (call.kind !== 'dissociate' || call.instance === selfInstance) continue;
            expect(after.association).toBe('confirmed');
            expect(after.cloud.reading!.holders).toContain(selfInstance);
            expect(now.mono - after.cloud.reading!.at).toBeLessThan(5_000);
            const target = after.peers.find(({ member }) => member.instance === call.instance);
            expect(target?.liveness).toMatch(/never|silent|refused/);
          }
        });
      }),
      runs,
    );
  });

  it('S5: at most ten written plans in 60 s, 2 s apart (one plan: clear and attach, attach and first fence)', () => {
    fc.assert(
      fc.property(withDrain, (told) => {
        const plans: number[] = [];
        play(told, (before, after) => {
          if (after.damping.plans.at(-1) === before.damping.plans.at(-1)) return;
          plans.push(after.damping.plans.at(-1)!);
          const [at, last, tenth] = [plans.at(-1)!, plans.at(-2), plans.at(-11)];
          if (last !== undefined) expect(at - last).toBeGreaterThanOrEqual(2_000);
          if (tenth !== undefined) expect(at - tenth).toBeGreaterThanOrEqual(60_000);
        });
      }),
      runs,
    );
  });

  it('a tick before the deadline has no effect', () => {
    fc.assert(
      fc.property(withDrain, fc.double({ min: 0, max: 0.999, noNaN: true }), (told, part) => {
        const policy = policyOf({ ...told, self: policyOf().self });
        play(told, (_, after, __, ___, now) => {
          const due = deadline(after);
          expect(due).toBeLessThanOrEqual(now.mono + 100);
          if (after.role === 'stopped') return;
          expect(due).toBeGreaterThan(now.mono);
          const early = (due - now.mono) * part;
          const at = { mono: now.mono + early, boot: now.boot + early, wall: now.wall + early };
          expect(step(policy, after, at, { kind: 'tick' }).effects).toEqual([]);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('a step changes nothing that it was given', () => {
    fc.assert(
      fc.property(withDrain, (told) => {
        const frozen = new WeakSet<object>();
        play(told, (before, after) => {
          expect(before).toBeDefined();
          freeze(after, frozen);
        });
      }),
      { numRuns: 15 },
    );
  });

  it('the sequence grows by one with every datagram, and the claim never falls', () => {
    fc.assert(
      fc.property(withDrain, (told) => {
        let sequence = 0;
        play(told, (before, after, effects) => {
          expect(after.claims.number).toBeGreaterThanOrEqual(before.claims.number);
          for (const effect of effects) {
            if (effect.kind !== 'send') continue;
            if (sequence > 0) expect(effect.advertisement.sequence).toBe(sequence + 1);
            sequence = effect.advertisement.sequence;
          }
        });
      }),
      { numRuns: 30 },
    );
  });

  it('a node says that it holds only after the cloud said so', () => {
    fc.assert(
      fc.property(withDrain, (told) => {
        play(told, (before, after) => {
          const confirmed = after.association === 'confirmed' && before.association !== 'confirmed';
          if (confirmed) expect(after.cloud.reading!.holders).toContain(selfInstance);
        });
      }),
      runs,
    );
  });
});

describe('replays', () => {
  const life = fc.integer({ min: 1, max: 4 });
  const datagram = fc.record({ life, sequence: fc.integer({ min: 1, max: 30 }), pause: fc.boolean() });

  it('acceptance is monotone: within a life only what is newer, and never an earlier life again', () => {
    fc.assert(
      fc.property(fc.array(datagram, { maxLength: 60 }), (datagrams) => {
        const a = fake('a', 10, { up: false });
        const lab = new Lab({ peers: [a] });
        const accepted: { life: number; sequence: number }[] = [];
        for (const { life, sequence, pause } of datagrams) {
          if (pause) lab.pause(D + 1).tell({ kind: 'tick' });
          const before = lab.drops.length;
          const epoch = { startedAt: 1_700_000_000, random: life };
          lab.deliver(a, lab.advertisementOf(a, { epoch, sequence, echo: null }));
          if (lab.drops.length === before) accepted.push({ life, sequence });
        }
        for (const [i, one] of accepted.entries()) {
          const earlier = accepted.slice(0, i).filter(({ life }) => life === one.life);
          for (const other of earlier) expect(one.sequence).toBeGreaterThan(other.sequence);
          if (earlier.length > 0) expect(accepted[i - 1]!.life).toBe(one.life);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('arbitrary events', () => {
  const now: fc.Arbitrary<Partial<Now>> = fc.record({
    mono: fc.nat(6_000),
    boot: fc.nat(6_000),
    wall: fc.integer(),
  });
  const text = fc.constantFrom('10.0.1.1', '10.0.1.2', '10.0.0.5', '::1', '');
  const outcome: fc.Arbitrary<Outcome> = fc.oneof(
    fc.constantFrom(failure('denied'), failure('unavailable'), failure('missing'), { ok: true } as Outcome),
    fc.record({
      ok: fc.constant(true as const),
      view: fc.record({ holders: fc.array(fc.constantFrom(...instances)), pending: fc.boolean() }),
    }),
    fc.record({ ok: fc.constant(true as const), members: fc.constantFrom<Member[]>([], [selfMember]) }),
  );
  const advertisement = fc.record({
    version: fc.constant(2 as const),
    resource: fc.constant('198.51.100.50'),
    node: fc.constantFrom('01'.repeat(16), '55'.repeat(16)),
    tag: fc.nat(),
    priority: fc.nat(255),
    exoipPriority: fc.nat(255),
    flags: fc.constantFrom(flagsOf(0xffff), flagsOf(0)),
    role: fc.constantFrom(...roles),
    intervalMs: fc.nat(65_535),
    deadIntervalMs: fc.nat(655_350),
    epoch: fc.record({ startedAt: fc.nat(), random: fc.nat(3) }),
    sequence: fc.nat(1_000),
    claim: fc.nat(100),
    echo: fc.option(
      fc.record({ epochRandom: fc.constantFrom(7, 8), sequence: fc.nat(100), ageMs: fc.nat(100_000) }),
    ),
    support: fc.nat(),
    holder: fc.option(fc.record({ tag: fc.nat(), ageMs: fc.nat(65_535) })),
    configDigest: fc.nat(),
    graceMs: fc.nat(600_000),
  });
  const event: fc.Arbitrary<Event> = fc.oneof(
    fc.constant<Event>({ kind: 'tick' }),
    fc.record({ kind: fc.constant('heard' as const), from: text, advertisement }),
    fc.record({ kind: fc.constant('refused' as const), peer: text }),
    fc.record({ kind: fc.constant('settled' as const), ticket: fc.nat(8), outcome }),
    fc.record({ kind: fc.constant('health' as const), ok: fc.boolean() }),
    fc.constant<Event>({ kind: 'command', command: { kind: 'priority', shift: 1 } }),
    fc.constant<Event>({ kind: 'command', command: { kind: 'drain' } }),
    fc.constant<Event>({ kind: 'members', members: [fake('a', 1).member, fake('b', 2).member] }),
    fc.constant<Event>({ kind: 'policy', previous: policyOf({ priority: 3 }) }),
  );

  it('no sequence of events makes it throw, and no write is emitted in hold-off', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(event, now), { maxLength: 80 }), (events) => {
        const policy = policyOf({ traits: multi });
        const clock = { mono: 1_000, boot: 1_000, wall: 1_000 };
        let state = initial(policy, clock);
        for (const [next, { mono = 0, boot = 0, wall = 0 }] of events) {
          // Mostly small steps: long ones only ever lead back to hold-off.
          clock.mono += mono % 120;
          clock.boot += mono % 120 === 0 ? boot : mono % 120;
          clock.wall += wall;
          const result = step(policy, state, { ...clock }, next);
          state = result.state;
          if (state.role === 'hold-off')
            expect(calls(result.effects).filter(({ call }) => isWrite(call))).toEqual([]);
          expect(Number.isFinite(deadline(state))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Whatever writes into it afterwards throws. */
function freeze(value: unknown, done: WeakSet<object>): void {
  if (typeof value !== 'object' || value === null || done.has(value)) return;
  done.add(value);
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part, done);
}
