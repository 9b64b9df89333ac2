import type { Flavour } from '../../../providers/simulators.ts';
import type { Config } from '../../config/config.ts';
import { showDuration } from '../../config/parse.ts';
import { type ExitCode, Failure } from '../../watchdog/failure.ts';
import { nextStopSignal } from '../commands/stop-signal.ts';
import type { Context } from '../context.ts';
import { table } from '../output/table.ts';
import { canRedraw, oneLine, openScreen, type Palette, palette, type Screen } from '../output/terminal.ts';
import type { LogLine } from './machine.ts';
import { type Chapter, complaint, type History, type Measurement, measure } from './outage.ts';
import { type Audience, LATENCY_MS, OPERATION_MS, openTheatre, SHARED, type Theatre } from './stage.ts';
import { SETTLE_MS, tell } from './story.ts';

/** With longer intervals it would not end soon; with shorter ones processes that share a busy processor tell little. */
const INTERVAL_MS = { least: 200, most: 2_000 };

/**
 * `ha-ip demo`: a simulated cloud and three watchdogs as real processes on loopback, whose holder is killed, asked to
 * leave and frozen. A live timeline goes to stdout (with `json` to stderr), then the measured outages as a table or
 * as JSON. Exit code 0 only if after each event the address came to rest on the right machine alone; else 1, with one
 * line on what was expected and what came.
 */
export async function demo(
  config: Config,
  context: Context,
  own: { readonly json: boolean },
): Promise<ExitCode> {
  refuseOddIntervals(config);
  const flavour = await chooseFlavour(config);
  const stop = nextStopSignal();
  const cut = new AbortController();
  void stop.came.then((signal) => cut.abort(new Failure(`${signal} came before the end of the demo`)));
  const live = canRedraw(context.isTTY, context.env) && !own.json;
  const screen = openScreen(own.json ? context.stderr : context.stdout, live);
  const timeline = new Timeline(screen, palette(context.colour && !own.json), live, config.verbose);
  try {
    const theatre = await openTheatre(flavour, config.intervalMs, timeline, cut);
    const chapters = await perform(theatre, timeline);
    screen.close();
    return judge(chapters, theatre.history, config, context, own.json);
  } finally {
    screen.close();
    stop.close();
  }
}

/** The cloud of `--provider`, or one of its dialects by its own name; without it the first there is. */
async function chooseFlavour({ provider }: Config): Promise<Flavour> {
  // Only now: no other command should wait for simulators to load.
  const { flavours } = await import('../../../providers/simulators.ts');
  const found = provider === undefined ? flavours[0] : flavours.find((flavour) => flavour === provider);
  if (found) return found;
  throw new Failure(`--provider: expected one of ${flavours.join(', ')}, got ${JSON.stringify(provider)}`, {
    exitCode: 2,
  });
}

function refuseOddIntervals({ intervalMs }: Config): void {
  const { least, most } = INTERVAL_MS;
  if (intervalMs >= least && intervalMs <= most) return;
  throw new Failure(
    `--interval: expected ${showDuration(least)} to ${showDuration(most)} for a demo, got ${showDuration(intervalMs)}`,
    { exitCode: 2, hint: 'run ha-ip demo --interval 1' },
  );
}

async function perform(theatre: Theatre, timeline: Timeline): Promise<Chapter[]> {
  try {
    timeline.opens(theatre);
    return await tell(theatre);
  } finally {
    await theatre.close();
  }
}

function judge(
  chapters: readonly Chapter[],
  history: History,
  { intervalMs }: Config,
  context: Context,
  json: boolean,
): ExitCode {
  const measured = chapters.map((chapter) => measure(chapter, history));
  const complaints = chapters.map((chapter) => complaint(chapter, history)).filter((words) => words !== null);
  const result = { intervalMs, apiLatencyMs: LATENCY_MS, operationMs: OPERATION_MS, settleMs: SETTLE_MS };
  context.stdout(
    json ? `${JSON.stringify({ ...result, events: measured, complaints }, null, 2)}\n` : summary(measured),
  );
  const [first, ...others] = complaints;
  if (first !== undefined)
    throw new Failure(`${first}${others.length === 0 ? '' : '; nor did it go well after that'}`);
  if (!json)
    context.stdout('after each event the address came to rest on the right machine, and on it alone\n');
  return 0;
}

