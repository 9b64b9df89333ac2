import { step, type Traits } from '../../core/index.ts';
import { type Exploration, type Explored, explore } from './explore.ts';
import type { Setup } from './rounds.ts';

/**
 * Explorations from the command line (after `npm run build`):
 *   node dist/src/sim/proof/explore-run.js --nodes 2 --depth 6
 *   node dist/src/sim/proof/explore-run.js --nodes 3 --depth 8 --faults 2 --associate adds --preempt off --start cold
 *   node dist/src/sim/proof/explore-run.js --nodes 2 --quorum on --depth 6 --faults 2
 */
function main(args: readonly string[]): number {
  const given = (name: string) => {
    const at = args.indexOf(name);
    return at === -1 ? undefined : args[at + 1];
  };
  const faults = given('--faults');
  const all: readonly Traits['associate'][] = ['adds', 'moves', 'refusedWhileHeld'];
  const only = given('--associate');
  let bad = 0;
  for (const associate of all.filter((one) => only === undefined || one === only)) {
    for (const preempt of [true, false]) {
      if (given('--preempt') === (preempt ? 'off' : 'on')) continue;
      for (const start of ['settled', 'cold'] as const) {
        if (given('--start') !== undefined && given('--start') !== start) continue;
        bad += tell({
          setup: {
            ...membersOf(Number(given('--nodes') ?? 2), given('--quorum') === 'on'),
            associate,
            preempt,
            step,
          },
          depth: Number(given('--depth') ?? 4),
          ...(faults === undefined ? {} : { faults: Number(faults) }),
          start,
          settlesWithin: 120,
        });
      }
    }
  }
  return bad === 0 ? 0 : 1;
}

/** With a quorum an odd number votes, as in the trials of nemesis.ts. */
function membersOf(nodes: number, quorum: boolean): Pick<Setup, 'nodes' | 'witnesses'> {
  return quorum ? { nodes, witnesses: nodes % 2 === 0 ? 1 : 0 } : { nodes };
}

function tell(exploration: Exploration): number {
  const begin = performance.now();
  const explored = explore(exploration);
  console.log(`${name(exploration)}: ${figures(explored, performance.now() - begin)}`);
  for (const { rule, what, story } of explored.troubles)
    console.log(`  ${rule}: ${what}\n    ${story.join('\n    ')}`);
  return explored.troubles.length;
}

export function name({ setup, depth, faults, start }: Exploration): string {
  const limit = faults === undefined ? 'any faults' : `at most ${faults} faults`;
  const { nodes, witnesses } = setup;
  const preempt = setup.preempt ? 'on' : 'off';
  const voting = witnesses === undefined ? '' : `, quorum with ${witnesses} more`;
  return `${nodes} nodes${voting}, ${setup.associate}, preempt ${preempt}, ${start}, ${depth} rounds, ${limit}`;
}

export function figures(
  { states, transitions, troubles, slowest, byDepth }: Explored,
  tookMs: number,
): string {
  const searched = `${states} states, ${transitions} transitions in ${(tookMs / 1000).toFixed(1)} s`;
  const found = `${troubles.length} violations; at rest within ${slowest.rounds} kind rounds`;
  return `${searched} (${byDepth.join(' ')}); ${found}`;
}

if (process.argv[1]?.endsWith('explore-run.js')) process.exitCode = main(process.argv.slice(2));
