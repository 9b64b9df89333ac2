import { describe, expect, test } from 'vitest';
import { defaults } from '../../src/core/index.ts';
import { type Drilled, type DrillOptions, drill } from '../../src/sim/planning/drill.ts';
import { boundOf, events, type PlannedEvent, sum } from '../../src/sim/planning/plan.ts';
import { plan } from '../../src/sim/planning/planning.ts';
import { extent } from './extent.ts';

/** The formulas of `ha-ip plan` against the simulator, which runs the very election: what is measured lies within. */

/** The machines of a drill rank by their place. */
const { priority, ...settings } = defaults;

const usual: DrillOptions = {
  nodes: 3,
  associate: 'adds',
  policy: { ...settings, isolatedTakeoverAfterMs: null },
  grouped: false,
  quorum: false,
  witnesses: 0,
  apiMs: 200,
  operationMs: 1_000,
  delay: { min: 0.2, max: 2 },
  loss: 0,
};

function with_(change: Partial<DrillOptions>, policy: Partial<DrillOptions['policy']> = {}): DrillOptions {
  return { ...usual, ...change, policy: { ...usual.policy, ...policy } };
}

const configurations: Readonly<Record<string, DrillOptions>> = {
  'the defaults': usual,
  'two nodes, one holder': with_({ nodes: 2, associate: 'moves' }),
  'four nodes of a group, refused while held, an operation that is no multiple of the poll': with_({
    ...{ nodes: 4, associate: 'refusedWhileHeld', grouped: true, operationMs: 640 },
  }),
  'a fast operation': with_({ associate: 'refusedWhileHeld', operationMs: 30, apiMs: 10 }),
  'crash grace of a second': with_({}, { crashGraceMs: 1_000 }),
  'crash grace so long that failures of the API are known before': with_(
    { associate: 'moves' },
    { intervalMs: 15_000, deadRatio: 2, crashGraceMs: 20_000 },
  ),
  'crash grace longer than D': with_({}, { crashGraceMs: 10_000 }),
  'ratio 2, interval 200 ms': with_({ associate: 'moves' }, { intervalMs: 200, deadRatio: 2 }),
  'an interval of 100 ms, too short for three refusals': with_(
    { nodes: 2 },
    { intervalMs: 100, deadRatio: 2 },
  ),
  'D rounded up to 10 ms': with_({ nodes: 2 }, { intervalMs: 123, deadRatio: 4 }),
  'the shortest interval: D is at least 200 ms': with_({}, { intervalMs: 50, deadRatio: 2 }),
  'the longest interval': with_({ nodes: 2 }, { intervalMs: 15_000, deadRatio: 3 }),
  'three that vote': with_({ quorum: true }),
  'two and a witness, one holder': with_({ nodes: 2, witnesses: 1, quorum: true, associate: 'moves' }),
  'two and three witnesses': with_({ nodes: 2, witnesses: 3, quorum: true }),
  'four and a witness, a slow network and a fast API': with_({
    ...{ nodes: 4, witnesses: 1, quorum: true, associate: 'refusedWhileHeld' },
    ...{ apiMs: 20, delay: { min: 5, max: 40 } },
  }),
  'release, and no preemption': with_({}, { onStop: 'release', preempt: false }),
};

const runs = extent(3, 8);

describe.each(Object.entries(configurations))('%s', (_, options) => {
  test('every failover that is measured stays within its bounds, and breaks no rule', {
    timeout: 120_000,
  }, () => {
    const rows = plan({ ...options, runs }).events;
    const wrong = rows.filter(({ outside, violations }) => outside > 0 || violations > 0);
    expect(wrong.map(({ event, claimMeasured, claim }) => ({ event, claimMeasured, claim }))).toEqual([]);
    const expected = options.nodes > 2 ? events : events.filter((event) => event !== 'candidate');
    expect(rows.filter((row) => row.runs === runs).map(({ event }) => event)).toEqual(expected);
  });
});

describe('each term is needed', () => {
  const options = with_({ associate: 'refusedWhileHeld', grouped: true, operationMs: 640 });
  const measured = new Map<PlannedEvent, readonly Drilled[]>();
  const runs = (event: PlannedEvent) => {
    const known = measured.get(event) ?? Array.from({ length: 6 }, (_, seed) => drill(event, options, seed)!);
    measured.set(event, known);
    return known;
  };
  const phases = {
    claim: ({ claimMs }: Drilled) => claimMs,
    move: ({ claimMs, movedMs }: Drilled) => movedMs! - claimMs,
    confirm: ({ movedMs, sureMs }: Drilled) => sureMs! - movedMs!,
  };
  // What usually takes no time is missed by luck alone.
  const terms = events.flatMap((event) =>
    (['claim', 'move', 'confirm'] as const).flatMap((phase) =>
      boundOf(event, options)!
        [phase].filter(({ typical }) => typical > 50)
        .map(({ name }) => [event, name, phase] as const),
    ),
  );

  test.each(terms)('%s without "%s": some run takes longer', { timeout: 60_000 }, (event, name, phase) => {
    const rest = boundOf(event, options)![phase].filter((term) => term.name !== name);
    expect(Math.max(...runs(event).map(phases[phase]))).toBeGreaterThan(sum(rest).worst);
  });

  test('silent without "veto": a third node sometimes heard the holder a little later', {
    timeout: 60_000,
  }, () => {
    const { worst } = sum(boundOf('silent', options)!.claim.filter(({ name }) => name !== 'veto'));
    const late = Array.from({ length: 60 }, (_, seed) => drill('silent', options, seed)!.claimMs);
    expect(Math.max(...late)).toBeGreaterThan(worst);
  });
});

describe('where nothing is promised', () => {
  test('two machines: nobody is left when the next best cannot act', () => {
    expect(boundOf('candidate', with_({ nodes: 2 }))).toBeNull();
  });

  test('a release that does not wait for the successor meets its write', () => {
    const hasty = with_({ associate: 'moves' }, { onStop: 'release', handoverTimeoutMs: 0 });
    expect(boundOf('stopped', hasty)).toBeNull();
    const late = drill('stopped', hasty, 1)!.movedMs!;
    expect(late).toBeGreaterThan(sum(boundOf('stopped', usual)!.move).worst);
    expect(boundOf('stopped', with_({}, { handoverTimeoutMs: 0 }))).not.toBeNull();
  });

  test('a restart that takes longer than the others wait', () => {
    const hasty = with_({}, { restartBoundMs: 0, intervalMs: 50, deadRatio: 2 });
    expect(boundOf('restarted', hasty)).toBeNull();
    expect(boundOf('restarted', with_({}, { restartBoundMs: 0 }))).not.toBeNull();
  });
});

test('the same plan twice gives the same numbers', { timeout: 60_000 }, () => {
  const [once, again] = [plan({ ...usual, runs: 1 }), plan({ ...usual, runs: 1 })];
  expect(once).toEqual(again);
});
