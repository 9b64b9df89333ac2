import { stopwatch } from '../../src/sim/proof/run/cost.ts';
import { CONDITIONS, type Figures, series } from './conditions.ts';

const quietMs = 600_000;
const seeds = 10;
const nodes = 3;

/** Loads a file of `dist` as it is: what the loader of the benchmarks makes of our modules runs a quarter slower. */
export type Built = (file: string) => Promise<unknown>;

type Sim = typeof import('../../src/sim/cluster.ts') &
  typeof import('../../src/sim/proof/invariants.ts') &
  typeof import('../../src/sim/proof/nemesis.ts');

interface Round {
  readonly virtualMs: number;
  readonly steps: number;
}

/** Three nodes, all checkers on: virtual against processor time, while nothing happens and while everything does. */
export async function figures(rounds: number, built: Built): Promise<Figures[]> {
  const files = await Promise.all(
    ['cluster', 'proof/invariants', 'proof/nemesis'].map((name) => built(`src/sim/${name}.js`)),
  );
  const sim: Sim = Object.assign({}, ...files);
  return [
    ...measure('quiet', rounds, () => quiet(sim)),
    ...measure('with faults', rounds, () => stormy(sim)),
  ];
}

function measure(what: string, rounds: number, round: () => Round): Figures[] {
  const speed = series(what, 'at least 3,000', '× real time');
  const events = series(`${what}, events`, undefined, 'thousand/s');
  // Until the code is compiled.
  round();
  for (let i = 0; i < rounds; i++) {
    const cost = stopwatch();
    const { virtualMs, steps } = round();
    const { cpuMs } = cost();
    speed.samples.push(virtualMs / cpuMs);
    events.samples.push(steps / cpuMs);
  }
  return [speed, events];
}

function quiet({ Cluster, Invariants }: Sim): Round {
  const invariants = new Invariants();
  const cluster = new Cluster({ seed: 1, nodes, associate: 'moves' });
  invariants.attach(cluster);
  for (const host of cluster.hosts) cluster.start(host);
  cluster.run(quietMs);
  return { virtualMs: cluster.world.now, steps: cluster.world.steps };
}

/** The trials of `npm run sim`, all of three nodes and of one interval. */
function stormy({ trial }: Sim): Round {
  const { intervalMs, deadRatio } = CONDITIONS;
  const sum = { virtualMs: 0, steps: 0 };
  for (let seed = 0; seed < seeds; seed++) {
    const { virtualMs, steps } = trial(seed, {
      nodes,
      priorities: [10, 20, 30],
      policy: { intervalMs, deadRatio },
    });
    sum.virtualMs += virtualMs;
    sum.steps += steps;
  }
  return sum;
}
