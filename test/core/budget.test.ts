import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/core/index.ts';
import { D, failure, fake, type Lab, multi, selfInstance, standby } from './lab.ts';

const isRead = (call: Call): call is Call & { kind: 'read' } => call.kind === 'read';

function withHolder(): { lab: Lab; kill: () => void } {
  const a = fake('a', 1);
  const lab = standby({ peers: [a] });
  return { lab, kill: () => lab.kill(a) };
}

describe("the cloud's budget of requests", () => {
  it('what a standby reads now and then can wait; what a takeover reads cannot', () => {
    const { lab, kill } = withHolder();
    lab.run(70_000);
    const before = lab.calls.length;
    kill();
    lab.until('active', ({ role }) => role === 'active');
    expect(lab.calls.slice(0, before).filter(({ call }) => isRead(call) && call.background)).not.toEqual([]);
    expect(lab.calls.slice(before).filter(({ call }) => isRead(call) && call.background)).toEqual([]);
  });

  it('a background read that is put off for the budget is no failure of the API', () => {
    const { lab } = withHolder();
    lab.answer = (call) =>
      isRead(call) && call.background ? failure('throttled', { retryAfterMs: 40_000 }) : undefined;
    lab.run(300_000);
    expect(lab.state.cloud.failures).toBe(0);
    expect(lab.told(lab.peers[0]!).flags.unable).toBe(false);
    const reads = lab.calls.filter(({ call }) => isRead(call) && call.background).map(({ at }) => at);
    expect(reads[2]! - reads[1]!).toBeGreaterThanOrEqual(40_000);
  });

  it('a failure of the background just before does not make a takeover late', () => {
    const { lab, kill } = withHolder();
    kill();
    lab.run(D - 200);
    lab.state = { ...lab.state, cloud: { ...lab.state.cloud, nextReadAt: lab.mono } };
    lab.answer = (call) => (isRead(call) && call.background ? failure('unavailable') : undefined);
    lab.until('taking over', ({ role }) => role === 'taking over', 1_000);
    const since = lab.mono;
    lab.until('active', ({ role }) => role === 'active', 2_000);
    expect(lab.mono - since).toBeLessThan(500);
  });

  it('a pause that the cloud itself asked for is kept in a takeover, too', () => {
    const { lab, kill } = withHolder();
    kill();
    lab.answer = (call) => (isRead(call) ? failure('throttled', { retryAfterMs: 6_000 }) : undefined);
    lab.until('taking over', ({ role }) => role === 'taking over');
    const first = lab.calls.findLast(({ call }) => isRead(call))!.at;
    lab.run(100);
    lab.answer = () => undefined;
    lab.until('active', ({ role }) => role === 'active');
    const second = lab.calls.find(({ at, call }) => isRead(call) && at > first)!.at;
    expect(second - first).toBeGreaterThanOrEqual(6_000);
  });
});

describe('R21: what belongs to the plan of a takeover', () => {
  it(
    'an address that was ours already opens none: the first dissociation keeps its distance from ' +
      'what was written before',
    () => {
      const a = fake('a', 10);
      const lab = standby({ peers: [a], policy: { traits: multi } });
      lab.holders = [a.instance, selfInstance];
      // R19: ours is let go of, which fails, and just then the holder dies.
      lab.answer = (call) =>
        call.kind === 'dissociate' && call.instance === selfInstance ? failure('unavailable') : undefined;
      lab.until('a write', () => lab.writes().length > 0, 120_000);
      lab.kill(a);
      a.refuses = true;
      lab.until('alone', ({ holders }) => holders.join() === selfInstance, 30_000);
      const times = lab.writeTimes();
      const gaps = times.slice(1).map((at, i) => at - times[i]!);
      expect(lab.writes().at(-1)).toBe('dissociate a');
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2_000);
    },
  );
});
