import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { groupFor } from './fixture.ts';

/** Besides, every test of these looks through all output of its processes when it ends (`Group.close`). */
describe('credentials', () => {
  it('given by file are in no output, however talkative, and not where ps looks', async (context) => {
    const group = await groupFor(context, { hosts: ['127.0.0.11'] });
    const file = (name: string, content: string) => {
      const path = join(group.folder, name);
      writeFileSync(path, `${content}\n`, { mode: 0o600 });
      return path;
    };
    const { apiSecret } = group.served;
    const extra = [
      ...['-v', '--api-key-file', file('key', group.served.keyOf('lb1'))],
      ...['--api-secret-file', file('secret', apiSecret)],
    ];
    const lb1 = group.start('lb1', { extra, credentials: {} });
    await group.until('lb1 holds', () => lb1.role === 'active');
    for (const place of ['cmdline', 'environ']) {
      const seen = readFileSync(`/proc/${lb1.pid}/${place}`, 'latin1');
      expect(seen).not.toContain(apiSecret);
      expect(seen).not.toContain(group.served.apiKey);
    }
    // An answer that shouts the secret back is no reason to print it.
    const body = {
      errorresponse: { errorcode: 530, errortext: `bad ${apiSecret} ${group.served.keyOf('lb1')}` },
    };
    group.served.faults.add({ what: /^list/, effect: { kind: 'answer', status: 530, body } });
    const { errors, code } = await group.run('lb1', ['-A', '-v'], { extra, credentials: {} });
    expect(code).toBe(1);
    expect(errors).toContain('530');
    expect(errors).not.toContain(apiSecret);
  });

  it('given as flags are warned of, without being said', async (context) => {
    const group = await groupFor(context, { hosts: ['127.0.0.11'] });
    const extra = ['-xk', group.served.keyOf('lb1'), '-xs', group.served.apiSecret];
    const { errors, code } = await group.run('lb1', ['-W', '-n'], { extra, credentials: {} });
    expect(code).toBe(0);
    expect(errors).toMatch(/warning: .*ps/);
    expect(errors).not.toContain(group.served.apiSecret);
  });
});
