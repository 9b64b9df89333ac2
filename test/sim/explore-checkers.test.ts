import { describe, expect, test } from 'vitest';
import {
  type Event,
  type FullAdvertisement,
  type InstanceId,
  type IpAddress,
  type Policy,
  type State,
  step,
} from '../../src/core/index.ts';
import { canonical } from '../../src/sim/proof/canonical.ts';
import { beginning, type Exploration, explore } from '../../src/sim/proof/explore.ts';
import { menu, tell } from '../../src/sim/proof/menu.ts';
import { type Group, kindRound, play, type Setup } from '../../src/sim/proof/rounds.ts';
import { extent } from './extent.ts';

/**
 * An exploration that finds nothing proves something only if it finds what is broken. Each machine here lacks one rule
 * of the core, by a change of what goes into its step or what comes out. And groups that are taken for the same are.
 */

type Step = typeof step;
type Draft = { -readonly [K in keyof State]: State[K] };

/** The shipped step, with its state changed before and after. */
function broken(
  after: (state: Draft, event: Event) => void,
  before: (state: Draft) => void = () => {},
): Step {
  return (policy, state, now, event) => {
    const draft = { ...state };
    before(draft);
    const result = step(policy, draft, now, event);
    const next = { ...result.state };
    after(next, event);
    return { ...result, state: next };
  };
}

/** The shipped step, told something else than what was heard. */
function deceived(ad: (told: Extract<Event, { kind: 'heard' }>['advertisement']) => object): Step {
  return (policy, state, now, event) => {
    if (event.kind !== 'heard') return step(policy, state, now, event);
    const advertisement = {
      ...event.advertisement,
      ...ad(event.advertisement),
    } as typeof event.advertisement;
    return step(policy, state, now, { ...event, advertisement });
  };
}

/** The shipped step, saying something else than it should to whom it writes. */
function lying(ad: (policy: Policy, to: IpAddress) => Partial<FullAdvertisement>): Step {
  return (policy, state, now, event) => {
    const { state: next, effects } = step(policy, state, now, event);
    const told = effects.map((effect) =>
      effect.kind === 'send'
        ? { ...effect, advertisement: { ...effect.advertisement, ...ad(policy, effect.to) } }
        : effect,
    );
    return { state: next, effects: told };
  };
}

/** The shipped step, reading something else of the cloud. */
function misreading(holders: (state: State, policy: Policy) => InstanceId[] | null): Step {
  return (policy, state, now, event) => {
    const seen =
      event.kind === 'settled' && event.outcome.ok && event.outcome.view ? holders(state, policy) : null;
    if (seen === null || event.kind !== 'settled' || !event.outcome.ok)
      return step(policy, state, now, event);
    const view = { ...event.outcome.view!, holders: seen };
    return step(policy, state, now, { ...event, outcome: { ok: true, view } });
  };
}

type Lacking = Partial<Omit<Exploration, 'setup'>> & { setup: Partial<Setup> & Pick<Setup, 'step'> };

/** What an exploration finds in a machine that lacks a rule, once each. */
function found({ setup, ...options }: Lacking): string[] {
  const { troubles } = explore({
    depth: 6,
    faults: 1,
    start: 'settled',
    settlesWithin: 60,
    tolerance: 20,
    ...options,
    setup: { nodes: 2, associate: 'moves', preempt: false, ...setup },
  });
  return [...new Set(troubles.map(({ rule }) => rule))];
}

const isHolding = ({ role, association }: State) => role === 'active' && association === 'confirmed';

describe('a machine that lacks a rule is found out', () => {
  test('S1: a dead interval of one interval', () => {
    expect(found({ setup: { step: deceived(() => ({ deadIntervalMs: 1_000 })) } })).toContain('S1');
  });

  test('S1: no veto', () => {
    const step = deceived((ad) => (ad.version === 2 && ad.role !== 'holding' ? { holder: null } : {}));
    expect(found({ setup: { step, nodes: 3 }, depth: 4 })).toContain('S1');
  });

  test('S2: no hold-off, and no patience with members that were not heard yet', () => {
    const step = broken((state, event) => {
      if (event.kind !== 'members') return;
      state.role = 'backup';
      state.peers = state.peers.map((peer) => ({ ...peer, addedAt: 0 }));
    });
    expect(found({ setup: { step }, start: 'cold', faults: 2, depth: 2 })).toContain('S2');
  });

  test('S3: a holder takes whom it hears for dead', () => {
    const step = broken(
      () => {},
      (state) => {
        if (!isHolding(state)) return;
        state.peers = state.peers.map((peer) => ({
          ...peer,
          liveness: 'silent' as const,
          death: { ...peer.death, at: 0 },
        }));
      },
    );
    expect(found({ setup: { step, associate: 'adds' }, depth: 8 })).toContain('S3');
  });

  test('S4: a call that is forgotten while it is made', () => {
    const step = broken((state) => {
      if (state.role !== 'hold-off') state.cloud = { ...state.cloud, pending: null };
    });
    expect(found({ setup: { step }, start: 'cold' })).toContain('S4');
  });

  test('S4, S5: a takeover that writes again at once, without looking and without counting', () => {
    const step = broken((state) => {
      if (state.claim?.settledAt == null) return;
      state.claim = { ...state.claim, wroteAt: null, settledAt: null };
      state.cloud = { ...state.cloud, pending: null, unreadSince: null };
      state.damping = { ...state.damping, plans: [] };
    });
    expect(found({ setup: { step }, depth: 4 })).toEqual(expect.arrayContaining(['S4', 'S5']));
  });

  test('S7: a holder that never looks', () => {
    const step = broken((state) => {
      if (!isHolding(state)) return;
      state.cloud = { ...state.cloud, nextReadAt: Number.POSITIVE_INFINITY, readWanted: false };
    });
    expect(found({ setup: { step } })).toEqual(['S7']);
  });

  test('L6: a holder that reads only what it believes, so that two hold for ever', () => {
    const credulous = misreading((state, { self }) => (isHolding(state) ? [self.instance] : null));
    expect(found({ setup: { step: credulous }, depth: 7 })).toEqual(['L6']);
  });
});

