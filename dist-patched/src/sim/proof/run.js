import { trial } from "./nemesis.js";
import { stopwatch } from "./run/cost.js";
import { runTrials } from "./run/crew.js";
import { help, parseOrders } from "./run/orders.js";
import { createProgress } from "./run/progress.js";
import { Tally } from "./run/tally.js";
import { failed, verdict } from "./run/verdict.js";
/** Trials by seed, from the command line: `npm run sim -- --help` shows how. Returns the exit code. */
async function main(args) {
    const orders = parseOrders(args);
    switch (orders.kind) {
        case 'help':
            console.log(help);
            return 0;
        case 'mistake':
            console.error(`sim: ${orders.message}`);
            return 2;
        case 'one':
            return tellOne(orders);
        case 'many':
            return tellMany(orders);
    }
}
function tellOne({ seed, force }) {
    const one = trial(seed, force);
    console.log(`${JSON.stringify(one.options)}\n${one.transcript.join('\n')}\n${verdict(one)}`);
    return failed(one) ? 1 : 0;
}
async function tellMany(orders) {
    const cost = stopwatch();
    const tally = new Tally();
    const progress = createProgress(process.stderr, () => performance.now());
    await runTrials(orders, (one) => {
        tally.add(one);
        if (failed(one)) {
            progress.clear();
            console.log(verdict(one));
        }
        progress.show(() => tally.line(cost()));
    });
    progress.clear();
    console.log(tally.summary(cost()));
    return tally.failed > 0 ? 1 : 0;
}
if (process.argv[1]?.endsWith('run.js'))
    process.exitCode = await main(process.argv.slice(2));
