import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const [, declared] = readFileSync('src/core/conditions/condition.ts', 'utf8').split(
  'export type ConditionCode =',
);
const [, section] = readFileSync('src/core/README.md', 'utf8').split('\n## Conditions\n');

it('the page of the rules has a row for each condition, in order of the codes', () => {
  const codes = [...declared!.split(';\n')[0]!.matchAll(/^ {2}\| '([\w-]+)'/gm)].map(([, code]) => code);
  const rows = [...section!.split('\n## ')[0]!.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(10);
  expect(rows).toEqual(codes.toSorted());
});
