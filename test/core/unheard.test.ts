import { describe, expect, it } from 'vitest';
import { active, D, type Fake, fake, type Lab, multi, selfInstance, standby } from './lab.ts';

/** Who took the address unheard lives (R15, R20), and who hears nobody is the one that is cut off (R22). */

const minute = 60_000;
const dissociations = (lab: Lab) => lab.writes().filter((text) => text === 'dissociate b');

describe('R20: a member that came to the address since we last heard it', () => {
  /** We hold, `b` has been silent for a while, and now the cloud names it, too. */
  function joinedBy(b: Fake): Lab {
    const lab = active({ peers: [b, fake('c', 40)], policy: { traits: multi } });
    lab.kill(b).run(2 * D + 31_000);
    expect(lab.state.peers[0]!.liveness).toBe('silent');
    lab.holders = [selfInstance, b.instance];
    return lab;
  }

  it('lives: it is left alone for as long as one that was never heard, then dissociated', () => {
    const lab = joinedBy(fake('b', 30));
    lab.until('seen', ({ state }) => state.cloud.arrivals.length > 0);
    const since = lab.mono;
    lab.run(minute - 1_000);
    expect(dissociations(lab)).toEqual([]);
    lab.until('dissociated', () => dissociations(lab).length > 0, minute);
    expect(lab.mono - since).toBeGreaterThanOrEqual(minute);
  });

  it('not if the cloud says that its machine is off', () => {
    const lab = joinedBy(fake('b', 30));
    lab.machines.set('vm-b', 'off');
    lab.until('seen', ({ state }) => state.cloud.arrivals.length > 0);
    lab.until('dissociated', () => dissociations(lab).length > 0, 10_000);
  });

  it('not if it was taking over when it was last heard: its write may have landed after its death', () => {
    const b = fake('b', 30, { flags: { apiOk: false } });
    const lab = active({ peers: [b, fake('c', 40)], policy: { traits: multi } });
    b.role = 'acquiring';
    lab.beat(b);
    lab.kill(b).run(2 * D + 31_000);
    lab.holders = [selfInstance, b.instance];
    lab.until('seen', ({ state }) => state.cloud.arrivals.length > 0);
    lab.until('dissociated', () => dissociations(lab).length > 0, 10_000);
  });

  it('not if it was heard after the reading that did not name it: it may have died since', () => {
    const b = fake('b', 30);
    const lab = active({ peers: [b, fake('c', 40)], policy: { traits: multi } });
    lab.until('read', ({ calls, mono }) => calls.at(-1)!.at > mono - 100, minute);
    lab.run(3_000).kill(b);
    lab.holders = [selfInstance, b.instance];
    lab.run(D);
    lab.until('dissociated', () => dissociations(lab).length > 0, 35_000);
  });

  it('one that had it before is dead: it is dissociated as ever', () => {
    const b = fake('b', 30);
    const lab = active({
      peers: [b, fake('c', 40)],
      policy: { traits: multi },
      holders: [selfInstance, b.instance],
    });
    lab.kill(b).until('dissociated', () => dissociations(lab).length > 0, D + 10_000);
  });
});

describe('R22: a holder that hears nobody', () => {
  it('dissociates nobody until it is in touch again', () => {
    const [b, c] = [fake('b', 30), fake('c', 40)];
    const lab = active({ peers: [b, c], policy: { traits: multi }, holders: [selfInstance, b.instance] });
    lab.kill(b, c).run(10 * minute);
    expect(lab.writes()).toEqual([]);
    Object.assign(c, { up: true, hears: true });
    lab.until('dissociated', () => dissociations(lab).length > 0, minute);
  });
});

describe('R15: a peer that we do not hear takes the address from the one that we hear', () => {
  /** `a` has held, `b` has been silent; the cloud now names `b`, and `a` says that it holds no more. */
  function taken(changes: Partial<Fake> = {}): Lab {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    Object.assign(b, changes);
    lab.beat(b);
    lab.kill(b).run(2 * minute);
    lab.holders = [b.instance];
    Object.assign(a, { role: 'backup', flags: { unable: true } });
    lab.beat(a);
    return lab;
  }

  it('a backup yields to it, as the one that was evicted does', () => {
    const lab = taken();
    const since = lab.mono;
    lab.run(14_000);
    expect(lab.writes()).toEqual([]);
    expect(lab.told(lab.peers[0]!).flags.unable).toBe(true);
    lab.until('taking over', () => lab.writes().length > 0, minute);
    expect(lab.mono - since).toBeGreaterThanOrEqual(15_000);
  });

  it('not to one that was taking over when it was last heard', () => {
    const lab = taken({ role: 'acquiring', flags: { unable: true } });
    lab.until('taking over', () => lab.writes().length > 0, 5_000);
  });

  it('the yield ends when it is heard', () => {
    const lab = taken();
    lab.run(5_000);
    const b = lab.peers[1]!;
    Object.assign(b, { up: true, hears: true });
    lab.beat(b);
    lab.until('taking over', () => lab.writes().length > 0, 5_000);
  });
});

describe('R22: on the way into isolation, and out of it', () => {
  it(
    'the moment in which the holder is dead and the third is overdue, but not yet dead, is no moment ' +
      'to take over',
    () => {
      for (const earlier of [50, 100, 150, 250]) {
        const [a, b] = [fake('a', 10), fake('b', 30)];
        const lab = standby({ peers: [a, b] });
        // Its beat follows ours by some milliseconds, so that it has just told us that it hears us.
        lab.run(b.nextBeat - earlier - lab.mono);
        lab.kill(a).run(earlier + 1);
        lab.kill(b).run(5 * minute);
        expect(lab.roles(lab.mono - 5 * minute)).toEqual([]);
      }
    },
  );

  it('a third that misses one beat delays no takeover', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    const heard = lab.state.peers[0]!.heard.at;
    lab.kill(a).run(heard + D - 1_600 - lab.mono);
    lab.beat(b);
    b.nextBeat = lab.mono + 2_000;
    lab.until('taking over', ({ role }) => role === 'taking over', 1_800);
  });

  it('the first that is heard again is not enough: for a dead interval the holder may be the next', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.kill(a, b).run(minute);
    Object.assign(b, { up: true, hears: true });
    const since = lab.mono;
    lab.until('taking over', ({ role }) => role === 'taking over', 20_000);
    expect(lab.mono - since).toBeGreaterThanOrEqual(D);
    expect(lab.mono - since).toBeLessThan(D + 1_500);
  });
});
