import type { Option } from './option.ts';
import { onOff } from './parse.ts';
import { quote } from './quote.ts';
import { nearest } from './suggest.ts';

/** What may stand on the command line. */
export interface Grammar {
  readonly options: readonly Pick<Option<unknown>, 'name' | 'short' | 'kind'>[];
  /** `mode` is the flag that stands for the command: W for watch. */
  readonly commands: readonly { readonly name: string; readonly mode?: string }[];
}

export interface Rewritten {
  /** The command first, then long options with their values attached, then the rest. */
  readonly argv: readonly string[];
  readonly mistakes: readonly string[];
}

/**
 * Rewrites the flags of Go's flag package, which exoip uses, into long options: `-xi v`, `-xi=v`, `--xi v`, `-W=true`,
 * `-version`. commander knows neither short flags of two letters nor values after `=` behind one dash. Flags of one
 * letter that take no value may also be joined, as in `-Wn`. Everything that is wrong is reported, not the first
 * mistake only.
 */
export function rewriteArgv(argv: readonly string[], grammar: Grammar): Rewritten {
  const words = readWords(argv, grammar);
  const mistakes = words.flatMap((word) => (word.kind === 'mistake' ? [word.text] : []));
  const options = words.flatMap((word) => (word.kind === 'option' ? [word.text] : []));
  const plain = words.flatMap((word) => (word.kind === 'plain' ? [word.text] : []));
  if (options.includes('--version')) return { argv: ['--version'], mistakes: [] };

  const modes = new Set(words.flatMap((word) => (word.kind === 'mode' ? [word.text] : [])));
  const helping = options.includes('--help') || plain[0] === 'help';
  if (modes.size > 0) mistakes.push(...conflicts([...modes], plain, grammar));
  else if (plain.length === 0 && argv.length > 0 && !helping) mistakes.push(missing(grammar));
  const command = [...modes].map((mode) => grammar.commands.find((known) => known.mode === mode)!.name)[0];
  const rest = command === undefined ? plain.slice(1) : plain;
  return { argv: [command ?? plain[0] ?? [], options, rest].flat(), mistakes: helping ? [] : mistakes };
}

/** Exactly one mode or one command. A word too many is counted, not repeated: it may be a secret that went astray. */
function conflicts(
  modes: readonly string[],
  [first, ...more]: readonly string[],
  grammar: Grammar,
): string[] {
  const given = modes.map((mode) => `-${mode}`);
  if (grammar.commands.some(({ name }) => name === first)) given.push(first!);
  if (given.length > 1) return [`expected exactly one of ${choices(grammar)}, got ${given.join(' and ')}`];
  return first === undefined
    ? []
    : [`expected options only after ${given[0]}, got ${more.length + 1} word(s) that belong to no option`];
}

function missing(grammar: Grammar): string {
  return `expected exactly one of ${choices(grammar)}, got none`;
}

function choices(grammar: Grammar): string {
  const modes = grammar.commands.flatMap(({ mode }) => (mode === undefined ? [] : [`-${mode}`]));
  return [...modes, 'a command'].join(', ');
}

interface Word {
  readonly kind: 'option' | 'mode' | 'plain' | 'mistake';
  readonly text: string;
}

function readWords(argv: readonly string[], grammar: Grammar): Word[] {
  const words: Word[] = [];
  const left = [...argv];
  for (let text = left.shift(); text !== undefined; text = left.shift()) {
    if (text === '--') return [...words, ...left.map((rest) => ({ kind: 'plain', text: rest }) as const)];
    words.push(...readWord(text, left, grammar));
  }
  return words;
}

/** Takes the value from `left`, where the option wants one and has none attached. */
function readWord(text: string, left: string[], grammar: Grammar): Word[] {
  const [, dashes, name = '', attached] = /^(--?)([^=-][^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (dashes === undefined && (text === '-' || !text.startsWith('-'))) return [{ kind: 'plain', text }];
  const known = lookUp(name, grammar);
  if (known === undefined) {
    const joined = dashes === '-' && attached === undefined ? separate(name, grammar) : null;
    return joined ?? [unknown(text, left, grammar)];
  }
  return known.takesValue
    ? [readValue(`${dashes}${name}`, attached ?? left.shift(), known)]
    : readSwitch(`${dashes}${name}`, attached, known);
}

interface Known {
  readonly kind: 'option' | 'mode';
  readonly text: string;
  readonly takesValue: boolean;
}

/** What every program answers; they have no `off`. */
const always: ReadonlyMap<string, string> = new Map([
  ['version', 'version'],
  ['V', 'version'],
  ['help', 'help'],
  ['h', 'help'],
]);

function lookUp(name: string, { options, commands }: Grammar): Known | undefined {
  const common = always.get(name);
  if (common !== undefined) return { kind: 'option', text: common, takesValue: false };
  if (commands.some(({ mode }) => mode === name)) return { kind: 'mode', text: name, takesValue: false };
  const found = options.find((candidate) => candidate.name === name || candidate.short === name);
  return found && { kind: 'option', text: found.name, takesValue: found.kind !== 'switch' };
}

function readValue(written: string, value: string | undefined, known: Known): Word {
  return value === undefined
    ? mistake(`${written}: expected a value, got the end of the line`)
    : { kind: 'option', text: `--${known.text}=${value}` };
}

/** `-W=true` is Go's, and so are `t` and `f`; `-O=false` overrides what environment and file say. */
function readSwitch(written: string, attached: string | undefined, known: Known): Word[] {
  const text = attached?.replace(/^t$/i, 'true').replace(/^f$/i, 'false') ?? 'true';
  const parsed = onOff(text);
  if (!parsed.ok) return [mistake(`${written}: expected true or false, got ${quote(text)}`)];
  if (known.kind === 'mode') return parsed.value ? [{ kind: 'mode', text: known.text }] : [];
  if (parsed.value) return [{ kind: 'option', text: `--${known.text}` }];
  return always.has(known.text) ? [] : [{ kind: 'option', text: `--no-${known.text}` }];
}

/** `-Wn`, unless one of the letters is unknown or takes a value. */
function separate(letters: string, grammar: Grammar): Word[] | null {
  const all = [...letters].map((letter) => lookUp(letter, grammar));
  return all.every((known) => known !== undefined && !known.takesValue)
    ? all.flatMap((known, index) => readSwitch(`-${letters[index]}`, undefined, known!))
    : null;
}

/**
 * Repeats only the name: what follows, after `=` or as the next word, is its value and may be a secret, so that word
 * is taken away with it.
 */
function unknown(text: string, left: string[], grammar: Grammar): Word {
  const [written = text] = text.split('=');
  const next = left[0];
  const isValue = written === text && next !== undefined && !next.startsWith('-');
  if (isValue && !grammar.commands.some(({ name }) => name === next)) left.shift();
  const near = nearest(
    written.replace(/^-+/, ''),
    grammar.options.map(({ name }) => name),
  );
  const hint = near === null ? '' : `; did you mean --${near}?`;
  return mistake(`${quote(written)}: expected an option of ha-ip${hint}`);
}

function mistake(text: string): Word {
  return { kind: 'mistake', text };
}
