import { describe, expect, it } from 'vitest';
import type { Member } from '../../src/core/index.ts';
import { active, D, type Fake, failure, fake, Lab, multi, policyOf, selfInstance, standby } from './lab.ts';

function grouped(peers: Fake[], options = {}): Lab {
  const lab = new Lab({ peers, policy: { grouped: true }, ...options });
  lab.until('backup or better', ({ role }) => role !== 'hold-off');
  return lab.run(2_000);
}

const addresses = (lab: Lab) => lab.state.peers.map(({ member }) => member.address);

describe('R24: the group as the cloud names it', () => {
  it.each<[string, (lab: Lab) => void]>([
    ['an empty list', (lab) => (lab.groupMembers = [])],
    ['a list without this machine', (lab) => (lab.groupMembers = lab.groupMembers.slice(1, 2))],
    ['a throttled answer', (lab) => (lab.answer = () => failure('throttled'))],
    ['a refused answer', (lab) => (lab.answer = () => failure('denied'))],
    ['no usable answer', (lab) => (lab.answer = () => failure('unavailable'))],
    [
      'an answer without members',
      (lab) => (lab.answer = (call) => (call.kind === 'members' ? { ok: true } : undefined)),
    ],
  ])('%s changes nothing, however often', (_, spoil) => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = grouped([a, b]);
    lab.kill(a, b);
    spoil(lab);
    lab.run(1_000_000);
    expect(addresses(lab)).toEqual([a.address, b.address]);
  });

  it('an empty list, or one without this machine, is an alarm, once', () => {
    const lab = grouped([fake('a', 10)]);
    lab.groupMembers = [];
    lab.run(300_000);
    expect(lab.alarms(/group/)).toEqual(['group']);
  });

  it('is read about each minute', () => {
    const lab = grouped([fake('a', 10)]);
    const since = lab.mono;
    lab.run(600_000);
    const reads = lab.callsSince(since).filter((call) => call === 'members').length;
    expect(reads).toBeGreaterThanOrEqual(9);
    expect(reads).toBeLessThanOrEqual(12);
  });

  it('is read at once when a stranger speaks of our address, at most each 10 s', () => {
    const lab = grouped([fake('a', 10)]).run(10_000); // what came before the list was known has made it ask
    const stranger = fake('z', 40);
    const since = lab.mono;
    for (let i = 0; i < 150; i++) {
      lab.beat(stranger);
      lab.run(100);
    }
    const drops = lab.drops.filter(({ at }) => at >= since);
    expect(drops.every(({ reason }) => reason === 'stranger')).toBe(true);
    const reads = lab.calls
      .filter(({ at, call }) => at >= since && call.kind === 'members')
      .map(({ at }) => at - since);
    expect(reads[0]).toBeLessThan(200);
    expect(reads.filter((at) => at < 9_900)).toHaveLength(1);
    expect(reads.length).toBeLessThanOrEqual(3);
  });

  it('before the first list nobody is a stranger', () => {
    const lab = new Lab({ peers: [fake('a', 10)], policy: { grouped: true } });
    lab.answer = (call) => (call.kind === 'members' ? 'never' : undefined);
    expect(new Set(lab.run(2_000).drops.map(({ reason }) => reason))).toEqual(new Set(['early']));
  });

  it('an addition counts at once', () => {
    const a = fake('a', 10);
    const c = fake('c', 30);
    const lab = grouped([a]);
    lab.groupMembers = [...lab.groupMembers, c.member];
    lab.until('added', () => addresses(lab).includes(c.address), 70_000);
    lab.run(200);
    expect(lab.sent.some(({ to }) => to === c.address)).toBe(true);
  });

  it('a new member is presumed alive for a dead interval: nobody is taken over from meanwhile', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.kill(a).run(D - 500);
    lab.tell({ kind: 'members', members: [a.member, fake('c', 30).member] });
    const waited = lab.until('taking over', ({ role }) => role === 'taking over');
    expect(waited).toBeGreaterThanOrEqual(D);
    expect(waited).toBeLessThan(D + 300);
  });

  it('a new member that is attached is not dissociated before it could be heard', () => {
    const c = fake('c', 30, { up: false });
    const lab = active({
      peers: [fake('a', 30)],
      policy: { traits: multi },
      holders: [selfInstance, 'vm-c'],
    });
    lab.tell({ kind: 'members', members: [fake('a', 30).member, c.member] });
    expect(lab.run(50_000).writes()).toEqual([]);
  });

  it('who is missing is removed after three good lists and 60 s of silence, not before', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = grouped([a, b]);
    const since = lab.mono;
    lab.kill(b);
    lab.groupMembers = lab.groupMembers.filter(({ address }) => address !== b.address);
    lab.until('removed', () => !addresses(lab).includes(b.address), 400_000);
    const lists = lab.callsSince(since).filter((call) => call === 'members').length;
    expect(lists).toBeGreaterThanOrEqual(3);
    expect(lists).toBeLessThanOrEqual(4);
    expect(lab.mono - since).toBeGreaterThanOrEqual(60_000);
  });

  it('three lists within a moment remove nobody', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.kill(b).run(D + 100);
    for (let i = 0; i < 10; i++) lab.tell({ kind: 'members', members: [a.member] });
    expect(addresses(lab)).toEqual([a.address, b.address]);
    lab.run(61_000).tell({ kind: 'members', members: [a.member] });
    expect(addresses(lab)).toEqual([a.address]);
  });

  it('a list that names it again begins the count anew', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = standby({ peers: [a, b] });
    lab.kill(b).run(100_000);
    for (const members of [[a], [a], [a, b], [a], [a]])
      lab.tell({ kind: 'members', members: members.map(({ member }) => member) });
    expect(addresses(lab)).toEqual([a.address, b.address]);
  });

  it('who is heard is never removed', () => {
    const [a, b] = [fake('a', 10), fake('b', 30)];
    const lab = grouped([a, b]);
    lab.groupMembers = lab.groupMembers.slice(0, 2);
    lab.run(1_000_000);
    expect(addresses(lab)).toEqual([a.address, b.address]);
  });

  it.each<[string, Partial<Member>]>([
    ['by its instance', { instance: selfInstance, address: '10.9.9.9', addresses: ['10.9.9.9'] }],
    [
      'by one of its addresses',
      { instance: undefined, address: '10.9.9.9', addresses: ['10.9.9.9', '10.0.0.5'] },
    ],
    ['by its node id', { node: policyOf().self.node, address: '10.9.9.9', addresses: ['10.9.9.9'] }],
  ])('this machine is recognised %s and is no peer of its own', (_, changes) => {
    const lab = new Lab({ members: [{ ...fake('q', 1).member, ...changes }] });
    expect(lab.state.peers).toEqual([]);
  });

  it('the shared address is no way to a peer', () => {
    const lab = new Lab({ members: [{ address: '198.51.100.50', addresses: ['198.51.100.50'] }] });
    expect(lab.state.peers).toEqual([]);
  });

  it('no more than 64 peers, however the lists change', () => {
    const list = (from: number): Member[] =>
      Array.from({ length: 100 }, (_, i) => ({
        address: `10.${from}.0.${i}`,
        addresses: [`10.${from}.0.${i}`],
      }));
    const lab = new Lab({ members: list(1) });
    expect(lab.state.peers).toHaveLength(64);
    lab.tell({ kind: 'members', members: list(2) });
    expect(lab.state.peers.length).toBeLessThanOrEqual(64);
    expect(lab.alarms(/group-size/)).toHaveLength(1);
  });

  it('a member whose address changed stays the same peer', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    lab.tell({
      kind: 'members',
      members: [{ ...a.member, address: '10.2.0.1', addresses: ['10.2.0.1', a.address] }],
    });
    expect(lab.state.peers).toHaveLength(1);
    expect(lab.state.peers[0]!.liveness).toBe('alive');
  });
});

