import type { Config } from '../config/config.ts';
import type { OptionTable, Values } from '../config/option.ts';
import type { Options, Use } from '../config/options.ts';
import type { Need } from '../config/relations.ts';
import type { ExitCode } from '../watchdog/failure.ts';
import type { Context } from './context.ts';

/** What a command's module exports: it does the work and says how it ended. */
export type Handler<Own extends OptionTable> = (
  config: Config,
  context: Context,
  own: Values<Own>,
) => Promise<ExitCode>;

/** A word after a command: `show` and `198.51.100.50` of `ha-ip address show 198.51.100.50`. */
export interface Operand {
  readonly name: string;
  readonly optional?: boolean;
}

export interface Notes {
  readonly heading: string;
  readonly rows: readonly (readonly [typed: string, meaning: string])[];
  readonly text: string;
}

/** One row of the table of commands. */
interface Row<Own extends OptionTable> {
  readonly name: string;
  /** exoip's flag for it: W for watch. */
  readonly mode?: string;
  /** One sentence, lower case, without a full stop. */
  readonly summary: string;
  /** The settings that concern it; without this, all of them. */
  readonly uses?: readonly Use[];
  readonly needs?: readonly Need[];
  /** Mistakes in the configuration file end it, although it does not look at all of them. */
  readonly strict?: boolean;
  /** Words that may follow the command, in order. */
  readonly operands?: readonly Operand[];
  /** A table of its own for help and manual: what is typed, and what that does. */
  readonly notes?: Notes;
  /** Options of this command alone. */
  readonly own?: Own;
  /** Imports the module only when the command runs: a start should not wait for code it does not need. */
  load(): Promise<Handler<Own>>;
  /** What `-n` runs instead; without it the command knows no `-n`. */
  check?(): Promise<Handler<Record<never, never>>>;
}

/** A command whose own options are forgotten by the compiler, so that all fit one table. */
export interface Command extends Omit<Row<OptionTable>, 'load' | 'check'> {
  readonly own: OptionTable;
  /** All that the commands share. */
  readonly shared: Options;
  readonly checkable: boolean;
  run(config: Config, context: Context, own: Readonly<Record<string, unknown>>): Promise<ExitCode>;
  check(config: Config, context: Context): Promise<ExitCode>;
}

export function command<Own extends OptionTable = Record<never, never>>(row: Row<Own>): Joining {
  const { load, check, ...rest } = row;
  return (shared) => ({
    ...rest,
    own: row.own ?? {},
    shared,
    checkable: check !== undefined,
    run: async (config, context, own) => (await load())(config, context, own as Values<Own>),
    check: async (config, context) => (await (check ?? load)())(config, context, {} as Values<Own>),
  });
}

/** A row becomes a command with the options that all commands share. */
export type Joining = (shared: Options) => Command;
