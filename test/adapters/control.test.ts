import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type ControlHandlers, controlledResources, createControl } from '../../src/adapters/control.ts';
import { askControl } from '../../src/adapters/control-client.ts';

const ADDRESS = '198.51.100.50';
let dir: string;

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'ha-ip-control-')), 'run');
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

it('a request is answered with the pid and what the handler says', async () => {
  await serving({ status: () => ({ role: 'active' }) });
  expect(await ask('status')).toEqual([{ pid: process.pid, role: 'active' }]);
});

it('a request carries parameters, and its handler is given them', async () => {
  await serving({ handover: (asked: object) => ({ asked }) });
  const question = { dir, resource: ADDRESS, request: 'handover', with: { to: 'web-2' }, timeoutMs: 1_000 };
  expect(await askControl(question)).toMatchObject([{ asked: { request: 'handover', to: 'web-2' } }]);
});

it('IPv6 addresses have sockets, too, and all are listed', async () => {
  await serving({});
  await serving({ status: () => ({ six: true }) }, '2001:db8::50');
  expect(controlledResources(dir)).toEqual([ADDRESS, '2001:db8::50']);
  expect(
    await askControl({ dir, resource: '2001:db8::50', request: 'status', timeoutMs: 1_000 }),
  ).toMatchObject([{ six: true }]);
});

it('a directory that is not there has no watchdogs', () => {
  expect(controlledResources(dir)).toEqual([]);
});

it('nobody but this user may open it, whatever the mask', async () => {
  const mask = process.umask(0);
  onTestFinished(() => void process.umask(mask));
  const control = await serving({});
  expect(statSync(control.path).mode & 0o777).toBe(0o600);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  expect(process.umask()).toBe(0);
});

it('a directory that others may write to is refused with the command that mends it', async () => {
  mkdirSync(dir);
  chmodSync(dir, 0o777);
  await expect(serving({})).rejects.toThrow(`can be written by others: chmod go-w ${dir}`);
});

it('a path too long for a socket is refused instead of cut off', async () => {
  const long = join(dir, 'x'.repeat(100));
  await expect(createControl({ dir: long, resource: ADDRESS, handlers: handlers({}) })).rejects.toThrow(
    'too long for a socket',
  );
});

describe('a second watchdog', () => {
  it('of the same address is an error that names the pid of the first', async () => {
    await serving({});
    await expect(serving({})).rejects.toThrow(
      `a watchdog of ${ADDRESS} runs here already, pid ${process.pid}: ha-ip stop --address ${ADDRESS}`,
    );
  });

  it('replaces the socket of a process that was killed', async () => {
    mkdirSync(dir);
    const path = join(dir, `${ADDRESS}.sock`);
    const dead = spawn(process.execPath, ['-e', `net.createServer().listen('${path}', () => console.log())`]);
    await once(dead.stdout, 'data');
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    expect(existsSync(path)).toBe(true);
    await serving({ status: () => ({ fresh: true }) });
    expect(await ask('status')).toMatchObject([{ fresh: true }]);
  });

  it('does not take the place of a process that hangs', async () => {
    mkdirSync(dir);
    const hanging = createServer(() => {}).listen(join(dir, `${ADDRESS}.sock`));
    await once(hanging, 'listening');
    onTestFinished(() => void hanging.close());
    await expect(serving({})).rejects.toThrow('belongs to a process that does not answer');
  });

  it('may start after the first has closed', async () => {
    const first = await serving({});
    await first.close();
    expect(existsSync(first.path)).toBe(false);
    await serving({});
  });

  it('closing does not remove a socket that another process made there meanwhile', async () => {
    const control = await serving({});
    rmSync(control.path);
    const other = createServer().listen(control.path);
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    await control.close();
    expect(existsSync(control.path)).toBe(true);
  });
});

