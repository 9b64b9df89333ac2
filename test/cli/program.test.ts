import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The real program as a child process, as npm installs it: bin/ and dist/. */
const bin = resolve('bin/ha-ip.js');
const first = resolve('dist/src/cli/signal-guard.js');
const folder = mkdtempSync(join(tmpdir(), 'ha-ip-cli-'));

beforeAll(() => {
  if (!existsSync(first)) throw new Error('dist/ is missing; run: npm run build');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ended(child: ChildProcess) {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text) => {
      said[name] += text;
    });
  const [code, signal] = await once(child, 'close');
  return { code, signal, ...said };
}

function program(argv: readonly string[], env: Record<string, string> = {}) {
  const clean = { PATH: process.env.PATH ?? '', HA_IP_CONFIG: '/dev/null', ...env };
  return ended(spawn(process.execPath, [bin, ...argv], { env: clean }));
}

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

describe('the program', () => {
  it.each(['-version', '--version', '-V'])('%s prints name and version', async (flag) => {
    expect(await program([flag])).toEqual({
      code: 0,
      signal: null,
      stdout: `ha-ip ${version}\n`,
      stderr: '',
    });
  });

  it('runs through a symlink in another folder, as npm install -g makes it', async () => {
    const link = join(folder, 'ha-ip');
    symlinkSync(bin, link);
    expect(await ended(spawn(link, ['-version'], { cwd: folder }))).toMatchObject({
      code: 0,
      stdout: `ha-ip ${version}\n`,
    });
  });

  it('help goes to stdout, mistakes to stderr', async () => {
    expect(await program(['--help'])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^ha-ip keeps/),
    });
    expect(await program(['--bogus'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^ha-ip: /),
    });
  });

  it('survives a reader that leaves early', async () => {
    const child = spawn(process.execPath, [bin, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    expect(await ended(child)).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  it('status without a watchdog exits 4', async () => {
    expect(await program(['status', '--runtime-dir', folder])).toMatchObject({ code: 4, stdout: '' });
  });

  it('a key file that others can read is refused with the command that mends it', async () => {
    const key = join(folder, 'key');
    writeFileSync(key, 'CANARY\n');
    chmodSync(key, 0o644);
    const { code, stdout, stderr } = await program([
      '-W',
      '-xi',
      '198.51.100.50',
      '-p',
      '10.0.0.2',
      '--api-key-file',
      key,
    ]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`run: chmod 600 ${key}`);
    expect(stderr).not.toContain('CANARY');
  });

  it('there are no colours without a terminal', async () => {
    expect((await program(['--help'], { FORCE_COLOR: '1' })).stdout).not.toContain('\u001b');
  });
});

describe('the first import', () => {
  const script = `
    import { url } from 'node:inspector';
    await import(${JSON.stringify(first)});
    process.on('SIGUSR1', () => setTimeout(() => { console.log(String(url())); process.exit(); }, 50));
    process.kill(process.pid, 'SIGUSR2');
    process.kill(process.pid, 'SIGUSR1');
    setInterval(() => {}, 1000);`;

  it('survives SIGUSR2, and SIGUSR1 opens no inspector', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    expect(await ended(child)).toEqual({ code: 0, signal: null, stdout: 'undefined\n', stderr: '' });
  });

  it('closes an inspector that was opened before', async () => {
    const open = `import { open, url } from 'node:inspector'; open(0, '127.0.0.1');
      await import(${JSON.stringify(first)}); console.log(String(url()));`;
    const { stdout } = await ended(spawn(process.execPath, ['--input-type=module', '-e', open]));
    expect(stdout).toBe('undefined\n');
  });
});