describe('R25: who speaks', () => {
  it('our own datagram that comes back is dropped silently', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    const before = lab.state.peers;
    const own = lab.told(a);
    lab.tell({ kind: 'heard', from: a.address, advertisement: own });
    expect(lab.drops.map(({ reason }) => reason)).toEqual(['reflected']);
    expect(lab.state.peers).toEqual(before);
    expect(lab.alarms(/duplicate/)).toEqual([]);
  });

  it('our own id in another life alarms, and nothing else happens', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    const own = lab.told(a);
    const other = { ...own, epoch: { startedAt: own.epoch.startedAt - 100, random: 12345 } };
    lab.tell({ kind: 'heard', from: a.address, advertisement: other });
    lab.tell({ kind: 'heard', from: a.address, advertisement: { ...other, sequence: own.sequence + 1 } });
    expect(lab.drops.map(({ reason }) => reason)).toEqual(['impostor', 'impostor']);
    lab.run(200);
    expect(lab.alarms(/duplicate/)).toEqual([`duplicate-id ${a.address}`]);
    expect(lab.state.own.healthy).toBe(true);
    expect(lab.role).toBe('backup');
  });

  it('a stranger is dropped and changes nothing', () => {
    const lab = standby({ peers: [fake('a', 10)] });
    const { peers } = lab.state;
    lab.beat(fake('z', 1, { role: 'holding', claim: 99 }));
    expect(lab.state.peers).toEqual(peers);
    expect(lab.state.claims.seen).toBe(1);
    expect(lab.drops.map(({ reason }) => reason)).toEqual(['stranger']);
  });

  it('a new life of a peer is accepted at once, its earlier life never again', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    const old = lab.advertisementOf(a, { sequence: 1_000_000 });
    lab.restart(a);
    lab.beat(a);
    expect(lab.drops).toEqual([]);
    lab.deliver(a, old);
    expect(lab.drops.map(({ reason }) => reason)).toEqual(['replayed']);
    expect(lab.state.peers[0]!.last).toMatchObject({ role: 'init' });
  });

  it('a repeated or older datagram is dropped', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    for (const sequence of [a.sequence, a.sequence - 1, 1])
      lab.deliver(a, lab.advertisementOf(a, { sequence }));
    expect(lab.drops.map(({ reason }) => reason)).toEqual(['replayed', 'replayed', 'replayed']);
  });

  it('a datagram that was on its way for longer than a dead interval counts for its number, not for life', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    const late = lab.advertisementOf(a, { sequence: a.sequence + 5 });
    lab.kill(a).run(D + 500);
    expect(lab.state.peers[0]!.liveness).toBe('silent');
    lab.deliver(a, late);
    expect(lab.state.peers[0]!.liveness).toBe('silent');
    lab.deliver(a, late);
    expect(lab.drops.map(({ reason }) => reason)).toEqual(['delayed', 'replayed']);
  });

  it('a replay is still one after a pause of ours: what was accepted stays known', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    const old = lab.advertisementOf(a, { sequence: a.sequence, echo: null });
    lab.pause(D + 1).tell({ kind: 'tick' });
    lab.deliver(a, old);
    expect(lab.drops.map(({ reason }) => reason)).toEqual(['replayed']);
  });

  it('what exoip would have said does not undo what ha-ip said: a shortened datagram is dropped', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    const { node, tag } = a;
    const accepted = lab.advertisementOf(a);
    lab.deliver(a, { version: 1, resource: '198.51.100.50', node, tag, priority: 255 });
    expect(lab.state.peers[0]!.last).toMatchObject({ version: 2, role: 'holding' });
    lab.deliver(a, accepted);
    expect(lab.drops.map(({ reason }) => reason)).toEqual(['downgraded', 'replayed']);
  });

  it('a machine that went back to exoip is heard again once its ha-ip is dead', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a, fake('b', 15)] });
    const old = lab.advertisementOf(a);
    a.version = 1;
    lab.run(D + 1_500);
    expect(lab.state.peers[0]!.last).toMatchObject({ version: 1 });
    expect(lab.state.peers[0]!.liveness).toBe('alive');
    lab.deliver(a, old);
    expect(lab.drops.at(-1)!.reason).toBe('replayed');
  });

  it('other settings of a peer are an alarm, once until mended, and otherwise nothing', () => {
    const a = fake('a', 10);
    const lab = standby({ peers: [a] });
    a.configDigest = 1;
    lab.run(10_000);
    expect(lab.alarms(/^config/)).toHaveLength(1);
    expect(lab.state.peers[0]!.liveness).toBe('alive');
    a.configDigest = 99;
    lab.run(D + 2_000);
    expect(lab.standing()).toEqual([]);
    a.configDigest = 1;
    lab.run(D + 2_000);
    expect(lab.alarms(/^config/)).toHaveLength(2);
  });

  it('the dead interval that a peer advertises is honoured', () => {
    const a = fake('a', 10, { deadIntervalMs: 8_000 });
    const lab = standby({ peers: [a] });
    const heard = lab.state.peers[0]!.heard.at;
    lab.kill(a).until('silent', ({ state }) => state.peers[0]!.liveness === 'silent');
    expect(lab.mono - heard).toBeGreaterThanOrEqual(8_000);
    expect(lab.mono - heard).toBeLessThan(8_100);
  });

  it.each([
    [0, 200],
    [600_000, 60_000],
  ])('but not one of %d ms, which nobody may set: %d ms count', (advertised, counted) => {
    const a = fake('a', 10, { deadIntervalMs: advertised });
    const lab = new Lab({ peers: [Object.assign(a, { role: 'holding', claim: 1 })], holders: [a.instance] });
    lab.run(1_000).beat(a);
    const heard = lab.mono;
    lab.kill(a).until('silent', ({ state }) => state.peers[0]!.liveness === 'silent');
    expect(lab.mono - heard).toBeGreaterThanOrEqual(counted);
    expect(lab.mono - heard).toBeLessThan(counted + 200);
  });
});

