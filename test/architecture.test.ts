import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Runs the real checks on the tree, and on a copy of it with one planted violation per rule: each must be caught. */

const root = resolve('.');
const copied = ['bin', 'src', 'providers', 'package.json', 'tsconfig.json'];

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

interface Cruised {
  readonly summary: { readonly violations: readonly Violation[]; readonly totalCruised: number };
}

function cruise(cwd: string, ...folders: string[]): Cruised['summary'] {
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(root, '.config/dependency-cruiser.cjs');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [cruiser, '--config', config, '--output-type', 'json', ...folders],
    { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as Cruised).summary;
}

/** rule: file to plant → what it imports. */
const violations: readonly (readonly [rule: string, file: string, imported: string])[] = [
  ['core-imports-nothing', 'src/core/planted-up.ts', '../wire/address.ts'],
  ['core-without-node', 'src/core/planted-node.ts', 'node:crypto'],
  ['core-without-node', 'src/ports/planted-node.ts', 'node:fs'],
  ['known-packages-only', 'src/core/planted-package.ts', 'vitest'],
  ['core-by-its-door', 'src/engine/planted-door.ts', '../core/types.ts'],
  ['core-by-its-door', 'providers/planted/door.ts', '../../src/core/types.ts'],
  ['wire-imports-core', 'src/wire/planted-up.ts', '../ports/clock.ts'],
  ['wire-without-node', 'src/wire/planted-node.ts', 'node:crypto'],
  ['ports-import-core', 'src/ports/planted-up.ts', '../engine/journal.ts'],
  ['engine-imports-contracts', 'src/engine/planted-up.ts', '../adapters/udp.ts'],
  ['engine-imports-contracts', 'src/engine/planted-config.ts', '../config/config.ts'],
  ['engine-without-node', 'src/engine/planted-node.ts', 'node:timers'],
  ['adapters-import-contracts', 'src/adapters/planted-engine.ts', '../engine/node.ts'],
  ['adapters-import-contracts', 'src/adapters/planted-config.ts', '../config/config.ts'],
  ['config-imports-contracts', 'src/config/planted-adapter.ts', '../adapters/udp.ts'],
  ['config-imports-contracts', 'src/config/planted-wire.ts', '../wire/wire.ts'],
  ['watchdog-imports-what-it-runs', 'src/watchdog/planted-cli.ts', '../cli/context.ts'],
  ['watchdog-imports-what-it-runs', 'src/watchdog/planted-cloud.ts', '../../providers/exoscale/provider.ts'],
  ['sim-imports-what-it-simulates', 'src/sim/planted-adapter.ts', '../adapters/udp.ts'],
  ['sim-without-node', 'src/sim/planted-node.ts', 'node:http'],
  ['sim-runs-in-threads', 'src/sim/proof/run/planted-node.ts', 'node:http'],
  ['provider-imports-contracts', 'providers/planted/provider.ts', '../exoscale/cs/signature.ts'],
  ['provider-imports-contracts', 'providers/planted/adapter.ts', '../../src/adapters/udp.ts'],
  ['provider-imports-contracts', 'providers/planted/own.ts', './simulator.ts'],
  ['provider-imports-contracts', 'providers/planted/kit.ts', '../kit/simulator-planted.ts'],
  ['kit-imports-contracts', 'providers/kit/planted-cloud.ts', '../exoscale/declaration.ts'],
  ['kit-imports-contracts', 'providers/kit/planted-adapter.ts', '../../src/adapters/udp.ts'],
  ['declarations-are-light', 'providers/planted/declaration.ts', '../../src/adapters/http.ts'],
  ['provider-imports-contracts', 'providers/planted/dialect/deeper.ts', './simulator.ts'],
  ['simulator-imports-sim', 'providers/planted/dialect/simulator.ts', '../../exoscale/simulator.ts'],
  ['provider-imports-contracts', 'providers/planted/config.ts', '../../src/config/config.ts'],
  ['simulator-imports-sim', 'providers/planted/simulator.ts', '../exoscale/simulator.ts'],
  ['simulator-imports-sim', 'providers/planted/simulator-engine.ts', '../../src/engine/node.ts'],
  ['simulator-imports-sim', 'providers/planted/simulator/kit.ts', '../../kit/planted-client.ts'],
  ['provider-imports-contracts', 'providers/planted/simulated.ts', '../kit/simulator-machines.ts'],
  ['simulator-kit-imports-sim', 'providers/kit/simulator-strange.ts', './planted-client.ts'],
  ['simulator-kit-imports-sim', 'providers/kit/simulator-cloud-planted.ts', '../exoscale/simulator.ts'],
  ['simulators-are-for-show', 'src/cli/planted-sim.ts', '../sim/cloud.ts'],
  ['simulators-are-for-show', 'src/watchdog/planted-sim.ts', '../sim/world.ts'],
  ['simulators-are-for-show', 'src/cli/commands/planted-sim.ts', '../../../providers/simulators.ts'],
  ['simulators-are-for-show', 'src/adapters/planted-sim.ts', '../../providers/simulators.ts'],
  ['cli-is-the-top', 'src/config/planted-cli.ts', '../cli/context.ts'],
  ['no-tests-in-the-program', 'src/cli/planted-test.ts', '../../test/planted.ts'],
  ['got-has-one-place', 'providers/planted/got.ts', 'got'],
  ['smol-toml-has-one-place', 'src/config/planted-toml.ts', 'smol-toml'],
  ['valibot-has-one-place', 'src/adapters/planted-valibot.ts', 'valibot'],
  ['dgram-as-promised-has-one-place', 'src/adapters/planted-dgram.ts', 'dgram-as-promised'],
  ['chalk-has-one-place', 'src/cli/planted-chalk.ts', 'chalk'],
  ['commander-has-one-place', 'src/config/planted-commander.ts', 'commander'],
  ['ipaddr-js-has-one-place', 'src/config/planted-ipaddr.ts', 'ipaddr.js'],
  ['known-packages-only', 'src/adapters/planted-package.ts', 'fast-check'],
  ['no-cycles', 'src/cli/planted-one.ts', './planted-two.ts'],
  ['nothing-unresolvable', 'src/cli/planted-nowhere.ts', './no-such-file.ts'],
];

