import type { Trial } from '../ordeal.ts';

/** A trial without its transcript, which nobody reads of thousands. */
export type Outcome = Omit<Trial, 'transcript'>;

/** A seed has failed when a rule was violated, or when the group never settled. */
export function failed(one: Outcome): boolean {
  return one.violations.length > 0 || one.convergedAfter === null || one.replacedAfter === null;
}

/** What came of a seed; of one that failed also the command that shows it again. */
export function verdict(one: Outcome): string {
  return `seed ${one.seed}: ${what(one)}${failed(one) ? `\n  ${replay(one)}` : ''}`;
}

function what(one: Outcome): string {
  const [first] = one.violations;
  if (first)
    return `${first.rule} violated by ${first.host} at ${(first.at / 1000).toFixed(3)} s: ${first.what}`;
  if (one.convergedAfter === null) return 'no single holder for good';
  return one.replacedAfter === null ? 'a dead holder was not replaced' : 'sound';
}

/** The kind of cloud and the quorum may have been set. */
export function replay({ seed, options }: Pick<Outcome, 'seed' | 'options'>): string {
  const quorum = options.quorum ? 'on' : 'off';
  return `npm run sim -- --seed ${seed} --associate ${options.associate} --quorum ${quorum}`;
}
