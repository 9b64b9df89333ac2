import { type Option, optionGroups } from '../../config/option.ts';
import type { Command } from '../command.ts';
import { commandOptions } from '../grammar.ts';
import { EXAMPLES } from './examples.ts';

const width = 100;
const column = 32;

/** What `ha-ip --help` prints: examples first, since most readers look for one. */
export function programHelp(commands: readonly Command[]): string {
  return [
    'ha-ip keeps one public address answering: it moves a shared address of a cloud to the best live machine.',
    section('examples', EXAMPLES.map(({ what, run }) => `  # ${what}\n  ${run}`).join('\n')),
    section('usage', [...modes(commands), '  ha-ip COMMAND [options]', '  ha-ip COMMAND --help'].join('\n')),
    section('commands', commands.map((command) => entry(title(command), command.summary)).join('\n')),
    ...optionSections(sharedOptions(commands)),
    section('more', [...commonOptions, '', ...more].join('\n')),
  ].join('\n\n');
}

/** What `ha-ip COMMAND --help` prints. */
export function commandHelp(command: Command): string {
  return [
    `${title(command)}: ${command.summary}`,
    section('usage', `  ha-ip ${usage(command)} [options]`),
    ...optionSections(commandOptions(command)),
    ...noteSection(command),
    section('more', commonOptions.join('\n')),
  ].join('\n\n');
}

/** `-xi, --address IP`, as help and manual write it. */
export function optionTitle({ short, name, argument }: Option<unknown>): string {
  const flags = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return argument === '' ? flags : `${flags} ${argument}`;
}

/** The summary with the default, where there is one. */
export function optionText({ summary, fallbackText }: Option<unknown>): string {
  return fallbackText === undefined ? summary : `${summary} (default: ${fallbackText})`;
}

/** The settings that several commands share; what belongs to one command alone stands with that command. */
export function sharedOptions(commands: readonly Command[]): Option<unknown>[] {
  const used = new Set(commands.flatMap(commandOptions));
  return Object.values<Option<unknown>>(commands[0]?.shared ?? {}).filter((option) => used.has(option));
}

const commonOptions = [entry('-h, --help', 'this help'), entry('-V, --version', 'the version')];

const more = wrap(
  'Every option --x-y is also read from HA_IP_X_Y, and from the key x-y of /etc/ha-ip/ha-ip.toml; flags come first, ' +
    "then the environment, then the file. Go's forms -x=v and --x v are understood. man ha-ip has the rest.",
  width - 2,
).map((line) => `  ${line}`);

function optionSections(options: readonly Option<unknown>[]): string[] {
  return optionGroups.flatMap((group) => {
    const entries = options.filter((option) => option.group === group);
    return entries.length === 0
      ? []
      : [
          section(
            `options: ${group}`,
            entries.map((option) => entry(optionTitle(option), optionText(option))).join('\n'),
          ),
        ];
  });
}

function noteSection({ notes }: Command): string[] {
  if (notes === undefined) return [];
  const rows = notes.rows.map(([typed, meaning]) => entry(typed, meaning));
  const text = wrap(notes.text, width - 2).map((line) => `  ${line}`);
  return [section(notes.heading, [...rows, '', ...text].join('\n'))];
}

function section(heading: string, body: string): string {
  return `${heading}:\n${body}`;
}

function modes(commands: readonly Command[]): string[] {
  return commands.flatMap(({ mode }) => (mode === undefined ? [] : [`  ha-ip -${mode} [options]`]));
}

function title(command: Command): string {
  return command.mode === undefined ? usage(command) : `-${command.mode}, ${command.name}`;
}

/** The command with its operands: `address ACTION [IP]`. */
export function usage({ name, operands = [] }: Command): string {
  const words = operands.map((operand) => (operand.optional ? `[${operand.name}]` : operand.name));
  return [name, ...words].join(' ');
}

/** A name, and its text beside it, or below it where the name is long. */
function entry(name: string, text: string): string {
  const lines = wrap(text, width - column);
  const start = name.length + 4 > column ? [`  ${name}`] : [];
  const first = start.length > 0 ? ''.padEnd(column) : `  ${name}`.padEnd(column);
  const body = lines.map((line, index) => `${index === 0 ? first : ''.padEnd(column)}${line}`);
  return [...start, ...body].join('\n');
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
