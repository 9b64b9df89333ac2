import { describe, expect, it } from 'vitest';
import { active, D, fake, Lab, multi, selfInstance } from './lab.ts';

describe('R8: a group that starts together', () => {
  const start = (better: number) => {
    const a = fake('a', better, { role: 'init' });
    const lab = new Lab({ peers: [a] });
    lab.until('backup', ({ role }) => role === 'backup' || role === 'taking over');
    const since = lab.mono;
    lab.until('taking over', ({ role }) => role === 'taking over');
    return lab.mono - since;
  };

  it('a better node in hold-off is given the first second of it', () => {
    expect(start(1)).toBeGreaterThan(500);
    expect(start(1)).toBeLessThan(1_100);
  });

  it('nobody waits for a worse one', () => {
    expect(start(200)).toBeLessThan(100);
  });
});

describe('R8: the rank step', () => {
  it('the holder whose death is the vacancy gives nobody a head start; another dead better node does', () => {
    const wait = (others: number) => {
      const holder = fake('a', 1, { role: 'holding', claim: 1 });
      const better = Array.from({ length: others }, (_, i) => fake('bcd'[i]!, 2 + i));
      const policy = { isolatedTakeoverAfterMs: 0 };
      const lab = new Lab({ policy, peers: [holder, ...better], holders: [holder.instance] });
      lab.until('backup', ({ role }) => role === 'backup');
      lab.run(2_500);
      lab.kill(holder, ...better);
      lab.tell({ kind: 'tick' });
      const dead = () => lab.state.peers.every(({ liveness }) => liveness !== 'alive');
      lab.until('all are dead', dead);
      const since = lab.mono;
      lab.until('taking over', ({ role }) => role === 'taking over');
      return lab.mono - since;
    };
    expect(wait(0)).toBeLessThan(50);
    expect(wait(1)).toBeGreaterThanOrEqual(100);
    expect(wait(1)).toBeLessThan(200);
  });
});

describe('R18: a hand-over is bounded', () => {
  it('a cloud that goes on naming us does not keep a leaving node beyond the time-out, though its heir holds', () => {
    const heir = fake('a', 30);
    const lab = new Lab({ peers: [heir], holders: [selfInstance] });
    lab.until('active', ({ role }) => role === 'active');
    lab.answer = (call) => (call.kind === 'dissociate' ? 'never' : undefined);
    lab.command({ kind: 'drain' });
    Object.assign(heir, { role: 'holding', claim: 5 });
    const since = lab.mono;
    lab.answer = (call) =>
      call.kind === 'read' ? { ok: true, view: { holders: [selfInstance], pending: true } } : undefined;
    lab.until('stopped', ({ stopped }) => stopped !== null, 30_000);
    expect(lab.mono - since).toBeLessThan(lab.policy.handoverTimeoutMs + 500);
  });
});

describe("R11: somebody else's machine holds the address", () => {
  it('that is looked at a few times a minute, not every second', () => {
    const lab = new Lab({ peers: [fake('a', 30)], holders: ['vm-stranger'] });
    lab.until('taking over', ({ role }) => role === 'taking over');
    lab.run(5_000);
    const since = lab.mono;
    lab.run(300_000);
    const reads = lab.callsSince(since).filter((text) => text === 'read').length;
    expect(reads).toBeGreaterThan(10);
    expect(reads).toBeLessThan(30);
    expect(lab.writes()).toEqual([]);
  });
});

describe('R19: a pause in the middle of a dissociation', () => {
  it('does not make it forgotten that it may still land', () => {
    const a = fake('a', 30);
    const lab = active({ peers: [a], policy: { traits: multi } });
    lab.holders = [selfInstance, a.instance];
    lab.answer = (call) => (call.kind === 'dissociate' ? 'never' : undefined);
    lab.kill(a);
    lab.until('a write', () => lab.writes().length > 0);
    lab.pause(D + 1_000).run(100);
    expect(lab.role).toBe('hold-off');
    expect(lab.state.damping.fenceUnresolvedUntil).toBeGreaterThan(lab.mono);
  });
});
