/**
 * What ha-ip measures on this machine: real watchdogs as processes of their own, real sockets, a simulated cloud over
 * HTTP whose calls and associations take the time printed in the first lines. Nothing is asserted: numbers depend on
 * the machine, and on what else it does.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { figures as codec } from './codec.ts';
import { CONDITIONS, type Figures } from './conditions.ts';
import { cut, insideNamespace } from './cut.ts';
import { detector } from './detector.ts';
import { hang } from './hang.ts';
import { idle } from './idle.ts';
import { restart } from './restart.ts';
import { type Built, figures as sim } from './sim.ts';
import { start } from './start.ts';
import { kill, term } from './stop.ts';
import { table } from './table.ts';

type Benchmark = (runs: number, built: Built) => Promise<Figures[]>;

const BENCHMARKS: Record<string, { readonly about: string; readonly run: Benchmark }> = {
  kill: { about: "SIGKILL of the holder's process", run: kill },
  cut: { about: "the holder's host is cut off: its cable is pulled (needs root)", run: cut },
  term: { about: 'SIGTERM of the holder', run: term },
  start: { about: 'a complete group starts together', run: start },
  restart: { about: 'the holder restarts', run: restart },
  hang: { about: 'a call of the API hangs: do heartbeats go on?', run: hang },
  idle: { about: 'what a watchdog costs while nothing happens', run: idle },
  sim: { about: 'virtual time of three simulated nodes, all checkers on', run: sim },
  detector: { about: 'a living peer taken for dead by loss alone, in the simulator', run: detector },
  codec: { about: 'datagrams encoded and decoded', run: async (runs) => codec(runs) },
};

export async function main(argv: readonly string[], built: Built): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      runs: { type: 'string', default: '10' },
      only: { type: 'string', default: Object.keys(BENCHMARKS).join() },
      help: { type: 'boolean', default: false },
      'inside-namespace': { type: 'boolean', default: false },
    },
  });
  const runs = Math.max(1, Number.parseInt(values.runs, 10) || 10);
  if (values.help) return help();
  if (values['inside-namespace']) return insideNamespace(runs);
  return measure(values.only.split(','), runs, built);
}

async function measure(names: readonly string[], runs: number, built: Built): Promise<number> {
  const unknown = names.find((name) => !Object.hasOwn(BENCHMARKS, name));
  if (unknown !== undefined) {
    console.error(`--only: expected some of ${Object.keys(BENCHMARKS).join()}, got ${unknown}`);
    return 2;
  }
  console.log(heading(runs));
  for (const name of names) {
    const benchmark = BENCHMARKS[name]!;
    console.log(`\n${name}: ${benchmark.about}`);
    console.log(table(await benchmark.run(runs, built)));
  }
  console.log(`\nload average at the end: ${load()}`);
  return 0;
}

function heading(runs: number): string {
  const { intervalMs, deadRatio, latencyMs, jobMs } = CONDITIONS;
  const model = cpus()[0]?.model ?? 'unknown processor';
  return [
    `three nodes, interval ${intervalMs} ms, ratio ${deadRatio}, defaults otherwise; API: ` +
      `${latencyMs} ms per call, an association takes ${jobMs} ms`,
    `${runs} runs each; Node ${process.version}, ${cpus().length} × ${model}, load average ${load()}`,
  ].join('\n');
}

function load(): string {
  return loadavg()[0]!.toFixed(1);
}

function help(): number {
  console.log('npm run bench -- [--runs N] [--only NAME,NAME]\n');
  for (const [name, { about }] of Object.entries(BENCHMARKS)) console.log(`  ${name.padEnd(8)} ${about}`);
  return 0;
}
