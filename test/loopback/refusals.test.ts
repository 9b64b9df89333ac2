import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { groupFor } from './fixture.ts';
import type { Group } from './group.ts';
import type { Watchdog } from './watchdog.ts';

const alone = { hosts: ['127.0.0.11'] };

describe('what cannot work is said in one line, with exit code 1', () => {
  it.for(['-A', '-D', '-W -n'])('%s with a wrong key, and while the API is down', async (mode, context) => {
    const group = await groupFor(context, alone);
    const credentials = { EXOSCALE_API_KEY: 'EXOwrong', EXOSCALE_API_SECRET: 'canary-of-a-wrong-secret' };
    const wrong = await group.run('lb1', mode.split(' '), { credentials });
    expect(wrong.code).toBe(1);
    expect(failures(wrong)).toMatch(/^.*401.*$/);
    expect(wrong.output + wrong.errors).not.toContain('canary');

    group.served.faults.add({ what: /^list/, effect: { kind: 'cut', when: 'before' } });
    const down = await group.run('lb1', mode.split(' '));
    expect(down.code).toBe(1);
    expect(failures(down)).toMatch(/^.*listVirtualMachines.*$/);
    expect(group.writes()).toEqual([]);
  });

  it('a port that is taken: who has it', async (context) => {
    const group = await groupFor(context, alone);
    const other = createSocket('udp4').bind({ address: '127.0.0.11', port: group.port, exclusive: true });
    await once(other, 'listening');
    context.onTestFinished(() => void other.close());
    const lb1 = group.start('lb1');
    expect(await lb1.ended).toEqual({ code: 1, signal: null });
    const line = `cannot listen on 127.0.0.11:${group.port} (UDP): the port is taken by pid ${process.pid} (`;
    expect(lb1.complained).toEqual([expect.stringContaining(line)]);
    expect(lb1.heard(line)).toBeDefined();
  });

  it('a second watchdog of the same address on the same machine: which process runs', async (context) => {
    const group = await groupFor(context, alone);
    const lb1 = group.start('lb1');
    await group.until('lb1 holds', () => lb1.role === 'active');
    const second = group.start('lb1');
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.complained).toEqual([
      `ha-ip: a watchdog of 203.0.113.10 runs here already, pid ${lb1.pid}: ha-ip stop --address 203.0.113.10`,
    ]);
    expect((await lb1.status()).role).toBe('active');
  });
});

describe('-A while another machine holds the address', () => {
  it('needs --yes if that machine runs; -D gives it back', async (context) => {
    const group = await groupFor(context, { hosts: ['127.0.0.11', '127.0.0.12'] });
    const lb1 = await only(group, 'lb1');
    const without = await group.run('lb2', ['-A']);
    expect(without.code).toBe(1);
    expect(without.errors).toContain('203.0.113.10 is held by lb1, which runs: nothing was changed');
    expect(without.errors).toContain('--yes');
    expect(group.holders()).toEqual(['lb1']);

    const withYes = await group.run('lb2', ['-A', '--yes']);
    expect(withYes).toMatchObject({ code: 0, errors: '' });
    expect(withYes.output).toContain('203.0.113.10 is associated with lb2');
    const back = await group.run('lb2', ['-D']);
    expect(back).toMatchObject({ code: 0, errors: '' });
    expect(group.holders()).toEqual(['lb1']);
    expect(lb1.role).toBe('active');
  });
});

async function only(group: Group, name: string): Promise<Watchdog> {
  const watchdog = group.start(name);
  await group.until(`${name} holds`, () => watchdog.role === 'active');
  return watchdog;
}

/** The lines that tell of a failure: `-n` prints its findings as results, the others complain. */
function failures({ output, errors }: { output: string; errors: string }): string {
  const failed = output.split('\n').filter((line) => line.startsWith('failed'));
  const complaints = errors.split('\n').filter((line) => line !== '' && !line.startsWith('ha-ip: warning'));
  return [...failed, ...complaints].join('\n');
}
