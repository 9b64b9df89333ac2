import { describe, expect, it } from 'vitest';
import type { Report, RoleName } from '../../src/core/index.ts';
import { violations } from './checker.ts';
import type { History, Observed } from './history.ts';

/**
 * A checker that cannot fail checks nothing: each rule is shown a history that breaks it and is sound but for that.
 */
const setting = { nodes: ['lb1', 'lb2', 'lb3'], intervalMs: 200, deadMs: 1_050, several: true };

type Seen = readonly Observed[];

const started = (at: number, node: string): Observed => ({ at, kind: 'started', node });
const signal = (at: number, node: string, name: string): Observed => ({
  at,
  kind: 'signal',
  node,
  signal: name,
});
const holders = (at: number, ...names: string[]): Observed => ({ at, kind: 'holders', holders: names });
const over = (at: number): Observed => ({ at, kind: 'over' });

function said(at: number, node: string, report: Report): Observed {
  return { at, kind: 'said', node, message: report.kind, report };
}

function role(at: number, node: string, from: RoleName, to: RoleName): Observed {
  return said(at, node, { kind: 'role', from, to, why: 'for the test' });
}

function call(at: number, node: string, what: string, subject: string | null = null): Observed {
  return { at, kind: 'call', node, what, write: subject !== null, subject };
}

const read = (at: number, node: string) => call(at, node, 'listVirtualMachines');
const claim = (at: number, node: string) => [read(at - 50, node), call(at, node, 'addIpToNic', node)];
const fence = (at: number, node: string, subject: string) => [
  read(at - 50, node),
  call(at, node, 'removeIpFromNic', subject),
];

/** All run, lb1 holds, and hold-offs are over after a second. */
const calm: Seen = [
  holders(0, 'lb1'),
  ...setting.nodes.flatMap((node) => [
    started(0, node),
    role(1_000, node, 'hold-off', node === 'lb1' ? 'active' : 'backup'),
  ]),
];

/** lb1 is killed after ten seconds; lb2 takes over and dissociates it. */
const takeover: Seen = [
  ...calm,
  signal(10_000, 'lb1', 'SIGKILL'),
  said(11_100, 'lb2', { kind: 'peer', peer: 'lb1 (10.77.0.11)', change: 'silent' }),
  ...claim(11_200, 'lb2'),
  holders(11_300, 'lb1', 'lb2'),
  role(11_400, 'lb2', 'taking over', 'active'),
  ...fence(14_500, 'lb2', 'lb1'),
  holders(14_600, 'lb2'),
];

/** The names of the rules that the checker finds broken. */
function broken(...seen: Seen): string[] {
  const history: History = { setting, seen: [...seen].sort((a, b) => a.at - b.at) };
  return violations(history).map((line) => line.slice(0, line.indexOf(':')));
}

describe('a history is sound', () => {
  it.each<[string, Seen]>([
    ['where nothing happens', [...calm, over(20_000)]],
    ['where a dead holder is replaced and dissociated', [...takeover, over(20_000)]],
    [
      'where a member falls silent that was cut off',
      [
        ...calm,
        { at: 8_000, kind: 'link', from: 'lb1', to: 'lb2', sound: false },
        said(9_100, 'lb2', { kind: 'peer', peer: 'lb1 (10.77.0.11)', change: 'silent' }),
        over(20_000),
      ],
    ],
    [
      'where a holder that leaves is relieved at once',
      [
        ...calm,
        signal(10_000, 'lb1', 'SIGTERM'),
        ...claim(10_200, 'lb2'),
        holders(10_300, 'lb1', 'lb2'),
        role(10_400, 'lb2', 'taking over', 'active'),
        ...fence(10_600, 'lb1', 'lb1'),
        holders(10_700, 'lb2'),
        { at: 11_000, kind: 'ended', node: 'lb1' },
        over(20_000),
      ],
    ],
    [
      'where who woke listens for a dead interval before it writes',
      [
        ...takeover,
        signal(16_000, 'lb2', 'SIGSTOP'),
        signal(20_000, 'lb2', 'SIGCONT'),
        role(20_010, 'lb2', 'active', 'hold-off'),
        role(21_100, 'lb2', 'hold-off', 'active'),
        ...fence(21_200, 'lb2', 'lb1'),
        over(22_000),
      ],
    ],
  ])('%s', (_, seen) => {
    expect(broken(...seen)).toEqual([]);
  });
});

