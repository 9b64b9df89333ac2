import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Sent, sentAt, withSent } from '../../src/core/peers/sent.ts';
import { draftOf } from '../../src/core/state.ts';
import { Lab } from './lab.ts';

test('the last 64 datagrams to a peer are known, whatever was sent before; a number in between is none of them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 400, size: 'max' }),
      (gaps) => {
        const all: { sequence: number; at: number }[] = [];
        let sent: Sent | null = null;
        let sequence = 0;
        for (const gap of gaps) {
          sequence += gap;
          all.push({ sequence, at: 10 * sequence });
          sent = withSent(sent, sequence, 10 * sequence);
        }
        const last = new Map(all.slice(-64).map((one) => [one.sequence, one.at]));
        const asked = Array.from({ length: sequence + 2 }, (_, number) => number);
        expect(asked.map((number) => sentAt(sent, number))).toEqual(
          asked.map((number) => last.get(number) ?? null),
        );
        expect(sent!.length).toBeLessThanOrEqual(128);
      },
    ),
    { numRuns: 50, endOnFailure: true },
  );
});

test('a step works on records of its own: what it writes there leaves the state of before as it was', () => {
  const { state, now } = new Lab();
  const before = structuredClone(state);
  const draft = draftOf(state, now);
  expect(draft).toEqual(state);
  for (const record of [
    'clock',
    'own',
    'vacancy',
    'cloud',
    'claims',
    'damping',
    'lease',
    'speech',
  ] as const) {
    for (const field of Object.keys(draft[record])) Object.assign(draft[record], { [field]: 'written' });
  }
  expect(state).toEqual(before);
});
