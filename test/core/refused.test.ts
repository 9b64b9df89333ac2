import { describe, expect, it } from 'vitest';
import { burst, inability, viewOf } from '../../src/core/index.ts';
import { active, D, type Fake, fake, type Lab, multi, policyOf, selfInstance, standby } from './lab.ts';

const B = burst(policyOf());

/** The process of the holder is killed, its machine lives: probes are refused from now on. */
function crash(lab: Lab, holder: Fake): void {
  lab.kill(holder);
  holder.refuses = true;
}

function taken(lab: Lab): number {
  return lab.until('taking over', ({ role }) => role === 'taking over');
}

describe('R29: a holder whose process is gone is known by refused probes', () => {
  it('three refused probes and 2.5 bursts of silence: at once, far below the dead interval', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    crash(lab, a);
    const heard = lab.state.peers[0]!.heard.at;
    taken(lab);
    expect(lab.mono - heard).toBeGreaterThanOrEqual(2.5 * B);
    expect(lab.mono - heard).toBeLessThan(1_000);
    lab.until('active', ({ role }) => role === 'active', 1_000);
    const takeover = lab.reports.find(({ report }) => report.kind === 'takeover')!.report;
    expect(takeover).toMatchObject({ why: 'dead', refusedMs: expect.any(Number) });
  });

  it('two refusals are not enough', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.kill(a).run(100);
    for (let i = 0; i < 2; i++) lab.tell({ kind: 'refused', peer: a.address });
    lab.run(2_000);
    expect(lab.role).toBe('backup');
    lab.tell({ kind: 'refused', peer: a.address });
    lab.run(300);
    expect(lab.role).not.toBe('backup');
  });

  it('a firewall that rejects probes while advertisements come kills nobody', () => {
    const a = fake('a', 10, { refuses: true });
    const lab = standby({ peers: [a] });
    lab.run(300_000);
    expect(lab.sentTo(a).filter(({ via }) => via === 'probe').length).toBeGreaterThan(1_000);
    expect(lab.state.peers[0]!.liveness).toBe('alive');
    expect(lab.writes()).toEqual([]);
  });

  it('refusals from before the last advertisement do not count', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    for (let i = 0; i < 5; i++) lab.tell({ kind: 'refused', peer: a.address });
    lab.beat(a);
    lab.kill(a).run(2_000);
    expect(lab.state.peers[0]!.liveness).toBe('alive');
  });

  it('the first refusal is followed by probes 20, 60 and 140 ms later', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    crash(lab, a);
    lab.until('first refusal', ({ state }) => state.peers[0]!.death.refusals === 1);
    const since = lab.mono;
    lab.run(150);
    const probes = lab.sentTo(a, since).filter(({ via }) => via === 'probe');
    expect(probes.map(({ at }) => at - since)).toEqual([20, 60, 140]);
  });

  it('a holder that never heard us is not declared gone', () => {
    const a = fake('a', 10, { hears: false });
    const lab = standby({ peers: [a] });
    lab.kill(a);
    for (let i = 0; i < 5; i++) lab.tell({ kind: 'refused', peer: a.address });
    lab.run(2_000);
    expect(lab.state.peers[0]!.liveness).toBe('alive');
  });

  it('a holder that does not beat fast for us is not declared gone', () => {
    const a = fake('a', 10, { beatMs: 1_000 });
    const lab = standby({ peers: [a] });
    lab.kill(a);
    for (let i = 0; i < 5; i++) lab.tell({ kind: 'refused', peer: a.address });
    lab.run(2_000);
    expect(lab.state.peers[0]!.liveness).toBe('alive');
  });

  it('only a holder: a backup that is refused is dead when its silence says so', () => {
    const [a, b] = [fake('a', 10), fake('b', 30, { beatMs: 200 })];
    const lab = standby({ peers: [a, b] });
    lab.kill(b);
    for (let i = 0; i < 5; i++) lab.tell({ kind: 'refused', peer: b.address });
    lab.run(2_000);
    expect(lab.state.peers[1]!.liveness).toBe('alive');
  });

  it.each<[string, Partial<Fake>]>([
    ['an announced restart', { flags: { leaving: true, restarting: true }, graceMs: 2_000 }],
    ['the crash grace of its unit', { graceMs: 2_000 }],
  ])('%s is waited for', (_, changes) => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    Object.assign(a, changes);
    lab.run(1_000);
    crash(lab, a);
    const heard = lab.state.peers[0]!.heard.at;
    taken(lab);
    expect(lab.mono - heard).toBeGreaterThanOrEqual(2_000);
    expect(lab.mono - heard).toBeLessThan(2_500);
  });

  it('the verdict stands until the next accepted advertisement', () => {
    const [a, b] = [fake('a', 10), fake('b', 15)];
    const lab = standby({ peers: [a, b] });
    crash(lab, a);
    lab.run(60_000);
    expect(lab.state.peers[0]!.liveness).toBe('refused');
    lab.restart(a);
    lab.run(100);
    expect(lab.state.peers[0]!.liveness).toBe('alive');
  });

  it('who finds the holder gone says so at once, so that its veto ends', () => {
    const [a, b] = [fake('a', 10), fake('b', 15)];
    const lab = standby({ peers: [a, b] });
    crash(lab, a);
    lab.until('gone', ({ state }) => state.peers[0]!.liveness === 'refused');
    expect(lab.sentTo(b).at(-1)!.at).toBe(lab.mono);
    expect(lab.told(b).holder).toBeNull();
  });

  it('a veto from before our first refusal does not count against it, a later one does', () => {
    for (const [ageMs, later] of [
      [5, false],
      [5, true],
    ] as const) {
      const [a, b] = [fake('a', 10), fake('b', 30)];
      const lab = standby({ peers: [a, b] });
      b.beatMs = 60_000;
      b.nextBeat = lab.mono + 60_000;
      b.hearsHolder = { tag: a.tag, ageMs };
      lab.beat(b);
      lab.run(20);
      crash(lab, a);
      if (later) {
        lab.until('refused', ({ state }) => state.peers[0]!.death.refusals > 0);
        lab.run(10);
        lab.beat(b);
      }
      lab.run(1_500);
      expect(lab.role === 'backup').toBe(later);
    }
  });

  it('a backup that refused our probe is no reason to feel cut off', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.kill(b);
    crash(lab, a);
    taken(lab);
    lab.until('active', ({ role }) => role === 'active', 1_000);
  });

  it('nor is one that was found gone long ago', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    crash(lab, a);
    lab.run(20_000).kill(b).run(20_000);
    expect(inability(viewOf(lab.policy, lab.state))).toBeNull();
  });

  it('of several holders: a refused one is dissociated without the extra delay, even a better one', () => {
    const a = fake('a', 10, { role: 'holding', claim: 1 });
    const lab = standby({ peers: [a], policy: { traits: multi, priority: 20 } });
    crash(lab, a);
    lab.until('fenced', () => lab.writes().includes('dissociate a'), 2_000);
    lab.run(100);
    expect(lab.holders).toEqual([selfInstance]);
  });
});

