import { expect, test } from 'vitest';
import { each, extent } from './extent.ts';
import { frozen, type Link, movesAtTheEnd, testPatterns } from './patterns.ts';

const minute = 60_000;

testPatterns('moves', { isolatedTakeoverAfterMs: null });

/**
 * Where one holds, a node that is cut off takes over after a minute unless told otherwise: 51 of the 64 patterns
 * settle all the same. In these 11 the address wanders, slowly. Left out are two in which it wanders faster:
 * `1>2 2>1 2>3 3>2` (12 moves) and `1>2 2>1 2>3 3>1 3>2` (9): the yield is each node's own, and the third takes
 * back what the second has just lost.
 */
const wandering: readonly (readonly Link[])[] = [
  ['1>2', '1>3', '2>1', '3>1'],
  ['1>3', '2>1', '2>3', '3>1'],
  ['1>2', '1>3', '2>1', '2>3', '3>1'],
  ['1>2', '1>3', '2>3', '3>2'],
  ['1>2', '1>3', '2>1', '2>3', '3>2'],
  ['1>2', '2>1', '3>1', '3>2'],
  ['1>2', '1>3', '2>1', '3>1', '3>2'],
  ['1>3', '2>3', '3>1', '3>2'],
  ['1>2', '1>3', '2>3', '3>1', '3>2'],
  ['1>3', '2>1', '2>3', '3>1', '3>2'],
  ['1>2', '1>3', '2>1', '2>3', '3>1', '3>2'],
];

test('isolated nodes may take over: in 11 of the 13 restless patterns at most 4 moves in the second ' +
  'quarter of an hour (2 left out: 9 and 12)', {
  timeout: 180_000,
}, () => {
  const moves = each(wandering, extent(4, 1)).map((cut) =>
    movesAtTheEnd(frozen('moves', cut), 30 * minute, 15 * minute),
  );
  expect(Math.max(...moves)).toBeLessThanOrEqual(4);
  expect(Math.min(...moves)).toBeGreaterThan(0);
});
