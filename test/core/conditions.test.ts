import { describe, expect, it } from 'vitest';
import { describeCondition } from '../../src/core/index.ts';
import { active, D, failure, fake, Lab, selfNode, standby } from './lab.ts';

/** Every condition that was told: `+` it began, `-` it is over. */
function told(lab: Lab): string[] {
  return lab.reports.flatMap(({ report }) =>
    report.kind === 'condition'
      ? [`${report.change === 'began' ? '+' : '-'}${report.code}${report.subject && ` ${report.subject}`}`]
      : [],
  );
}

describe('no condition outlives its cause', () => {
  it('a foreign holder is none any more when this node holds', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.holders = ['vm-unknown'];
    lab.kill(a).until('foreign', () => lab.standing().includes('foreign vm-unknown'), 20_000);
    lab.holders = [];
    lab.until('active', ({ role }) => role === 'active', 60_000);
    lab.run(D + 1_000);
    expect(lab.standing()).toEqual([]);
    expect(told(lab)).toEqual(['+foreign vm-unknown', '-foreign vm-unknown']);
  });

  it('a node of exoip that lives was heard', () => {
    const old = fake('old', 10, { version: 1, up: false });
    const lab = new Lab({ peers: [old] });
    lab.run(D + 1_000);
    expect(lab.standing()).toEqual([`never-heard ${old.address}`]);
    old.up = true;
    lab.run(3_000);
    expect(lab.standing()).toEqual([]);
  });

  it('a peer that is removed has no priority', () => {
    const a = fake('a', 20);
    const lab = standby({ peers: [a] });
    lab.run(D + 1_000);
    expect(lab.standing()).toEqual([`priority ${a.address}`]);
    lab.kill(a).run(80_000);
    expect(lab.standing()).toContain(`priority ${a.address}`);
    for (let i = 0; i < 3; i++) lab.tell({ kind: 'members', members: [] });
    lab.run(D + 1_000);
    expect(lab.state.peers).toEqual([]);
    expect(lab.standing()).toEqual([]);
  });

  it('a list of the group that is right again', () => {
    const lab = standby({ peers: [fake('a', 10)], policy: { grouped: true } });
    const good = lab.groupMembers;
    lab.groupMembers = [];
    lab.run(70_000);
    expect(lab.standing()).toEqual(['group']);
    lab.groupMembers = good;
    lab.run(70_000);
    expect(lab.standing()).toEqual([]);
  });

  it('an API that answers again has no trouble, after a calm of ten seconds', () => {
    const lab = active({ peers: [fake('b', 30)] });
    lab.answer = () => failure('unavailable');
    lab.until('trouble', () => lab.standing().includes('api unavailable'), 60_000);
    lab.answer = () => undefined;
    lab.until('good', ({ state }) => state.cloud.failures === 0, 60_000);
    expect(lab.run(9_000).standing()).toEqual(['api unavailable']);
    expect(lab.run(2_000).standing()).toEqual([]);
  });
});

describe('a condition is told when its cause has stood for its time, and is over when it was gone for it', () => {
  it('settings that differ for less than a dead interval make no line', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    a.configDigest = 1;
    lab.run(D - 1_500);
    a.configDigest = 99;
    lab.run(3 * D);
    expect(told(lab)).toEqual([]);
  });

  it('a cause that is gone for a moment is the same condition', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    a.configDigest = 1;
    lab.run(3 * D);
    for (let i = 0; i < 5; i++) {
      a.configDigest = 99;
      lab.run(D - 2_000);
      a.configDigest = 1;
      lab.run(D);
    }
    expect(told(lab)).toEqual([`+config ${a.address}`]);
  });

  it('an API that fails now and then within ten seconds is one condition', () => {
    const lab = active({ peers: [fake('b', 30)] });
    const trouble = (kind: 'unavailable' | null) => {
      const { cloud } = lab.state;
      lab.state = { ...lab.state, cloud: { ...cloud, trouble: kind && { kind, message: 'no route' } } };
    };
    for (let i = 0; i < 5; i++) {
      trouble('unavailable');
      lab.run(1_000);
      trouble(null);
      lab.run(8_000);
    }
    expect(told(lab)).toEqual(['+api unavailable']);
    expect(told(lab.run(3_000))).toEqual(['+api unavailable', '-api unavailable']);
  });
});

it('their number is bounded, whoever sends what: one for our own id, whatever addresses it comes from', () => {
  const lab = standby({ peers: [fake('a', 10)] });
  const own = lab.told(lab.peers[0]!);
  for (let i = 0; i < 2_000; i++) {
    const advertisement = { ...own, node: selfNode, epoch: { startedAt: i, random: i + 1 } };
    lab.tell({ kind: 'heard', from: `203.0.113.${i % 250}`, advertisement });
  }
  lab.run(200);
  expect(lab.state.conditions.standing.length).toBeLessThanOrEqual(2);
  lab.run(3 * D);
  expect(lab.state.conditions.standing).toEqual([]);
});

it('every condition is one plain sentence, and names no option', () => {
  const facts = {
    peer: 'b',
    holder: 'b',
    taker: 'b',
    named: 2,
    total: 70,
    heard: 64,
    message: 'm',
    waitMs: 1,
  };
  const codes = [
    'api',
    'duplicate-id',
    'duel',
    'exoip',
    'config',
    'foreign',
    'group',
    'group-size',
    'members-unknown',
    'minority',
    'never-heard',
    'never-heard-holder',
    'not-delivered',
    'priority',
  ] as const;
  for (const code of codes) {
    const sentence = describeCondition({ code, subject: 'x', facts });
    expect(sentence).not.toMatch(/(^|\s)--?[a-zA-Z]|\n|\.$/);
    expect(sentence.length).toBeLessThan(160);
  }
});
