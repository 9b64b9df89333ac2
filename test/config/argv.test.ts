import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPTIONS } from '../../src/cli/options.ts';
import { type Grammar, rewriteArgv } from '../../src/config/argv.ts';
import { flag, named } from '../../src/config/option.ts';

const all = Object.values(OPTIONS);
const { json } = named({ json: flag({ summary: 'as JSON', group: 'files and output' }) });
const grammar: Grammar = {
  commands: [
    { name: 'watch', mode: 'W', options: all },
    { name: 'associate', mode: 'A', options: all },
    { name: 'dissociate', mode: 'D', options: all },
    { name: 'status', options: [OPTIONS.address, OPTIONS.verbose, json] },
  ],
};
const rewrite = (line: string) => rewriteArgv(line === '' ? [] : line.split(' '), grammar);

describe("Go's flag forms become long options", () => {
  it.each([
    ['-W', 'watch'],
    ['-A', 'associate'],
    ['-D', 'dissociate'],
    ['--W', 'watch'],
    ['-W=true', 'watch'],
    ['-W=t', 'watch'],
    ['-W=1', 'watch'],
    ['-W -W', 'watch'],
    ['watch', 'watch'],
    ['-W -A=false', 'watch'],
    ['-W -xi 198.51.100.50', 'watch --address=198.51.100.50'],
    ['-W -xi=198.51.100.50', 'watch --address=198.51.100.50'],
    ['-W --xi 198.51.100.50', 'watch --address=198.51.100.50'],
    ['-W --xi=198.51.100.50', 'watch --address=198.51.100.50'],
    ['-W --address 198.51.100.50', 'watch --address=198.51.100.50'],
    ['-W -address=198.51.100.50', 'watch --address=198.51.100.50'],
    ['-xi 198.51.100.50 -W', 'watch --address=198.51.100.50'],
    ['-W -p a -p b', 'watch --peer=a --peer=b'],
    ['-W -P -5', 'watch --priority=-5'],
    ['-W -P -W', 'watch --priority=-W'],
    ['-W -P=', 'watch --priority='],
    ['-W -xs a=b==', 'watch --api-secret=a=b=='],
    ['-W -xs=a=b==', 'watch --api-secret=a=b=='],
    ['-W -xe http://127.0.0.1/x', 'watch --endpoint=http://127.0.0.1/x'],
    ['-W -O -v -n', 'watch --stdout --verbose --check'],
    ['-Wnv', 'watch --check --verbose'],
    ['-W -O=false', 'watch --no-stdout'],
    ['-W -v=true', 'watch --verbose'],
    ['-W --', 'watch'],
    ['status --json', 'status --json'],
    ['--json status -xi=::1', 'status --json --address=::1'],
  ])('%s → %s', (line, expected) => {
    expect(rewrite(line)).toEqual({ argv: expected.split(' '), mistakes: [] });
  });

  it('keeps blanks and line ends inside values', () => {
    expect(rewriteArgv(['-W', '-p', 'a, b', '-G=x\ny'], grammar).argv).toEqual([
      'watch',
      '--peer=a, b',
      '--group=x\ny',
    ]);
  });
});

describe('version and help win over everything else', () => {
  it.each([
    ['-version', '--version'],
    ['--version', '--version'],
    ['-V', '--version'],
    ['-W -P x -version', '--version'],
    ['-h', '--help'],
    ['-help', '--help'],
    ['-W --help', 'watch --help'],
    ['status -P 3 -h', 'status --help'],
    ['help status', 'help status'],
  ])('%s → %s', (line, expected) => {
    expect(rewrite(line)).toEqual({ argv: expected.split(' '), mistakes: [] });
  });
});

describe('exactly one mode or one command', () => {
  it.each([
    ['-W -A', 'expected exactly one of -W, -A, -D, a command, got -W and -A'],
    ['-W status', 'expected exactly one of -W, -A, -D, a command, got -W and status'],
    ['-P 3', 'expected exactly one of -W, -A, -D, a command, got none'],
    ['-W=false', 'expected exactly one of -W, -A, -D, a command, got none'],
    ['-W astray', 'expected options only after -W, got 1 word(s) that belong to no option'],
  ])('%s', (line, mistake) => {
    expect(rewrite(line).mistakes).toEqual([mistake]);
  });
});

describe('mistakes', () => {
  it.each([
    ['-W --prioritty 3', '"--prioritty": expected an option of ha-ip; did you mean --priority?'],
    ['-W -foo=3', '"-foo": expected an option of ha-ip'],
    ['-W -W=perhaps', '-W: expected true or false, got "perhaps"'],
    ['-W -xi', '-xi: expected a value, got the end of the line'],
    ['status --priority=3', '--priority: expected an option that status takes'],
  ])('%s', (line, mistake) => {
    expect(rewrite(line).mistakes).toEqual([mistake]);
  });

  it('come all at once', () => {
    expect(rewrite('-foo -bar=1 -W=x -P').mistakes).toHaveLength(5);
  });

  it.each(['-xK CANARY', '--tokn=CANARY', '--token-fil CANARY', '-W -xs= CANARY', 'status --token=CANARY'])(
    'never repeat what may be a secret: %s',
    (line) => {
      const { mistakes } = rewrite(line);
      expect(mistakes.length).toBeGreaterThan(0);
      expect(mistakes.join()).not.toContain('CANARY');
    },
  );
});

it('any words at all are rewritten or refused, never thrown at', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('-W', '-xi', '--', '-P=3', '--token', '-Wn', '-', '---', 'status'),
  );
  fc.assert(
    fc.property(fc.array(word), (argv) => {
      const { argv: rewritten } = rewriteArgv(argv, grammar);
      for (const option of rewritten
        .slice(1)
        .filter((text) => text.startsWith('--') && argv.indexOf('--') === -1))
        expect(option).toMatch(/^--(no-)?[a-z-]+(=|$)/);
    }),
  );
});
