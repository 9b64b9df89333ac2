import { parentPort, workerData } from 'node:worker_threads';
import type { ClusterOptions } from '../../cluster.ts';
import { trial } from '../nemesis.ts';
import type { Outcome } from './verdict.ts';

/** A thread of its own that is told seeds and answers with what came of them. */
parentPort?.on('message', (seeds: readonly number[]) => {
  parentPort!.postMessage(seeds.map(outcome));
});

function outcome(seed: number): Outcome {
  try {
    const { transcript: _, ...rest } = trial(seed, workerData as Partial<ClusterOptions>);
    return rest;
  } catch (error) {
    throw new Error(`seed ${seed} broke the simulator`, { cause: error });
  }
}
