import { Command as Commander, Option as CommanderOption } from 'commander';
import { version } from '../adapters/version.ts';
import type { Flags } from '../config/layers.ts';
import type { Option } from '../config/option.ts';
import type { Command } from './command.ts';
import type { Surroundings } from './context.ts';
import { commandOptions } from './grammar.ts';
import { commandHelp, programHelp } from './output/help.ts';

/** Called with the command that was chosen, the texts of its options, and the words that followed it. */
export type Chosen = (command: Command, flags: Flags, operands: readonly string[]) => Promise<void>;

/** The commander program of these commands. It throws CommanderError where it would end the process. */
export function buildProgram(
  commands: readonly Command[],
  { stdout, stderr }: Pick<Surroundings, 'stdout' | 'stderr'>,
  chosen: Chosen,
): Commander {
  const program = new Commander('ha-ip')
    .version(`ha-ip ${version()}`)
    .exitOverride()
    .configureOutput({ writeOut: stdout, writeErr: stderr, outputError: () => {} })
    .configureHelp({ formatHelp: () => `${programHelp(commands)}\n` });
  for (const command of commands) addCommand(program, command, chosen);
  return program;
}

function addCommand(program: Commander, command: Command, chosen: Chosen): void {
  const options = commandOptions(command);
  const built = program
    .command(command.name)
    .description(command.summary)
    .allowExcessArguments(false)
    .configureHelp({ formatHelp: () => `${commandHelp(command)}\n` });
  const flagsOf = options.flatMap((option) =>
    commanderOptions(option).map((made) => [option, made] as const),
  );
  for (const [, made] of flagsOf) built.addOption(made);
  for (const { name, optional } of command.operands ?? [])
    built.argument(optional ? `[${name}]` : `<${name}>`);
  built.action(() => chosen(command, readFlags(built.opts(), flagsOf), built.args));
}

/** Values stay texts, all of them, for the loader to read; a switch can be turned off. */
function commanderOptions({ name, kind, argument, summary }: Option<unknown>): CommanderOption[] {
  if (kind === 'switch')
    return [new CommanderOption(`--${name}`, summary), new CommanderOption(`--no-${name}`)];
  const option = new CommanderOption(`--${name} <${argument}>`, summary);
  return [option.argParser((text: string, before: readonly string[] = []) => [...before, text])];
}

function readFlags(
  given: Readonly<Record<string, boolean | readonly string[] | undefined>>,
  options: readonly (readonly [Option<unknown>, CommanderOption])[],
): Flags {
  const flags: Record<string, readonly string[]> = {};
  for (const [{ name }, made] of options) {
    const value = given[made.attributeName()];
    if (value !== undefined) flags[name] = typeof value === 'boolean' ? [value ? 'on' : 'off'] : value;
  }
  return flags;
}
