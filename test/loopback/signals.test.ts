import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Ear } from './ear.ts';
import { groupFor } from './fixture.ts';
import { listeningPorts } from './proc.ts';

describe('signals of a running watchdog', () => {
  it(
    'SIGUSR1 and SIGUSR2 shift the priority, on the wire and in the status of others; no inspector ' +
      'opens',
    async (context) => {
      const group = await groupFor(context);
      const [lb1, lb2] = [group.start('lb1'), group.start('lb2')];
      const ear = await Ear.open(group.hostOf('lb3'), group.port);
      context.onTestFinished(() => ear.close());
      await group.settled(lb1, lb2);
      const told = (priority: number) =>
        ear.until(({ from, advertisement }) => from === lb1.host && advertisement?.priority === priority);
      await told(10);

      lb1.kill('SIGUSR2');
      await told(11);
      expect(lb1.heard('priority 10 -> 11')).toBeDefined();
      lb1.kill('SIGUSR1');
      await group.until('the shift back', () => lb1.heard('priority 11 -> 10'));
      lb1.kill('SIGUSR1');
      await told(9);
      const seen = (await lb2.status()).peers.find(({ address }) => address === lb1.host);
      expect(seen?.priority).toBe(9);
      expect(listeningPorts(lb1.pid)).toEqual([]);
      expect(lb1.complained).toEqual([]);
      expect(group.writes()).toEqual([]);
    },
  );

  it(
    'SIGHUP changes no role and moves nothing, whether the file is the same, new or not valid, and ' +
      'says which',
    async (context) => {
      const group = await groupFor(context, { hosts: ['127.0.0.11', '127.0.0.12'] });
      const { lb1, lb2 } = await group.startAll();
      const before = [lb1!.transitions, lb2!.transitions];
      const reload = async (file: string, answer: string, times = 1) => {
        writeFileSync(group.configFile, file);
        lb1!.kill('SIGHUP');
        const said = () => lb1!.said.filter(({ message }) => message.startsWith(answer));
        await group.until(answer, () => said().length === times);
        return said().at(-1)!.message;
      };
      expect(await reload('', 'settings reloaded')).toBe('settings reloaded');
      const refused = await reload('preempt-delay = "soon"\n', 'the settings stay as they are');
      expect(refused).toContain('--preempt-delay');
      expect(refused).toContain('"soon"');
      expect(await reload('preempt-delay = "20s"\n', 'settings reloaded', 2)).toBe('settings reloaded');

      expect([lb1!.transitions, lb2!.transitions]).toEqual(before);
      expect((await lb1!.status()).role).toBe('active');
      expect(group.writes()).toEqual([]);
    },
  );

  it(
    'SIGHUP with candidate = off on a holder: the best other takes over, and the last one keeps the ' +
      'address',
    async (context) => {
      const group = await groupFor(context, { hosts: ['127.0.0.11', '127.0.0.12'] });
      const { lb1, lb2 } = await group.startAll();
      // All machines of this test read the same file; only who is told reads it again.
      writeFileSync(group.configFile, 'candidate = false\n');
      lb1!.kill('SIGHUP');
      await group.until('lb2 alone', () => lb2!.role === 'active' && group.holders().join() === 'lb2');
      expect(lb2!.heard('lb1 (127.0.0.11) stands aside')).toBeDefined();
      await lb1!.end();
      await group.until('lb1 is missed', () => lb2!.heard(/lb1.*(fell silent|is gone)/));
      lb2!.kill('SIGHUP');
      await group.until('reloaded', () => lb2!.heard('settings reloaded'));
      // Nobody is there to relieve it.
      await sleep(2_000);
      expect([lb2!.role, group.holders()]).toEqual(['active', ['lb2']]);
      expect(group.served.cloud.changes.some(({ holders }) => holders.length === 0)).toBe(false);
    },
  );
});
