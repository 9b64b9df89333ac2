import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWorld } from '../../src/sim/world.ts';

const deed = fc.record({
  what: fc.constantFrom('at' as const, 'set' as const, 'cancel' as const, 'clear' as const, 'run' as const),
  which: fc.nat(3),
  time: fc.nat(20),
});

test(
  'things happen in order of their instants, then of the asking; an alarm that is set again was ' +
    'asked for anew',
  () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 80, size: 'max' }), (deeds) => {
        const world = createWorld(1);
        const happened: string[] = [];
        const expected: string[] = [];
        let due: { name: string; at: number; order: number }[] = [];
        const cancels: (() => void)[] = [];
        const alarms = [0, 1, 2, 3].map((i) => world.alarm(() => happened.push(`alarm ${i}`)));
        const forget = (name: string) => {
          due = due.filter((one) => one.name !== name);
        };
        for (const [order, { what, which, time }] of deeds.entries()) {
          const at = world.now + time - 3;
          const name = what === 'at' ? `deed ${cancels.length}` : `alarm ${which}`;
          if (what === 'run') {
            const now = world.now + time;
            world.runUntil(now);
            const over = due.filter((one) => one.at <= now).sort((a, b) => a.at - b.at || a.order - b.order);
            expected.push(...over.map((one) => one.name));
            due = due.filter((one) => one.at > now);
          } else if (what === 'cancel') {
            cancels[which]?.();
            forget(`deed ${which}`);
          } else {
            if (what === 'at') cancels.push(world.at(at, () => happened.push(name)));
            else alarms[which]!.set(what === 'set' ? at : null);
            forget(name);
            if (what !== 'clear') due.push({ name, at: Math.max(at, world.now), order });
          }
        }
        expect(happened).toEqual(expected);
        expect(world.steps).toBe(expected.length);
      }),
      { numRuns: 500, endOnFailure: true },
    );
  },
);