describe('the checker finds', () => {
  it('plans that are too close', () => {
    const later = [...claim(15_900, 'lb2'), ...claim(17_000, 'lb2')];
    expect(broken(...takeover, ...later)).toEqual(['R21, distance']);
  });

  it('the eleventh plan within a minute', () => {
    const plans = Array.from({ length: 10 }, (_, index) =>
      fence(20_000 + 5_000 * index, 'lb2', 'lb1'),
    ).flat();
    expect(broken(...takeover, ...plans)).toEqual(['R21, budget']);
  });

  it('two writes without a reading between them', () => {
    const blind = call(14_400, 'lb2', 'queryAsyncJobResult');
    const seen = [...takeover.filter(({ at }) => at !== 14_450), blind];
    expect(broken(...seen)).toEqual(['S4, reads between writes']);
  });

  it('a write in the hold-off of a start', () => {
    const seen = takeover.filter((one) => !(one.kind === 'said' && one.node === 'lb2' && one.at === 1_000));
    const late = role(13_000, 'lb2', 'hold-off', 'backup');
    expect(broken(...seen, late)).toEqual(['S2, hold-off']);
  });

  it('a write after a pause, before its hold-off was over', () => {
    const pause = [signal(15_000, 'lb2', 'SIGSTOP'), signal(19_000, 'lb2', 'SIGCONT')];
    const writes = fence(21_000, 'lb2', 'lb1');
    expect(broken(...takeover, ...pause, ...writes)).toEqual(['S2, hold-off']);
  });

  it('a hold-off that ended early although a member could not be heard', () => {
    const pause = [signal(15_000, 'lb2', 'SIGSTOP'), signal(19_000, 'lb2', 'SIGCONT')];
    const soon = [role(19_300, 'lb2', 'hold-off', 'active'), ...fence(19_400, 'lb2', 'lb1')];
    expect(broken(...takeover, ...pause, ...soon)).toEqual([
      'R30, hold-off ends early only when all are heard',
    ]);
  });

  it('a claim from a holder that lives and could be heard', () => {
    expect(broken(...calm, ...claim(10_000, 'lb2'))).toEqual(["S1', takes from the living"]);
  });

  it('who dissociates another without holding', () => {
    const seen = takeover.filter((one) => one.kind !== 'holders' || one.at === 0);
    expect(broken(...seen)).toEqual(['S3, dissociates another']);
  });

  it('who dissociates one that lives', () => {
    expect(broken(...calm, ...fence(10_000, 'lb1', 'lb3'))).toEqual(['S3, dissociates another']);
  });

  it('who declares a living member dead, by silence or by refusal', () => {
    const death = (at: number, change: 'silent' | 'refused') =>
      said(at, 'lb1', { kind: 'peer', peer: 'lb3 (10.77.0.13)', change });
    const rule = 'declares a living member dead';
    expect(broken(...calm, death(10_000, 'silent'), death(15_000, 'refused'))).toEqual([rule, rule]);
  });

  it.each<[string, Seen]>([
    ['nobody active', [...takeover, role(16_000, 'lb2', 'active', 'backup')]],
    ['two active', [...takeover, role(16_000, 'lb3', 'backup', 'active')]],
    ['another holder than the active one', [...takeover, holders(16_000, 'lb3')]],
    ['two holders', [...takeover, holders(16_000, 'lb2', 'lb3')]],
    ['no holder', [...takeover, holders(16_000)]],
  ])('at the end: %s', (_, seen) => {
    expect(broken(...seen, over(20_000))).toEqual(['the end']);
  });
});
