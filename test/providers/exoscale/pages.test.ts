import { expect, test } from 'vitest';
import { further, nothingRead } from '../../../providers/kit/pages.ts';

/** Pages as [entries, count]. */
test.each<[string, [number, number | null][], string]>([
  ['an empty list', [[0, null]], 'complete'],
  ['an empty list that counts', [[0, 0]], 'complete'],
  ['one full page', [[50, 50]], 'complete'],
  ['more to come', [[50, 60]], 'more'],
  [
    'two pages',
    [
      [50, 60],
      [10, 60],
    ],
    'complete',
  ],
  [
    'pages capped by the server',
    [
      [20, 45],
      [20, 45],
      [5, 45],
    ],
    'complete',
  ],
  [
    'a short page in the middle',
    [
      [20, 45],
      [19, 45],
    ],
    'broken',
  ],
  [
    'a missing page',
    [
      [20, 45],
      [0, 45],
    ],
    'broken',
  ],
  [
    'a missing page that does not count',
    [
      [20, 45],
      [0, null],
    ],
    'broken',
  ],
  ['a count without entries', [[0, 3]], 'broken'],
  ['more entries than counted', [[50, 3]], 'broken'],
  [
    'a count that changes',
    [
      [20, 45],
      [20, 44],
    ],
    'broken',
  ],
  ['no count: a page is not the end', [[3, null]], 'more'],
  [
    'no count: an empty page is',
    [
      [3, null],
      [0, null],
    ],
    'complete',
  ],
])('%s', (_name, pages, end) => {
  expect(
    pages.reduce((progress, [found, count]) => further(progress, found, { count }), nothingRead).end,
  ).toBe(end);
});
