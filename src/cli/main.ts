import './signal-guard.ts';
import { CommanderError } from 'commander';
import { rewriteArgv } from '../config/argv.ts';
import type { Flags } from '../config/layers.ts';
import { loadConfig } from '../config/load.ts';
import { ProviderError } from '../ports/provider.ts';
import { type ExitCode, Failure } from '../watchdog/failure.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import type { Context, Surroundings } from './context.ts';
import { grammarOf } from './grammar.ts';
import { programHelp } from './output/help.ts';
import { oneLine, wantsColour } from './output/terminal.ts';
import { buildProgram } from './program.ts';

/** The process: the only place that ends it. */
export async function main(): Promise<void> {
  const around = surroundings();
  // Who reads the output may leave (`| head`), and that must not end a watchdog.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  process.on('uncaughtException', (error) => process.exit(explain(error, around)));
  process.exit(await run(around));
}

function surroundings(): Surroundings {
  const isTTY = process.stdout.isTTY === true;
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    env: process.env,
    argv: process.argv.slice(2),
    colour: wantsColour(isTTY, process.env),
    isTTY,
  };
}

/** One run of the program, from its arguments to its exit code. Never rejects: this is the one error boundary. */
export async function run(around: Surroundings, commands = COMMANDS): Promise<ExitCode> {
  const { argv, mistakes } = rewriteArgv(around.argv, grammarOf(commands));
  if (around.argv.length === 0) {
    around.stderr(`${programHelp(commands)}\n`);
    return 2;
  }
  let code: ExitCode = 0;
  const program = buildProgram(commands, around, async (command, flags, operands) => {
    code = await execute({ command, flags, operands, mistakes, around });
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    const isUsage = error instanceof CommanderError && error.exitCode !== 0;
    return isUsage ? refuse([...mistakes, usageMistake(error)], around) : explain(error, around);
  }
}

interface Invocation {
  readonly command: Command;
  readonly flags: Flags;
  readonly operands: readonly string[];
  readonly mistakes: readonly string[];
  readonly around: Surroundings;
}

async function execute({ command, flags, operands, mistakes, around }: Invocation): Promise<ExitCode> {
  const { own, shared, uses, needs, strict } = command;
  const common = {
    options: shared,
    flags,
    env: around.env,
    own,
    ...(uses && { uses }),
    ...(needs && { needs }),
    ...(strict && { strict }),
  };
  const reload = () => loadConfig(common);
  const loaded = reload();
  for (const warning of loaded.warnings) say(`warning: ${warning}`, around);
  if (!loaded.ok) return refuse([...mistakes, ...loaded.mistakes], around);
  if (mistakes.length > 0) return refuse(mistakes, around);
  const context: Context = { ...around, settings: loaded.settings, reload, operands };
  return loaded.check
    ? command.check(loaded.config, context)
    : command.run(loaded.config, context, loaded.own);
}

function refuse(mistakes: readonly string[], around: Surroundings): ExitCode {
  for (const mistake of mistakes) say(mistake, around);
  say('run "ha-ip --help" for examples and all options', around);
  return 2;
}

/** commander's own words, in our form. */
function usageMistake({ message }: CommanderError): string {
  return message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
}

/** Prints what went wrong, a defect of ours with its stack, and gives the exit code. */
function explain(error: unknown, around: Surroundings): ExitCode {
  if (error instanceof CommanderError) return 0;
  if (error instanceof Failure) {
    say(error.message, around);
    if (error.hint !== undefined) say(error.hint, around);
    return error.exitCode;
  }
  if (error instanceof ProviderError || (error instanceof Error && error.name === 'ControlError')) {
    say(error.message, around);
    return 1;
  }
  return explainDefect(error, around);
}

function explainDefect(error: unknown, around: Surroundings): ExitCode {
  say(`defect of ha-ip: ${error instanceof Error ? error.message : String(error)}`, around);
  const verbose = around.argv.some((word) => /^--?(v|verbose)$/.test(word));
  if (verbose && error instanceof Error) around.stderr(`${error.stack}\n`);
  else say('run it again with -v to see where, and report it', around);
  return 1;
}

function say(text: string, { stderr }: Surroundings): void {
  stderr(`ha-ip: ${oneLine(text)}\n`);
}