function summary(measured: readonly Measurement[]): string {
  const heading = ['EVENT', 'OUTAGE', 'CLAIM STARTS', 'ASSOCIATED', 'OLD HOLDER OFF', 'HOLDER'];
  const ms = (value: number | null) => (value === null ? '–' : `${(value / 1000).toFixed(2)} s`);
  const rows = measured.map(({ title, outageMs, claimMs, associatedMs, dissociatedMs, holders }) => [
    ...[title, ms(outageMs), ms(claimMs), ms(associatedMs), ms(dissociatedMs)],
    holders.join(' and ') || 'nobody',
  ]);
  return [
    '',
    ...table([heading, ...rows]),
    '',
    'outage: the address is associated with no live machine; the other times count from the event',
    `of them the cloud itself takes ${LATENCY_MS} ms for each call and ${OPERATION_MS} ms for each operation`,
    '',
  ].join('\n');
}

/** What happens, line by line: by the cloud, and by the nodes' own logs, which need not agree. */
class Timeline implements Audience {
  readonly #screen: Screen;
  readonly #colours: Palette;
  readonly #live: boolean;
  readonly #verbose: boolean;
  readonly #startedAt = performance.now();
  #foot: readonly string[] = [];

  constructor(screen: Screen, colours: Palette, live: boolean, verbose: boolean) {
    this.#screen = screen;
    this.#colours = colours;
    this.#live = live;
    this.#verbose = verbose;
  }

  opens({ port, names, deadIntervalMs }: Theatre): void {
    for (const line of [
      `a simulated cloud and three watchdogs, ${names.join(', ')} from the best to the worst, as ` +
        'processes of their own',
      `heartbeats: UDP port ${port} of 127.0.0.11 to .13; silent for ${deadIntervalMs / 1000} s ` +
        'is dead; a refused probe tells sooner',
      `cloud: ${LATENCY_MS} ms for each call, ${OPERATION_MS} ms for each operation`,
      'lines of "cloud" are what the cloud says, those of lb1, lb2, lb3 what each node says of itself',
      '',
    ])
      this.#screen.line(line);
  }

  event(title: string, expected: string): void {
    this.#line('event', `${title}; ${expected}`, this.#colours.bold);
  }

  cloudChanged(change: string, holders: readonly string[]): void {
    this.#line('cloud', `${change}; associated: ${holders.join(' and ') || 'nobody'}`, this.#colours.good);
  }

  nodeSaid(name: string, line: LogLine): void {
    if (this.#verbose || isNews(line)) this.#line(name, line.message, this.#tone(line));
  }

  stands(holders: readonly string[], nodes: readonly (readonly [string, string])[]): void {
    this.#foot = [
      `the cloud says: ${SHARED} is associated with ${holders.join(' and ') || 'nobody'}`,
      ...nodes.map(
        ([name, what], index) => `${index === 0 ? 'the nodes say:' : '              '} ${name} ${what}`,
      ),
    ];
    this.#screen.foot(['', ...this.#foot]);
  }

  /** Where no foot can be seen, how things stand is told after each event. */
  breath(): void {
    if (!this.#live) for (const line of this.#foot) this.#screen.line(`${' '.repeat(19)}${line}`);
    this.#screen.line('');
  }

  #line(who: string, text: string, paint: (text: string) => string): void {
    const at = ((performance.now() - this.#startedAt) / 1000).toFixed(2).padStart(7);
    this.#screen.line(`${this.#colours.dim(`${at} s  ${who.padEnd(6)}`)}  ${paint(oneLine(text))}`);
  }

  #tone({ severity, event }: LogLine): (text: string) => string {
    if (severity === 'warning' || severity === 'error') return this.#colours.warning;
    return event?.kind === 'role' ? this.#colours.bold : (text) => text;
  }
}

/** What a reader of the story misses if it is not told; the rest is told with -v. */
function isNews({ severity, event }: LogLine): boolean {
  if (severity === 'error') return true;
  if (event === undefined) return false;
  if (event.kind !== 'peer') return true;
  return ['silent', 'refused', 'left', 'leaving', 'back'].includes(event.change);
}
