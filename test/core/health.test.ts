import { describe, expect, it } from 'vitest';
import { inability, viewOf } from '../../src/core/index.ts';
import { active, fake, type Lab, multi, selfInstance, standby } from './lab.ts';

const checked = { checked: true };

/** The settings change as SIGHUP changes them. */
function reload(lab: Lab, changes: Partial<Lab['policy']>): void {
  const previous = lab.policy;
  lab.policy = { ...previous, ...changes };
  lab.tell({ kind: 'policy', previous });
}

describe('R17: before the first health check has answered', () => {
  it('a backup is unable, not unhealthy, and takes nothing', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a], policy: checked });
    expect(lab.told(a).flags).toMatchObject({ unhealthy: false, unable: true });
    expect(lab.told(a).exoipPriority).toBe(20);
    expect(lab.kill(a).run(30_000).writes()).toEqual([]);
    lab.tell({ kind: 'health', ok: true });
    lab.until('taking over', ({ role }) => role === 'taking over', 500);
  });

  it('says why it is unable', () => {
    const lab = standby({ peers: [fake('a', 10)], policy: checked });
    expect(inability(viewOf(lab.policy, lab.state))).toBe('its first health check has not answered');
    lab.tell({ kind: 'health', ok: true });
    expect(inability(viewOf(lab.policy, lab.state))).toBeNull();
  });

  it('a first verdict that is bad makes it unhealthy, and able', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a], policy: checked });
    lab.tell({ kind: 'health', ok: false });
    expect(lab.told(a).flags).toMatchObject({ unhealthy: true, unable: false });
    expect(lab.told(a).exoipPriority).toBe(255);
  });

  it('a node that starts adopts what is its own, soundly, and keeps it', () => {
    const b = fake('b', 30);
    const lab = active({ peers: [b], policy: checked });
    expect(lab.told(b)).toMatchObject({ role: 'holding', exoipPriority: 20, flags: { unhealthy: false } });
    expect(lab.run(60_000).role).toBe('active');
    expect(lab.writes()).toEqual([]);
  });

  it('of two holders the better one keeps it', () => {
    const a = fake('a', 30);
    const lab = active({ peers: [a], policy: { ...checked, traits: multi } });
    Object.assign(a, { role: 'holding', claim: 1 });
    lab.holders = [selfInstance, a.instance];
    lab.beat(a);
    expect(lab.run(1_000).role).toBe('active');
  });
});

describe('R17: checks that come and go with SIGHUP', () => {
  it('the first ones make it unable until they answer, the last ones leave it healthy', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    reload(lab, { checked: true });
    expect(lab.told(a).flags).toMatchObject({ unhealthy: false, unable: true });
    lab.tell({ kind: 'health', ok: false });
    expect(lab.told(a).flags).toMatchObject({ unhealthy: true, unable: false });
    reload(lab, { checked: false });
    expect(lab.told(a).flags).toMatchObject({ unhealthy: false, unable: false });
  });

  it('a reload that leaves them alone leaves the verdict alone', () => {
    const lab = standby({ peers: [fake('a', 10)], policy: checked });
    lab.tell({ kind: 'health', ok: false });
    reload(lab, { priority: 15 });
    expect(lab.state.own.healthy).toBe(false);
  });

  it('a takeover that has not written ends when checks are added', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.apiMs = 1_000;
    lab.kill(a).until('taking over', ({ role }) => role === 'taking over');
    reload(lab, { checked: true });
    expect(lab.role).toBe('backup');
    expect(lab.run(10_000).writes()).toEqual([]);
  });

  it('a takeover whose write is sent goes on: the cloud has the last word', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.kill(a).until('a write', () => lab.writes().length > 0);
    reload(lab, { checked: true });
    lab.until('active', ({ role }) => role === 'active', 5_000);
  });
});
