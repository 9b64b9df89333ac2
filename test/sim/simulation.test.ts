import { describe, expect, test } from 'vitest';
import type { Deed } from '../../src/sim/planning/faults.ts';
import { randomFaults } from '../../src/sim/planning/faults.ts';
import { type SimulationOptions, simulate } from '../../src/sim/planning/simulation.ts';
import { createWorld } from '../../src/sim/world.ts';

const usual: SimulationOptions = {
  ...{ seed: 1, nodes: 3, associate: 'moves', apiMs: 40, operationMs: 200, forMs: 120_000, faults: [] },
};

const byChance = (seed: number, until: number) =>
  randomFaults(createWorld(seed).random, 3, { from: 5_000, until, delayMax: 200 });

/** What one fault does to a group that has settled: the lines from its beginning on, of role, cloud and fault. */
function told(deed: Deed, lasting: number | null, change: Partial<SimulationOptions> = {}): string[] {
  const faults = [{ deed, at: 10_000, for: lasting }];
  const { timeline, violations } = simulate({ ...usual, ...change, faults });
  expect(violations).toEqual([]);
  const story = timeline.filter(
    (line) => Number.parseFloat(line) >= 10 && / -> |cloud: |fault|starts/.test(line),
  );
  return story.map((line) =>
    line
      .trim()
      .replace(/^(\d+\.\d)\d\d {2}/, '$1 ')
      .replace(/ \(10\.0\.0\.\d\)/g, ''),
  );
}

describe('each fault does what its name says, and its end undoes it', () => {
  test.each<[Deed, number | null, RegExp[]]>([
    [{ kind: 'kill', who: 1 }, 5_000, [/lb2: backup -> taking over: lb1 is gone/, /15\.0 lb1: starts/]],
    [{ kind: 'kill', who: 'all' }, null, [/fault: kill all at 10s/]],
    [{ kind: 'stop', who: 'holder' }, 20_000, [/lb1: handing over -> stopped/, /lb1: starts/]],
    [{ kind: 'restart', who: 1 }, null, [/lb1: handing over -> stopped/, /lb1: starts/]],
    [{ kind: 'pause', who: 1 }, 9_000, [/lb1 fell silent/, /19\.0 lb1: .* this machine was paused/]],
    [{ kind: 'isolate', who: 1 }, 9_000, [/13\.\d lb2: .* lb1 fell silent/, /lb1: active -> backup/]],
    [{ kind: 'unhealthy', who: 1 }, 5_000, [/lb1 .*is not healthy/, /this node ranks before lb2/]],
    [{ kind: 'api down', who: 'all' }, 5_000, [/fault ends: api down for all/]],
  ])('%j for %s', (deed, lasting, expected) => {
    const lines = told(deed, lasting);
    expect(expected.filter((line) => !lines.some((one) => line.test(one)))).toEqual([]);
    if (lasting !== null) expect(lines.join('\n')).toContain('fault ends');
  });

  test('cut, both ways, between two machines: the other one takes over, and gives back', () => {
    const lines = told({ kind: 'cut', from: 1, to: 2, both: true }, 30_000, { nodes: 2, forMs: 600_000 });
    expect(lines.slice(0, 2)).toEqual([
      '10.0 fault: cut lb1<>lb2 at 10s for 30s',
      '13.2 lb2: backup -> taking over: lb1 fell silent; this node is the best',
    ]);
    expect(lines.findLast((line) => line.includes('gained'))).toContain('cloud: lb1 gained');
  });

  test('one way: who still hears the holder leaves it in peace', () => {
    expect(told({ kind: 'cut', from: 2, to: 1, both: false }, null)).toEqual([
      '10.0 fault: cut lb2>lb1 at 10s',
    ]);
  });

  test('all heartbeats lost: everybody feels alone; when they come again one holds', () => {
    const lines = told({ kind: 'loss', share: 1 }, 20_000);
    expect(lines).toEqual(['10.0 fault: loss 100% at 10s for 20s', '30.0 fault ends: loss 100%']);
  });

  test('late heartbeats make a death be believed later', () => {
    const kill = { deed: { kind: 'isolate', who: 1 } as const, at: 10_000, for: null };
    const delay = { deed: { kind: 'delay', min: 900, max: 900 } as const, at: 5_000, for: null };
    const gap = (faults: SimulationOptions['faults']) =>
      simulate({ ...usual, faults }).service.longestGap!.ms;
    expect(gap([delay, kill]) - gap([kill])).toBeGreaterThan(800);
  });

  test('slow and failing calls make a takeover take longer', () => {
    const gain = (deed: Deed) => {
      const faults = [
        { deed, at: 5_000, for: null },
        { deed: { kind: 'kill', who: 1 } as const, at: 10_000, for: null },
      ];
      const { service } = simulate({ ...usual, faults });
      return service.longestGap!.ms;
    };
    const fair = gain({ kind: 'api slow', ms: 40, who: 'all' });
    expect(gain({ kind: 'api slow', ms: 2_000, who: 'all' })).toBeGreaterThan(fair + 3_000);
    expect(gain({ kind: 'api fail', share: 1, who: 2 })).toBeGreaterThan(fair + 2_000);
  });
});

