import { events } from "../../sim/planning/plan.js";
import { plan as draw } from "../../sim/planning/planning.js";
import { Failure } from "../../watchdog/failure.js";
import { plannedGroup } from "./group.js";
import { page } from "./page.js";
import { progressLine } from "./progress.js";
/**
 * `ha-ip plan`: what a failover costs with these settings, by formula and as the simulator measures it, and how often
 * the failure detector errs. With `json` one object with `settings`, `events` (a bound is null where nothing is
 * promised; times in ms), `detector` and `callsPerHour`. Exit code 1 if, without loss, something that was measured is
 * outside its formula's bounds.
 */
export async function plan(config, context, own) {
    const group = plannedGroup(config, own.nodes);
    const { nodes, associate, policy, grouped, quorum, witnesses } = group;
    const options = {
        ...{ nodes, associate, policy, grouped, quorum, witnesses, loss: own.loss, runs: own.runs },
        apiMs: own['api-time'],
        operationMs: own['operation-time'],
        // A datagram's way within a zone.
        delay: { min: 0.2, max: 2 },
    };
    const progress = progressLine(context);
    const drawn = draw(options, (what, share) => progress.show(`${what}: ${Math.floor(share * 100)} %`));
    progress.clear();
    const settings = { ...group, ...options };
    context.stdout(own.json
        ? `${JSON.stringify({ settings, ...drawn }, null, 2)}\n`
        : page({ group, options, plan: drawn, verbose: config.verbose, colour: context.colour }));
    judge(drawn, options);
    return 0;
}
function judge(drawn, { loss }) {
    const wrong = events.filter((event) => drawn.events.some((one) => one.event === event && one.outside > 0));
    if (loss > 0 || wrong.length === 0)
        return;
    throw new Failure(`measured outside the bounds of the formula: ${wrong.join(', ')}`, {
        hint: 'this is a defect of ha-ip: report it with these settings',
    });
}
