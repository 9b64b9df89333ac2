import { Worker } from 'node:worker_threads';
/** Seeds that a worker is given at a time: it need not wait for the next, and none waits long for the last. */
const portion = 4;
/** Runs trials side by side, in the order of their seeds, and tells what came of each. */
export async function runTrials(orders, tell) {
    const end = orders.from + orders.seeds;
    let next = orders.from;
    let virtualMs = 0;
    const take = () => {
        const enough = virtualMs >= orders.hours * 3_600_000;
        const count = enough ? 0 : Math.max(0, Math.min(portion, end - next));
        next += count;
        return Array.from({ length: count }, (_, i) => next - count + i);
    };
    const told = (outcome) => {
        virtualMs += outcome.virtualMs;
        tell(outcome);
    };
    const workers = Array.from({ length: orders.jobs }, () => createWorker(orders));
    try {
        await Promise.all(workers.map((worker) => employ(worker, take, told)));
    }
    finally {
        await Promise.all(workers.map((worker) => worker.terminate()));
    }
}
function createWorker({ force }) {
    return new Worker(new URL('./worker.js', import.meta.url), {
        workerData: force,
    });
}
/** Until there is nothing left to take. */
function employ(worker, take, tell) {
    return new Promise((resolve, reject) => {
        const hand = () => {
            const seeds = take();
            if (seeds.length === 0)
                resolve();
            else
                worker.postMessage(seeds);
        };
        worker.on('error', reject);
        worker.on('message', (outcomes) => {
            for (const outcome of outcomes)
                tell(outcome);
            hand();
        });
        hand();
    });
}
