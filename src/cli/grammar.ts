import type { Grammar } from '../config/argv.ts';
import type { Option } from '../config/option.ts';
import { OPTIONS } from '../config/options.ts';
import type { Command } from './command.ts';

/** What the command line may be, with these commands. */
export function grammarOf(commands: readonly Command[]): Grammar {
  return { commands: commands.map((command) => ({ ...command, options: commandOptions(command) })) };
}

/** The options that a command takes: its share of the common ones, then its own. */
export function commandOptions({ uses, own, checkable }: Command): Option<unknown>[] {
  const common: Option<unknown>[] = Object.values(OPTIONS);
  const shared = common.filter(({ name }) => uses === undefined || uses.some((used) => used === name));
  return [...shared.filter(({ name }) => name !== 'check' || checkable), ...Object.values(own)];
}
