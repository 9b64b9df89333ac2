import { parseArgs } from 'node:util';
import type { Traits } from '../../src/core/index.ts';
import type { Schedule } from '../../src/sim/proof/schedule.ts';
import { mutants } from './mutants.ts';
import { mutantsOfSeeds } from './mutants-of-seeds.ts';
import { record } from './record.ts';
import { type Shows, shrink } from './shrink.ts';
import { breed, emptyCage, type Load, type Specimen } from './specimen.ts';

const usage = `Usage: npm run -s freeze -- --seed N [--associate KIND] [--mutant NAME [--tries N]]

Records the faults of a seed and prints them as a schedule for test/sim/schedules/. With the name of a mutant (of
mutants.ts or mutants-of-seeds.ts) they are those that show it, and what is not needed for that is left out.
--tries: with how much other chance of network and cloud each simpler schedule is tried (20); 0: it stays whole.`;

/** Returns the exit code. */
export async function main(args: readonly string[], load: Load): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      associate: { type: 'string' },
      mutant: { type: 'string' },
      tries: { type: 'string', default: '20' },
    },
  });
  const mutant = [...mutants, ...mutantsOfSeeds].find(({ name }) => name === values.mutant);
  if (values.seed === undefined || (values.mutant !== undefined && !mutant)) {
    console.error(usage);
    return 2;
  }
  const specimen = await breed(mutant?.edits ?? [], load);
  const force = values.associate ? { associate: values.associate as Traits['associate'] } : {};
  const whole = record(specimen.fate(Number(values.seed), force), specimen.Cluster);
  const frozen = mutant ? freeze(specimen, whole, mutant.told, Number(values.tries)) : whole;
  emptyCage();
  console.log(JSON.stringify(frozen));
  return 0;
}

function freeze(specimen: Specimen, whole: Schedule, told: string, tries: number): Schedule {
  const shown = (one: Schedule) => violated(specimen, one).includes(told);
  console.error(`${whole.deeds.length} deeds; replayed they show ${shown(whole) ? told : 'nothing'}`);
  if (tries === 0 || !shown(whole)) return whole;
  const { skips: _, ...free } = whole;
  const begin = firstOf(tries * 10, (chance) => shown(withSeed(free, chance)));
  if (begin === null) {
    console.error('with no other chance: it stays whole');
    return whole;
  }
  const shows: Shows = (one, least) => {
    const chances = [one.options.seed, ...Array.from({ length: tries - 1 }, (_, i) => i + 1)];
    const showing: number[] = [];
    for (const [i, chance] of chances.entries()) {
      if (shown(withSeed(one, chance))) showing.push(chance);
      if (showing.length + chances.length - i - 1 < least) return null;
    }
    return { schedule: withSeed(one, showing[0]!), share: showing.length };
  };
  const { schedule: small, share } = shrink({ schedule: withSeed(free, begin), share: 1 }, shows);
  console.error(`${small.deeds.length} deeds; shown with ${share} of ${tries} chances`);
  return small;
}

function firstOf(count: number, test: (i: number) => boolean): number | null {
  for (let i = 0; i < count; i++) if (test(i)) return i;
  return null;
}

const withSeed = (schedule: Schedule, seed: number): Schedule => ({
  ...schedule,
  options: { ...schedule.options, seed },
});

/** The rules that are violated while the faults last. */
function violated({ Cluster, Invariants, befall }: Specimen, schedule: Schedule): string[] {
  const invariants = new Invariants();
  const cluster = new Cluster(schedule.options);
  invariants.attach(cluster);
  befall(cluster, schedule);
  return [...new Set(invariants.violations.map(({ rule }) => rule))];
}
