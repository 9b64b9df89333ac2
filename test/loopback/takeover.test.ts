import { describe, expect, it } from 'vitest';
import { groupFor } from './fixture.ts';
import type { Group } from './group.ts';
import { udpSockets } from './proc.ts';

/** Who held the address after each change. */
function history(group: Group): string[] {
  return group.served.cloud.changes.map(({ holders }) => holders.map((id) => group.nameOf(id)).join());
}

describe('three real watchdogs', () => {
  it('a holder that is killed is replaced by the best survivor, and then dissociated', async (context) => {
    const group = await groupFor(context);
    const { lb1, lb2, lb3 } = await group.startAll();
    lb1!.kill('SIGKILL');
    await group.until('lb2 alone', () => group.holders().join() === 'lb2' && lb2!.role === 'active');

    expect(history(group)).toEqual(['lb1,lb2', 'lb2']);
    expect(group.writes().map(({ who, what }) => `${who} ${what}`)).toEqual([
      'lb2 addIpToNic',
      'lb2 removeIpFromNic',
    ]);
    expect(lb3!.role).toBe('backup');
    expect(lb2!.heard('took over from lb1 (127.0.0.11) (dead, ')).toBeDefined();
  });

  it('a holder that is told to stop leaves when its successor holds, and somebody always holds', async (context) => {
    const group = await groupFor(context);
    const { lb1, lb2 } = await group.startAll();
    lb1!.kill('SIGTERM');
    expect(await lb1!.ended).toEqual({ code: 0, signal: null });
    await group.until('lb2 alone', () => group.holders().join() === 'lb2' && lb2!.role === 'active');

    expect(history(group)).toEqual(['lb1,lb2', 'lb2']);
    expect(lb2!.heard('took over from lb1 (127.0.0.11) (let go)')).toBeDefined();
  });

  it(
    'a holder that restarts with --on-stop keep finds its address where it was: no write, and nobody ' +
      'else holds',
    async (context) => {
      const group = await groupFor(context);
      const extra = ['--on-stop', 'keep'];
      const { lb1, lb2, lb3 } = await group.startAll({ extra });
      lb1!.kill('SIGTERM');
      expect(await lb1!.ended).toEqual({ code: 0, signal: null });
      const again = group.start('lb1', { extra });
      await group.settled(again, lb2!, lb3!);

      expect(again.heard('the address is ours already')).toBeDefined();
      expect(group.holders()).toEqual(['lb1']);
      expect(group.writes()).toEqual([]);
      // A backup may begin to look before the new life has read: it waits for it, and gives way (R11).
      for (const backup of [lb2!, lb3!]) expect(backup.heard('-> active')).toBeUndefined();
    },
  );
});

describe('two real watchdogs', () => {
  const hosts = ['127.0.0.11', '127.0.0.12'];

  it('equal priorities: exactly one holds, and each says once which of them ranks first', async (context) => {
    const group = await groupFor(context, { hosts });
    const { lb1, lb2 } = await group.startAll({ priority: 10 });

    expect(group.holders()).toEqual(['lb1']);
    const hasSaid = ({ said }: { said: readonly { message: string }[] }) =>
      said.some(({ message }) => /has our priority/.test(message));
    await group.until('both have said so', () => hasSaid(lb1!) && hasSaid(lb2!));
    const warnings = [lb1!, lb2!].map(({ said }) => said.filter(({ severity }) => severity === 'warning'));
    const ties = warnings.map((lines) =>
      lines.map(({ message }) => message).filter((message) => /priority/.test(message)),
    );
    expect(ties[0]).toEqual([
      'lb2 (127.0.0.12) has our priority 10: this node ranks first (the lower node id wins); give each ' +
        'node its own with -P',
    ]);
    expect(ties[1]).toEqual([
      'lb1 (127.0.0.11) has our priority 10: lb1 (127.0.0.11) ranks first (the lower node id wins); ' +
        'give each node its own with -P',
    ]);
  });

  it('a cloud that refuses an address while it is held: the dead holder is cleared first', async (context) => {
    const group = await groupFor(context, { hosts, flavour: 'cloudstack' });
    const { lb1, lb2 } = await group.startAll();
    lb1!.kill('SIGKILL');
    await group.until('lb2 alone', () => group.holders().join() === 'lb2' && lb2!.role === 'active');

    expect(history(group)).toEqual(['', 'lb2']);
    const writes = group.writes().map(({ who, what }) => `${who} ${what}`);
    expect(writes).toEqual(['lb2 removeIpFromNic', 'lb2 addIpToNic']);
  });

  it('an IPv4 and an IPv6 address are served by one process over one socket, and move together', async (context) => {
    const shared = ['203.0.113.10', '2001:db8::50'];
    const group = await groupFor(context, { hosts, shared });
    const { lb1, lb2 } = await group.startAll();
    const holdBoth = (name: string) => shared.every((address) => group.holders(address).join() === name);
    await group.until('lb1 holds both', () => holdBoth('lb1'));
    expect(udpSockets(lb1!.pid, group.port)).toBe(1);

    lb1!.kill('SIGTERM');
    await group.until('lb2 holds both', () => holdBoth('lb2'));
    expect(lb2!.heard('2001:db8::50: took over from lb1 (127.0.0.11) (let go)')).toBeDefined();
    expect(lb2!.heard('203.0.113.10: took over from lb1 (127.0.0.11) (let go)')).toBeDefined();
  });
});
