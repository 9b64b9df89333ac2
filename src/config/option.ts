import { onOff, type Parsed, type Parser } from './parse.ts';

export const optionGroups = [
  'the address',
  'the group',
  'timing',
  'health',
  'the cloud',
  'credentials',
  'behaviour',
  'files and output',
] as const;

/** One setting as data: flags, variables, help, manual and the configuration file are all made from this. */
export interface Option<V> {
  /** The long flag without its dashes, and the key in the configuration file. */
  readonly name: string;
  /** One letter, or one of Go's longer names: `-P`, `-xi`. Without the dash. */
  readonly short?: string;
  /** switch: takes no value on the command line. list: may be repeated, and usually separated by commas. */
  readonly kind: 'value' | 'list' | 'switch';
  /** What its value is called in the help; '' for a switch. */
  readonly argument: string;
  /** Environment variables; the first that is set and not empty wins. */
  readonly variables: readonly string[];
  readonly fallback: V;
  /** The default in words, where there is one. */
  readonly fallbackText?: string;
  /** One sentence, lower case, without a full stop. */
  readonly summary: string;
  readonly group: (typeof optionGroups)[number];
  /** Its value must never be printed. */
  readonly secret: boolean;
  /** The one cloud it belongs to. */
  readonly cloud?: string;
  /** Variables that hold for one cloud alone, with its name. */
  readonly owners: Readonly<Record<string, string>>;
  /** Whether the configuration file may set it. */
  readonly inFile: boolean;
  /** Reads one text or, of a list, every text that came. */
  read(texts: readonly string[]): Read<V>;
  show(value: V): string;
}

/** `got` is the text that was not understood. */
export type Read<V> = Parsed<V> & { readonly got?: string };

export type OptionTable = Readonly<Record<string, Option<unknown>>>;

export type Values<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends Option<infer V> ? V : never;
};

/** What a row says; the rest follows from it. */
interface Row<V> {
  readonly short?: string;
  readonly argument?: string;
  /** Tried after HA_IP_<NAME> and IF_HA_IP_<NAME>, which every option has. */
  readonly variables?: readonly string[];
  readonly fallback?: V;
  readonly fallbackText?: string;
  readonly summary: string;
  readonly group: Option<V>['group'];
  readonly secret?: boolean;
  readonly cloud?: string;
  readonly owners?: Readonly<Record<string, string>>;
  readonly inFile?: boolean;
  readonly show?: (value: V) => string;
}

type Unnamed<V> = Omit<Option<V>, 'name'>;

/** An option with one value and a default, shown like every other value unless the row has words for it. */
export function single<const V>(
  parse: Parser<V>,
  row: Row<V> & { readonly fallback: NoInfer<V> },
): Unnamed<V> {
  const show = row.show ?? String;
  return {
    ...common({ ...row, fallbackText: row.fallbackText ?? show(row.fallback) }),
    kind: 'value',
    fallback: row.fallback,
    read: (texts) => readOne(parse, texts),
    show,
  };
}

/** An option that may stay unset. */
export function optional<V>(parse: Parser<V>, row: Omit<Row<V>, 'fallback'>): Unnamed<V | undefined> {
  const show = row.show ?? String;
  return {
    ...common(row),
    kind: 'value',
    fallback: undefined,
    read: (texts) => readOne(parse, texts),
    show: (value) => (value === undefined ? 'not set' : show(value)),
  };
}

/** Of a list, `show` is for one value; with `whole` a comma belongs to the value, and each text is one. */
type ListRow<V> = Omit<Row<V>, 'fallback'> & { readonly whole?: true };

/** An option whose values add up. */
export function list<V>(parse: Parser<V>, row: ListRow<V>): Unnamed<readonly V[]> {
  const show = row.show ?? String;
  const split = (texts: readonly string[]) => (row.whole ? texts : texts.flatMap((text) => text.split(',')));
  return {
    ...common(row),
    kind: 'list',
    fallback: [],
    read: (texts) => readAll(parse, show, split(texts)),
    show: (values) => (values.length === 0 ? 'not set' : values.map(show).join(', ')),
  };
}

/** An option without a value: there or not. */
export function flag(row: Omit<Row<boolean>, 'fallback' | 'argument'>): Unnamed<boolean> {
  return {
    ...common(row),
    kind: 'switch',
    fallback: false,
    read: (texts) => readOne(onOff, texts),
    show: (value) => (value ? 'on' : 'off'),
  };
}

/** Gives every row its name, and the variables that follow from the name. */
export function named<T extends Readonly<Record<string, Unnamed<unknown>>>>(rows: T): Named<T> {
  const entries = Object.entries(rows).map(([name, row]) => [name, withName(name, row)] as const);
  return Object.fromEntries(entries) as Named<T>;
}

export type Named<T> = { readonly [K in keyof T]: T[K] extends Unnamed<infer V> ? Option<V> : never };

/** The same options in the order of their groups, which is that of the help. */
export function inOrder<T extends OptionTable>(table: T): T {
  const place = ({ group }: Option<unknown>) => optionGroups.indexOf(group);
  const entries = Object.entries(table).sort(([, one], [, other]) => place(one) - place(other));
  return Object.fromEntries(entries) as T;
}

function withName(name: string, row: Unnamed<unknown>): Option<unknown> {
  const own = name.toUpperCase().replaceAll('-', '_');
  const variables = new Set([`HA_IP_${own}`, `IF_HA_IP_${own}`, ...row.variables]);
  return { ...row, name, variables: [...variables] };
}

function common<V>(row: Row<V>) {
  return {
    ...(row.short === undefined ? {} : { short: row.short }),
    ...(row.fallbackText === undefined ? {} : { fallbackText: row.fallbackText }),
    ...(row.cloud === undefined ? {} : { cloud: row.cloud }),
    argument: row.argument ?? '',
    variables: row.variables ?? [],
    summary: row.summary,
    group: row.group,
    secret: row.secret ?? false,
    owners: row.owners ?? {},
    inFile: row.inFile ?? true,
  };
}

/** The last one counts, as in Go. */
function readOne<V>(parse: Parser<V>, texts: readonly string[]): Read<V> {
  const text = texts.at(-1)?.trim() ?? '';
  const parsed = parse(text);
  return parsed.ok ? parsed : { ...parsed, got: text };
}

/** What shows alike counts once. */
function readAll<V>(
  parse: Parser<V>,
  show: (value: V) => string,
  texts: readonly string[],
): Read<readonly V[]> {
  const pieces = texts.map((text) => text.trim());
  const values: V[] = [];
  for (const piece of pieces) {
    // A comma too many, as in `a,b,`, harms nobody; a list of nothing is a mistake.
    if (piece === '' && pieces.some((other) => other !== '')) continue;
    const parsed = parse(piece);
    if (!parsed.ok) return { ...parsed, got: piece };
    if (!values.some((value) => show(value) === show(parsed.value))) values.push(parsed.value);
  }
  return { ok: true, value: values };
}
