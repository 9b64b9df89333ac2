import { parentPort, workerData } from 'node:worker_threads';
import { trial } from "../nemesis.js";
/** A thread of its own that is told seeds and answers with what came of them. */
parentPort?.on('message', (seeds) => {
    parentPort.postMessage(seeds.map(outcome));
});
function outcome(seed) {
    try {
        const { transcript: _, ...rest } = trial(seed, workerData);
        return rest;
    }
    catch (error) {
        throw new Error(`seed ${seed} broke the simulator`, { cause: error });
    }
}