describe('R26: among exoip nodes', () => {
  function beside(priority: number, own: Partial<ReturnType<typeof policyOf>> = {}): { lab: Lab; x: Fake } {
    const x = fake('x', priority, { version: 1 });
    const lab = new Lab({ peers: [x], holders: [x.instance], policy: own });
    lab.until('backup', ({ role }) => role === 'backup');
    return { lab, x };
  }

  it('the best that lives is presumed to hold: a worse node of ours waits', () => {
    const { lab } = beside(10);
    expect(lab.run(60_000).writes()).toEqual([]);
  });

  it('priority 255 is a resignation: it is relieved', () => {
    const { lab, x } = beside(10);
    x.priority = 255;
    lab.beat(x);
    lab.until('taking over', ({ role }) => role === 'taking over', 200);
  });

  it('its silence counts with our own dead interval', () => {
    const { lab, x } = beside(10);
    lab.run(2_000).kill(x);
    const heard = lab.state.peers[0]!.heard.at;
    lab.until('taking over', ({ role }) => role === 'taking over');
    expect(lab.mono - heard).toBeGreaterThanOrEqual(D);
    expect(lab.mono - heard).toBeLessThan(D + 300);
  });

  it('at equal priority it ranks before us, and we warn', () => {
    const { lab } = beside(20);
    expect(lab.run(60_000).writes()).toEqual([]);
    expect(lab.alarms(/^priority/)).toHaveLength(1);
  });

  it('a better node of ours takes it, by preemption', () => {
    const { lab } = beside(50);
    lab.until('active', ({ role }) => role === 'active');
    expect(lab.takeovers()).toEqual(['preempt']);
  });

  it('we are hidden from it by 255 unless we hold soundly', () => {
    const { lab, x } = beside(10);
    lab.run(2_000);
    expect(lab.told(x).exoipPriority).toBe(255);
    const y = fake('y', 50, { version: 1 });
    const holder = active({ peers: [y], policy: { priority: 5 } });
    expect(holder.told(y).exoipPriority).toBe(5);
    holder.tell({ kind: 'health', ok: false });
    expect(holder.told(y).exoipPriority).toBe(255);
    holder.tell({ kind: 'health', ok: true });
    holder.command({ kind: 'drain' });
    expect(holder.told(y).exoipPriority).toBe(255);
  });

  it('where no exoip node lives, our priority is shown in every role', () => {
    const a = fake('a', 10);
    expect(standby({ peers: [a] }).told(a).exoipPriority).toBe(20);
  });
});
