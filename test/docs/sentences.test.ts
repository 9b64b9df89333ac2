import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { medianWords, sentencesOf } from './sentences.ts';

const longest = 40;
const usual = 18;

describe.each(['README.md', 'src/README.md', 'src/core/README.md', 'src/core/quorum/README.md'])(
  '%s can be read aloud',
  (path) => {
    const sentences = sentencesOf(readFileSync(path, 'utf8'));

    it(`no sentence has more than ${longest} words`, () => {
      const long = sentences.filter(({ words }) => words > longest);
      expect(long.map(({ words, text }) => `${words} words: ${text}`)).toEqual([]);
    });

    it(`the usual one has at most ${usual}`, () => {
      expect(sentences.length).toBeGreaterThan(10);
      expect(medianWords(sentences)).toBeLessThanOrEqual(usual);
    });
  },
);

describe('what counts as a sentence', () => {
  it.each([
    ['a full stop ends one', 'One two. Three four five.', [2, 3]],
    ['a line break does not', 'One two\nthree four. Five.', [4, 1]],
    ['a list item is one, and ends the one before', 'One two:\n\n* three\n* four\n  five\n', [2, 1, 2]],
    ['numbers and names with a full stop in them do not', 'After 3.25 s see `step.ts` and go.', [7]],
    ['headings, tables and code are none', '# One two\n\n| three |\n|---|\n\n```\nfour five\n```\nSix.', [1]],
    ['of a link the words', 'See [the rules](core/README.md#what) here.', [4]],
    ['a rule in bold is read as it is', '**R8** takes it. *Why.* Because.', [3, 1, 1]],
  ])('%s', (_what, markdown, words) => {
    expect(sentencesOf(markdown).map((sentence) => sentence.words)).toEqual(words);
  });
});
