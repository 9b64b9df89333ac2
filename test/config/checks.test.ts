import { describe, expect, it } from 'vitest';
import { OPTIONS } from '../../src/cli/options.ts';
import { execCheck, tcpCheck } from '../../src/config/checks.ts';
import type { FileContent } from '../../src/config/files.ts';
import { type LoadInput, loadConfig } from '../../src/config/load.ts';
import { checkName } from '../../src/ports/check.ts';

const file = '/etc/ha-ip/ha-ip.toml';

function load(input: Partial<LoadInput>, content?: Partial<FileContent>) {
  const readFile = (): FileContent => {
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return { text: '', mode: 0o644, uid: 0, ...content };
  };
  return loadConfig({ options: OPTIONS, flags: {}, env: {}, uid: 1000, readFile, ...input });
}

function checks(input: Partial<LoadInput>, text?: string): string[] {
  const loaded = load(input, text === undefined ? undefined : { text });
  if (!loaded.ok) throw new Error(loaded.mistakes.join('\n'));
  return loaded.config.health.checks.map(checkName);
}

function mistakes(input: Partial<LoadInput>, content?: Partial<FileContent>): readonly string[] {
  const loaded = load(input, content);
  return loaded.ok ? [] : loaded.mistakes;
}

describe('--check-tcp', () => {
  it.each([
    ['127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['[::1]:443', { host: '::1', port: 443 }],
  ])('%s', (text, where) => {
    expect(tcpCheck(text)).toEqual({ ok: true, value: { kind: 'tcp', ...where } });
  });

  it.each(['', '80', ':80', '0.0.0.0:80', '[::]:80', 'host:0', 'host:65536', 'host', '::1:80', 'a b:80'])(
    '%j is refused',
    (text) => expect(tcpCheck(text)).toEqual({ ok: false, expected: 'HOST:PORT or [IPv6]:PORT' }),
  );

  it('may be repeated, and separated by commas; the same one counts once', () => {
    expect(checks({ flags: { 'check-tcp': ['localhost:1,localhost:2', '[::1]:3', 'LOCALHOST:1'] } })).toEqual(
      ['tcp localhost:1', 'tcp localhost:2', 'tcp [::1]:3'],
    );
  });
});

describe('--check-exec: words without a shell', () => {
  it.each([
    ['/bin/true', ['/bin/true']],
    ['  /bin/test  -e\t/run/x ', ['/bin/test', '-e', '/run/x']],
    ['/bin/echo "two words" \'and two\'', ['/bin/echo', 'two words', 'and two']],
    [`/bin/echo "it's" 'a "b"' x"y z"'w'`, ['/bin/echo', "it's", 'a "b"', 'x' + 'y zw']],
    ['/bin/echo "" \'\'', ['/bin/echo', '', '']],
    ["'/opt/my dir/check' a", ['/opt/my dir/check', 'a']],
    ['/bin/echo $HOME `id` $(id) a;b | * \\n', '/bin/echo $HOME `id` $(id) a;b | * \\n'.split(' ')],
  ])('%j', (text, words) => {
    expect(execCheck(text)).toEqual({ ok: true, value: { kind: 'exec', words } });
  });

  it.each(['/bin/echo "a', "/bin/echo 'a", '/bin/echo a"b c'])('%j is not closed', (text) => {
    expect(execCheck(text)).toEqual({ ok: false, expected: 'a command whose quotes are closed' });
  });

  it.each(['', 'true', './check', '/', '/usr/bin/', '/opt/a=b', '"" /bin/true'])(
    '%j names no program by its absolute path',
    (text) => expect(execCheck(text)).toMatchObject({ expected: expect.stringContaining('absolute path') }),
  );

  it('commas belong to the command, wherever it comes from', () => {
    const command = '/bin/test a,b';
    expect(checks({ flags: { 'check-exec': [command, '/bin/true'] } })).toEqual([
      'exec /bin/test a,b',
      'exec /bin/true',
    ]);
    expect(checks({ env: { HA_IP_CHECK_EXEC: command } })).toEqual(['exec /bin/test a,b']);
    expect(checks({}, `check-exec = ["${command}", "/bin/true x"]\ncheck-tcp = ["a:1", "b:2"]`)).toEqual([
      'tcp a:1',
      'tcp b:2',
      'exec /bin/test a,b',
      'exec /bin/true x',
    ]);
  });

  it('is shown as it could be typed again', () => {
    const typed = `/bin/echo 'two words' "it's" ''`;
    expect(checks({ flags: { 'check-exec': [typed] } })).toEqual([`exec ${typed}`]);
  });

  it('a mistake names the option, and what came', () => {
    expect(mistakes({ flags: { 'check-exec': ['curl http://x'] } })).toEqual([
      '--check-exec: expected a command that begins with the absolute path of a program, got "curl ' +
        'http://x" (from the command line)',
    ]);
  });

  it.each([
    [{ mode: 0o666 }, 'expected a file that only its owner can write, got mode 0666'],
    [{ mode: 0o664 }, 'expected a file that only its owner can write, got mode 0664'],
    [{ mode: 0o600, uid: 77 }, 'expected a file of root or of this user, got one of uid 77'],
  ])('a file that others may change names no program: %o', (content, words) => {
    const [only = '', ...more] = mistakes({}, { text: 'check-exec = "/bin/true"', ...content });
    expect(only).toContain(`${file}: it holds check-exec: ${words}`);
    expect(more).toEqual([]);
    expect(mistakes({}, { text: 'check-tcp = "a:1"', ...content })).toEqual([]);
  });
});

describe('times', () => {
  it('a check may take as long as the interval, and no longer', () => {
    const flags = { 'check-interval': ['1s'], 'check-timeout': ['1s'] };
    expect(mistakes({ flags })).toEqual([]);
    expect(mistakes({ flags: { ...flags, 'check-timeout': ['1.5s'] } })).toEqual([
      '--check-timeout: expected at most --check-interval (1s), got 1.5s; lower it, or raise --check-interval',
    ]);
  });

  it('rise and fall count from one', () => {
    expect(mistakes({ flags: { 'check-rise': ['0'], 'check-fall': ['0'] } })).toHaveLength(2);
  });
});
