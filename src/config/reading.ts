import { exposure, type ReadFile, readingFailure } from './files.ts';
import type { Environment, Found, Layer, Problems } from './layers.ts';
import type { Option, OptionTable, Values } from './option.ts';
import { quote } from './quote.ts';

/** What reading goes along with: where to look, and what was found so far. */
export interface Reading {
  readonly options: OptionTable;
  readonly uses: (option: string) => boolean;
  /** What counts first comes first; the file joins when it is read. */
  readonly layers: Layer[];
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly uid: number;
  readonly problems: Problems;
  readonly said: Map<string, string>;
  readonly failed: Set<string>;
  cloud: string | undefined;
}

export function readValues<T extends OptionTable>(table: T, reading: Reading): Values<T> {
  const entries = Object.values(table).map((option) => [
    option.name,
    reading.uses(option.name) ? readOption(option, reading) : option.fallback,
  ]);
  return Object.fromEntries(entries) as Values<T>;
}

function readOption(option: Option<unknown>, reading: Reading): unknown {
  const found = option.secret ? lookUpSecret(option, reading) : lookUp(option, reading);
  if (found === undefined) return option.fallback;
  reading.said.set(option.name, found.origin);
  const read = option.read(found.texts);
  if (read.ok) return read.value;
  const got = option.secret ? 'something else (not shown)' : quote(read.got ?? '');
  return fail(option, `expected ${read.expected}, got ${got} (from ${found.origin})`, reading);
}

function fail(option: Option<unknown>, words: string, reading: Reading): unknown {
  reading.failed.add(option.name);
  reading.problems.mistakes.push(`--${option.name}: ${words}`);
  return option.fallback;
}

export function lookUp(option: Option<unknown>, reading: Reading): Found | undefined {
  for (const layer of reading.layers) {
    const found = layer(option).find(({ cloud }) => holdsFor(cloud, reading.cloud));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A cloud's own variable says nothing when the cloud is another one. */
function holdsFor(cloud: string | undefined, chosen: string | undefined): boolean {
  return cloud === undefined || chosen === undefined || cloud === chosen;
}

/** In each place, the file that holds the secret counts before the secret itself. */
function lookUpSecret(option: Option<unknown>, reading: Reading): Found | undefined {
  const fileOption = reading.options[`${option.name}-file`];
  for (const layer of reading.layers) {
    const path = fileOption && layer(fileOption)[0];
    if (fileOption !== undefined && path !== undefined) return readSecretFile(fileOption, path, reading);
    const found = layer(option).find(({ cloud }) => holdsFor(cloud, reading.cloud));
    if (found !== undefined) return found;
  }
  return undefined;
}

function readSecretFile(
  option: Option<unknown>,
  { texts, origin }: Found,
  reading: Reading,
): Found | undefined {
  const path = texts.at(-1)?.trim() ?? '';
  try {
    const content = reading.readFile(path);
    const exposed = exposure(path, content, reading.uid);
    if (exposed === null) return { texts: [content.text], origin: `${path}, named by ${origin}` };
    fail(option, `${exposed} (from ${origin})`, reading);
  } catch (error) {
    fail(
      option,
      `expected a readable file, got ${shownPath(path)}: ${readingFailure(error)} (from ${origin})`,
      reading,
    );
  }
  return undefined;
}

/** Who gives the key itself where its file is wanted must not find it in a log. */
function shownPath(path: string): string {
  return path.startsWith('/') || path.startsWith('.')
    ? quote(path)
    : 'another text (not shown, it may be the secret)';
}
