import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { clouds } from '../../providers/index.ts';
import { Secret } from '../../src/config/secret.ts';
import { addressResource } from '../../src/wire/resource.ts';

const program = new URL('../../bin/ha-ip.js', import.meta.url).pathname;

const started: ChildProcess[] = [];
afterEach(async () => {
  // Not SIGKILL: it is to take its folder away.
  for (const child of started.splice(0)) await ended(child, 'SIGTERM');
});

/** `ha-ip cloud` with these words, and its lines as they come. */
function cloud(...words: string[]) {
  const child = spawn(process.execPath, [program, 'cloud', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  const out = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const err = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  const next = async (lines: typeof out): Promise<string> => {
    const { value, done } = await lines.next();
    return done === true ? 'the end' : value;
  };
  return { child, line: () => next(out), complaint: () => next(err) };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
  return child.exitCode;
}

interface Offer {
  readonly endpoint: string;
  readonly metadata: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly addresses: readonly string[];
  readonly group: string;
  readonly machines: readonly {
    readonly name: string;
    readonly instance: string;
    readonly address: string;
    readonly env: Readonly<Record<string, string>>;
    readonly arguments: readonly string[];
  }[];
}

const moduleOf = (provider: string) => clouds.find(({ name }) => name === provider)!.load();

/** The provider of one of its machines, as a watchdog would have it. */
async function providerOn({ endpoint, metadata, addresses, machines }: Offer, index: number) {
  const { address, env } = machines[index]!;
  const module = await moduleOf('exoscale');
  return module.create({
    ...{ resource: addressResource(addresses[0]!), endpoint, metadata, source: address },
    credentials: {
      'api-key': new Secret(env.EXOSCALE_API_KEY!),
      'api-secret': new Secret(env.EXOSCALE_API_SECRET!),
    },
  });
}

const patience = () => AbortSignal.timeout(20_000);

describe('ha-ip cloud', () => {
  test('prints one command per machine, ready to paste into a shell', async () => {
    const { line } = cloud('--flavour', 'exoscale', '--machines', '2', '-G', "web's");
    expect(await line()).toMatch(/^a simulated cloud \(exoscale\) with 203\.0\.113\.10 /);
    expect(await line()).toBe('an operation takes 1000 ms, an answer 0 ms; Ctrl-C ends it');
    await line();
    const commands = [await line(), await line()];
    expect(await line()).toBe('');
    // The shell's own reading of the line, with another program in the place of ha-ip: its own environment and words.
    const probe =
      `${process.execPath} -e 'console.log(JSON.stringify([process.env.EXOSCALE_API_KEY, ` +
      `...process.argv.slice(1)]))' --`;
    const read = commands.map((text) => spawnSync('sh', ['-c', text.replace(' ha-ip ', ` ${probe} `)]));
    const [first, second] = read.map(({ stdout }) => JSON.parse(stdout.toString()) as string[]);
    expect(first).toEqual([
      ...[
        expect.stringMatching(/^EXO\S+-lb1$/),
        '-W',
        '-O',
        '-xi',
        '203.0.113.10',
        '-G',
        "web's",
        '-P',
        '10',
      ],
      ...['-l', '127.0.0.11:12345', '-xe', expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/compute$/)],
      ...['--metadata', expect.stringMatching(/^http:/), '--runtime-dir', expect.stringMatching(/\/lb1$/)],
    ]);
    expect(second).toEqual(expect.arrayContaining(['127.0.0.12:12345', '20']));
  });

  test('serves what it prints: a machine knows itself, associates the address, and each change is a line', async () => {
    const { line, complaint } = cloud('--json', '--flavour', 'exoscale', '--operation-time', '50ms');
    const offer = JSON.parse(await line()) as Offer;
    expect(offer.machines.map(({ name, address }) => [name, address])).toEqual([
      ['lb1', '127.0.0.11'],
      ['lb2', '127.0.0.12'],
      ['lb3', '127.0.0.13'],
    ]);
    const provider = await providerOn(offer, 1);
    expect((await provider.identify(patience())).instance).toBe(offer.machines[1]!.instance);
    await provider.associate(offer.machines[1]!.instance, patience());
    expect((await provider.read(patience())).holders).toEqual([offer.machines[1]!.instance]);
    expect(await complaint()).toMatch(/^ +\d+\.\d{3} s {2}lb2 gained 203\.0\.113\.10; held by lb2$/);
  });

  test('-v tells each call when it arrives, and says which are writes', async () => {
    const { line, complaint } = cloud(
      '--json',
      '--flavour',
      'exoscale',
      '-v',
      '--operation-time',
      '50ms',
      '--holders',
      'lb3',
    );
    const offer = JSON.parse(await line()) as Offer;
    const provider = await providerOn(offer, 2);
    await provider.identify(patience());
    await provider.dissociate(offer.machines[2]!.instance, patience());
    expect(await complaint()).toMatch(/lb3 asks metadata instance-id$/);
    const seen: string[] = [];
    while (!seen.at(-1)?.includes('lost')) seen.push(await complaint());
    expect(seen.filter((text) => text.includes('a write'))).toEqual([
      expect.stringMatching(/lb3 asks removeIpFromNic \(a write, for lb3\)$/),
    ]);
    expect(seen.at(-1)).toMatch(/lb3 lost 203\.0\.113\.10; held by nobody$/);
  });

  test('the addresses, the machines and the API can be chosen', async () => {
    const { line } = cloud(
      ...['--json', '-xi', '198.51.100.7', '-G', 'web', '--machines', '127.1.0.1,127.1.0.2'],
      ...['--flavour', 'cloudstack', '--latency', '5ms'],
    );
    const offer = JSON.parse(await line()) as Offer;
    expect(offer).toMatchObject({ addresses: ['198.51.100.7'], group: 'web' });
    expect(offer.endpoint).toMatch(/\/client\/api$/);
    expect(offer.machines.map(({ address }) => address)).toEqual(['127.1.0.1', '127.1.0.2']);
    expect((await (await providerOn(offer, 0)).identify(patience())).instance).toBe(
      offer.machines[0]!.instance,
    );
  });

  test('all clouds at once, each on its own port, and each with its own credentials', async () => {
    const { line } = cloud('--json', '--machines', '2');
    const offers: (Offer & { readonly provider: string })[] = [];
    for (let i = 0; i < 5; i++) offers.push(JSON.parse(await line()));
    expect(offers.map(({ provider }) => provider)).toEqual([
      ...['exoscale', 'exoscale', 'exoscale'],
      ...['digitalocean', 'vultr'],
    ]);
    expect(new Set(offers.map(({ metadata }) => metadata)).size).toBe(5);
    for (const offer of offers) {
      const { address, env, instance } = offer.machines[1]!;
      const [apiKey, apiSecret] = [env.EXOSCALE_API_KEY, env.EXOSCALE_API_SECRET];
      const token = env.DIGITALOCEAN_TOKEN ?? env.VULTR_API_KEY;
      const module = await moduleOf(offer.provider);
      const provider = module.create({
        ...{
          resource: addressResource(offer.addresses[0]!),
          endpoint: offer.endpoint,
          metadata: offer.metadata,
          source: address,
        },
        credentials: {
          ...(apiKey && apiSecret && { 'api-key': new Secret(apiKey), 'api-secret': new Secret(apiSecret) }),
          ...(token && { token: new Secret(token) }),
        },
      });
      expect((await provider.identify(patience())).instance).toBe(instance);
    }
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends it with 0, and leaves nothing behind',
    async (signal) => {
      const { child, line } = cloud('--json');
      const offer = JSON.parse(await line()) as Offer;
      const folder = dirname(offer.machines[0]!.arguments.at(-1)!);
      expect(existsSync(folder)).toBe(true);
      expect(await ended(child, signal)).toBe(0);
      expect(existsSync(folder)).toBe(false);
    },
  );

  test('a port that is taken is one clear line', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { child, complaint } = cloud('--port', String(port));
    expect(await complaint()).toBe(
      `ha-ip: 127.0.0.1:${port} is taken: name another --port, or none for any free one`,
    );
    expect(await complaint()).toBe('the end');
    await ended(child, 'SIGKILL');
    taken.close();
  });

  test.each([
    [
      '--machines 0',
      '--machines: expected 1 to 64, or different addresses such as 127.0.0.11,127.0.0.12, got "0"',
    ],
    ['--machines 127.0.0.5,127.0.0.5', '--machines: expected 1 to 64, or different addresses'],
    // Nothing here may leave this host.
    ['--machines 10.0.0.1', '--machines: expected 1 to 64, or different addresses'],
    ['--holders web', '--holders: expected lb1, lb2 and so on, got "web"'],
    ['--holders lb4', '--holders: expected some of lb1, lb2, lb3, got lb4'],
  ])('%s is refused with exit code 2', (words, message) => {
    const { status, stderr } = spawnSync(process.execPath, [program, 'cloud', ...words.split(' ')]);
    expect([status, stderr.toString()]).toEqual([2, expect.stringContaining(message)]);
  });
});