describe('R29: who beats fast, and who probes', () => {
  const rate = (lab: Lab, peer: Fake, via: string) => {
    const since = lab.mono;
    lab.run(10_000);
    return lab.sentTo(peer, since + 1).filter((sent) => sent.via === via).length;
  };

  it('a holder beats each burst for its two best backups, and each interval for the others', () => {
    const peers = [fake('c', 40), fake('a', 20), fake('b', 30), fake('d', 50)];
    const lab = active({ peers, policy: { priority: 10 } });
    const [c, a, b, d] = peers as [Fake, Fake, Fake, Fake];
    for (const fast of [a, b]) expect(rate(lab, fast, 'socket')).toBeGreaterThanOrEqual(50);
    for (const slow of [c, d]) expect(rate(lab, slow, 'socket')).toBeLessThanOrEqual(11);
  });

  it('a backup that cannot take over is not served fast', () => {
    const [a, b] = [fake('a', 30, { flags: { unable: true } }), fake('b', 40)];
    const lab = active({ peers: [a, b], policy: { priority: 10 } });
    expect(rate(lab, a, 'socket')).toBeLessThanOrEqual(11);
    expect(rate(lab, b, 'socket')).toBeGreaterThanOrEqual(50);
  });

  it('the two best backups probe the holder each burst, the third does not', () => {
    const best = standby({ peers: [fake('a', 10), fake('b', 30), fake('c', 40)] });
    expect(rate(best, best.peers[0]!, 'probe')).toBeGreaterThanOrEqual(45);
    const second = standby({ peers: [fake('a', 10), fake('b', 15), fake('c', 40)] });
    expect(rate(second, second.peers[0]!, 'probe')).toBeGreaterThanOrEqual(45);
    const third = standby({ peers: [fake('a', 10), fake('b', 15), fake('c', 16)] });
    expect(rate(third, third.peers[0]!, 'probe')).toBe(0);
  });

  it('a holder probes nobody, nor does a node that is unable', () => {
    const holder = active({ peers: [fake('a', 30)] });
    expect(rate(holder, holder.peers[0]!, 'probe')).toBe(0);
    const unable = standby({ peers: [fake('a', 10)], policy: { candidate: false } });
    expect(rate(unable, unable.peers[0]!, 'probe')).toBe(0);
  });
});

describe('suspicion: all but one advertisement are missing', () => {
  it('the peer is asked for an answer, five times an interval, and an answer keeps it alive', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.run(1_000);
    lab.kill(b);
    const since = lab.state.peers[1]!.heard.at;
    lab.until('suspected', () => lab.told(b).flags.probe, D);
    expect(lab.mono - since).toBeGreaterThanOrEqual(2_250);
    const asked = lab.sentTo(b).length;
    lab.run(D - (lab.mono - since) - 1);
    expect(lab.sentTo(b).length - asked).toBeGreaterThanOrEqual(4);
    lab.beat(b);
    expect(lab.run(D - 200).state.peers[1]!.liveness).toBe('alive');
  });

  it('who is asked answers at once, at most ten times a second', () => {
    const b = fake('b', 30);
    const lab = standby({ peers: [fake('a', 10), b] });
    lab.run(500);
    const since = lab.mono;
    for (let i = 0; i < 50; i++) {
      lab.beat(b, { flags: { ...lab.advertisementFlags(b), probe: true } });
      lab.run(10);
    }
    const answers = lab.sentTo(b, since);
    expect(answers.length).toBeGreaterThanOrEqual(4);
    expect(answers.length).toBeLessThanOrEqual(6);
  });
});
