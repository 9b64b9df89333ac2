import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Cluster } from '../../src/sim/cluster.ts';
import type { Invariants } from '../../src/sim/proof/invariants.ts';
import type { fate, trial } from '../../src/sim/proof/nemesis.ts';
import type { settlement } from '../../src/sim/proof/ordeal.ts';
import type { befall, replaySchedule } from '../../src/sim/proof/schedule.ts';

/** The simulator around one copy of the core, sound or mutated. */
export interface Specimen {
  readonly Cluster: typeof Cluster;
  readonly Invariants: typeof Invariants;
  readonly trial: typeof trial;
  readonly settlement: typeof settlement;
  readonly fate: typeof fate;
  readonly befall: typeof befall;
  readonly replaySchedule: typeof replaySchedule;
}

/** One place in a built file of the core, and what a mutant has there. */
export interface Edit {
  /** Below dist/src/core, without its extension. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const built = fileURLToPath(new URL('../../dist/src/', import.meta.url));
/** Within node_modules, so that the copies find their packages. */
const cage = fileURLToPath(new URL('../../node_modules/.cache/ha-ip-mutants/', import.meta.url));
const parts = ['core', 'engine', 'ports', 'sim', 'wire'];
let bred = 0;

export function emptyCage(): void {
  rmSync(cage, { recursive: true, force: true });
}

/** Imports a module by its URL. */
export type Load = (url: string) => Promise<unknown>;

const loadHere: Load = (url) => import(/* @vite-ignore */ url);

/** A copy of the build with these changes, loaded. Modules are told apart by their path, so copies share nothing. */
export async function breed(edits: readonly Edit[], load: Load = loadHere): Promise<Specimen> {
  bred += 1;
  const home = `${cage}${process.pid}-${bred}/`;
  mkdirSync(home, { recursive: true });
  writeFileSync(`${home}package.json`, '{ "type": "module" }');
  for (const part of parts) cpSync(built + part, home + part, { recursive: true });
  for (const edit of edits) apply(home, edit);
  const files = ['cluster', 'proof/invariants', 'proof/nemesis', 'proof/ordeal', 'proof/schedule'];
  return Object.assign(
    {},
    ...(await Promise.all(files.map((file) => load(pathToFileURL(`${home}sim/${file}.js`).href)))),
  );
}

/** A place that is not there once would leave the rule untouched, and the mutant sound. */
function apply(home: string, { file, find, replace }: Edit): void {
  const path = `${home}core/${file}.js`;
  const text = readFileSync(path, 'utf8');
  const count = text.split(find).length - 1;
  if (count !== 1)
    throw new Error(
      `dist/src/core/${file}.js: expected ${JSON.stringify(find)} once, found it ${count} times: the ` +
        'code has changed; change test/sim/mutants.ts with it',
    );
  writeFileSync(
    path,
    text.replace(find, () => replace),
  );
}
