import { spoken } from '../../config/duration.ts';
import { showDuration } from '../../config/parse.ts';
import type { PlannedEvent, Span, Term } from '../../sim/planning/plan.ts';
import { judgedBy, restartMs } from '../../sim/planning/plan.ts';
import type { Measured, Plan, PlannedRow, PlanOptions } from '../../sim/planning/planning.ts';
import { table } from '../output/table.ts';
import { palette } from '../output/terminal.ts';
import { described, type PlannedGroup } from './group.ts';

export interface Drawn {
  readonly group: PlannedGroup;
  readonly options: PlanOptions;
  readonly plan: Plan;
  /** With the terms of every formula. */
  readonly verbose: boolean;
  readonly colour: boolean;
}

/** What `ha-ip plan` prints for people. */
export function page(drawn: Drawn): string {
  const { group, options, plan, verbose, colour } = drawn;
  const { apiMs, operationMs, loss, runs } = options;
  const [heading = '', ...rows] = table([
    ['EVENT', '', 'CLAIM STARTS', 'ADDRESS MOVED', ''],
    ...plan.events.flatMap((row) => lines(row, options)),
  ]);
  const losing = loss === 0 ? 'no loss' : `${percent(loss)} loss (the formulas are without it)`;
  return [
    described(group, judgedBy(group.policy)),
    `API ${apiMs} ms per call, operation ${operationMs} ms, ${losing}; each event simulated ${runs} times`,
    '',
    palette(colour).dim(heading),
    ...rows,
    '',
    'seconds since the event: least / typical / worst by formula, least / median / greatest as measured;',
    'a process that gets no processor, and a cloud that takes longer than said, come on top',
    ...(verbose ? ['', ...terms(plan)] : ['the terms of each formula: -v']),
    '',
    ...detector(drawn),
    '',
    calls(drawn),
    '',
  ].join('\n');
}

const titles: Record<PlannedEvent, string> = {
  killed: 'holder killed, its host refuses probes',
  silent: 'holder cut off, or without power',
  paused: 'holder stands still for longer',
  stopped: 'holder stopped (SIGTERM), hand-over',
  restarted: `holder restarts (keep), back after ${restartMs} ms`,
  candidate: "holder killed, the next best's API silent",
};

function lines(row: PlannedRow, options: PlanOptions): string[][] {
  const title = titles[row.event];
  if (row.event === 'candidate' && row.bound === null)
    return [[title, '', 'nobody else', 'until the API answers', 'with two machines']];
  const stays = row.event === 'restarted';
  const formula =
    row.bound === null
      ? ['no promise', tooShort(row.event, options)]
      : [stays ? `back ${span(row.claim)}` : span(row.claim), stays ? 'stays' : span(row.moved)];
  const found = [
    `${stays ? 'back ' : ''}${measured(row.claimMeasured)}`,
    stays ? `moved in ${row.moves} of ${row.runs}` : measured(row.movedMeasured),
  ];
  return [
    [title, 'formula', ...formula],
    ['', 'measured', ...found, row.bound === null ? '' : verdict(row)],
  ];
}

/** Why nothing is promised. */
function tooShort(event: PlannedEvent, { policy }: PlanOptions): string {
  return event === 'restarted'
    ? `--restart-bound ${showDuration(policy.restartBoundMs)} is too short`
    : `--handover-timeout ${showDuration(policy.handoverTimeoutMs)} is too short`;
}

function verdict({ runs, outside, violations }: PlannedRow): string {
  const within = outside === 0 ? `all ${runs} within` : `${runs - outside} of ${runs} within`;
  return violations === 0 ? within : `${within}, ${violations} violations`;
}

const seconds = (ms: number) => (ms / 1_000).toFixed(2);

function span(of: Span | null): string {
  return of === null ? '–' : [of.min, of.typical, of.worst].map(seconds).join(' / ');
}

function measured(of: Measured | null): string {
  return of === null ? '–' : [of.min, of.median, of.max].map(seconds).join(' / ');
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

function terms({ events }: Plan): string[] {
  const rows = events.flatMap(({ event, bound }) => {
    if (bound === null) return [];
    const claim = bound.claim.map((term) => termRow('until the claim', term));
    const move = bound.move.map((term) => termRow('until moved', term));
    const confirm = bound.confirm.map((term) => termRow('until it is sure', term));
    return [[titles[event]], ...claim, ...move, ...confirm];
  });
  return table([['TERM', '', 'ms', ''], ...rows]);
}

function termRow(part: string, { name, min, typical, worst, why }: Term): string[] {
  const ms = (value: number) => String(Math.round(value * 10) / 10);
  return [`  ${part}`, name, [min, typical, worst].map(ms).join(' / '), why];
}

/** Election by loss alone: what theory says, and what was counted. */
function detector({ plan, options }: Drawn): string[] {
  const { theory, counted, moves } = plan.detector;
  const rows = theory.map(({ loss, betweenMs }) => [
    percent(loss),
    between(betweenMs.plain),
    between(betweenMs.standbys),
    between(betweenMs.holder),
  ]);
  const found = counted === null ? [] : [['counted', '–', tally(counted.standbys), tally(counted.holder)]];
  return [
    'a living machine taken for dead because heartbeats are lost, each by itself: mean time between, per link',
    ...table([
      ['LOSS', 'I/((1−p)·p^r), PLAIN HEARTBEATS', 'BETWEEN BACKUPS', 'HOLDER TO BEST BACKUPS'],
      ...rows,
      ...found,
    ]),
    ...(counted === null ? [] : [`in that time the address moved ${moves} times`]),
    'losses that come in bursts are worse: every outage of more than ' +
      `${showDuration(judgedBy(options.policy))} is a death`,
  ];
}

const year = 31_557_600_000;

function between(ms: number): string {
  if (ms < 100 * 86_400_000) return spoken(ms);
  const years = ms / year;
  return years > 1_000 ? '> 1000 years' : `${years.toPrecision(2)} years`;
}

function tally({ deaths, linkMs }: { readonly deaths: number; readonly linkMs: number }): string {
  return linkMs === 0 ? 'no such link' : `${deaths} in ${spoken(linkMs)} of link`;
}

function calls({ plan, group }: Drawn): string {
  const { holder, backup } = plan.callsPerHour;
  const all = holder + backup * (group.nodes - 1);
  const { by, requests, per, of } = group.budget ?? {};
  const limit =
    by === undefined ? '' : ` (${by} allows ${requests} a${per === 'hour' ? 'n' : ''} ${per} and ${of})`;
  return (
    `calls of the API while nothing happens: ${Math.round(holder)} an hour by the holder, ` +
    `${Math.round(backup)} by a backup, ${Math.round(all)} by all${limit}`
  );
}
