import type { Config } from '../../config/config.ts';
import { spoken } from '../../config/duration.ts';
import type { Values } from '../../config/option.ts';
import { type Fault, spoken as faultText, randomFaults } from '../../sim/planning/faults.ts';
import { judgedBy } from '../../sim/planning/plan.ts';
import { simulate as run, type Simulated, type SimulationOptions } from '../../sim/planning/simulation.ts';
import { createWorld } from '../../sim/world.ts';
import { type ExitCode, Failure } from '../../watchdog/failure.ts';
import type { Context } from '../context.ts';
import { table } from '../output/table.ts';
import { oneLine, type Palette, palette } from '../output/terminal.ts';
import { machinesOf, type PlannedFault } from './faults.ts';
import { described, type PlannedGroup, plannedGroup } from './group.ts';
import type { SIMULATE_OPTIONS } from './options.ts';
import { progressLine } from './progress.ts';

type Own = Values<typeof SIMULATE_OPTIONS>;

/**
 * `ha-ip simulate`: the very election and engine that ship, with these settings, in virtual time, suffering the faults
 * that were asked for. Prints the timeline and what became of the address; with `json` one object with `settings`,
 * `faults`, `timeline`, `service` and `violations`. Exit code 1 if a rule of the election was violated.
 */
export async function simulate(config: Config, context: Context, own: Own): Promise<ExitCode> {
  const group = plannedGroup(config, own.nodes);
  refuseStrangers(own.fault, group.nodes);
  refuseLateness(own.fault, lateness(group));
  const options = optionsOf(group, own);
  const progress = progressLine(context);
  const result = run(options, (share) => progress.show(`simulating: ${Math.floor(share * 100)} %`));
  progress.clear();
  context.stdout(
    own.json ? asJson(group, options, result) : page(group, options, result, config.verbose, context),
  );
  const [first] = result.violations;
  if (first === undefined) return 0;
  throw new Failure(
    `${result.violations.length} times a rule was violated, first ${first.rule} by ${first.host} ` +
      `at ${first.at / 1_000} s: ${first.what}`,
    { hint: `this is a defect of ha-ip: report it with these settings and faults, and --seed ${own.seed}` },
  );
}

function refuseStrangers(faults: readonly PlannedFault[], nodes: number): void {
  const stranger = faults.flatMap(machinesOf).find((number) => number > nodes);
  if (stranger === undefined) return;
  throw new Failure(`--fault: expected machines lb1 to lb${nodes}, got lb${stranger}; see --nodes`, {
    exitCode: 2,
  });
}

/** A datagram that comes later than this is as good as lost: the interval is over, and so is what is left of D. */
function lateness({ policy }: PlannedGroup): number {
  return judgedBy(policy) - policy.intervalMs;
}

function refuseLateness(faults: readonly PlannedFault[], most: number): void {
  for (const planned of faults) {
    if (!('deed' in planned) || planned.deed.kind !== 'delay' || planned.deed.max < most) continue;
    throw new Failure(
      `--fault: expected a delay of less than the dead interval without one interval, ${most} ` +
        `ms, got ${planned.deed.max} ms`,
      { exitCode: 2, hint: 'what comes later than that is as good as lost: say loss 100%, or cut' },
    );
  }
}

function optionsOf(group: PlannedGroup, own: Own): SimulationOptions {
  const { nodes, associate, policy, grouped, quorum, witnesses } = group;
  return {
    ...{ seed: own.seed, nodes, associate, grouped, quorum, witnesses, policy },
    apiMs: own['api-time'],
    operationMs: own['operation-time'],
    forMs: own.for,
    faults: own.fault.flatMap((planned, index) =>
      concrete(planned, own.seed + 7_919 * (index + 1), group, own.for),
    ),
  };
}

/** Faults by chance leave the last third of the time, unless told otherwise, to see what becomes of it all. */
function concrete(planned: PlannedFault, seed: number, group: PlannedGroup, forMs: number): readonly Fault[] {
  if ('deed' in planned) return [planned];
  const end = planned.at + (planned.for ?? ((forMs - planned.at) * 2) / 3);
  const spell = { from: planned.at, until: Math.round(Math.min(end, forMs)), delayMax: lateness(group) - 1 };
  return randomFaults(createWorld(seed).random, group.nodes, spell);
}

function asJson(group: PlannedGroup, options: SimulationOptions, result: Simulated): string {
  const { faults, apiMs, operationMs, forMs, seed } = options;
  const settings = { ...group, apiMs, operationMs, forMs, seed };
  return `${JSON.stringify({ settings, faults: faults.map(faultText), ...result }, null, 2)}\n`;
}

function page(
  group: PlannedGroup,
  { seed, forMs, apiMs, operationMs }: SimulationOptions,
  result: Simulated,
  verbose: boolean,
  { colour }: Context,
): string {
  const colours = palette(colour);
  return [
    described(group, judgedBy(group.policy)),
    `${spoken(forMs)} of virtual time, API ${apiMs} ms per call, operation ${operationMs} ms, ` +
      `seed ${seed}; lb1 is the best`,
    '',
    ...result.timeline.filter((line) => verbose || isNews(line)).map((line) => painted(line, colours)),
    '',
    ...summary(result),
    '',
  ].join('\n');
}

/** What a reader of the story misses if it is not told; the rest is told with -v. */
function isNews(line: string): boolean {
  return !/: (peer .* (is heard|joined the group)|dropped a datagram)/.test(line);
}

function painted(line: string, colours: Palette): string {
  const text = oneLine(line);
  if (/ VIOLATION /.test(text)) return colours.bad(text);
  if (/ {2}fault/.test(text)) return colours.bold(text);
  return / {2}cloud: /.test(text) ? colours.good(text) : text;
}

function summary({ service, violations, roles, holders }: Simulated): string[] {
  const { firstHeldAt, vacantMs, unservedMs, longestGap, sharedMs, twoActiveMs, moves } = service;
  const gap =
    longestGap === null ? 'none' : `${spoken(longestGap.ms)}, from ${(longestGap.at / 1_000).toFixed(3)} s`;
  const rules = [...new Set(violations.map(({ rule }) => rule))];
  return table([
    [
      'first held',
      firstHeldAt === null ? 'never' : `after ${spoken(firstHeldAt)}; the times below count from there`,
    ],
    ['moves', String(moves)],
    ['nobody associated', spoken(vacantMs)],
    ['no live machine associated', spoken(unservedMs)],
    ['longest gap', gap],
    ['two associated at once', spoken(sharedMs)],
    ['two active at once', `${spoken(twoActiveMs)}, by their own word`],
    [
      'at the end',
      `held by ${holders.join(' and ') || 'nobody'}; ${roles.map((one) => one.join(' ')).join(', ')}`,
    ],
    ['rules of the election', rules.length === 0 ? 'none violated' : `violated: ${rules.join(', ')}`],
  ]);
}