/** Rules that a file breaks as a whole, with its text. */
const others: Readonly<Record<string, string>> = {
  'src/cli/planted-two.ts': "import './planted-one.ts';\n",
  'src/cli/planted-orphan.ts': 'export const alone = 1;\n',
  'providers/kit/planted-client.ts': 'export const kit = 1;\n',
  'test/planted.ts': 'export const tested = 1;\n',
  'providers/kit/simulator-planted.ts': 'export const simulated = 1;\n',
  'providers/index.ts': "import './exoscale/simulator.ts';\n",
  'providers/simulators.ts': "import '../src/adapters/udp.ts';\n",
  'src/wire/digest.ts': "import 'node:fs';\n",
  'src/sim/serve.ts': "import 'node:dgram';\n",
};

/** What the core must not even be able to say. */
const impurities: Readonly<Record<string, string>> = {
  'a Node module': "import { createHash } from 'node:crypto';\nexport const x = createHash;\n",
  'a timer': 'export const x = setTimeout(() => {}, 1);\n',
  'the process': 'export const x = process.env;\n',
  'the console': "console.log('x');\nexport {};\n",
  'an upward import': "import type { Clock } from '../ports/clock.ts';\nexport type X = Clock;\n",
};

let planted = '';
let compiled = '';
let found: readonly Violation[] = [];

beforeAll(() => {
  planted = mkdtempSync(join(root, '.planted-'));
  for (const name of copied) cpSync(join(root, name), join(planted, name), { recursive: true });
  for (const [, file, imported] of violations) plant(file, `import '${imported}';\n`);
  for (const [file, text] of Object.entries(others)) plant(file, text);
  found = cruise(planted, 'bin', 'src', 'providers', 'test').violations;
  for (const [name, text] of Object.entries(impurities))
    plant(`src/core/planted-${name.replaceAll(' ', '-')}.ts`, text);
  plant('src/core/planted-pure.ts', 'export const x = 1;\n');
  compiled = compileCore();
}, 60_000);

afterAll(() => rmSync(planted, { recursive: true, force: true }));

function plant(file: string, text: string): void {
  const path = join(planted, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function compileCore(): string {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['-p', 'src/core', '--noEmit'];
  return spawnSync(process.execPath, [tsc, ...options], { cwd: planted, encoding: 'utf8' }).stdout;
}

function caught(rule: string, file: string): boolean {
  return found.some((violation) => violation.rule.name === rule && violation.from === file);
}

describe('imports point where src/README.md says', () => {
  it('in the whole tree, and the cruiser has really seen it', () => {
    const { violations: real, totalCruised } = cruise(root, 'bin', 'src', 'providers', 'test');
    expect(real.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
    // With typescript 7 dependency-cruiser 17 finds no module, and passes.
    expect(totalCruised).toBeGreaterThan(20);
  });

  it.each(violations)('%s: %s must not import %s', (rule, file) => {
    expect(caught(rule, file)).toBe(true);
  });

  it.each([
    ['no-orphans', 'src/cli/planted-orphan.ts'],
    ['index-imports-providers', 'providers/index.ts'],
    ['simulators-imports-simulators', 'providers/simulators.ts'],
    ['digest-hashes-only', 'src/wire/digest.ts'],
    ['serve-serves-http', 'src/sim/serve.ts'],
  ])('%s: %s', (rule, file) => {
    expect(caught(rule, file)).toBe(true);
  });

  it('every rule has a planted violation', () => {
    const names = new Set(
      [
        ...readFileSync('.config/dependency-cruiser.cjs', 'utf8').matchAll(
          /\b(?:name: |only\(\s*|nodeModules\()'([a-z-]+)'/g,
        ),
      ].map(([, name]) => name!),
    );
    expect(names.size).toBeGreaterThan(20);
    expect([...names].filter((name) => !found.some(({ rule }) => rule.name === name))).toEqual([]);
  });
});

describe('the compiler itself keeps the core pure', () => {
  it.each(Object.keys(impurities))('%s does not compile', (name) => {
    expect(compiled).toContain(`planted-${name.replaceAll(' ', '-')}.ts`);
  });

  it('what is pure compiles', () => {
    expect(compiled).not.toContain('planted-pure.ts');
    expect(compiled).not.toContain('types.ts');
  });
});

describe('what no import shows', () => {
  const sources = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => [join(folder, name), readFileSync(join(folder, name), 'utf8')] as const);
  /** Comments may name what the code may not use. */
  const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const impure = /\bMath\.random\b|\bDate\b|\bperformance\b|\bprocess\b|\bsetTimeout\b|\bconsole\b/;

  it('the core has no clock, no dice and no console', () => {
    const found = sources('src/core').filter(([, text]) => impure.test(code(text)));
    expect(found.map(([name]) => name)).toEqual([]);
  });

  it.each(['Math.random()', 'new Date()', 'Date.now()', 'performance.now()'])(
    '%s would be caught',
    (text) => {
      expect(impure.test(code(`const x = ${text}; // so`))).toBe(true);
    },
  );

  it('nobody but cli/main.ts ends the process', () => {
    const ends = sources('src').filter(([, text]) => /\bprocess\.exit\(/.test(code(text)));
    expect(ends.map(([name]) => name)).toEqual(['src/cli/main.ts']);
  });
});
