import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { type HttpRequest, request, retryAfterMs } from '../../src/adapters/http.ts';
import { keepsSecrets } from '../../src/ports/endpoint.ts';
import { ProviderError } from '../../src/ports/provider.ts';

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

function asking(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  const signal = AbortSignal.timeout(10_000);
  return { provider: 'cloud', method: 'GET', url, write: false, expect: 'json', signal, ...more };
}

async function serving(listener: RequestListener): Promise<string> {
  const server = createHttpServer({ keepAliveTimeout: 60_000 }, listener);
  return `http://127.0.0.1:${await portOf(server)}`;
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** Bytes by hand, for what an HTTP server would not do. */
async function raw(onData: (socket: Socket, connection: number, text: string) => void): Promise<string> {
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections += 1;
    const number = connections;
    socket.on('data', (data) => onData(socket, number, data.toString()));
    socket.on('error', () => socket.destroy());
    opened.push(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}';

async function failing(asked: HttpRequest): Promise<ProviderError> {
  const error = await request(asked).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

describe('one request', () => {
  test('an answer with its status, headers and parsed body', async () => {
    const url = await serving((_, answer) => {
      answer.writeHead(201, { 'content-type': 'application/problem+json', 'x-a': 'b' }).end('{"c":1}');
    });
    const got = await request(asking(`${url}/x`));
    expect(got).toMatchObject({ status: 201, headers: { 'x-a': 'b' }, json: { c: 1 }, text: '{"c":1}' });
  });

  test('form and JSON bodies arrive as such, others byte for byte', async () => {
    const bodies: string[] = [];
    const url = await serving(async (incoming, answer) => {
      let body = '';
      for await (const chunk of incoming) body += chunk;
      bodies.push(`${incoming.headers['content-type']} ${body}`);
      answer.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    await request(asking(url, { method: 'POST', form: { a: 'b c+~*' } }));
    await request(asking(url, { method: 'PUT', json: { a: 1 } }));
    const headers = { 'content-type': 'application/json' };
    await request(asking(url, { method: 'PUT', headers, body: '{ "a": "é" }\n' }));
    expect(bodies).toEqual([
      'application/x-www-form-urlencoded a=b+c%2B%7E*',
      'application/json {"a":1}',
      'application/json { "a": "é" }\n',
    ]);
  });

  test('connections stay open between requests', async () => {
    const ports = new Set<number | undefined>();
    const url = await serving((incoming, answer) => {
      ports.add(incoming.socket.remotePort);
      answer.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    for (let turn = 0; turn < 5; turn += 1) await request(asking(url, { method: 'POST', form: {} }));
    expect(ports.size).toBe(1);
  });

  test('requests leave nothing behind on the connection that they share', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    opened.push(() => process.off('warning', note));
    const ports = new Set<number | undefined>();
    const url = await serving((incoming, answer) => {
      ports.add(incoming.socket.remotePort);
      answer.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    for (let turn = 0; turn < 30; turn += 1) await request(asking(url, { method: 'POST', form: {} }));
    // Node tells of warnings in a turn of their own.
    await new Promise(setImmediate);
    expect([ports.size, warnings]).toEqual([1, []]);
  });

  test('the local address of the connection can be chosen', async () => {
    const url = await serving((incoming, answer) => answer.end(incoming.socket.remoteAddress));
    expect((await request(asking(url, { expect: 'text', localAddress: '127.0.0.77' }))).text).toBe(
      '127.0.0.77',
    );
  });

  test.each(['application/json', 'text/javascript; charset=UTF-8', 'application/vnd.api+json'])(
    '%s is JSON',
    async (type) => {
      const url = await serving((_, answer) => answer.writeHead(200, { 'content-type': type }).end('[1]'));
      expect((await request(asking(url))).json).toEqual([1]);
    },
  );

  test('JSON under the name of plain text is not JSON', async () => {
    const url = await serving((_, answer) =>
      answer.writeHead(200, { 'content-type': 'text/plain' }).end('[1]'),
    );
    expect((await failing(asking(url))).kind).toBe('unavailable');
  });
});

describe('what is never done', () => {
  test.each([301, 302, 307, 308])('a redirect (%i) is not followed', async (status) => {
    const seen: string[] = [];
    const url = await serving((incoming, answer) => {
      seen.push(incoming.url ?? '');
      answer.writeHead(status, { location: '/elsewhere' }).end();
    });
    const error = await failing(asking(`${url}/first`, { headers: { 'x-api-key': 'secret' } }));
    expect([error.kind, seen]).toEqual(['unavailable', ['/first']]);
    expect(error.message).toMatch(/redirect/);
  });

  test.each(['GET', 'PUT', 'POST', 'DELETE'] as const)(
    '%s is not repeated after an error',
    async (method) => {
      let count = 0;
      const url = await serving((_, answer) => {
        count += 1;
        answer.writeHead(503).end();
      });
      await failing(asking(url, { method }));
      expect(count).toBe(1);
    },
  );

  test.each([
    ['http://192.0.2.1/x', false],
    ['http://localhost.example.com/', false],
    ['http://127.0.0.1.example.com/', false],
    ['ftp://127.0.0.1/', false],
    ['http://127.1.2.3:8080/', true],
    ['http://[::1]:8080/', true],
    ['http://localhost/', true],
    ['https://api.example/', true],
  ])('%s may carry credentials: %s', async (url, may) => {
    expect(keepsSecrets(new URL(url))).toBe(may);
    if (may) return;
    const error = await failing(asking(url, { write: true }));
    expect([error.kind, error.mayHaveHappened]).toEqual(['rejected', false]);
  });

  test('a body above the cap is not read to its end, whether it says its length or not', async () => {
    let written = 0;
    const url = await serving((_, answer) => {
      answer.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (!answer.destroyed && answer.write(Buffer.alloc(65_536, 0x20))) written += 65_536;
      };
      answer.on('drain', more);
      more();
    });
    const error = await failing(asking(url));
    expect(error.message).toMatch(/more than 2097152 bytes/);
    expect(written).toBeLessThan(16 * 1024 * 1024);
  });
});

describe('time', () => {
  test('an answer that does not come', async () => {
    const url = await serving(() => undefined);
    const error = await failing(asking(url, { timeoutMs: 150, write: true, method: 'POST' }));
    expect(error).toMatchObject({ kind: 'unavailable', mayHaveHappened: true });
    expect(error.message).toMatch(/no answer in time.*150ms/);
  });

  test('an answer that drips', async () => {
    const url = await serving((_, answer) => {
      answer.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => answer.write(' '), 20);
      opened.push(() => clearInterval(timer));
    });
    expect((await failing(asking(url, { timeoutMs: 200 }))).message).toMatch(/200ms/);
  });
});

describe('whether a write may have happened', () => {
  const write = { method: 'POST', write: true, form: { a: 'b' } } as const;

  test('nobody listens: no', async () => {
    const error = await failing(asking('http://127.0.0.1:1/', write));
    expect(error).toMatchObject({ kind: 'unavailable', mayHaveHappened: false });
    expect(error.message).toMatch(/ECONNREFUSED/);
  });

  test('cut after the request: yes', async () => {
    const url = await raw((socket) => socket.resetAndDestroy());
    expect((await failing(asking(url, write))).mayHaveHappened).toBe(true);
  });

  test.each([
    [400, 'rejected', false],
    [401, 'denied', false],
    [404, 'missing', false],
    [409, 'conflict', false],
    [422, 'rejected', false],
    [429, 'throttled', false],
    [500, 'unavailable', true],
    [502, 'unavailable', true],
  ])('status %i: %s, %s', async (status, kind, mayHaveHappened) => {
    const url = await serving((_, answer) => answer.writeHead(status).end());
    expect(await failing(asking(url, write))).toMatchObject({ kind, mayHaveHappened });
  });
});

describe('a connection that the server closed meanwhile', () => {
  /** Answers once, then resets the connection at the second request on it. */
  const fickle = async () => {
    const requests: number[] = [];
    const url = await raw((socket, connection) => {
      requests.push(connection);
      if (connection === 1 && requests.length > 1) socket.resetAndDestroy();
      else socket.write(OK);
    });
    return { url, requests };
  };

  test('a read goes out again, once, on a fresh one', async () => {
    const { url, requests } = await fickle();
    await request(asking(url));
    expect((await request(asking(url))).json).toEqual({});
    expect(requests).toEqual([1, 1, 2]);
  });

  test('a write does not: the server may have read it', async () => {
    const { url, requests } = await fickle();
    await request(asking(url));
    const error = await failing(asking(url, { method: 'PUT', write: true }));
    expect(error.mayHaveHappened).toBe(true);
    expect(requests).toEqual([1, 1]);
  });

  test('a read that is cut on a fresh connection is not repeated', async () => {
    const requests: number[] = [];
    const url = await raw((socket, connection) => {
      requests.push(connection);
      socket.resetAndDestroy();
    });
    await failing(asking(url));
    expect(requests).toEqual([1]);
  });
});

describe('the message', () => {
  test('one line: the provider, what was asked, what came, what to do; never query or secrets', async () => {
    const secret = 's3cr3t/+=';
    const url = await serving((_, answer) =>
      answer.writeHead(422, { 'content-type': 'application/json' }).end(`{"e":"${secret}"}`),
    );
    const error = await failing(
      asking(`${url}/v1/things?token=${encodeURIComponent(secret)}`, {
        what: 'moveThing',
        headers: { authorization: secret },
        secrets: [secret],
        readError: ({ text }) => ({
          kind: 'conflict',
          came: `busy ${text} ${encodeURIComponent(secret)}\n\u001b[1mX`,
        }),
      }),
    );
    const host = new URL(url).host;
    expect(error.message).toBe(
      `cloud: GET ${host}/v1/things moveThing: busy {"e":"***"} *** [1mX; read the state and try again`,
    );
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(secret);
  });

  test('a long text of the cloud is cut', async () => {
    const url = await serving((_, answer) => answer.writeHead(400).end());
    const error = await failing(
      asking(url, { readError: () => ({ kind: 'rejected', came: 'x'.repeat(5000) }) }),
    );
    expect(error.message.length).toBeLessThan(400);
  });

  test.each([
    [undefined, undefined],
    ['7', 7000],
    ['soon', undefined],
    [new Date(Date.now() - 5000).toUTCString(), 0],
  ])('Retry-After: %s is %s ms', (header, expected) => {
    expect(retryAfterMs(header)).toBe(expected);
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

// Node cannot make certificates; a key in the repository would be one that somebody trusts.
describe.skipIf(!hasOpenssl())('TLS (needs openssl to make a certificate)', () => {
  test('a certificate that nobody vouches for: refused before anything is sent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ha-ip-tls-'));
    opened.push(() => rmSync(folder, { recursive: true }));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const make = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '1'];
    execFileSync('openssl', [...make, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    let requests = 0;
    const server = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, answer) => {
      requests += 1;
      answer.end();
    });
    const port = await portOf(server);
    const error = await failing(asking(`https://127.0.0.1:${port}/`, { method: 'POST', write: true }));
    expect(error).toMatchObject({ kind: 'unavailable', mayHaveHappened: false });
    expect([requests, error.message]).toEqual([0, expect.stringMatching(/certificate/)]);
  });
});
