import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const page = readFileSync('src/core/README.md', 'utf8');
const headings = [...page.matchAll(/^### (R\d+) · (.+)$/gm)].map(([, number, title]) => ({ number, title }));
const [rules, index] = page.split(/^## Index of the rules$/m) as [string, string];

describe('the page of the rules', () => {
  it('each number has one heading', () => {
    const numbers = headings.map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)]);
  });

  it('the index names every rule in order and links to it', () => {
    const expected = headings
      .toSorted((a, b) => Number(a.number?.slice(1)) - Number(b.number?.slice(1)))
      .map(({ number, title }) => `[${number}](#${anchor(`${number} · ${title}`)}) ${title}`);
    const listed = [...index.matchAll(/\[R\d+\]\(#[^)]+\) [^|\n]+/g)].map(([entry]) => entry.trim());
    expect(listed).toEqual(expected);
  });

  it('every rule that code, tests and pages cite is there', () => {
    const cited = new Set(sources().flatMap((path) => readFileSync(path, 'utf8').match(/\bR\d+\b/g) ?? []));
    const known = new Set(headings.map(({ number }) => number));
    expect([...cited].filter((number) => !known.has(number) && !isRetired(number))).toEqual([]);
  });

  it('every rule says what and why', () => {
    const texts = rules.split(/^### /m).slice(1);
    const lacking = texts.filter(
      (text) => !text.startsWith('R23') && !/\*What\.\*[\s\S]*\*Why\.\*/.test(text),
    );
    expect(lacking.map((text) => text.split('\n')[0])).toEqual([]);
  });
});

/** As the web shows a heading: lower case, blanks become dashes, other signs go. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');
}

/** Numbers that were never given on this page, or whose rule is gone. They are never used again. */
function isRetired(number: string): boolean {
  return ['R27', 'R28'].includes(number);
}

function sources(): string[] {
  return ['src', 'test'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|md)$/.test(name))
      .map((name) => join(folder, name)),
  );
}
