import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** What `npm run check` says of one file in a tree of its own. */
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ha-ip-lengths-'));
  mkdirSync(join(root, 'src'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function checked(text: string, name = 'one.ts') {
  writeFileSync(join(root, 'src', name), text);
  const { status, stderr } = spawnSync(process.execPath, ['.config/lengths.mjs', root], { encoding: 'utf8' });
  return { status, stderr };
}

describe('lengths of code', () => {
  it('120 characters and 250 lines are not too many', () => {
    expect(checked(`${'x'.repeat(120)}\n`.repeat(250))).toEqual({ status: 0, stderr: '' });
  });

  it('a line that is too long is told, be it a comment', () => {
    const stderr = 'src/one.ts:2: 121 characters, expected at most 120\n';
    expect(checked(`\n// ${'x'.repeat(118)}\n`)).toEqual({ status: 1, stderr });
  });

  it('a file that is too long is told', () => {
    expect(checked('\n'.repeat(251))).toEqual({
      status: 1,
      stderr: 'src/one.ts: 251 lines, expected at most 250\n',
    });
  });

  it('prose may be as wide as it likes', () => {
    expect(checked('x'.repeat(500), 'README.md').status).toBe(0);
  });
});
