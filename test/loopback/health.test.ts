import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { groupFor } from './fixture.ts';
import type { Group } from './group.ts';
import { runs } from './proc.ts';
import type { Watchdog } from './watchdog.ts';

/** What a machine serves: something that listens on its own address. */
class Service {
  #server: Server | null = null;
  readonly host: string;
  port = 0;

  constructor(host: string) {
    this.host = host;
    onTestFinished(() => this.close());
  }

  async open(): Promise<this> {
    this.#server = createServer((socket) => socket.on('error', () => {}).end());
    this.#server.listen(this.port, this.host);
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as { port: number }).port;
    return this;
  }

  close(): void {
    this.#server?.close();
    this.#server = null;
  }

  get check(): readonly string[] {
    return ['--check-tcp', `${this.host}:${this.port}`];
  }
}

const quick = [
  '--check-interval',
  '200ms',
  '--check-timeout',
  '200ms',
  '--check-rise',
  '2',
  '--check-fall',
  '2',
];
const hosts = ['127.0.0.11', '127.0.0.12'];

/** Two machines with a service each, which their watchdogs check. */
async function served(group: Group) {
  const services = await Promise.all(hosts.map((host) => new Service(host).open()));
  const [lb1, lb2] = services.map((service, index) =>
    group.start(`lb${index + 1}`, { extra: [...quick, ...service.check] }),
  );
  await group.settled(lb1!, lb2!);
  return { lb1: lb1!, lb2: lb2!, s1: services[0]!, s2: services[1]! };
}

/** It has seen its service fail so many times in a row. */
async function looked(watchdog: Watchdog, times: number): Promise<void> {
  for (;;) {
    const { checks } = (await watchdog.status()).health;
    if (checks[0]!.up === false && checks[0]!.inARow >= times) return;
    await sleep(50);
  }
}

const alone = (group: Group, name: string) => group.holders().join() === name;

describe('a service that is checked', () => {
  it(
    'takes the address with it when it fails, comes back with it, and where all have failed nothing ' +
      'moves',
    async (context) => {
      const group = await groupFor(context, { hosts });
      const { lb1, lb2, s1, s2 } = await served(group);

      s1.close();
      await group.until('lb2 alone', () => alone(group, 'lb2') && lb2.role === 'active');
      expect(
        lb1.heard(`check tcp ${s1.host}:${s1.port} fails: connection refused, 2 times in a row`),
      ).toBeDefined();
      expect(lb2.heard('lb1 (127.0.0.11) is not healthy')).toBeDefined();
      expect((await lb1.status()).degraded).toEqual([
        `this node is not healthy: check tcp ${s1.host}:${s1.port} is down (last: connection refused)`,
      ]);
      expect((await lb2.status()).degraded).toEqual([]);

      await s1.open();
      await group.until('lb1 is well', () => lb1.heard('is good again: connected, 2 times in a row'));
      s2.close();
      await group.until('lb1 alone', () => alone(group, 'lb1') && lb1.role === 'active');

      s1.close();
      await group.until('lb1 is sick, too', () => lb1.count(/ fails: /) === 2);
      const writes = group.writes().length;
      // Fifteen more looks of each are longer than a dead interval: what was to happen has happened.
      for (const sick of [lb1, lb2]) await looked(sick, 15);
      expect(group.writes()).toHaveLength(writes);
      expect([group.holders(), lb1.role, lb2.role]).toEqual([['lb1'], 'active', 'backup']);
    },
  );

  it(
    'never answered since the start: the sick node leaves the address to the other, and adopts what ' +
      'nobody else can hold',
    async (context) => {
      const group = await groupFor(context, { hosts });
      const closed = new Service(hosts[0]!);
      await closed.open();
      closed.close();
      const lb1 = group.start('lb1', { extra: [...quick, ...closed.check] });
      await group.until('lb1 keeps what it has', () => lb1.role === 'active');
      expect(group.writes()).toEqual([]);
      const lb2 = group.start('lb2');
      await group.until('lb2 alone', () => alone(group, 'lb2') && lb2.role === 'active');
    },
  );

  it('a command that does not answer keeps nobody waiting, and ends with the watchdog', async (context) => {
    const group = await groupFor(context, { hosts });
    const file = join(group.folder, 'pid');
    const extra = ['--check-interval', '1min', '--check-timeout', '1min'];
    const hanging = ['--check-exec', `/bin/sh -c "echo $$ > ${file}; exec sleep 600"`];
    const lb1 = group.start('lb1', { extra: [...extra, ...hanging] });
    const lb2 = group.start('lb2');
    await group.settled(lb1, lb2);
    expect(await lb1.status()).toMatchObject({
      role: 'active',
      health: { ok: null, checks: [{ up: null, seen: null }] },
      degraded: ['the first health check has not answered: this node takes nothing until then'],
    });
    expect(group.writes()).toEqual([]);

    const pid = Number(readFileSync(file, 'utf8'));
    expect(runs(pid)).toBe(true);
    lb1.kill('SIGTERM');
    expect(await lb1.ended).toEqual({ code: 0, signal: null });
    while (runs(pid)) await sleep(20);
  });

  it('SIGHUP adds, changes and removes checks', async (context) => {
    const group = await groupFor(context, { hosts });
    const settings = (lines: string) => writeFileSync(group.configFile, lines, { mode: 0o600 });
    const lb1 = group.start('lb1', { extra: quick });
    await group.until('lb1 holds', () => lb1.role === 'active');
    expect((await lb1.status()).health).toEqual({ ok: true, checks: [] });

    settings('check-exec = "/bin/false"');
    lb1.kill('SIGHUP');
    await group.until('it is said', () => lb1.heard('check exec /bin/false fails: exit status 1'));
    expect((await lb1.status()).health).toMatchObject({ ok: false, checks: [{ check: 'exec /bin/false' }] });

    settings('check-exec = ["/bin/true", "/bin/test -d /"]');
    lb1.kill('SIGHUP');
    await group.until('it is said', () => lb1.heard('check exec /bin/test -d / is good'));
    await group.until('it is said', () => lb1.heard('check exec /bin/true is good'));
    expect((await lb1.status()).health).toMatchObject({ ok: true });

    settings('');
    lb1.kill('SIGHUP');
    await group.until('reloaded', () => lb1.count(/settings reloaded$/) === 3);
    expect((await lb1.status()).health).toEqual({ ok: true, checks: [] });
    expect(lb1.role).toBe('active');
  });

  it('-n looks once, and says what it saw', async (context) => {
    const group = await groupFor(context, { hosts });
    const service = await new Service(hosts[0]!).open();
    const extra = [...service.check, '--check-exec', '/bin/sh -c "exit 7"'];
    const { code, output } = await group.run('lb1', ['-W', '-n'], { extra });
    expect(output).toContain(`ok       check tcp ${hosts[0]}:${service.port}: connected`);
    expect(output).toContain("failed   check exec /bin/sh -c 'exit 7': exit status 7");
    expect(code).toBe(1);
  });
});
