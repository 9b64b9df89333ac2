import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../src/ports/provider.ts';
import { Failure } from '../../src/watchdog/failure.ts';
import { runPlanted } from './planted.ts';

const address = '-xi 198.51.100.50';
const members = '-p 10.0.0.2';
const hint = 'ha-ip: run "ha-ip --help" for examples and all options\n';

describe('a command is given', () => {
  it('its configuration, and the settings with their origins', async () => {
    const { code, calls, stderr } = await runPlanted(`-W ${address} ${members}`, {
      env: { IF_HOST_PRIORITY: '7' },
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      what: 'watch',
      config: { addresses: ['198.51.100.50'], peers: ['10.0.0.2'], priority: 7 },
    });
    expect(calls[0]!.context.settings).toContainEqual({
      option: 'priority',
      value: '7',
      origin: 'IF_HOST_PRIORITY',
    });
  });

  it('its own options, typed', async () => {
    expect((await runPlanted('status --json')).calls[0]?.own).toEqual({ json: true });
    expect((await runPlanted('status')).calls[0]?.own).toEqual({ json: false });
  });

  it('a way to read everything again, as SIGHUP asks', async () => {
    const env: Record<string, string> = { IF_HOST_PRIORITY: '7' };
    const { calls } = await runPlanted(`-W ${address} ${members}`, { env });
    expect(calls[0]!.context.reload()).toMatchObject({
      ok: true,
      config: { priority: 7, peers: ['10.0.0.2'] },
    });
  });

  it('mode and command are the same', async () => {
    const [mode, name] = await Promise.all([runPlanted(`-A ${address}`), runPlanted(`associate ${address}`)]);
    expect(mode.calls[0]!.config).toEqual(name.calls[0]!.config);
  });

  it('-n runs its check instead', async () => {
    const { calls } = await runPlanted(`-W -n ${address} ${members}`);
    expect(calls.map(({ what }) => what)).toEqual(['check']);
  });

  it('-n is refused where there is nothing to check', async () => {
    expect(await runPlanted(`-A -n ${address}`)).toMatchObject({
      code: 2,
      calls: [],
      stderr: `ha-ip: --check: expected an option that associate takes\n${hint}`,
    });
  });
});

describe('what it returns is the exit code', () => {
  it.each([0, 1, 3, 4] as const)('%d', async (code) => {
    expect((await runPlanted('status', { act: () => code })).code).toBe(code);
  });
});

describe('the one error boundary', () => {
  const fail = (error: unknown) => ({
    act: () => {
      throw error;
    },
  });

  it('a failure of the world is one line, exit 1', async () => {
    const error = new ProviderError('denied', 'exoscale: denied\nforged line');
    expect(await runPlanted('status', fail(error))).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'ha-ip: exoscale: denied\\nforged line\n',
    });
  });

  it('an expected end has its own code and hint', async () => {
    const error = new Failure('nothing runs here', { exitCode: 4, hint: 'start it: ha-ip -W' });
    expect(await runPlanted('status', fail(error))).toMatchObject({
      code: 4,
      stderr: 'ha-ip: nothing runs here\nha-ip: start it: ha-ip -W\n',
    });
  });

  it('a defect of ours is one line, and its stack only with -v', async () => {
    const error = new TypeError('x is undefined');
    expect(await runPlanted('status', fail(error))).toMatchObject({
      code: 1,
      stderr:
        'ha-ip: defect of ha-ip: x is undefined\nha-ip: run it again with -v to see where, and report it\n',
    });
    expect((await runPlanted('status -v', fail(error))).stderr).toContain('run.test.ts');
  });
});

describe('wrong usage exits 2 and says everything at once', () => {
  it('of the command line, the environment and what is missing', async () => {
    const { code, stderr, calls } = await runPlanted('-W -P 300 --bogus=1', { env: { HA_IP_INTERVAL: '0' } });
    expect([code, calls]).toEqual([2, []]);
    expect(stderr).toBe(
      [
        'ha-ip: "--bogus": expected an option of ha-ip',
        'ha-ip: --priority: expected a whole number from 0 to 255, got "300" (from the command line)',
        'ha-ip: --interval: expected a duration from 0.05s to 15s, such as 1, 0.2 or 200ms, got "0" ' +
          '(from HA_IP_INTERVAL)',
        'ha-ip: --address: expected the shared address, got none; add -xi IP or set HA_IP_ADDRESS',
        'ha-ip: --peer: expected the other machines, got none; add -p LIST, or -G NAME for a group that ' +
          'the cloud knows',
        hint,
      ].join('\n'),
    );
  });

  it.each([
    ['sttus', "unknown command 'sttus' (Did you mean status?)"],
    ['status too much', "too many arguments for 'status'. Expected 0 arguments but got 2."],
    ['-W -A', 'expected exactly one of -W, -A, a command, got -W and -A'],
    ['-P 3', 'expected exactly one of -W, -A, a command, got none'],
  ])('%s', async (line, mistake) => {
    const { code, stderr, stdout } = await runPlanted(line);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`ha-ip: ${mistake}\n`);
  });

  it('nothing at all shows the help, on stderr', async () => {
    const { code, stdout, stderr } = await runPlanted('');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('usage:');
  });
});

describe('warnings', () => {
  it('secrets on the command line work, and are warned of once', async () => {
    const { code, stderr, calls } = await runPlanted(`-W ${address} ${members} -xk CANARY -xs CANARY`);
    expect([code, calls.length]).toEqual([0, 1]);
    expect(stderr).toMatch(/^ha-ip: warning: --api-key and --api-secret on the command line .*\n$/);
    expect(stderr).not.toContain('CANARY');
  });
});

describe('help and version', () => {
  it.each(['--help', '-h', '-help', 'help'])(
    '%s shows examples before anything else, on stdout',
    async (line) => {
      const { code, stdout, stderr } = await runPlanted(line);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout.split('\n')[2]).toBe('examples:');
    },
  );

  it.each(['status --help', 'help status', '--help status'])('%s shows one command', async (line) => {
    const { code, stdout } = await runPlanted(line);
    expect(code).toBe(0);
    expect(stdout).toContain('ha-ip status [options]');
    expect(stdout).toContain('--json');
    expect(stdout).not.toContain('--dead-ratio');
  });

  it('no line is wider than 110 columns but for an example', async () => {
    const lines = (await runPlanted('--help')).stdout.split('\n');
    expect(lines.filter((line) => line.length > 110 && !line.startsWith('  ha-ip'))).toEqual([]);
  });
});
