import { describe, expect, it } from 'vitest';
import { bystanders, findPeer, holderName, preemptor, unfitness } from '../../src/engine/successor.ts';
import { active, D, type Fake, fake, type Lab, standby } from '../core/lab.ts';

const peerOf = (lab: Lab, { address }: Fake) =>
  lab.state.peers.find(({ member }) => member.address === address)!;

describe('a peer is found', () => {
  const lab = active({ peers: [fake('a', 10), fake('b', 30)] });

  it.each(['b', 'B', '10.0.1.2', 'vm-b', 'VM-B'])('by %s', (wanted) => {
    expect(findPeer(lab.state, wanted)).toMatchObject({ member: { address: '10.0.1.2' } });
  });

  it('not by another name, which lists those who are there', () => {
    expect(findPeer(lab.state, 'c')).toBe('no peer is called c: there are a (10.0.1.1), b (10.0.1.2)');
    expect(findPeer(active().state, 'c')).toBe('no peer is called c: none is known yet');
  });

  it('not by a name that two have', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const members = [a, b].map(({ member }) => ({ ...member, name: 'web' }));
    const two = active({ peers: [a, b], members });
    expect(findPeer(two.state, 'web')).toBe(
      '2 peers are called web, give the address of one: there are web (10.0.1.1), web (10.0.1.2)',
    );
  });
});

describe('why a peer could not take over', () => {
  const why = (changes: Partial<Fake>) => {
    const b = fake('b', 30, changes);
    const lab = active({ peers: [b] });
    return unfitness(lab.policy, lab.state, peerOf(lab, b));
  };

  it.each<[Partial<Fake>, string | null]>([
    [{}, null],
    [{ up: false }, 'is not heard'],
    [{ flags: { witness: true } }, 'is a witness, which never holds'],
    [{ role: 'witness' }, 'is a witness, which never holds'],
    [{ role: 'init' }, 'is in hold-off'],
    [{ flags: { leaving: true } }, 'is leaving'],
    [{ flags: { unhealthy: true, unable: true } }, 'is not healthy'],
    [{ flags: { notACandidate: true, unable: true } }, 'is no candidate: excluded, or standing aside'],
    [{ flags: { unable: true } }, 'says that it could not take over: see ha-ip status there'],
    [{ hears: false }, 'does not hear this node'],
    [{ version: 1 }, null],
    [{ version: 1, priority: 255 }, 'runs exoip and has resigned'],
  ])('%o: %s', (changes, words) => {
    expect(why(changes)).toBe(words);
  });

  it('silence, and all of them in a sentence each', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = active({ peers: [a, b] });
    lab.kill(a).run(D + 200);
    expect(bystanders(lab.policy, lab.state)).toEqual([
      'a (10.0.1.1) fell silent',
      'b (10.0.1.2) could, but did not in time: see its log',
    ]);
  });
});

describe('who would take the address back', () => {
  const better = (flags: Fake['flags'], preempt = true) => {
    const [a, b, c] = [fake('a', 30, { flags }), fake('b', 40), fake('c', 50)];
    const lab = active({ peers: [c, b, a], policy: { preempt } });
    const found = preemptor(lab.policy, lab.state, peerOf(lab, c));
    return found?.member.name ?? null;
  };

  it('is the best other that could', () => {
    expect([better({}), better({ unable: true }), better({}, false)]).toEqual(['a', 'b', null]);
  });

  it('is nobody when the best is asked', () => {
    const [a, b] = [fake('a', 30), fake('b', 40)];
    const lab = active({ peers: [a, b] });
    expect(preemptor(lab.policy, lab.state, peerOf(lab, a))).toBeNull();
  });
});

it('who holds is this node, the peer that says so, or nobody', () => {
  const lab = standby({ peers: [fake('a', 10)], policy: { candidate: false } });
  expect(holderName(active().state)).toBe('this node');
  expect(holderName(lab.state)).toBe('a (10.0.1.1)');
  lab.kill(lab.peers[0]!).run(D + 10);
  expect(holderName(lab.state)).toBeNull();
});
