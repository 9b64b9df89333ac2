import { describe, expect, it } from 'vitest';
import { OPTIONS } from '../../src/cli/options.ts';
import { atReload, optionsOf } from '../../src/config/at-reload.ts';
import type { Config } from '../../src/config/config.ts';
import { isCredential } from '../../src/config/credentials.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Option } from '../../src/config/option.ts';
import type { OptionName } from '../../src/config/options.ts';
import { reload } from '../../src/watchdog/reload.ts';

/** --config says what is read, and --check what is done: neither is a setting of the process. */
type SettingName = Exclude<OptionName, 'config' | 'check'>;

const usual = { address: ['198.51.100.50'], voter: ['10.0.0.1,10.0.0.2,10.0.0.3'] };

/** For every option, another value than the usual one. */
const others: Readonly<Record<SettingName, string>> & Readonly<Record<string, string>> = {
  address: '198.51.100.51',
  instance: 'another',
  listen: ':12346',
  peer: '10.0.0.9',
  group: 'lb',
  priority: '11',
  network: 'private',
  candidate: 'off',
  voter: '10.0.0.1,10.0.0.2,10.0.0.4',
  quorum: 'off',
  witness: 'on',
  interval: '2',
  'dead-ratio': '4',
  'preempt-delay': '20',
  'handover-timeout': '20',
  'restart-bound': '20',
  'crash-grace': '1',
  'isolated-takeover-after': 'never',
  'never-heard-takeover-after': '5min',
  'check-tcp': '127.0.0.1:80',
  'check-exec': '/bin/true',
  'check-interval': '3',
  'check-timeout': '0.5',
  'check-rise': '5',
  'check-fall': '5',
  provider: 'vultr',
  endpoint: 'https://api.example',
  metadata: 'http://169.254.1.1',
  'api-key': 'EXO-OTHER',
  'api-secret': 'CANARY-OTHER',
  token: 'CANARY-OTHER',
  'api-key-file': '/key',
  'api-secret-file': '/key',
  'token-file': '/key',
  preempt: 'off',
  'on-stop': 'keep',
  foreign: 'steal',
  yes: 'on',
  'runtime-dir': '/run/other',
  stdout: 'on',
  'log-format': 'json',
  verbose: 'on',
};

function load(flags: Readonly<Record<string, readonly string[]>> = {}) {
  const readFile = (path: string) => {
    if (path === '/key') return { text: 'CANARY-FILE\n', mode: 0o600, uid: 1000 };
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  };
  return loadConfig({ options: OPTIONS, flags: { ...usual, ...flags }, env: {}, uid: 1000, readFile });
}

function good(flags?: Readonly<Record<string, readonly string[]>>): Config {
  const loaded = load(flags);
  if (!loaded.ok) throw new Error(loaded.mistakes.join('\n'));
  return loaded.config;
}

/** What a running process says and does when its settings become these. */
function reloaded(flags: Readonly<Record<string, readonly string[]>>, running = good()) {
  let inForce: Config | null = null;
  const said = reload(running, load(flags), (config) => {
    inForce = config;
  });
  return { said, inForce: inForce as Config | null };
}

function shown(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'reveal' in value ? 'a secret' : value;
}

const credentials = Object.values<Option<unknown>>(OPTIONS).filter(isCredential);
const fields: [keyof Config, readonly string[]][] = [
  ...(Object.entries(optionsOf) as [keyof Config, readonly string[]][]),
  ['credentials', credentials.map(({ name }) => name)],
];
const rows = Object.entries(others).map(([option, text]) => {
  const field = fields.find(([, options]) => options.some((one) => one === option))?.[0];
  return [option, text, field] as const;
});

describe('SIGHUP', () => {
  it('every option is a field of the settings, and of one only', () => {
    const named = fields.flatMap(([, options]) => options);
    const expected = Object.keys(OPTIONS).filter((name) => name !== 'config' && name !== 'check');
    expect([...named].sort()).toEqual(expected.sort());
    expect(Object.keys(atReload).sort()).toEqual(fields.map(([field]) => field).sort());
    expect(Object.keys(others).sort()).toEqual(expected);
  });

  it.each(rows.filter(([, , field]) => atReload[field!] === 'live'))(
    '--%s %s is in force at once',
    (option, text, field) => {
      const { said, inForce } = reloaded({ [option]: [text] });
      expect(said).toBe('settings reloaded');
      expect(inForce).toEqual(good({ [option]: [text] }));
      expect(inForce?.[field!]).not.toEqual(good()[field!]);
    },
  );

  it.each(rows.filter(([, , field]) => atReload[field!] === 'restart'))(
    '--%s %s waits for a restart, which is said in the name of the option',
    (option, text, field) => {
      const { said, inForce } = reloaded({ [option]: [text] });
      expect(said).toMatch(/^settings reloaded, but for a change of --[a-z, -]+ restart$/);
      const name = field === 'credentials' ? option.replace('-file', '') : optionsOf[field!][0];
      expect(said.split(/[ ,]+/)).toContain(`--${name}`);
      expect(shown(inForce?.[field!])).toEqual(shown(good()[field!]));
    },
  );

  it('names every change that waits, and is in force with the rest', () => {
    const { said, inForce } = reloaded({ 'log-format': ['json'], peer: ['10.0.0.9'], priority: ['5'] });
    expect(said).toBe('settings reloaded, but for a change of --peer, --log-format restart');
    expect(inForce).toEqual({ ...good(), priority: 5 });
  });

  it('another credential is another one although both print alike, and the same one is no change', () => {
    const running = good({ token: ['CANARY-ONE'] });
    expect(reloaded({ token: ['CANARY-TWO'] }, running).said).toContain('--token restart');
    expect(reloaded({ token: ['CANARY-ONE'] }, running).said).toBe('settings reloaded');
  });

  it('what is taken out of the settings is out of force', () => {
    const running = good({ 'isolated-takeover-after': ['5min'] });
    expect(reloaded({}, running).inForce).toEqual(good());
  });

  it('settings that are not valid change nothing, and the mistake is told', () => {
    const { said, inForce } = reloaded({ priority: ['900'] });
    expect(said).toMatch(/^the settings stay as they are, the new ones are not valid: --priority: expected/);
    expect(inForce).toBeNull();
  });
});
