import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Traits } from '../../../core/index.ts';
import type { ClusterOptions } from '../../cluster.ts';

/** What the command line asks for. */
export type Orders =
  | { readonly kind: 'help' }
  | { readonly kind: 'mistake'; readonly message: string }
  | { readonly kind: 'one'; readonly seed: number; readonly force: Partial<ClusterOptions> }
  | Many;

export interface Many {
  readonly kind: 'many';
  readonly from: number;
  /** How many seeds at most. */
  readonly seeds: number;
  /** Enough when so much cluster time has been simulated. */
  readonly hours: number;
  readonly jobs: number;
  readonly force: Partial<ClusterOptions>;
}

export const help = `npm run sim -- [options]: groups with the very core and engine that ship, in virtual time, \
each with faults that its seed decides

examples
  # two hundred seeds, on every core
  npm run sim
  # thirty days of cluster time, from a seed that nobody has tried yet
  npm run sim -- --hours 720 --from 500000
  # fifty seeds from 5000, all on a cloud where associating takes the address from its holder
  npm run sim -- --from 5000 --seeds 50 --associate moves
  # one again, with its transcript
  npm run sim -- --seed 1164

options
  --seeds N         how many seeds (default: 200, or as many as --hours needs)
  --hours N         stop when so many hours of cluster time have been simulated
  --from N          the first seed (default: 0)
  --seed N          this one alone, with its transcript
  --associate KIND  adds, moves or refusedWhileHeld: the kind of cloud, which otherwise the seed chooses
  --quorum on|off   whether all nodes vote, which otherwise the seed chooses
  --jobs N          how many seeds at a time (default: one for each core)

Every failure is printed with the command that shows it again. The exit code is 1 if any seed failed.`;

const options = {
  seeds: { type: 'string' },
  hours: { type: 'string' },
  from: { type: 'string' },
  seed: { type: 'string' },
  associate: { type: 'string' },
  quorum: { type: 'string' },
  jobs: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const kinds: readonly Traits['associate'][] = ['adds', 'moves', 'refusedWhileHeld'];

export function parseOrders(args: readonly string[]): Orders {
  try {
    const { values } = parseArgs({ args: [...args], options });
    return values.help ? { kind: 'help' } : ordersOf(values);
  } catch (error) {
    return { kind: 'mistake', message: `${(error as Error).message}; see npm run sim -- --help` };
  }
}

type Values = { readonly [K in Exclude<keyof typeof options, 'help'>]?: string };

function ordersOf(values: Values): Orders {
  const force = {
    ...(values.associate !== undefined && { associate: kindOf(values.associate) }),
    ...(values.quorum !== undefined && { quorum: isOn('quorum', values.quorum) }),
  };
  if (values.seed !== undefined) return { kind: 'one', seed: whole('seed', values.seed, 0), force };
  const unlimited = values.hours !== undefined;
  return {
    kind: 'many',
    from: whole('from', values.from ?? '0', 0),
    seeds: whole('seeds', values.seeds ?? (unlimited ? String(Number.MAX_SAFE_INTEGER) : '200'), 1),
    hours: unlimited ? amount('hours', values.hours) : Number.POSITIVE_INFINITY,
    jobs: whole('jobs', values.jobs ?? String(availableParallelism()), 1),
    force,
  };
}

function kindOf(text: string): Traits['associate'] {
  const kind = kinds.find((one) => one === text);
  if (kind === undefined) throw new Error(`--associate: expected ${kinds.join(', ')}, got ${text}`);
  return kind;
}

function isOn(name: string, text: string): boolean {
  if (text !== 'on' && text !== 'off') throw new Error(`--${name}: expected on or off, got ${text}`);
  return text === 'on';
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < least)
    throw new Error(`--${name}: expected a whole number from ${least}, got ${text || 'nothing'}`);
  return number;
}

function amount(name: string, text: string): number {
  if (!/^\d*\.?\d+$/.test(text) || Number(text) === 0)
    throw new Error(`--${name}: expected a number above 0, got ${text || 'nothing'}`);
  return Number(text);
}
