import { optionGroups } from "../../config/option.js";
import { EXAMPLES } from "../output/examples.js";
import { optionText, sharedOptions, usage } from "../output/help.js";
import * as prose from "./prose.js";
/** Of the text below; it changes with it. */
const edited = '2026-11-21';
/** man/ha-ip.8 in man(7) macros. The same input always gives the same text, so that a test can compare. */
export function manualPage(commands, version) {
    const options = sharedOptions(commands);
    return [
        '.\\" Made by "npm run docs" from src/cli and src/config/options.ts; change those.',
        `.TH HA\\-IP 8 ${edited} "ha\\-ip ${version}" "System Manager's Manual"`,
        section('NAME', ['ha\\-ip \\- keeps one public address answering, on the best live machine']),
        section('SYNOPSIS', synopsis(commands)),
        section('DESCRIPTION', render(prose.DESCRIPTION)),
        section('EXAMPLES', EXAMPLES.flatMap(({ what, run }) => ['.PP', roff(`${capital(what)}:`), ...block(run)])),
        section('COMMANDS', commands.flatMap(describeCommand)),
        section('OPTIONS', optionGroups.flatMap((group) => describeGroup(group, options))),
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
const markers = { start: '<!-- options -->', end: '<!-- /options -->' };
/** The README with its table of options renewed; it must have the two markers. */
export function withOptionTable(readme, commands) {
    const [start, end] = [readme.indexOf(markers.start), readme.indexOf(markers.end)];
    if (start === -1 || end < start)
        throw new Error(`README.md: expected ${markers.start} and ${markers.end}, each once`);
    const before = readme.slice(0, start + markers.start.length);
    return `${before}\n${optionTable(commands)}\n${readme.slice(end)}`;
}
function optionTable(commands) {
    const rows = sharedOptions(commands).map((option) => {
        const variables = option.variables.filter((name) => !name.startsWith('IF_HA_IP_') || named(option, name));
        const cells = [flags(option).map(ticked).join(' '), variables.map(ticked).join(' '), optionText(option)];
        return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
    });
    return ['| option | environment | meaning |', '|---|---|---|', ...rows].join('\n');
}
function ticked(text) {
    return `\`${text}\``;
}
function flags({ short, name, argument }) {
    const long = argument === '' ? `--${name}` : `--${name} ${argument}`;
    return short === undefined ? [long] : [`-${short}`, long];
}
/** Not merely the variable that every option has. */
function named({ name }, variable) {
    return variable !== `IF_HA_IP_${name.toUpperCase().replaceAll('-', '_')}`;
}
function section(heading, lines) {
    const [first, ...rest] = lines;
    // A paragraph macro right after the heading would be skipped, with a warning.
    return [`.SH ${heading}`, ...(first === '.PP' ? rest : lines)].join('\n');
}
function synopsis(commands) {
    const modes = commands.flatMap(({ mode }) => (mode === undefined ? [] : [`-${mode}`]));
    const lines = [
        ...(modes.length === 0 ? [] : [`\`ha-ip\` ${modes.map((mode) => `\`${mode}\``).join(' | ')} [options]`]),
        '`ha-ip` COMMAND [options]',
    ];
    return lines.flatMap((line, index) => (index === 0 ? [roff(line)] : ['.br', roff(line)]));
}
function describeCommand(command) {
    const { mode, name, summary, own, notes } = command;
    const title = mode === undefined ? `\`${usage(command)}\`` : `\`-${mode}\`, \`${name}\``;
    const options = Object.values(own).flatMap((option) => tagged(optionTerm(option), `${capital(optionText(option))}.`));
    const nested = [...options, ...describeNotes(notes)];
    const inner = nested.length === 0 ? [] : ['.RS', ...nested, '.RE'];
    return [...tagged(title, `${capital(summary)}.`), ...inner];
}
function describeNotes(notes) {
    if (notes === undefined)
        return [];
    const rows = notes.rows.flatMap(([typed, meaning]) => tagged(ticked(typed), `${capital(meaning)}.`));
    return ['.PP', roff(`${capital(notes.heading)}:`), ...rows, '.PP', roff(notes.text)];
}
function describeGroup(group, all) {
    const options = all.filter((option) => option.group === group);
    if (options.length === 0)
        return [];
    return [
        `.SS ${capital(group)}`,
        ...options.flatMap((option) => tagged(optionTerm(option), `${capital(optionText(option))}.`)),
    ];
}
function optionTerm({ short, name, argument }) {
    const names = short === undefined ? `\`--${name}\`` : `\`-${short}\`, \`--${name}\``;
    return argument === '' ? names : `${names} ${argument}`;
}
/** Only the names that do not follow from the option's own. */
function describeVariables({ name, variables }) {
    const own = name.toUpperCase().replaceAll('-', '_');
    const others = variables.filter((variable) => variable !== `HA_IP_${own}` && variable !== `IF_HA_IP_${own}`);
    return others.length === 0 ? [] : tagged(others.map(ticked).join(', '), `\`--${name}\``);
}
function render(text) {
    return text.flatMap((part) => {
        if (typeof part === 'string')
            return ['.PP', roff(part)];
        return 'code' in part ? block(part.code) : tagged(`\`${part[0]}\``, part[1]);
    });
}
function tagged(term, text) {
    return ['.TP', roff(term), roff(text)];
}
function block(code) {
    return ['.PP', '.RS 4', '.nf', ...code.split('\n').map(roff), '.fi', '.RE'];
}
/** Escapes what roff would read as its own, and sets words in backquotes in bold. */
function roff(text) {
    const escaped = text
        .replaceAll('\\', '\\e')
        .replaceAll('-', '\\-')
        .replace(/^(?=[.'])/, '\\&');
    return escaped.replace(/`([^`]*)`/g, '\\fB$1\\fR');
}
function capital(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
}
