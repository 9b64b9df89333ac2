import { parse as parseToml, TomlError } from 'smol-toml';
import type { Config } from './config.ts';
import { credentialsIn } from './credentials.ts';
import { detectCloud } from './detect.ts';
import { type Document, documentLayer, secretKeys, unknownKeys } from './document.ts';
import {
  errorCode,
  exposure,
  type FileContent,
  type ReadFile,
  readFile,
  readingFailure,
  tampering,
} from './files.ts';
import * as layers from './layers.ts';
import type { Option, OptionTable, Values } from './option.ts';
import { type Options, type Use, usedOptions } from './options.ts';
import { quote } from './quote.ts';
import { lookUp, type Reading, readValues } from './reading.ts';
import { type Need, nodeMistakes, relationMistakes } from './relations.ts';
import { toConfig } from './shape.ts';

export interface LoadInput {
  readonly options: Options;
  readonly flags: layers.Flags;
  readonly env: layers.Environment;
  readonly readFile?: ReadFile;
  readonly uid?: number;
  /** The settings that the command looks at, if not all of them; mistakes of the others do not concern it. */
  readonly uses?: readonly Use[];
  readonly needs?: readonly Need[];
  /** The file's mistakes are mistakes, whatever is used of it. */
  readonly strict?: boolean;
  /** Options of the command alone; the file, which is for all commands, does not set them. */
  readonly own?: OptionTable;
}

/** One line of `-v` and `-n`; a secret's value is `***`. */
export interface Setting {
  readonly option: string;
  readonly value: string;
  readonly origin: string;
}

export type Loaded = { readonly warnings: readonly string[] } & (
  | {
      readonly ok: true;
      readonly config: Config;
      readonly own: Readonly<Record<string, unknown>>;
      readonly settings: readonly Setting[];
      /** `-n` was said. */
      readonly check: boolean;
    }
  | { readonly ok: false; readonly mistakes: readonly string[] }
);

/**
 * Flags before environment before file before defaults, checked and frozen; or everything that is wrong, each in one
 * line that names the option, what was expected, what came and from where. Never throws for what the user said.
 */
export function loadConfig(input: LoadInput): Loaded {
  const reading = startReading(input);
  const values = readValues(input.options, reading);
  const own = readValues(input.own ?? {}, ownReading(reading));
  const credentials = credentialsIn(values, input.options);
  const config = toConfig(values, credentials, reading);
  const { mistakes, warnings } = reading.problems;
  mistakes.push(...relationMistakes(config, origins(reading), input.needs ?? []));
  if (usedOptions(input.options, input.uses).some(({ secret }) => secret))
    mistakes.push(...nodeMistakes(input.env));
  warnings.push(...exposedFlags(input));
  if (mistakes.length > 0) return { ok: false, mistakes: [...new Set(mistakes)], warnings };
  return {
    ok: true,
    config,
    own,
    settings: settings(values, config, reading),
    check: values.check,
    warnings,
  };
}

/** Command line and environment alone. */
function ownReading(reading: Reading): Reading {
  return { ...reading, uses: () => true, layers: reading.layers.slice(0, 2) };
}

function startReading(input: LoadInput): Reading {
  const used = new Set(usedOptions(input.options, input.uses).map(({ name }) => name));
  const reading: Reading = {
    options: input.options,
    uses: (option) => used.has(option),
    layers: [layers.flagLayer(input.flags), layers.environmentLayer(input.env)],
    env: input.env,
    readFile: input.readFile ?? readFile,
    uid: input.uid ?? process.getuid?.() ?? 0,
    problems: { mistakes: [], warnings: [] },
    said: new Map(),
    failed: new Set(),
    cloud: undefined,
  };
  const document = readDocument(reading, input.uses !== undefined && !input.strict);
  reading.layers.push(layers.credentialLayer(input.env, reading.readFile, reading.problems));
  if (document !== null) reading.layers.push(documentLayer(document, reading.problems));
  reading.cloud = chooseCloud(reading);
  return reading;
}

const usualFile = '/etc/ha-ip/ha-ip.toml';

/** A command that uses few settings, such as `stop`, must work with a broken file: it warns and goes on without. */
function readDocument(reading: Reading, lenient: boolean): Document | null {
  const { mistakes, warnings } = reading.problems;
  const complaints = lenient ? warnings : mistakes;
  const named = lookUp(reading.options.config!, reading)?.texts.at(-1)?.trim();
  const path = named ?? usualFile;
  try {
    const content = reading.readFile(path);
    const document = { path, text: content.text, table: parseToml(content.text) };
    if (!lenient) mistakes.push(...documentMistakes(document, content, reading));
    return document;
  } catch (error) {
    if (error instanceof TomlError) complaints.push(tomlMistake(path, error));
    else if (named !== undefined || !['ENOENT', 'ENOTDIR'].includes(errorCode(error)))
      complaints.push(`--config: expected a readable file, got ${quote(path)}: ${readingFailure(error)}`);
    return null;
  }
}

function documentMistakes(document: Document, content: FileContent, reading: Reading): string[] {
  const { uid: self, options } = reading;
  const { path, table } = document;
  const [secret] = secretKeys(document, options);
  const [exposed, tampered] = [exposure(path, content, self), tampering(path, content, self)];
  return [
    ...(secret !== undefined && exposed !== null ? [`${path}: it holds ${secret}: ${exposed}`] : []),
    ...('check-exec' in table && tampered !== null ? [`${path}: it holds check-exec: ${tampered}`] : []),
    ...unknownKeys(document, options),
  ];
}

/** Only the first line: the others repeat the file's text, which may be a secret. */
function tomlMistake(path: string, { message, line, column }: TomlError): string {
  const [what = ''] = message.replace('Invalid TOML document: ', '').split('\n');
  return `${path}:${line}:${column}: expected TOML, but ${what}`;
}

function chooseCloud(reading: Reading): string | undefined {
  const chosen = lookUp(reading.options.provider!, reading);
  if (chosen !== undefined || !reading.uses('provider')) return chosen?.texts.at(-1)?.trim().toLowerCase();
  const detected = detectCloud(reading.layers, reading.options);
  if (detected.mistake !== undefined) reading.problems.mistakes.push(detected.mistake);
  if (detected.cloud !== undefined) reading.said.set('provider', detected.origin ?? '');
  return detected.cloud;
}

function exposedFlags({ flags, options }: LoadInput): string[] {
  const names = Object.values<Option<unknown>>(options).filter(
    ({ name, secret }) => secret && flags[name] !== undefined,
  );
  if (names.length === 0) return [];
  const [given, better] = [names.map(({ name }) => `--${name}`), names.map(({ name }) => `--${name}-file`)];
  return [
    `${given.join(' and ')} on the command line can be read by every user of this host (ps); ` +
      `use ${better.join(' and ')}`,
  ];
}

function origins({ said, failed }: Reading) {
  return { of: (option: string) => said.get(option), failed: (option: string) => failed.has(option) };
}

function settings(values: Values<Options>, config: Config, { said, uses, options }: Reading): Setting[] {
  const shown: Record<string, unknown> = {
    ...values,
    provider: config.provider,
    'runtime-dir': config.runtimeDir,
  };
  return Object.values(options)
    .filter(({ name }) => uses(name) && name !== 'check')
    .map((option) => ({
      option: option.name,
      value: showValue(option, shown[option.name]),
      origin: said.get(option.name) ?? 'default',
    }));
}

function showValue(option: Option<unknown>, value: unknown): string {
  return value === undefined ? (option.fallbackText ?? 'not set') : option.show(value);
}
