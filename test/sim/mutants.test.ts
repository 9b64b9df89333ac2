import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mutant, mutants, shownByChance } from './mutants.ts';
import { mutantsOfSeeds } from './mutants-of-seeds.ts';
import { breed, emptyCage, type Specimen } from './specimen.ts';
import { seeds, type Trap } from './traps.ts';

/**
 * A rule that can be taken out unseen is not tested. Each mutant is the built core without one rule; a trap must
 * tell of it, and tell nothing of the core as it is.
 */

let sound: Specimen;
/** What a trap told of the sound core. */
const clean = new Map<Trap, readonly string[]>();

beforeAll(async () => {
  emptyCage();
  sound = await breed([]);
});
afterAll(emptyCage);

/** The first trap that tells what is expected, or -1; and all that was told until then. */
function spring(
  specimen: Specimen,
  traps: readonly Trap[],
  told: string,
): { sprung: number; said: string[] } {
  const said = new Set<string>();
  const sprung = traps.findIndex((trap) => {
    const words = trap(specimen);
    for (const one of words) said.add(one);
    return words.includes(told);
  });
  return { sprung, said: [...said] };
}

function ofTheSound(trap: Trap): readonly string[] {
  const known = clean.get(trap) ?? trap(sound);
  clean.set(trap, known);
  return known;
}

async function expectTold({ edits, told }: Mutant, traps: readonly Trap[]): Promise<void> {
  const { sprung, said } = spring(await breed(edits), traps, told);
  expect(said).toContain(told);
  expect(traps.slice(0, sprung + 1).flatMap(ofTheSound)).toEqual([]);
}

const titled = (some: readonly Mutant[]) =>
  some.map((mutant) => [`${mutant.rule}: ${mutant.name}: ${mutant.told}`, mutant] as const);

describe('without its rule the core is told of', () => {
  test.each(titled(mutants))('%s', { timeout: 120_000 }, (_title, mutant) =>
    expectTold(mutant, mutant.traps),
  );
});

describe('without what a seed once showed to be missing its frozen schedule tells of it', () => {
  test.each(titled(mutantsOfSeeds))('%s', { timeout: 120_000 }, (_title, mutant) =>
    expectTold(mutant, mutant.traps),
  );
});

describe('random faults show it, too', () => {
  const trials = { plain: seeds(100, 20), quorum: seeds(100, 20, { quorum: true }) };
  const some = mutants.filter(({ name }) => shownByChance.includes(name));

  test('all of them are mutants', () => expect(some.length).toBe(shownByChance.length));

  test.each(titled(some))('%s', { timeout: 120_000 }, (_title, mutant) =>
    expectTold(mutant, mutant.rule === 'R23' ? trials.quorum : trials.plain),
  );
});

test('a place that is not in the code any more is said', async () => {
  await expect(breed([{ file: 'election/order', find: 'no such rule', replace: '' }])).rejects.toThrow(
    'dist/src/core/election/order.js: expected "no such rule" once, found it 0 times: the code has changed; ' +
      'change test/sim/mutants.ts with it',
  );
});
