import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { version } from '../../src/adapters/version.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { manualPage } from '../../src/cli/docs/manual.ts';

import { OPTIONS } from '../../src/cli/options.ts';
import { commandHelp, programHelp } from '../../src/cli/output/help.ts';

const page = readFileSync('man/ha-ip.8', 'utf8');

describe('help and manual are made from the option table', () => {
  it('the manual page is up to date; else run: npm run docs', () => {
    expect(page).toBe(manualPage(COMMANDS, version()));
  });

  it('no option and no command is missing from any of them', () => {
    const help = programHelp(COMMANDS);
    for (const { name } of Object.values(OPTIONS)) {
      expect(help).toContain(`--${name}`);
      expect(page).toContain(`\\-\\-${name.replaceAll('-', '\\-')}`);
    }
    for (const { name } of COMMANDS) expect([help, page].every((text) => text.includes(name))).toBe(true);
  });

  it('an option of one command alone stands in its help and with it in the manual, not among the shared ones', () => {
    for (const command of COMMANDS) {
      for (const { name } of Object.values(command.own)) {
        expect(commandHelp(command)).toContain(`--${name}`);
        expect(page).toContain(`\\-\\-${name.replaceAll('-', '\\-')}`);
        expect(programHelp(COMMANDS)).not.toContain(`--${name} `);
      }
    }
  });
});

describe('the manual page', () => {
  it('examples come before commands and options', () => {
    const headings = [...page.matchAll(/^\.SH (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual([
      'NAME',
      'SYNOPSIS',
      'DESCRIPTION',
      'EXAMPLES',
      'COMMANDS',
      'OPTIONS',
      'ENVIRONMENT',
      'FILES',
      'HAND-OVER',
      'SIGNALS',
      'HEALTH CHECKS',
      'EXIT STATUS',
      'LOG',
      'QUORUM',
      'GUARANTEES',
      'SEE ALSO',
    ]);
  });

  it.skipIf(spawnSync('mandoc', ['-V']).error !== undefined && process.env.CI === undefined)(
    'mandoc has nothing to say about it (where mandoc is installed)',
    () => {
      expect(execFileSync('mandoc', ['-T', 'lint', '-W', 'warning', 'man/ha-ip.8']).toString()).toBe('');
    },
  );
});