describe('how the address was served', () => {
  const kill = { deed: { kind: 'kill', who: 1 } as const, at: 10_000, for: null };

  test('nothing happens: held from the first second, by one', () => {
    const { service, holders } = simulate(usual);
    expect(service).toMatchObject({
      vacantMs: 0,
      unservedMs: 0,
      longestGap: null,
      sharedMs: 0,
      twoActiveMs: 0,
      moves: 0,
    });
    expect(service.firstHeldAt).toBeLessThan(1_000);
    expect(holders).toEqual(['lb1']);
  });

  test('a dead holder: nobody serves until it has moved, although the cloud names one', () => {
    const { service } = simulate({ ...usual, faults: [kill] });
    const { ms, at } = service.longestGap!;
    expect([at, service.vacantMs, service.moves]).toEqual([10_000, 0, 1]);
    expect(ms).toBe(service.unservedMs);
    expect(ms).toBeGreaterThan(500);
    expect(ms).toBeLessThan(1_000);
  });

  test('refused while held: between dissociation and association nobody has it', () => {
    const { service } = simulate({ ...usual, associate: 'refusedWhileHeld', faults: [kill] });
    expect(service.vacantMs).toBeGreaterThan(200);
    expect(service.unservedMs).toBeGreaterThan(service.vacantMs);
  });

  test('a restart longer than the others wait is a gap; one that is not, too, but nothing moves', () => {
    const away = { deed: { kind: 'restart', who: 1 } as const, at: 10_000, for: 2_000 };
    const { service } = simulate({ ...usual, policy: { onStop: 'keep' }, faults: [away] });
    expect(service.moves).toBe(0);
    expect(service.longestGap!.ms).toBeGreaterThan(1_999);
    expect(service.longestGap!.ms).toBeLessThan(2_010);
  });

  test('two that cannot hear each other both hold, where several may', () => {
    const parted = { deed: { kind: 'cut', from: 1, to: 2, both: true } as const, at: 10_000, for: 20_000 };
    const { service } = simulate({ ...usual, nodes: 2, associate: 'adds', faults: [parted] });
    expect(service.twoActiveMs).toBeGreaterThan(1_000);
    expect(service.sharedMs).toBeGreaterThan(1_000);
  });

  test('nobody ever held it', () => {
    const never = { deed: { kind: 'api down', who: 'all' } as const, at: 0, for: null };
    expect(simulate({ ...usual, faults: [never] }).service).toMatchObject({
      firstHeldAt: null,
      unservedMs: 0,
    });
  });
});

test('the same seed tells the same story, another one another', () => {
  const random = (seed: number) => simulate({ ...usual, seed, faults: byChance(seed, 80_000) });
  expect(random(4)).toEqual(random(4));
  expect(random(4).timeline).not.toEqual(random(5).timeline);
});

test('faults by chance break no rule, and when they are over one holds', { timeout: 60_000 }, () => {
  for (let seed = 1; seed <= 8; seed++) {
    const faults = byChance(seed, 120_000);
    const { violations, holders, roles } = simulate({ ...usual, seed, forMs: 480_000, faults });
    expect({ seed, violations, held: holders.length }).toEqual({ seed, violations: [], held: 1 });
    expect(roles.find(([name]) => name === holders[0])).toEqual([holders[0], 'active']);
  }
});
