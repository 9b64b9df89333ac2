import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPTIONS } from '../../src/cli/options.ts';
import type { FileContent } from '../../src/config/files.ts';
import { type LoadInput, loadConfig } from '../../src/config/load.ts';
import type { OptionTable } from '../../src/config/option.ts';

/** Files by path; a text alone is a file of this user that nobody else may read. */
type Files = Readonly<Record<string, string | Partial<FileContent>>>;
const self = 1000;
const usual = '/etc/ha-ip/ha-ip.toml';

function load(input: Partial<LoadInput> & { files?: Files } = {}) {
  const { files = {}, ...rest } = input;
  const readFile = (path: string): FileContent => {
    const found = Object.hasOwn(files, path) ? files[path] : undefined;
    if (found === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return { text: '', mode: 0o600, uid: self, ...(typeof found === 'string' ? { text: found } : found) };
  };
  return loadConfig({ options: OPTIONS, flags: {}, env: {}, uid: self, readFile, ...rest });
}

function good(input: Partial<LoadInput> & { files?: Files } = {}) {
  const loaded = load(input);
  if (!loaded.ok) throw new Error(loaded.mistakes.join('\n'));
  return loaded;
}

function mistakes(input: Partial<LoadInput> & { files?: Files }): readonly string[] {
  const loaded = load(input);
  return loaded.ok ? [] : loaded.mistakes;
}

describe('nothing said: the defaults', () => {
  it('are those of the manual', () => {
    expect(good().config).toEqual({
      addresses: [],
      credentials: {},
      priority: 10,
      listen: { port: 12_345 },
      peers: [],
      quorum: false,
      voters: [],
      witness: false,
      deadRatio: 3,
      intervalMs: 1000,
      network: 'auto',
      preempt: true,
      preemptDelayMs: 10_000,
      onStop: 'handover',
      handoverTimeoutMs: 10_000,
      restartBoundMs: 10_000,
      crashGraceMs: 0,
      foreign: 'wait',
      neverHeardTakeoverAfterMs: 60_000,
      candidate: true,
      health: { checks: [], intervalMs: 2_000, timeoutMs: 1_000, rise: 2, fall: 3 },
      stdout: false,
      verbose: false,
      logFormat: 'text',
      runtimeDir: '/tmp/ha-ip-1000',
      yes: false,
    });
  });

  it('every default is a value that its own option would accept', () => {
    for (const option of Object.values(OPTIONS)) {
      const { fallback, name } = option;
      if (fallback === undefined || Array.isArray(fallback)) continue;
      const shown = (option.show as (value: unknown) => string)(fallback);
      expect(option.read([shown]), name).toEqual({ ok: true, value: fallback });
    }
  });

  it('the configuration is frozen, all of it', () => {
    const { config } = good({ flags: { peer: ['10.0.0.2'] } });
    expect(() => Object.assign(config, { priority: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.listen, { port: 1 })).toThrow(TypeError);
    expect(() => (config.peers as string[]).push('x')).toThrow(TypeError);
  });
});

describe('flags before environment before file before default', () => {
  const files = { [usual]: 'priority = 30' };
  it.each([
    [{}, {}, {}, 10, 'default'],
    [{}, {}, files, 30, `${usual}:1`],
    [{}, { IF_HOST_PRIORITY: '20' }, files, 20, 'IF_HOST_PRIORITY'],
    [{ priority: ['15'] }, { IF_HOST_PRIORITY: '20' }, files, 15, 'the command line'],
  ])('%j %j %j → %d', (flags, env, some, priority, origin) => {
    const { config, settings } = good({ flags, env, files: some });
    expect(config.priority).toBe(priority);
    expect(settings.find(({ option }) => option === 'priority')).toEqual({
      option: 'priority',
      value: String(priority),
      origin,
    });
  });

  it('the first peer on the command line replaces the peers from elsewhere', () => {
    const env = { IF_EXOSCALE_PEERS: '10.0.0.8,10.0.0.9' };
    expect(good({ env }).config.peers).toEqual(['10.0.0.8', '10.0.0.9']);
    expect(good({ env, flags: { peer: ['10.0.0.2', '10.0.0.3'] } }).config.peers).toEqual([
      '10.0.0.2',
      '10.0.0.3',
    ]);
  });

  it('the last of several values counts, as in Go', () => {
    expect(good({ flags: { priority: ['1', '2'] } }).config.priority).toBe(2);
  });

  it('a switch that is off on the command line wins over the environment', () => {
    const env = { HA_IP_STDOUT: 'true' };
    expect(good({ env }).config.stdout).toBe(true);
    expect(good({ env, flags: { stdout: ['off'] } }).config.stdout).toBe(false);
  });

  it('an empty or blank variable is unset', () => {
    expect(good({ env: { HA_IP_PRIORITY: '', IF_HOST_PRIORITY: ' ' } }).config.priority).toBe(10);
    expect(good({ env: { HA_IP_PRIORITY: '', IF_HOST_PRIORITY: '7' } }).config.priority).toBe(7);
  });
});

describe('environment variables, the first that is set wins', () => {
  it.each([
    ['address', ['HA_IP_ADDRESS', 'IF_HA_IP_ADDRESS', 'IF_ADDRESS']],
    ['priority', ['HA_IP_PRIORITY', 'IF_HA_IP_PRIORITY', 'IF_HOST_PRIORITY']],
    ['listen', ['HA_IP_LISTEN', 'IF_HA_IP_LISTEN', 'IF_BIND_TO', 'IF_BIND_ADDRESS']],
    ['instance', ['HA_IP_INSTANCE', 'IF_HA_IP_INSTANCE', 'IF_EXOSCALE_INSTANCE_ID']],
    ['peer', ['HA_IP_PEER', 'IF_HA_IP_PEER', 'HA_IP_PEERS', 'IF_EXOSCALE_PEERS']],
    [
      'group',
      ['HA_IP_GROUP', 'IF_HA_IP_GROUP', 'HA_IP_PEER_GROUP', 'IF_EXOSCALE_PEER_GROUP', 'IF_HA_IP_PEER_GROUP'],
    ],
    ['dead-ratio', ['HA_IP_DEAD_RATIO', 'IF_HA_IP_DEAD_RATIO', 'IF_DEAD_RATIO']],
    ['interval', ['HA_IP_INTERVAL', 'IF_HA_IP_INTERVAL', 'IF_ADVERTISEMENT_INTERVAL']],
    ['api-key', ['HA_IP_API_KEY', 'IF_HA_IP_API_KEY', 'EXOSCALE_API_KEY', 'IF_EXOSCALE_API_KEY']],
    [
      'api-secret',
      ['HA_IP_API_SECRET', 'IF_HA_IP_API_SECRET', 'EXOSCALE_API_SECRET', 'IF_EXOSCALE_API_SECRET'],
    ],
    [
      'endpoint',
      [
        'HA_IP_ENDPOINT',
        'IF_HA_IP_ENDPOINT',
        'IF_EXOSCALE_API_ENDPOINT',
        'DIGITALOCEAN_API_URL',
        'VULTR_API_URL',
      ],
    ],
    [
      'token',
      [
        'HA_IP_TOKEN',
        'IF_HA_IP_TOKEN',
        'DIGITALOCEAN_TOKEN',
        'DIGITALOCEAN_ACCESS_TOKEN',
        'IF_DIGITALOCEAN_TOKEN',
        'VULTR_API_KEY',
        'IF_VULTR_API_KEY',
      ],
    ],
    ['provider', ['HA_IP_PROVIDER', 'IF_HA_IP_PROVIDER']],
    ['config', ['HA_IP_CONFIG', 'IF_HA_IP_CONFIG']],
    ['isolated-takeover-after', ['HA_IP_ISOLATED_TAKEOVER_AFTER', 'IF_HA_IP_ISOLATED_TAKEOVER_AFTER']],
  ] as const)('%s: %j', (name, variables) => {
    expect((OPTIONS as OptionTable)[name]!.variables).toEqual(variables);
  });

  it('an ifupdown stanza of exoip is understood as it stands', () => {
    const { config } = good({
      env: {
        IFACE: 'lo:1',
        IF_ADDRESS: '198.51.100.50',
        IF_NETMASK: '255.255.255.255',
        IF_EXOSCALE_PEER_GROUP: 'load-balancer',
        IF_EXOSCALE_API_KEY: 'EXOcanary',
        IF_EXOSCALE_API_SECRET: 'LZcanary',
      },
      needs: ['address', 'members'],
    });
    expect(config).toMatchObject({
      addresses: ['198.51.100.50'],
      group: { name: 'load-balancer' },
      provider: 'exoscale',
    });
    expect(config.credentials['api-key']?.reveal()).toBe('EXOcanary');
    expect(config.credentials['api-secret']?.reveal()).toBe('LZcanary');
  });
});

describe('lists', () => {
  it('blanks are trimmed, empty and repeated parts dropped', () => {
    expect(good({ flags: { peer: ['10.0.0.2, 10.0.0.3 ,', 'n4', '10.0.0.2'] } }).config.peers).toEqual([
      '10.0.0.2',
      '10.0.0.3',
      'n4',
    ]);
  });

  it('several addresses, in any of their forms', () => {
    const files = { [usual]: 'address = ["198.51.100.50/32", "2001:DB8::50/128"]' };
    expect(good({ files }).config.addresses).toEqual(['198.51.100.50', '2001:db8::50']);
  });

  it('a list of nothing is a mistake', () => {
    expect(mistakes({ flags: { peer: [','] } })).toEqual([
      '--peer: expected addresses or host names, separated by commas, got "" (from the command line)',
    ]);
  });
});

describe('mistakes', () => {
  it('come all at once, each with its option, what was expected, what came and from where', () => {
    expect(
      mistakes({
        flags: { priority: ['300'], 'on-stop': ['explode'] },
        env: { IF_ADVERTISEMENT_INTERVAL: '0.01', HA_IP_PREEMPT: 'perhaps' },
        files: { [usual]: 'log-format = "text"\n\ndead-ratio = 1\npeer = ["a b"]\n' },
      }),
    ).toEqual([
      '--peer: expected addresses or host names, separated by commas, got "a b" (from /etc/ha-ip/ha-ip.toml:4)',
      '--priority: expected a whole number from 0 to 255, got "300" (from the command line)',
      '--interval: expected a duration from 0.05s to 15s, such as 1, 0.2 or 200ms, got "0.01" (from ' +
        'IF_ADVERTISEMENT_INTERVAL)',
      '--dead-ratio: expected a whole number from 2, got "1" (from /etc/ha-ip/ha-ip.toml:3)',
      '--preempt: expected on or off, got "perhaps" (from HA_IP_PREEMPT)',
      '--on-stop: expected handover, release or keep, got "explode" (from the command line)',
    ]);
  });

  it('are one line each, whatever came', () => {
    const [line] = mistakes({ flags: { priority: [`1\n\u001b[2J\u2028${'x'.repeat(500)}`] } });
    expect(line).not.toMatch(/[\p{Cc}\u2028]/u);
    expect(line!.length).toBeLessThan(220);
  });

  it('peers and a group exclude each other, wherever they come from', () => {
    expect(mistakes({ flags: { peer: ['10.0.0.2'] }, env: { IF_EXOSCALE_PEER_GROUP: 'lb' } })).toEqual([
      '--peer: expected either peers or a group, got --peer (from the command line) and --group (from ' +
        'IF_EXOSCALE_PEER_GROUP); drop one of them',
    ]);
  });

  it.each([
    [{ interval: ['15'], 'dead-ratio': ['3'] }, 0],
    [{ interval: ['15'], 'dead-ratio': ['4'] }, 1],
    [{ interval: ['0.05'], 'dead-ratio': ['1199'] }, 0],
    [{ interval: ['0.05'], 'dead-ratio': ['1200'] }, 1],
  ])('the dead interval is at most 60 s: %j', (flags, count) => {
    expect(mistakes({ flags })).toHaveLength(count);
  });

  it('the shared address is no address of a machine', () => {
    const flags = { address: ['198.51.100.50'], peer: ['198.51.100.50'], listen: ['198.51.100.50:12345'] };
    expect(mistakes({ flags })).toEqual([
      "--listen: expected a machine's own address, got the shared one (from the command line)",
      "--peer: expected a machine's own address, got the shared one (from the command line)",
    ]);
  });

  it('what a mode needs and nobody gave is named, with what to add', () => {
    expect(mistakes({ needs: ['address', 'members'] })).toEqual([
      '--address: expected the shared address, got none; add -xi IP or set HA_IP_ADDRESS',
      '--peer: expected the other machines, got none; add -p LIST, or -G NAME for a group that the cloud knows',
    ]);
  });

  it('what was given wrongly is not called missing too', () => {
    const flags = { address: ['nonsense'], peer: ['a b'] };
    expect(mistakes({ flags, needs: ['address', 'members'] })).toHaveLength(2);
  });
});

describe('the voters of a quorum', () => {
  const voter = ['10.0.0.1, 10.0.0.2', '10.0.0.9'];
  const voters = ['10.0.0.1', '10.0.0.2', '10.0.0.9'];

  it('are named by address, and naming them turns the quorum on', () => {
    expect(good({ flags: { voter } }).config.voters).toEqual(voters);
    expect(good({ flags: { voter, quorum: ['on'] } }).config.voters).toEqual(voters);
    expect(good({ flags: { voter, quorum: ['off'] } }).config.voters).toEqual([]);
  });

  it('are members: nobody else need be named', () => {
    expect(mistakes({ flags: { address: ['198.51.100.50'], voter }, needs: ['address', 'members'] })).toEqual(
      [],
    );
  });

  it('off is off, with voters or without', () => {
    expect(mistakes({ flags: { quorum: ['off'] } })).toEqual([]);
  });

  it.each<[string, LoadInput['flags'], string]>([
    [
      'a witness where no quorum is wanted',
      { voter, quorum: ['off'], witness: ['true'] },
      '--witness: expected a quorum, got --quorum off (from the command line); drop one of the two',
    ],
    [
      'two families',
      { voter: ['10.0.0.1,10.0.0.2,2001:db8::9'] },
      '--voter: expected addresses of one family, that of --listen, got 10.0.0.1, 10.0.0.2, ' +
        '2001:db8::9; one socket speaks IPv4 or IPv6',
    ],
    [
      'two are too few',
      { voter: ['10.0.0.1,10.0.0.2'] },
      '--voter: expected at least 3 voters, got 2 (from the command line); a witness may be the third: ' +
        'it needs no credentials',
    ],
    [
      'a name is no address',
      { voter: ['a.example,10.0.0.1,10.0.0.2'] },
      '--voter: expected an IPv4 or IPv6 address, got "a.example" (from the command line)',
    ],
    [
      'the shared address votes nowhere',
      { address: ['10.0.0.2'], voter },
      "--voter: expected a machine's own address, got the shared one (from the command line)",
    ],
    [
      'a quorum of nobody',
      { quorum: ['on'] },
      '--quorum: expected the voters with it, got none; add --voter LIST',
    ],
    [
      'a witness of nobody',
      { witness: ['true'] },
      '--witness: expected the voters, got none; add --voter LIST with the address of this machine in it',
    ],
  ])('%s', (_, flags, mistake) => {
    expect(mistakes({ flags })).toEqual([mistake]);
  });
});

describe('the file', () => {
  it('takes numbers, texts, switches and lists', () => {
    const toml = `
      address = "198.51.100.50"
      interval = 0.2
      "dead-ratio" = 4
      stdout = true
      preempt = "off"
      peer = ["10.0.0.2", "10.0.0.3"]`;
    expect(good({ files: { [usual]: toml } }).config).toMatchObject({
      addresses: ['198.51.100.50'],
      intervalMs: 200,
      deadRatio: 4,
      stdout: true,
      preempt: false,
      peers: ['10.0.0.2', '10.0.0.3'],
    });
  });

  it('is the one that --config or HA_IP_CONFIG names', () => {
    const files = { [usual]: 'priority = 1', '/a.toml': 'priority = 2', '/b.toml': 'priority = 3' };
    expect(good({ files }).config.priority).toBe(1);
    expect(good({ files, env: { HA_IP_CONFIG: '/a.toml' } }).config.priority).toBe(2);
    expect(
      good({ files, env: { HA_IP_CONFIG: '/a.toml' }, flags: { config: ['/b.toml'] } }).config.priority,
    ).toBe(3);
  });

  it('that was named must be there', () => {
    expect(mistakes({ flags: { config: ['/none.toml'] } })).toEqual([
      '--config: expected a readable file, got "/none.toml": there is none',
    ]);
  });

  it('unknown keys are mistakes, with a suggestion and without their values', () => {
    const toml = 'priority = 1\ndead_ratio = 3\npeers = ["CANARY"]\nconfig = "x"\n[election]\nx = 1\n';
    expect(mistakes({ files: { [usual]: toml } })).toEqual([
      '/etc/ha-ip/ha-ip.toml:2: expected a long option as key, got "dead_ratio"; did you mean dead-ratio?',
      '/etc/ha-ip/ha-ip.toml:3: expected a long option as key, got "peers"; did you mean peer?',
      '/etc/ha-ip/ha-ip.toml:4: expected a long option as key, got "config"',
      '/etc/ha-ip/ha-ip.toml:5: expected a long option as key, got "election"',
    ]);
  });

  it.each([
    ['priority = [1, 2]', '--priority: expected one value, got a list (from /etc/ha-ip/ha-ip.toml:1)'],
    ['priority = 2020-01-01', '--priority: expected one value, got a date (from /etc/ha-ip/ha-ip.toml:1)'],
    ['[priority]\nx = 1', '--priority: expected one value, got a table (from /etc/ha-ip/ha-ip.toml:1)'],
    [
      'peer = [["a"], 3.5, {}]',
      '--peer: expected a text or a list of texts, got a list (from /etc/ha-ip/ha-ip.toml:1)',
    ],
    ['priority = ', '/etc/ha-ip/ha-ip.toml:1:12: expected TOML, but invalid value'],
  ])('%j', (toml, mistake) => {
    expect(mistakes({ files: { [usual]: toml } })).toEqual([mistake]);
  });

  it('a broken line is never repeated: it may be the secret', () => {
    expect(mistakes({ files: { [usual]: 'api-secret = CANARY' } }).join()).not.toContain('CANARY');
  });

  it('that holds a secret must be readable by its owner only', () => {
    const file = { text: 'api-key = "CANARY"', mode: 0o640 };
    expect(mistakes({ files: { [usual]: file } })).toEqual([
      `${usual}: it holds api-key: expected a file that only its owner can read, got mode 0640 at ` +
        `${usual}; run: chmod 600 ${usual}`,
    ]);
    expect(good({ files: { [usual]: { text: 'priority = 1', mode: 0o644 } } }).config.priority).toBe(1);
  });

  it('a broken one only warns a command that uses few settings', () => {
    const loaded = good({
      files: { [usual]: 'broken' },
      flags: { address: ['::1'] },
      uses: ['address', 'config'],
    });
    expect(loaded.config.addresses).toEqual(['::1']);
    expect(loaded.warnings).toHaveLength(1);
  });
});

describe('commands that use few settings', () => {
  it('do not care about the others', () => {
    const env = { IF_HOST_PRIORITY: 'x', DIGITALOCEAN_TOKEN: 'a', EXOSCALE_API_KEY: 'b', NODE_DEBUG: 'http' };
    const { config, settings } = good({ env, uses: ['address'] });
    expect(config.priority).toBe(10);
    expect(settings.map(({ option }) => option)).toEqual(['address']);
  });
});

describe('secrets', () => {
  it('come from files that their owner alone can read', () => {
    const flags = { 'api-key-file': ['/k'], 'api-secret-file': ['/s'] };
    const files = { '/k': 'KEY\n', '/s': { text: ' SECRET \n', mode: 0o400, uid: 0 } };
    const { config, warnings } = good({ flags, files });
    expect([config.credentials['api-key']?.reveal(), config.credentials['api-secret']?.reveal()]).toEqual([
      'KEY',
      'SECRET',
    ]);
    expect(warnings).toEqual([]);
  });

  it.each([0o640, 0o604, 0o644, 0o660, 0o610])(
    'mode %o is refused, with the command that mends it',
    (mode) => {
      const files = { '/k': { text: 'CANARY', mode } };
      expect(mistakes({ env: { HA_IP_TOKEN_FILE: '/k' }, files })).toEqual([
        `--token-file: expected a file that only its owner can read, got mode 0${mode.toString(8)} at ` +
          '/k; run: chmod 600 /k (from HA_IP_TOKEN_FILE)',
      ]);
    },
  );

  it('a file of somebody else is refused: he may change it', () => {
    expect(
      mistakes({ flags: { 'token-file': ['/k'] }, files: { '/k': { text: 'CANARY', uid: 77 } } }),
    ).toEqual([
      '--token-file: expected a file of root or of this user, got one of uid 77; run: chown 1000 /k ' +
        '(from the command line)',
    ]);
  });

  it("systemd's credentials are taken with any mode, after flags and variables, before the file", () => {
    const dir = '/run/credentials/ha-ip.service';
    const env = { CREDENTIALS_DIRECTORY: dir };
    const files = {
      [`${dir}/api-key`]: { text: 'KEY\n', mode: 0o444, uid: 77 },
      [`${dir}/api-secret`]: 'SECRET',
      [usual]: 'api-key = "file"',
    };
    const { config } = good({ env, files });
    expect([config.credentials['api-key']?.reveal(), config.credentials['api-secret']?.reveal()]).toEqual([
      'KEY',
      'SECRET',
    ]);
    expect(config.provider).toBe('exoscale');
    const over = good({ env: { ...env, EXOSCALE_API_KEY: 'env' }, files });
    expect(over.config.credentials['api-key']?.reveal()).toBe('env');
  });

  it('in one place, the file counts before the value', () => {
    const env = { EXOSCALE_API_KEY: 'env', HA_IP_API_KEY_FILE: '/k' };
    expect(good({ env, files: { '/k': 'KEY' } }).config.credentials['api-key']?.reveal()).toBe('KEY');
    expect(
      good({ env, flags: { 'api-key': ['flag'] }, files: { '/k': 'KEY' } }).config.credentials[
        'api-key'
      ]?.reveal(),
    ).toBe('flag');
  });

  it('on the command line they work, with one warning', () => {
    const { config, warnings } = good({ flags: { 'api-key': ['KEY'], 'api-secret': ['SECRET'] } });
    expect(config.credentials['api-secret']?.reveal()).toBe('SECRET');
    expect(warnings).toEqual([
      '--api-key and --api-secret on the command line can be read by every user of this host (ps); use ' +
        '--api-key-file and --api-secret-file',
    ]);
  });

  it.each<Partial<LoadInput> & { files?: Files }>([
    { flags: { 'api-key': ['CANARY two'] } },
    { env: { EXOSCALE_API_SECRET: 'CANARY\ntwo' } },
    { flags: { 'token-file': ['CANARY'] } },
    { flags: { 'token-file': ['/k'] }, files: { '/k': 'CANARY\nCANARY' } },
    { files: { [usual]: 'token = "CANARY two"' } },
    { files: { [usual]: 'token = ["CANARY", "x"]' } },
  ])('are never in a mistake: %j', (input) => {
    expect(mistakes(input)).toHaveLength(1);
    expect(mistakes(input).join()).not.toContain('CANARY');
  });

  it('are never in the settings that -v prints', () => {
    const { settings } = good({ flags: { 'api-key': ['CANARY'] } });
    expect(settings.find(({ option }) => option === 'api-key')?.value).toBe('***');
    expect(JSON.stringify(settings)).not.toContain('CANARY');
  });
});

describe('the cloud is the one whose credentials are there', () => {
  it.each([
    [{}, undefined],
    [{ EXOSCALE_API_KEY: 'k', EXOSCALE_API_SECRET: 's' }, 'exoscale'],
    [{ IF_DIGITALOCEAN_TOKEN: 't' }, 'digitalocean'],
    [{ VULTR_API_KEY: 't' }, 'vultr'],
    [{ HA_IP_TOKEN: 't' }, undefined],
    [{ HA_IP_PROVIDER: 'Vultr', DIGITALOCEAN_TOKEN: 't', VULTR_API_KEY: 'v' }, 'vultr'],
  ])('%j → %s', (env, provider) => {
    expect(good({ env }).config.provider).toBe(provider);
  });

  it('credentials of several clouds in one place are a mistake that lists them', () => {
    expect(mistakes({ env: { EXOSCALE_API_KEY: 'CANARY', VULTR_API_KEY: 'CANARY' } })).toEqual([
      '--provider: expected the credentials of one cloud, got EXOSCALE_API_KEY (exoscale), ' +
        'VULTR_API_KEY (vultr); add --provider NAME',
    ]);
  });

  it('the first place that has credentials decides', () => {
    const env = { DIGITALOCEAN_TOKEN: 't' };
    expect(good({ env, flags: { 'api-key': ['k'], 'api-secret': ['s'] } }).config.provider).toBe('exoscale');
  });

  it('variables of another cloud say nothing', () => {
    const env = {
      HA_IP_PROVIDER: 'vultr',
      DIGITALOCEAN_TOKEN: 'd',
      VULTR_API_KEY: 'v',
      DIGITALOCEAN_API_URL: 'https://d.example',
      VULTR_API_URL: 'https://v.example',
    };
    const { config } = good({ env });
    expect(config.credentials.token?.reveal()).toBe('v');
    expect(config.endpoint).toBe('https://v.example');
  });
});

describe("Node's own switches that undo the protection of credentials are refused", () => {
  it.each([
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 1],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '1' }, 0],
    [{ NODE_DEBUG: 'http' }, 1],
    [{ NODE_DEBUG: 'fs, HTTPS' }, 1],
    [{ NODE_DEBUG: 'net,tls' }, 1],
    [{ NODE_DEBUG: '*' }, 1],
    [{ NODE_DEBUG: 'ht*' }, 1],
    [{ NODE_DEBUG: 'fs,timer' }, 0],
    [{ NODE_DEBUG: '' }, 0],
  ])('%j', (env, count) => {
    expect(mistakes({ env })).toHaveLength(count);
  });
});

describe('where control sockets live', () => {
  it.each([
    [{}, 0, '/run/ha-ip'],
    [{}, self, '/tmp/ha-ip-1000'],
    [{ XDG_RUNTIME_DIR: '/run/user/1000' }, self, '/run/user/1000/ha-ip'],
    [{ XDG_RUNTIME_DIR: '/run/user/0' }, 0, '/run/ha-ip'],
    [{ RUNTIME_DIRECTORY: '/run/a:/run/b' }, self, '/run/a'],
    [{ RUNTIME_DIRECTORY: '/run/a', HA_IP_RUNTIME_DIR: '/run/c' }, self, '/run/c'],
  ])('%j, uid %d → %s', (env, uid, runtimeDir) => {
    expect(good({ env, uid }).config.runtimeDir).toBe(runtimeDir);
  });
});

it('any text in any option gives a value or a mistake that names the option', () => {
  const names = Object.keys(OPTIONS).filter((name) => name !== 'config');
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.string({ unit: 'binary' }), (name, text) => {
      const loaded = load({ flags: { [name]: [text] } });
      if (!loaded.ok) expect(loaded.mistakes.every((mistake) => mistake.startsWith(`--${name}:`))).toBe(true);
    }),
  );
});
