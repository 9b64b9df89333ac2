import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What a user gets from `npm install -g ha-ip`: the tarball of this very source, on a fresh prefix. */
const root = new URL('../../', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

const missing = noRegistryHere();

/** 5.1 on the day this was written; a compiler is 24 more. */
const mostMegabytes = 8;

/** Why nothing can be installed here, or null. */
function noRegistryHere(): string | null {
  if (process.env.CI === 'true') return null;
  const asked = spawnSync('npm', ['view', 'commander', 'version', '--fetch-retries=0'], { timeout: 20_000 });
  return asked.status === 0 ? null : 'npm reaches no registry';
}

describe.skipIf(missing !== null)(`the package${missing === null ? '' : ` (${missing})`}`, () => {
  let folder: string;
  let files: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ha-ip-package-'));
    // The build that the tests run against is what is packed; `prepack` would make it anew beneath them.
    const packed = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root);
    const [{ filename, files: listed }] = JSON.parse(packed);
    files = listed.map(({ path }: { path: string }) => path);
    // No script of any package runs, and so none is needed.
    run(
      'npm',
      ['install', '--global', '--ignore-scripts', '--prefix', folder, join(folder, filename)],
      folder,
    );
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds the program, the manual and what hosts need, and nothing else', () => {
    expect(files).toEqual(
      expect.arrayContaining(['bin/ha-ip.js', 'man/ha-ip.8', 'share/systemd/ha-ip.service']),
    );
    const elsewhere = files.filter(
      (path) => !/^(bin|dist|man|share)\/|^(package\.json|README\.md|LICENSE)$/.test(path),
    );
    expect(elsewhere).toEqual([]);
    expect(files.filter((path) => path.endsWith('.tsbuildinfo') || /\btest\b/.test(path))).toEqual([]);
  });

  it('installs a program that says its version', () => {
    expect(run(join(folder, 'bin/ha-ip'), ['--version'], '/')).toBe(`ha-ip ${manifest.version}\n`);
  });

  it('installs a manual that man finds', () => {
    expect(existsSync(join(folder, 'share/man/man8/ha-ip.8'))).toBe(true);
  });

  it('needs no package that only its developers need', () => {
    const modules = join(folder, 'lib/node_modules/ha-ip/node_modules');
    const installed = existsSync(modules) ? readdirSync(modules) : [];
    expect(installed).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)));
    const developers = Object.keys(manifest.devDependencies).filter((name) =>
      existsSync(join(modules, name)),
    );
    expect(developers).toEqual([]);
  });

  it('has no script that npm would run on a user’s machine', () => {
    const { preinstall, install, postinstall, prepare } = manifest.scripts;
    expect([preinstall, install, postinstall, prepare]).toEqual([undefined, undefined, undefined, undefined]);
  });
});

/** A checkout that only runs the program: `npm ci --omit=dev`. */
describe('an installation from the lock file without what developers need', () => {
  it('knows the compiler as theirs alone', () => {
    const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'));
    const { dev, devOptional } = packages['node_modules/typescript'];
    // npm writes devOptional when the lock file keeps valibot's optional peer: take that entry out of the lock file.
    expect({ dev, devOptional }).toEqual({ dev: true, devOptional: undefined });
  });

  it.skipIf(missing !== null)(
    `brings no compiler, and at most ${mostMegabytes} MB`,
    { timeout: 180_000 },
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'ha-ip-lean-'));
      for (const file of ['package.json', 'package-lock.json', '.npmrc'])
        copyFileSync(root + file, join(folder, file));
      run('npm', ['ci', '--omit=dev', '--ignore-scripts'], folder);
      const megabytes = Number.parseInt(run('du', ['-sm', 'node_modules'], folder), 10);
      const compiler = existsSync(join(folder, 'node_modules/typescript'));
      rmSync(folder, { recursive: true, force: true });
      expect(compiler).toBe(false);
      expect(megabytes).toBeLessThanOrEqual(mostMegabytes);
    },
  );
});

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}
