import type { Traits } from '../core/index.ts';
import type { ClusterOptions } from './cluster.ts';
import { type Trial, trial } from './nemesis.ts';

/**
 * Trials by seed, from the command line (after `npm run build`):
 *   node dist/src/sim/run.js --seeds 1000            that many, from seed 0
 *   node dist/src/sim/run.js --from 5000 --seeds 50  fifty from 5000
 *   node dist/src/sim/run.js --seed 1164             one, with its transcript
 * `--associate adds|moves|refusedWhileHeld` sets the kind of cloud, which otherwise the seed chooses.
 */
function main(args: readonly string[]): number {
  const given = (name: string) => {
    const at = args.indexOf(name);
    return at === -1 ? undefined : args[at + 1];
  };
  const associate = given('--associate') as Traits['associate'] | undefined;
  const quorum = args.includes('--quorum');
  const force = { ...(associate && { associate }), ...(quorum && { quorum }) };
  const seed = given('--seed');
  if (seed !== undefined) return tellOne(trial(Number(seed), force));
  return tellMany(Number(given('--from') ?? 0), Number(given('--seeds') ?? 200), force);
}

function tellOne(one: Trial): number {
  console.log(`${JSON.stringify(one.options)}\n${one.transcript.join('\n')}\n${verdict(one)}`);
  return failed(one) ? 1 : 0;
}

function tellMany(from: number, count: number, force: Partial<ClusterOptions>): number {
  const begin = performance.now();
  const trials: Trial[] = [];
  for (let seed = from; seed < from + count; seed++) {
    const one = trial(seed, force);
    if (failed(one)) console.log(verdict(one));
    trials.push({ ...one, transcript: [] });
  }
  console.log(summary(trials, performance.now() - begin));
  return trials.some(failed) ? 1 : 0;
}

/** What many trials were, in figures. */
export function summary(trials: readonly Trial[], tookMs: number): string {
  const hours = trials.reduce((sum, one) => sum + one.virtualMs, 0) / 3_600_000;
  const steps = trials.reduce((sum, one) => sum + one.steps, 0);
  const times = trials.map((one) => one.convergedAfter ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const at = (share: number) =>
    `${((times[Math.floor(share * (times.length - 1))] ?? 0) / 1000).toFixed(1)} s`;
  const bad = trials.filter(failed).length;
  return [
    `${trials.length} seeds, ${bad} failed; ${hours.toFixed(1)} h of cluster time in ${(tookMs / 1000).toFixed(0)} s, ${steps} events`,
    `one holder for good after healing: median ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`,
  ].join('\n');
}

/** A seed has failed when a rule was violated, or when the group never settled. */
export function failed(one: Trial): boolean {
  return one.violations.length > 0 || one.convergedAfter === null || one.replacedAfter === null;
}

export function verdict(one: Trial): string {
  const [first] = one.violations;
  const what = first
    ? `${first.rule} violated by ${first.host} at ${(first.at / 1000).toFixed(3)} s: ${first.what}`
    : one.convergedAfter === null
      ? 'no single holder for good'
      : one.replacedAfter === null
        ? 'a dead holder was not replaced'
        : 'sound';
  return `seed ${one.seed}: ${what}${failed(one) ? `\n  ${replay(one)}` : ''}`;
}

/** The command that shows the trial again; the kind of cloud may have been set. */
function replay({ seed, options }: Trial): string {
  return `npm run -s build && node dist/src/sim/run.js --seed ${seed} --associate ${options.associate}`;
}

if (process.argv[1]?.endsWith('run.js')) process.exitCode = main(process.argv.slice(2));
