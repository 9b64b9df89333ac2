import { afterAll, expect, test } from 'vitest';
import { step } from '../../src/core/index.ts';
import { type Exploration, explore } from '../../src/sim/proof/explore.ts';
import { figures, name } from '../../src/sim/proof/explore-run.ts';
import type { Setup } from '../../src/sim/proof/rounds.ts';
import { extent } from './extent.ts';

/** The clouds, and whether a better node preempts. */
const groups = (['adds', 'moves', 'refusedWhileHeld'] as const).flatMap((associate) =>
  [true, false].map((preempt) => ({ associate, preempt })),
);

/** Groups of so many members at every kind of cloud: nothing forbidden is found, and every group comes to rest. */
export function explorations(
  members: Pick<Setup, 'nodes' | 'witnesses'>,
  extents: readonly Omit<Exploration, 'setup' | 'settlesWithin'>[],
): void {
  const told: string[] = [];
  for (const one of extents) {
    test.each(groups)(
      `${JSON.stringify({ ...members, ...one })}: $associate, preempt $preempt`,
      { timeout: extent(120_000, 300_000, 3_600_000) },
      (group) => {
        const exploration = { ...one, setup: { ...members, step, ...group }, settlesWithin: 90 };
        const begin = performance.now();
        const explored = explore(exploration);
        told.push(`${name(exploration)}: ${figures(explored, performance.now() - begin)}`);
        expect(explored.troubles).toEqual([]);
      },
    );
  }
  afterAll(() => console.log(told.join('\n')));
}
