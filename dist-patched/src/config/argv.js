import { onOff } from "./parse.js";
import { quote } from "./quote.js";
import { nearest } from "./suggest.js";
/**
 * Rewrites the flags of Go's flag package, which exoip uses, into long options: `-xi v`, `-xi=v`, `--xi v`, `-W=true`,
 * `-version`. commander knows neither short flags of two letters nor values after `=` behind one dash. Flags of one
 * letter that take no value may also be joined, as in `-Wn`. Everything that is wrong is reported, not the first
 * mistake only, and what is wrong is left out of the result.
 */
export function rewriteArgv(argv, grammar) {
    const words = readWords(argv, grammar);
    const [options, plain, modes] = [
        texts(words, 'option'),
        texts(words, 'plain'),
        [...new Set(texts(words, 'mode'))],
    ];
    const mode = modes.length === 0 ? undefined : grammar.commands.find((command) => command.mode === modes[0]);
    if (options.includes('--version'))
        return { argv: ['--version'], mistakes: [] };
    if (plain[0] === 'help')
        return { argv: plain, mistakes: [] };
    if (options.includes('--help'))
        return { argv: [mode?.name ?? plain.slice(0, 1), '--help'].flat(), mistakes: [] };
    const known = mode ?? grammar.commands.find(({ name }) => name === plain[0]);
    const { taken, refused } = sort(options, known);
    const mistakes = [...texts(words, 'mistake'), ...refused, ...modeMistakes(modes, plain, grammar)];
    const rest = mode === undefined ? plain.slice(1) : plain;
    const name = known?.name ?? plain[0] ?? grammar.commands[0]?.name ?? [];
    return { argv: [name, taken, rest].flat(), mistakes };
}
function texts(words, kind) {
    return words.filter((word) => word.kind === kind).map(({ text }) => text);
}
/** Which options the command takes, and complaints about the others, without their values. */
function sort(options, command) {
    const nameOf = (option) => option.replace(/^--(no-)?/, '').replace(/=.*/s, '');
    const takes = (option) => command?.options.some(({ name }) => name === nameOf(option)) ?? true;
    const refused = options.filter((option) => !takes(option));
    return {
        taken: options.filter(takes),
        refused: refused.map((option) => `--${nameOf(option)}: expected an option that ${command?.name} takes`),
    };
}
function modeMistakes(modes, plain, grammar) {
    if (modes.length > 0)
        return conflicts(modes, plain, grammar);
    return plain.length > 0 ? [] : [`expected exactly one of ${choices(grammar)}, got none`];
}
/** Exactly one mode or one command. A word too many is counted, not repeated: it may be a secret that went astray. */
function conflicts(modes, [first, ...more], grammar) {
    const given = modes.map((mode) => `-${mode}`);
    if (grammar.commands.some(({ name }) => name === first))
        given.push(first);
    if (given.length > 1)
        return [`expected exactly one of ${choices(grammar)}, got ${given.join(' and ')}`];
    return first === undefined
        ? []
        : [`expected options only after ${given[0]}, got ${more.length + 1} word(s) that belong to no option`];
}
function choices(grammar) {
    const modes = grammar.commands.flatMap(({ mode }) => (mode === undefined ? [] : [`-${mode}`]));
    return [...modes, 'a command'].join(', ');
}
function readWords(argv, grammar) {
    const words = [];
    const left = [...argv];
    for (let text = left.shift(); text !== undefined; text = left.shift()) {
        if (text === '--')
            return [...words, ...left.map((rest) => ({ kind: 'plain', text: rest }))];
        words.push(...readWord(text, left, grammar));
    }
    return words;
}
/** Takes the value from `left`, where the option wants one and has none attached. */
function readWord(text, left, grammar) {
    const [, dashes, name = '', attached] = /^(--?)([^=-][^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    if (dashes === undefined && (text === '-' || !text.startsWith('-')))
        return [{ kind: 'plain', text }];
    const known = lookUp(name, grammar);
    if (known === undefined) {
        const joined = dashes === '-' && attached === undefined ? separate(name, grammar) : null;
        return joined ?? [unknown(text, left, grammar)];
    }
    return known.takesValue
        ? [readValue(`${dashes}${name}`, attached ?? left.shift(), known)]
        : readSwitch(`${dashes}${name}`, attached, known);
}
function allOptions(commands) {
    return commands.flatMap(({ options }) => options);
}
/** What every program answers; they have no `off`. */
const always = new Map([
    ['version', 'version'],
    ['V', 'version'],
    ['help', 'help'],
    ['h', 'help'],
]);
function lookUp(name, { commands }) {
    const common = always.get(name);
    if (common !== undefined)
        return { kind: 'option', text: common, takesValue: false };
    if (commands.some(({ mode }) => mode === name))
        return { kind: 'mode', text: name, takesValue: false };
    const found = allOptions(commands).find((candidate) => candidate.name === name || candidate.short === name);
    return found && { kind: 'option', text: found.name, takesValue: found.kind !== 'switch' };
}
function readValue(written, value, known) {
    return value === undefined
        ? mistake(`${written}: expected a value, got the end of the line`)
        : { kind: 'option', text: `--${known.text}=${value}` };
}
/** `-W=true` is Go's, and so are `t` and `f`; `-O=false` overrides what environment and file say. */
function readSwitch(written, attached, known) {
    const text = attached?.replace(/^t$/i, 'true').replace(/^f$/i, 'false') ?? 'true';
    const parsed = onOff(text);
    if (!parsed.ok)
        return [mistake(`${written}: expected true or false, got ${quote(text)}`)];
    if (known.kind === 'mode')
        return parsed.value ? [{ kind: 'mode', text: known.text }] : [];
    if (parsed.value)
        return [{ kind: 'option', text: `--${known.text}` }];
    return always.has(known.text) ? [] : [{ kind: 'option', text: `--no-${known.text}` }];
}
/** `-Wn`, unless one of the letters is unknown or takes a value. */
function separate(letters, grammar) {
    const all = [...letters].map((letter) => lookUp(letter, grammar));
    return all.every((known) => known !== undefined && !known.takesValue)
        ? all.flatMap((known, index) => readSwitch(`-${letters[index]}`, undefined, known))
        : null;
}
/**
 * Repeats only the name: what follows, after `=` or as the next word, is its value and may be a secret, so that word
 * is taken away with it.
 */
function unknown(text, left, grammar) {
    const [written = text] = text.split('=');
    const next = left[0];
    const isValue = written === text && next !== undefined && !next.startsWith('-');
    if (isValue && !grammar.commands.some(({ name }) => name === next))
        left.shift();
    const near = nearest(written.replace(/^-+/, ''), allOptions(grammar.commands).map(({ name }) => name));
    const hint = near === null ? '' : `; did you mean --${near}?`;
    return mistake(`${quote(written)}: expected an option of ha-ip${hint}`);
}
function mistake(text) {
    return { kind: 'mistake', text };
}