describe('with a quorum', () => {
  const pair = { nodes: 2, witnesses: 1 };

  test('S11: a voter that supports everybody, and hears nobody hold', () => {
    const step = lying(({ witness }, to) =>
      witness ? { support: Number(to.slice('10.0.0.'.length)), holder: null } : {},
    );
    expect(found({ setup: { step, ...pair } })).toContain('S11');
  });

  test('S12: a successor that takes itself for a holder', () => {
    const step = misreading(({ claim }, { self }) =>
      claim && self.instance === 'vm2' ? ['vm1', 'vm2'] : null,
    );
    expect(found({ setup: { step, ...pair, associate: 'adds' }, depth: 7 })).toContain('S12');
  });

  test('S13: a node that knows of no lease', () => {
    const reckless: Step = (policy, state, now, event) =>
      step(policy.witness ? policy : { ...policy, quorum: null }, state, now, event);
    expect(found({ setup: { step: reckless, ...pair } })).toContain('S13');
  });

  test('S15: a holder that believes in a support which nobody gives', () => {
    const credulous: Step = (policy, state, now, event) => {
      const peers = state.peers.map((peer) => ({ ...peer, echo: { ...peer.echo, supportedAt: now.mono } }));
      const { state: next, effects } = step(policy, { ...state, peers }, now, event);
      const told = effects.map((effect) =>
        effect.kind === 'send'
          ? { ...effect, advertisement: { ...effect.advertisement, support: 0 } }
          : effect,
      );
      return { state: next, effects: told };
    };
    expect(found({ setup: { step: credulous, ...pair }, depth: 1 })).toContain('S15');
  });
});

test('a field of the state that no table knows stops the exploration', () => {
  const step = broken((state) => Object.assign(state, { novelty: 1 }));
  const setup = { nodes: 2, associate: 'moves' as const, preempt: true, step };
  expect(() => explore({ setup, depth: 1, start: 'cold', settlesWithin: 60 })).toThrow(
    'state.novelty is in no table: say in sim/proof/canonical.ts how it is told',
  );
});

/** For some rounds after a first one: the texts of the group. */
function future(setup: Setup, group: Group, first: Parameters<typeof play>[2]): string[] {
  let next = play(setup, group, first).group;
  const texts = [canonical(next)];
  for (let i = 0; i < 3; i++) {
    next = play(setup, next, kindRound(next), true).group;
    texts.push(canonical(next));
  }
  return texts;
}

describe('two groups with the same text have the same futures', () => {
  test.each([
    ['adds', 2, 2, extent(3, 4)],
    ['moves', 2, 2, extent(3, 4)],
    ['refusedWhileHeld', 2, 2, extent(3, 4)],
    ['adds', 3, 1, 4],
    ['moves', 2, 1, 4, 1],
    ['adds', 2, 1, 4, 1],
  ] as const)('%s, %i nodes, at most %i faults, %i rounds, voting witnesses: %s', (...one) => {
    const [associate, nodes, faults, depth, witnesses] = one;
    const setup: Setup = { nodes, associate, preempt: true, step, ...(witnesses && { witnesses }) };
    const first = beginning({ setup, start: nodes === 2 ? 'cold' : 'settled' });
    const known = new Map([[canonical(first), first]]);
    let frontier = [{ group: first, left: faults as number }];
    let merged = 0;
    for (let i = 0; i < depth; i++) {
      const next: typeof frontier = [];
      for (const { group, left } of frontier) {
        for (const { round, cost } of menu(group, left)) {
          const after = play(setup, group, round).group;
          const text = canonical(after);
          const twin = known.get(text);
          if (!twin) {
            known.set(text, after);
            next.push({ group: after, left: left - cost });
            continue;
          }
          merged += 1;
          // Not every pair: the comparison costs more than the exploration.
          if (merged % 15 !== 0) continue;
          for (const { round: then } of menu(twin, 1))
            expect(future(setup, after, then), tell(then, twin)).toEqual(future(setup, twin, then));
        }
      }
      frontier = next;
    }
    expect(merged).toBeGreaterThan(20);
  });
});
