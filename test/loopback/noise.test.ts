import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/ports/status.ts';
import { Ear } from './ear.ts';
import { groupFor } from './fixture.ts';

const EACH = 400;
const REASONS = [
  'stranger',
  'replayed',
  'downgraded',
  'reflected',
  'too-long',
  'bad-length',
  'bad-version',
  'bad-magic',
];

/** What must not change, whatever comes in. Instants are told anew each time, with a millisecond of freedom. */
function essence({ role, association, holder, peers, lastTransition, degraded }: Status) {
  const known = peers.map(({ address, role: told, priority, state }) => ({ address, told, priority, state }));
  return { role, association, holder, known, why: lastTransition?.why, degraded };
}

describe('datagrams that are not an honest member’s', () => {
  it('change nothing but counters, and the log stays short', async (context) => {
    const group = await groupFor(context);
    const [lb1, lb2] = [group.start('lb1'), group.start('lb2')];
    // lb3 is a member whose program we are; the stranger is none.
    const lb3 = await Ear.open(group.hostOf('lb3'), group.port);
    const stranger = await Ear.open('127.0.0.99');
    const asHolder = await Ear.open(lb1.host);
    for (const ear of [lb3, stranger, asHolder]) context.onTestFinished(() => ear.close());
    await group.settled(lb1, lb2);
    const { bytes: heard } = await lb3.until(({ from }) => from === lb1.host);
    const { bytes: own } = await lb3.until(({ from }) => from === lb2.host);
    const before = await lb2.status();
    const lines = lb2.said.length;
    const transitions = lb2.transitions;
    const calls = group.served.cloud.calls.length;

    const malformed = [
      new Uint8Array(0),
      heard.subarray(0, 23),
      heard.subarray(0, 25),
      heard.subarray(0, heard.length - 1),
      changed(heard, 0, 3),
      changed(heard, 2, 7),
      changed(heard, 24, 0),
      changed(heard, 29, 1),
      changed(heard, 38, 4),
    ];
    const thrown: [Ear, Uint8Array][] = [
      ...malformed.map((one): [Ear, Uint8Array] => [lb3, one]),
      [lb3, new Uint8Array(513).fill(2)],
      [lb3, Buffer.concat([heard, new Uint8Array(9_000)])],
      [stranger, heard],
      [asHolder, heard],
      // Cut to exoip's length it is a valid datagram of that program, which lb1 does not run.
      [asHolder, heard.subarray(0, 24)],
      [lb3, own],
    ];
    const added = ({ counters }: Status, reason: string) =>
      (counters[reason] ?? 0) - (before.counters[reason] ?? 0);
    let after = before;
    while (REASONS.some((reason) => added(after, reason) < EACH)) {
      for (const [ear, bytes] of thrown) await ear.send(bytes, lb2.host, group.port);
      // Its answer also says that it has emptied its queue, which the system would cut off otherwise.
      after = await lb2.status();
    }

    expect(essence(after)).toEqual(essence(before));
    expect(lb2.transitions).toBe(transitions);
    expect(group.served.cloud.calls.slice(calls).filter(({ write }) => write)).toEqual([]);
    expect(lb2.said.length - lines).toBeLessThan(20);
    // `ha-ip status --json` tells the same counters.
    const { output, code } = await group.runBare([
      'status',
      '--json',
      '--runtime-dir',
      group.runtimeDir('lb2'),
    ]);
    expect(code).toBe(3);
    expect((JSON.parse(output) as Status[])[0]!.counters.stranger).toBeGreaterThanOrEqual(
      after.counters.stranger!,
    );
  });
});

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = value;
  return copy;
}
