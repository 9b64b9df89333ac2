import { afterAll, expect, test } from 'vitest';
import type { Traits } from '../../src/core/index.ts';
import { trial } from '../../src/sim/proof/nemesis.ts';
import type { Trial } from '../../src/sim/proof/ordeal.ts';
import { stopwatch } from '../../src/sim/proof/run/cost.ts';
import { Tally } from '../../src/sim/proof/run/tally.ts';
import { failed, verdict } from '../../src/sim/proof/run/verdict.ts';
import { extent } from './extent.ts';

const perFile = extent(60, 510, 5_010);
const perTest = 30;
const linesTold = 60;

/**
 * The trials of one file: so many seeds from `first`, each a group, its faults, and what must come of it. Several
 * files, so that they run side by side.
 */
export function trials(first: number, associate?: Traits['associate']): void {
  const tally = new Tally();
  const cost = stopwatch();
  for (let from = first; from < first + perFile; from += perTest) {
    test(`seeds ${from} to ${from + perTest - 1}`, { timeout: 120_000 }, () => {
      for (let seed = from; seed < from + perTest; seed++) {
        const one = trial(seed, associate === undefined ? {} : { associate });
        if (failed(one)) expect.unreachable(story(one));
        tally.add(one);
      }
    });
  }
  afterAll(() => {
    console.log(`${associate ?? 'any cloud'}: ${tally.summary(cost())}`);
  });
}

/** All that a reader needs: what failed, how to see it again, the options, and how it ended. */
function story(one: Trial): string {
  const { seed: _, ...options } = one.options;
  return [verdict(one), JSON.stringify(options), ...aroundTheEnd(one.transcript)].join('\n');
}

/** The lines up to the first violation, or the last ones. */
function aroundTheEnd(transcript: readonly string[]): readonly string[] {
  const violation = transcript.findIndex((line) => line.includes('VIOLATION'));
  const end = violation === -1 ? transcript.length : violation + 1;
  return transcript.slice(Math.max(0, end - linesTold), end);
}
