import type { Config } from '../../config/config.ts';
import type { Values } from '../../config/option.ts';
import { events } from '../../sim/planning/plan.ts';
import { plan as draw, type Plan, type PlanOptions } from '../../sim/planning/planning.ts';
import { type ExitCode, Failure } from '../../watchdog/failure.ts';
import type { Context } from '../context.ts';
import { plannedGroup } from './group.ts';
import type { PLAN_OPTIONS } from './options.ts';
import { page } from './page.ts';
import { progressLine } from './progress.ts';

type Own = Values<typeof PLAN_OPTIONS>;

/**
 * `ha-ip plan`: what a failover costs with these settings, by formula and as the simulator measures it, and how often
 * the failure detector errs. With `json` one object with `settings`, `events` (a bound is null where nothing is
 * promised; times in ms), `detector` and `callsPerHour`. Exit code 1 if, without loss, something that was measured is
 * outside its formula's bounds.
 */
export async function plan(config: Config, context: Context, own: Own): Promise<ExitCode> {
  const group = plannedGroup(config, own.nodes);
  const { nodes, associate, policy, grouped, quorum, witnesses } = group;
  const options: PlanOptions = {
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
  context.stdout(
    own.json
      ? `${JSON.stringify({ settings, ...drawn }, null, 2)}\n`
      : page({ group, options, plan: drawn, verbose: config.verbose, colour: context.colour }),
  );
  judge(drawn, options);
  return 0;
}

function judge(drawn: Plan, { loss }: PlanOptions): void {
  const wrong = events.filter((event) => drawn.events.some((one) => one.event === event && one.outside > 0));
  if (loss > 0 || wrong.length === 0) return;
  throw new Failure(`measured outside the bounds of the formula: ${wrong.join(', ')}`, {
    hint: 'this is a defect of ha-ip: report it with these settings',
  });
}
