import type { Grammar } from '../config/argv.ts';
import type { Option } from '../config/option.ts';
import { usedOptions } from '../config/options.ts';
import type { Command } from './command.ts';

/** What the command line may be, with these commands. */
export function grammarOf(commands: readonly Command[]): Grammar {
  return { commands: commands.map((command) => ({ ...command, options: commandOptions(command) })) };
}

/** The options that a command takes: its share of the common ones, then its own. */
export function commandOptions({ uses, own, shared, checkable }: Command): Option<unknown>[] {
  return [
    ...usedOptions(shared, uses).filter(({ name }) => name !== 'check' || checkable),
    ...Object.values(own),
  ];
}
