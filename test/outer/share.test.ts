import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNamespace, has, type Namespace, noNamespaceHere } from './namespace.ts';

/** What is shipped for the host's own programs, read by those programs. */
const share = new URL('../../share/', import.meta.url).pathname;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ha-ip-share-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const systemd = process.env.CI === 'true' || has('systemd-analyze');
const unit = readFileSync(`${share}systemd/ha-ip.service`, 'utf8');

describe.skipIf(!systemd)(`the systemd unit${systemd ? '' : ' (needs systemd-analyze)'}`, () => {
  it('has no line that systemd does not understand', () => {
    const path = join(folder, 'ha-ip.service');
    // Neither the program nor its manual is installed where the tests run.
    writeFileSync(path, unit.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], {
      encoding: 'utf8',
    });
    expect(stdout + stderr).toBe('');
    expect(status).toBe(0);
  });

  it('leaves an exposure of 1.5 at most, by systemd’s own measure (lower is better; 9.6 without hardening)', () => {
    const path = `${share}systemd/ha-ip.service`;
    const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', path], {
      encoding: 'utf8',
    });
    const score = Number(/exposure level for ha-ip\.service: ([\d.]+)/.exec(stdout)?.[1]);
    expect(score).toBeLessThanOrEqual(1.5);
  });

  it('waits longer for a stop than a hand-over takes, and is back within its crash grace', () => {
    expect(unit).toContain('TimeoutStopSec=20s');
    expect(unit).toContain('HA_IP_CRASH_GRACE=1s');
    expect(unit).toContain('RestartSec=500ms');
  });
});

const missing = noNamespaceHere();

describe.skipIf(missing !== null)(
  `the hook of networkd-dispatcher${missing === null ? '' : ` (${missing})`}`,
  () => {
    let network: Namespace;
    beforeAll(async () => {
      network = await createNamespace();
      network.run('sh', '-c', 'printf \'#!/bin/sh\\necho "systemctl $*"\\n\' >/usr/local/bin/systemctl');
      network.run('chmod', '755', '/usr/local/bin/systemctl');
    });
    afterAll(() => network.close());

    it('puts every shared address on the loopback, again and again without harm, and starts the unit', () => {
      writeFileSync(join(folder, 'default'), 'HA_IP_ADDRESS=198.51.100.50/32,2001:db8::50\n');
      for (const _ of ['first', 'again']) {
        const { code, output } = network.run(
          'env',
          `HA_IP_SETTINGS=${folder}/default`,
          `${share}networkd-dispatcher/ha-ip`,
        );
        expect(output).toBe('systemctl --no-block start ha-ip.service\n');
        expect(code).toBe(0);
      }
      const { output } = network.run('ip', '-brief', 'address', 'show', 'dev', 'lo');
      expect(output).toContain(' 198.51.100.50/32 ');
      expect(output).toContain(' 2001:db8::50/128 ');
    });

    it('without settings starts the unit, which says what is missing', () => {
      const { output } = network.run(
        'env',
        `HA_IP_SETTINGS=${folder}/none`,
        `${share}networkd-dispatcher/ha-ip`,
      );
      expect(output).toBe('systemctl --no-block start ha-ip.service\n');
    });
  },
);
