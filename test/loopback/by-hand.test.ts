import { describe, expect, it } from 'vitest';
import { flavours } from '../../providers/simulators.ts';
import { groupFor } from './fixture.ts';
import type { Group } from './group.ts';

/** What the records of each cloud call the request that gives the address to a machine. */
const ATTACH = /^(addIpToNic|attach-instance-to-elastic-ip|attach-reserved-ip|POST \S+\/actions assign)$/;
const hosts = ['127.0.0.11', '127.0.0.12'];

/** A command of that cloud's user on a machine, with no option that not all of them take. */
function run(group: Group, name: string, ...words: string[]) {
  const { served, address, configFile, port } = group;
  const where = ['-xe', served.endpoint, '--metadata', served.metadata, '--config', configFile];
  const env = group.env(name, { credentials: served.environment(name) });
  const all = ['-xi', address, ...where, '-l', `${group.hostOf(name)}:${port}`];
  return group.runBare([...words, '--provider', served.provider, ...all], env);
}

describe.each(flavours)('%s, where readings are 1.2 s behind', (flavour) => {
  it('-A, move and -D wait until the cloud says so', { timeout: 60_000 }, async (context) => {
    const group = await groupFor(context, { flavour, hosts });
    const { cloud } = group.served;
    const lb1 = group.served.machine('lb1').id;
    cloud.readLagMs = 1_200;
    const taken = await run(group, 'lb2', '-A', '--yes');
    expect([taken.code, taken.errors]).toEqual([0, '']);
    expect(taken.output).toContain('203.0.113.10 is associated with lb2');
    expect(group.holders()).toContain('lb2');

    const moved = await run(group, 'lb2', 'move', '--yes', '--to', lb1);
    expect([moved.code, moved.errors]).toEqual([0, '']);
    expect(moved.output).toMatch(/^203\.0\.113\.10: .* → lb1 in /);
    expect(group.holders()).toEqual(['lb1']);

    const left = await run(group, 'lb1', '-D');
    expect([left.code, left.errors]).toEqual([0, '']);
    expect(left.output).toContain('203.0.113.10 is dissociated from lb1');
    expect(group.holders()).toEqual([]);
  });

  it('-A that is refused is told at once', async (context) => {
    const group = await groupFor(context, { flavour, hosts });
    group.served.cloud.readLagMs = 1_200;
    group.served.faults.add({ what: ATTACH, effect: { kind: 'answer', status: 403, body: {} } });
    const refused = await run(group, 'lb2', '-A', '--yes');
    expect(refused).toMatchObject({ code: 1, output: '' });
    expect(refused.errors).toContain('403');
    expect(group.holders()).not.toContain('lb2');
  });

  it('-A whose answer is lost is told by what the cloud says later', { timeout: 60_000 }, async (context) => {
    const group = await groupFor(context, { flavour, hosts });
    group.served.cloud.readLagMs = 1_200;
    group.served.faults.add({ what: ATTACH, times: 1, effect: { kind: 'cut', when: 'after' } });
    const taken = await run(group, 'lb2', '-A', '--yes');
    expect([taken.code, taken.errors]).toEqual([0, '']);
    expect(group.holders()).toContain('lb2');
  });
});
