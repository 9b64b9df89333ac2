import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNamespace, type Namespace, noNamespaceHere } from './namespace.ts';

/** Debian's own ifup and ifdown, a stanza as the manual shows it, and the real program. */
const missing = noNamespaceHere('ifup', 'ifdown');
const root = new URL('../../', import.meta.url).pathname;
const ADDRESS = '198.51.100.50';

interface SimulatedCloud {
  readonly endpoint: string;
  readonly metadata: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

describe.skipIf(missing !== null)(`ifupdown${missing === null ? '' : ` (${missing})`}`, () => {
  let network: Namespace;
  let folder: string;
  let changes: Interface;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ha-ip-ifupdown-'));
    network = await createNamespace();
    network.run('ln', '-s', `${root}bin/ha-ip.js`, '/usr/local/bin/ha-ip');
    const cloud = await startCloud();
    writeFileSync(join(folder, 'interfaces'), stanza(cloud), { mode: 0o600 });
  });

  afterAll(async () => {
    await network.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('ifup brings the address up and starts a watchdog that comes to hold it', async () => {
    const held = once(changes, 'line', { signal: AbortSignal.timeout(25_000) });
    const { code, output } = ifupdown('ifup');
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(addresses()).toContain(` ${ADDRESS}/32 `);
    expect(JSON.parse(String(await held))).toEqual({ holders: 1 });
    await expect
      .poll(() => network.run('ha-ip', 'status').output, { timeout: 5_000 })
      .toMatch(/^role +active/m);
  });

  it('while it runs, no process list shows a credential', () => {
    expect(processes()).toContain('ha-ip -W');
    expect(processes()).not.toContain('simulated-secret');
  });

  it('ifdown stops the watchdog, waits for its end and takes the address down', () => {
    const { code, output } = ifupdown('ifdown');
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(processes()).not.toMatch(/ha-ip -W|--tag ha-ip/);
    expect(addresses()).not.toContain(ADDRESS);
    expect(network.run('ha-ip', 'status').code).toBe(4);
  });

  it('ifdown also ends well when the watchdog is not there any more', async () => {
    expect(ifupdown('ifup').code).toBe(0);
    await expect.poll(() => network.run('ha-ip', 'status').code, { timeout: 10_000 }).not.toBe(4);
    // Not this shell itself, whose command line holds the pattern and does not match it.
    const kill =
      'cd /proc; for p in [0-9]*; do if grep -qa "[h]a-ip.-W" $p/cmdline; then kill -9 $p; fi; done';
    network.run('sh', '-c', kill);
    expect(ifupdown('ifdown').code).toBe(0);
    expect(addresses()).not.toContain(ADDRESS);
  });

  function ifupdown(command: 'ifup' | 'ifdown') {
    return network.run(command, '--interfaces', join(folder, 'interfaces'), 'lo:1');
  }

  function processes(): string {
    return network.run('sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "').output;
  }

  function addresses(): string {
    return network.run('ip', '-brief', 'address', 'show', 'dev', 'lo').output;
  }

  /** One machine in a simulated Exoscale, inside the namespace; every change of holders is a line. */
  async function startCloud(): Promise<SimulatedCloud> {
    const script = `
      import { serveCloud } from '${root}dist/providers/simulators.js';
      const served = await serveCloud({ machines: [['127.0.0.1']], shared: ['${ADDRESS}'], group: 'load-balancer' });
      const { endpoint, metadata, apiKey, apiSecret, cloud } = served;
      console.log(JSON.stringify({ endpoint, metadata, apiKey, apiSecret }));
      cloud.onChange(() => console.log(JSON.stringify({ holders: cloud.holders('${ADDRESS}').length })));`;
    const child = network.start(process.execPath, '--input-type=module', '--eval', script);
    child.stderr?.pipe(process.stderr);
    changes = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const [line] = await once(changes, 'line');
    return JSON.parse(line);
  }
});

/** The manual's stanza, plus where the simulated cloud is. */
function stanza({ endpoint, metadata, apiKey, apiSecret }: SimulatedCloud): string {
  return `
auto lo:1
iface lo:1 inet static
  address ${ADDRESS}
  netmask 255.255.255.255
  exoscale-peer-group load-balancer
  exoscale-api-key ${apiKey}
  exoscale-api-secret ${apiSecret}
  exoscale-api-endpoint ${endpoint}
  ha-ip-metadata ${metadata}
  up /usr/local/bin/ha-ip -W &
  down ha-ip stop
`;
}
