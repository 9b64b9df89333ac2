import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changed, newPeer } from '../../src/core/peers.ts';
import { type Sent, sentAt, withSent } from '../../src/core/sent.ts';
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

test('the copy of a state or of a peer has the same fields in the same order, so that all have one shape', () => {
  const state = new Lab().state;
  expect(draftOf(state)).toEqual(state);
  expect(Object.keys(draftOf(state))).toEqual(Object.keys(state));
  const peer = newPeer({ address: '10.0.0.2', addresses: ['10.0.0.2'] }, 5);
  const other = changed(peer, { answerDue: true, missing: 2 });
  expect(other).toEqual({ ...peer, answerDue: true, missing: 2 });
  expect(Object.keys(other)).toEqual(Object.keys(peer));
  expect([peer.answerDue, peer.missing]).toEqual([false, 0]);
});
