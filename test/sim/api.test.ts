import { expect, test } from 'vitest';
import type { Call, Outcome } from '../../src/core/index.ts';
import type { Observation } from '../../src/ports/observation.ts';
import { Cluster, sharedAddress } from '../../src/sim/cluster.ts';

/** A group of one whose cloud is as slow as told, and the writes of its node as the engine observed them. */
function observed(operationMs: number) {
  const cluster = new Cluster({ seed: 1, nodes: 1, associate: 'adds' });
  const [lb1] = cluster.hosts;
  Object.assign(lb1!.api, { operationMs });
  const writes: { readonly at: number; readonly told: Observation & { readonly kind: 'call' } }[] = [];
  let ticket = -1;
  cluster.subscribe((_host, told) => {
    if (told.kind !== 'call') return;
    if (told.change === 'started' && told.call.kind === 'associate') ticket = told.ticket;
    if (told.ticket === ticket) writes.push({ at: cluster.world.now, told });
  });
  cluster.start(lb1!);
  return { cluster, writes };
}

test('a write of the simulated cloud is observed from its start to its end, with its duration and outcome', () => {
  const { cluster, writes } = observed(3_000);
  cluster.run(20_000);
  expect(writes.map(({ told }) => told.change)).toEqual(['started', 'settled']);
  const [start, end] = writes;
  const call: Call = { kind: 'associate', instance: cluster.hosts[0]!.instance };
  const outcome: Outcome = { ok: true, acceptedMs: expect.any(Number) };
  expect(end!.told).toMatchObject({
    call,
    resource: { text: sharedAddress },
    outcome,
    tookMs: end!.at - start!.at,
  });
  expect(end!.at - start!.at).toBeGreaterThan(3_000);
});

test('the lane of the simulator has the time limits of the real one: 40 s for a write, then nobody knows', () => {
  const { cluster, writes } = observed(60_000);
  cluster.run(60_000);
  const end = writes.find(({ told }) => told.change === 'settled');
  expect(end?.told).toMatchObject({ tookMs: 40_000, outcome: { ok: false, mayHaveHappened: true } });
});