describe('who asks nonsense gets an error and costs nothing:', () => {
  it.each([
    ['an unknown request', '{"request":"format the disk"}\n', 'no such request: "format the disk"'],
    ['what every object has', '{"request":"toString"}\n', 'no such request: "toString"'],
    ['no request', '{}\n', 'no such request: null'],
    ['no JSON', 'status\n', 'expected one line of JSON'],
    ['no object', 'null\n', 'expected one line of JSON'],
    ['an endless line', 'x'.repeat(100_000), 'expected one line of JSON'],
    ['a line that ends too late', `"${'x'.repeat(5_000)}"\n`, 'expected one line of JSON'],
  ])('%s', async (_, said, error) => {
    const control = await serving({});
    expect(JSON.parse(await talk(control.path, said)).error).toContain(error);
    expect(await ask('status')).toHaveLength(1);
  });

  it('a handler that fails', async () => {
    const failing = () => {
      throw new Error('the journal is empty');
    };
    await serving({ status: failing });
    await expect(ask('status')).rejects.toThrow(`the watchdog of ${ADDRESS}: the journal is empty`);
  });

  it('hundreds of silent clients', async () => {
    const control = await serving({});
    const clients: Socket[] = [];
    for (let n = 0; n < 300; n += 1) clients.push(connect(control.path).on('error', () => {}));
    onTestFinished(() => clients.forEach((client) => void client.destroy()));
    const signal = AbortSignal.timeout(2_000);
    await Promise.all(clients.slice(16).map((client) => once(client, 'close', { signal })));
    for (const client of clients) client.destroy();
    await expect.poll(() => ask('status').catch(() => []), { timeout: 5_000 }).toHaveLength(1);
  });

  it('a client that goes away before its answer', async () => {
    const { promise: asked, resolve: isAsked } = deferred<void>();
    const { promise: answer, resolve } = deferred<object>();
    const slow = () => {
      isAsked();
      return answer;
    };
    const control = await serving({ slow });
    const client = connect(control.path);
    client.write('{"request":"slow"}\n');
    await asked;
    client.destroy();
    resolve({});
    expect(await ask('status')).toHaveLength(1);
  });
});

describe('stop', () => {
  it('is answered at once, again when it is done, and the conversation ends with the process', async () => {
    const { promise: left, resolve: leave } = deferred<object>();
    const control = await serving({ stop: () => left });
    const client = connect(control.path);
    client.write('{"request":"stop"}\n');
    const chunks: string[] = [];
    client.on('data', (chunk) => chunks.push(String(chunk)));
    await once(client, 'data');
    expect(chunks.join('')).toBe(`{"pid":${process.pid},"stopping":true}\n`);
    leave({ message: 'handed over to web-2' });
    await once(client, 'data');
    await control.close();
    expect(chunks.at(-1)).toBe(`{"pid":${process.pid},"message":"handed over to web-2"}\n`);
    expect(client.readableEnded).toBe(false);
    client.destroy();
  });
});

describe('asking', () => {
  it('nobody: not running', async () => {
    await expect(ask('status')).rejects.toMatchObject({ kind: 'not running' });
  });

  it('a file that is no socket: not running', async () => {
    mkdirSync(dir);
    writeFileSync(join(dir, `${ADDRESS}.sock`), '');
    await expect(ask('status')).rejects.toMatchObject({ kind: 'not running' });
  });

  it('a watchdog that takes too long: silent, in time', async () => {
    await serving({ slow: () => new Promise(() => {}) });
    const start = performance.now();
    await expect(
      askControl({ dir, resource: ADDRESS, request: 'slow', timeoutMs: 100 }),
    ).rejects.toMatchObject({
      kind: 'silent',
    });
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function handlers(some: Partial<ControlHandlers>): ControlHandlers {
  return { status: () => ({}), stop: async () => ({}), ...some } as ControlHandlers;
}

async function serving(some: Partial<ControlHandlers>, address = ADDRESS) {
  const control = await createControl({ dir, resource: address, handlers: handlers(some) });
  onTestFinished(() => control.close());
  return control;
}

function ask(request: string) {
  return askControl({ dir, resource: ADDRESS, request, timeoutMs: 2_000 });
}

/** All that is answered to the text. */
async function talk(path: string, text: string): Promise<string> {
  const client = connect(path);
  client.on('error', () => {});
  client.write(text);
  let answer = '';
  client.on('data', (chunk) => {
    answer += chunk;
  });
  await once(client, 'close');
  return answer;
}
