import type { Option } from '../../config/option.ts';
import { optionGroups } from '../../config/option.ts';
import type { Command, Notes } from '../command.ts';
import { EXAMPLES } from '../output/examples.ts';
import { optionText, sharedOptions, usage } from '../output/help.ts';
import * as prose from './prose.ts';

/** Of the text below; it changes with it. */
const edited = '2026-11-21';

/** man/ha-ip.8 in man(7) macros. The same input always gives the same text, so that a test can compare. */
export function manualPage(commands: readonly Command[], version: string): string {
  const options = sharedOptions(commands);
  return [
    '.\\" Made by "npm run docs" from src/cli and src/config/options.ts; change those.',
    `.TH HA\\-IP 8 ${edited} "ha\\-ip ${version}" "System Manager's Manual"`,
    section('NAME', ['ha\\-ip \\- keeps one public address answering, on the best live machine']),
    section('SYNOPSIS', synopsis(commands)),
    section('DESCRIPTION', render(prose.DESCRIPTION)),
    section(
      'EXAMPLES',
      EXAMPLES.flatMap(({ what, run }) => ['.PP', roff(`${capital(what)}:`), ...block(run)]),
    ),
    section('COMMANDS', commands.flatMap(describeCommand)),
    section(
      'OPTIONS',
      optionGroups.flatMap((group) => describeGroup(group, options)),
    ),
    section('ENVIRONMENT', [
      ...render(prose.ENVIRONMENT),
      ...options.flatMap(describeVariables),
      ...render(prose.OTHER_VARIABLES),
    ]),
    section('FILES', render(prose.FILES)),
    section('HAND-OVER', render(prose.HANDOVER)),
    section('SIGNALS', render(prose.SIGNALS)),
    section('HEALTH CHECKS', render(prose.HEALTH_CHECKS)),
    section('EXIT STATUS', render(prose.EXIT_STATUS)),
    section('LOG', render(prose.LOG)),
    section('QUORUM', render(prose.QUORUM)),
    section('GUARANTEES', render(prose.GUARANTEES)),
    section('SEE ALSO', [roff(prose.SEE_ALSO)]),
    '',
  ].join('\n');
}

function ticked(text: string): string {
  return `\`${text}\``;
}

function section(heading: string, lines: readonly string[]): string {
  const [first, ...rest] = lines;
  // A paragraph macro right after the heading would be skipped, with a warning.
  return [`.SH ${heading}`, ...(first === '.PP' ? rest : lines)].join('\n');
}

function synopsis(commands: readonly Command[]): string[] {
  const modes = commands.flatMap(({ mode }) => (mode === undefined ? [] : [`-${mode}`]));
  const lines = [
    ...(modes.length === 0 ? [] : [`\`ha-ip\` ${modes.map((mode) => `\`${mode}\``).join(' | ')} [options]`]),
    '`ha-ip` COMMAND [options]',
  ];
  return lines.flatMap((line, index) => (index === 0 ? [roff(line)] : ['.br', roff(line)]));
}

function describeCommand(command: Command): string[] {
  const { mode, name, summary, own, notes } = command;
  const title = mode === undefined ? `\`${usage(command)}\`` : `\`-${mode}\`, \`${name}\``;
  const options = Object.values(own).flatMap((option) =>
    tagged(optionTerm(option), `${capital(optionText(option))}.`),
  );
  const nested = [...options, ...describeNotes(notes)];
  const inner = nested.length === 0 ? [] : ['.RS', ...nested, '.RE'];
  return [...tagged(title, `${capital(summary)}.`), ...inner];
}

function describeNotes(notes: Notes | undefined): string[] {
  if (notes === undefined) return [];
  const rows = notes.rows.flatMap(([typed, meaning]) => tagged(ticked(typed), `${capital(meaning)}.`));
  return ['.PP', roff(`${capital(notes.heading)}:`), ...rows, '.PP', roff(notes.text)];
}

function describeGroup(group: (typeof optionGroups)[number], all: readonly Option<unknown>[]): string[] {
  const options = all.filter((option) => option.group === group);
  if (options.length === 0) return [];
  return [
    `.SS ${capital(group)}`,
    ...options.flatMap((option) => tagged(optionTerm(option), `${capital(optionText(option))}.`)),
  ];
}

function optionTerm({ short, name, argument }: Option<unknown>): string {
  const names = short === undefined ? `\`--${name}\`` : `\`-${short}\`, \`--${name}\``;
  return argument === '' ? names : `${names} ${argument}`;
}

/** Only the names that do not follow from the option's own. */
function describeVariables({ name, variables }: Option<unknown>): string[] {
  const own = name.toUpperCase().replaceAll('-', '_');
  const others = variables.filter(
    (variable) => variable !== `HA_IP_${own}` && variable !== `IF_HA_IP_${own}`,
  );
  return others.length === 0 ? [] : tagged(others.map(ticked).join(', '), `\`--${name}\``);
}

function render(text: prose.Prose): string[] {
  return text.flatMap((part) => {
    if (typeof part === 'string') return ['.PP', roff(part)];
    return 'code' in part ? block(part.code) : tagged(`\`${part[0]}\``, part[1]);
  });
}

function tagged(term: string, text: string): string[] {
  return ['.TP', roff(term), roff(text)];
}

function block(code: string): string[] {
  return ['.PP', '.RS 4', '.nf', ...code.split('\n').map(roff), '.fi', '.RE'];
}

/** Escapes what roff would read as its own, and sets words in backquotes in bold. */
function roff(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&');
  return escaped.replace(/`([^`]*)`/g, '\\fB$1\\fR');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
