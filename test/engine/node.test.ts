import { expect, test } from 'vitest';
import { type Call, type IpAddress, type Member, type Policy, roleName } from '../../src/core/index.ts';
import { createJournal } from '../../src/engine/journal.ts';
import type { Performer } from '../../src/engine/lane.ts';
import { createNode, type Node, type Served } from '../../src/engine/node.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Observation } from '../../src/ports/observation.ts';
import type { Receive, Transport } from '../../src/ports/transport.ts';
import { createNetwork, type Network } from '../../src/sim/network.ts';
import { type Cancel, createWorld, type World } from '../../src/sim/world.ts';
import { addressResource } from '../../src/wire/resource.ts';
import { createWire } from '../../src/wire/wire.ts';
import { policyOf } from '../core/lab.ts';

const wire = createWire({ keys: null });
const four: IpAddress = '198.51.100.50';
const six: IpAddress = '2001:db8::50';

/** Who holds what. Answers after 10 ms, or never. */
interface ToyCloud {
  readonly holders: Map<IpAddress, string[]>;
  silent: boolean;
}

/** A process on a host: its node, what it said, what it asked of the cloud, and how often its alarm was set. */
interface Running {
  readonly node: Node;
  readonly sentences: string[];
  readonly observed: Observation[];
  readonly calls: string[];
  readonly counters: Readonly<Record<string, number>>;
  readonly stops: number[];
  readonly alarm: { at: number | null };
  readonly policy: (address: IpAddress) => Policy;
  /** SIGKILL: nothing is sent any more, and the port is closed. */
  readonly kill: () => void;
}

function place() {
  const world = createWorld(1);
  return { world, network: createNetwork(world), cloud: { holders: new Map(), silent: false } as ToyCloud };
}

type Place = ReturnType<typeof place>;

const hostAddress = (i: number): IpAddress => `10.0.0.${i}`;
const member = (i: number): Member => ({
  address: hostAddress(i),
  addresses: [hostAddress(i)],
  instance: `vm-${i}`,
});
const others = (i: number) => [1, 2].filter((j) => j !== i).map(member);

function policy(i: number, address: IpAddress): Policy {
  const node = `0${i}`.repeat(16);
  const epoch = { startedAt: 1_700_000_000, random: 100 * i };
  return policyOf({
    resource: addressResource(address),
    priority: 10 * i,
    self: { node, tag: i, instance: `vm-${i}`, addresses: [hostAddress(i)], epoch },
  });
}

function run(
  where: Place,
  i: number,
  addresses: readonly IpAddress[],
  transport: Transport = where.network.attach(hostAddress(i), (deliver) => deliver()),
): Running {
  const { world } = where;
  const sentences: string[] = [];
  const observed: Observation[] = [];
  const calls: string[] = [];
  const stops: number[] = [];
  const alarm = { at: null as number | null };
  const clock = clockOf(world, alarm);
  const journal = createJournal(({ resource, sentence }) =>
    sentences.push(`${resource?.text ?? null}: ${sentence}`),
  );
  const serve: Served[] = addresses.map((address) => ({
    policy: policy(i, address),
    performer: toyPerformer(where, address, i, calls),
  }));
  const node = createNode({
    clock,
    transport,
    wire,
    observe: (observation) => {
      observed.push(observation);
      journal.observe(observation);
    },
    serve,
    onStopped: (code) => stops.push(code),
  });
  return {
    node,
    sentences,
    observed,
    calls,
    stops,
    alarm,
    counters: journal.counters,
    kill() {
      clock.wakeAt(null, () => {});
      void transport.close();
    },
    policy: (address) => serve.find((served) => served.policy.resource.key === address)!.policy,
  };
}

/** Started, and told who the others are. */
function started(where: Place, i: number, addresses: readonly IpAddress[], transport?: Transport): Running {
  const running = run(where, i, addresses, transport);
  running.node.start();
  running.node.tell({ kind: 'members', members: others(i) });
  return running;
}

function clockOf(world: World, alarm: { at: number | null }): Clock {
  let cancel: Cancel = () => {};
  return {
    now: () => ({ mono: world.now, boot: world.now, wall: world.now }),
    wakeAt(at, wake) {
      cancel();
      alarm.at = at;
      if (at !== null) cancel = world.at(at, wake);
    },
  };
}

function toyPerformer({ world, cloud }: Place, address: IpAddress, i: number, calls: string[]): Performer {
  const answer = (call: Call) => {
    const holders = cloud.holders.get(address) ?? [];
    if (call.kind === 'associate') cloud.holders.set(address, [call.instance]);
    return call.kind === 'read'
      ? { ok: true as const, view: { holders, pending: false } }
      : { ok: true as const };
  };
  return {
    abort: (ticket) => calls.push(`${address} abort ${ticket}`),
    start(ticket, call, settle) {
      calls.push(`${address} ${call.kind} by vm-${i}`);
      if (!cloud.silent) world.after(10, () => settle(ticket, answer(call), 10));
    },
  };
}

const role = ({ node }: Running, address: IpAddress) => roleName(node.state(address)!);
const peerOf = ({ node }: Running, address: IpAddress) => node.state(address)!.peers[0]!;

/** What a host that runs nothing of ours hears and sends. */
function bystander(network: Network, address: IpAddress) {
  const transport = network.attach(address, (deliver) => deliver());
  const heard: { bytes: Uint8Array; from: IpAddress }[] = [];
  transport.listen(
    (bytes, from) => heard.push({ bytes, from }),
    () => {},
  );
  return { transport, heard };
}

test('an IPv4 and an IPv6 address live over one transport, each with its own machine and calls', () => {
  const where = place();
  const one = started(where, 1, [four, six]);
  where.cloud.holders.set(six, ['vm-1']);
  where.world.runUntil(5_000);
  expect([role(one, four), role(one, six)]).toEqual(['active', 'active']);
  expect(one.calls.filter((call) => call.includes('associate'))).toEqual([`${four} associate by vm-1`]);
  expect(where.cloud.holders.get(four)).toEqual(['vm-1']);
});

test('two processes settle both addresses between them, and a datagram concerns one of them', () => {
  const where = place();
  const one = started(where, 1, [four, six]);
  const two = started(where, 2, [six]);
  where.world.runUntil(6_000);
  expect([role(one, six), role(two, six)]).toEqual(['active', 'backup']);
  expect([peerOf(one, six).liveness, peerOf(one, four).liveness]).toEqual(['alive', 'never']);
  expect(two.counters['other-address']).toBeGreaterThan(3);
  expect(two.sentences).toContain(
    'null: dropped a datagram from 10.0.0.1: it is for a shared address that this node does not serve',
  );
});

test('one alarm serves all: it is set to the earliest deadline, and every address advertises on its own beat', () => {
  const where = place();
  const { heard } = bystander(where.network, hostAddress(2));
  const one = started(where, 1, [four, six]);
  where.world.runUntil(10_500);
  const beats = heard.map(({ bytes }) => wire.decode(bytes)).filter((decoded) => decoded.ok);
  const count = (address: IpAddress) =>
    beats.filter((beat) => beat.advertisement.resource === address).length;
  // Eleven beats, and what is said at once: that the members are known, and each new role.
  expect([count(four), count(six)]).toEqual([14, 14]);
  const due = [four, six].map((address) => one.node.state(address)!.clock.wakeAt);
  expect(one.alarm.at).toBe(Math.min(...due));
});

test('what is no datagram of ours is counted by its reason and changes nothing', () => {
  const where = place();
  const { transport } = bystander(where.network, hostAddress(2));
  const one = started(where, 1, [four]);
  where.world.runUntil(100);
  transport.send(new Uint8Array(23), hostAddress(1));
  transport.send(new Uint8Array(0), hostAddress(1));
  transport.send(new Uint8Array(513), hostAddress(1));
  transport.send(new Uint8Array(513).fill(1), hostAddress(1));
  where.world.runUntil(200);
  expect(one.counters).toMatchObject({ 'bad-length': 2, 'too-long': 2 });
  expect(peerOf(one, four).liveness).toBe('never');
});

test('a valid datagram is heard up to 512 bytes and no further', () => {
  const where = place();
  const { transport, heard } = bystander(where.network, hostAddress(2));
  const one = started(where, 1, [four]);
  where.world.runUntil(100);
  const own = wire.decode(heard[0]!.bytes);
  if (!own.ok || own.advertisement.version !== 2) throw new Error('the node sends version 2');
  const peer = { ...own.advertisement, node: '02'.repeat(16), epoch: { startedAt: 1, random: 5 } };
  const bytes = wire.encode(peer);
  const padded = new Uint8Array(513);
  padded.set(bytes);
  transport.send(padded, hostAddress(1));
  where.world.runUntil(200);
  expect([one.counters['too-long'], peerOf(one, four).liveness]).toEqual([1, 'never']);
  transport.send(bytes, hostAddress(1));
  where.world.runUntil(300);
  expect(peerOf(one, four).liveness).toBe('alive');
});

test('what the machine drops is counted by the same journal', () => {
  const where = place();
  const { transport, heard } = bystander(where.network, hostAddress(2));
  const one = started(where, 1, [four]);
  where.world.runUntil(100);
  transport.send(heard[0]!.bytes, hostAddress(1));
  where.world.runUntil(200);
  expect(one.counters.reflected).toBe(1);
});

test('advertisements do not wait for a cloud that does not answer', () => {
  const where = place();
  where.cloud.silent = true;
  const { heard } = bystander(where.network, hostAddress(2));
  const one = started(where, 1, [four]);
  where.world.runUntil(3_000);
  const before = heard.length;
  where.world.runUntil(63_000);
  expect(one.calls.length).toBeGreaterThan(0);
  expect(heard.length - before).toBeGreaterThanOrEqual(60);
});

test('probes leave by the probe, everything else by the socket, and a refusal reaches every address', () => {
  const where = place();
  const sent: string[] = [];
  let refuse = (_peer: IpAddress) => {};
  const transport: Transport = {
    send: (_bytes, to) => sent.push(`send ${to}`),
    probe: (_bytes, to) => sent.push(`probe ${to}`),
    listen: (_receive: Receive, onRefused) => {
      refuse = onRefused;
    },
    close: async () => {},
  };
  const one = started(where, 1, [four, six], transport);
  where.world.runUntil(2_000);
  expect(new Set(sent)).toEqual(new Set(['send 10.0.0.2']));
  refuse('10.0.0.2');
  expect([peerOf(one, four).death.refusals, peerOf(one, six).death.refusals]).toEqual([1, 1]);
});

test('a backup probes the holder, so that its crash is known by refusals', () => {
  const where = place();
  const one = started(where, 1, [four]);
  const two = started(where, 2, [four]);
  where.world.runUntil(5_000);
  expect([role(one, four), role(two, four)]).toEqual(['active', 'backup']);
  one.kill();
  where.world.runUntil(6_000);
  expect(peerOf(two, four).liveness).toBe('refused');
});

test('an event for one address does not reach the other', () => {
  const where = place();
  const one = started(where, 1, [four, six]);
  where.world.runUntil(5_000);
  one.node.tell({ kind: 'health', ok: false }, six);
  expect([one.node.state(four)!.own.healthy, one.node.state(six)!.own.healthy]).toEqual([true, false]);
  one.node.command({ kind: 'priority', shift: 1 });
  expect([one.node.state(four)!.own.shift, one.node.state(six)!.own.shift]).toEqual([1, 1]);
});

test('new settings are in force at once, without a transition', () => {
  const where = place();
  const { heard } = bystander(where.network, hostAddress(2));
  const one = started(where, 1, [four]);
  where.world.runUntil(6_500);
  const said = one.sentences.length;
  one.node.reload({ ...one.policy(four), priority: 77 });
  where.world.runUntil(6_600);
  expect(one.node.policy(four)!.priority).toBe(77);
  const last = wire.decode(heard.at(-1)!.bytes);
  expect(last.ok && last.advertisement.priority).toBe(77);
  expect([role(one, four), one.sentences.slice(said)]).toEqual(['active', []]);
  expect(one.calls.filter((call) => call.includes('associate'))).toHaveLength(1);
});

test('a shorter interval counts from now on, not after the next long one', () => {
  const where = place();
  const { heard } = bystander(where.network, hostAddress(2));
  const one = started(where, 1, [four]);
  where.world.runUntil(6_000);
  one.node.reload({ ...one.policy(four), intervalMs: 200 });
  const before = heard.length;
  where.world.runUntil(7_000);
  expect(heard.length - before).toBeGreaterThanOrEqual(5);
});

test('settings of an address that is not served are left alone', () => {
  const where = place();
  const one = started(where, 1, [four]);
  one.node.reload(policy(1, six));
  expect([one.node.policy(six), one.node.state(six)]).toEqual([undefined, undefined]);
});

test('the process stops when its last address has stopped: once, with its code, and nothing happens afterwards', () => {
  const where = place();
  const { heard } = bystander(where.network, hostAddress(2));
  const one = started(where, 1, [four, six]);
  where.world.runUntil(6_000);
  one.node.command({ kind: 'leave' }, four);
  where.world.runUntil(8_000);
  expect([one.stops, role(one, four), role(one, six)]).toEqual([[], 'stopped', 'active']);
  one.node.command({ kind: 'leave' });
  expect([one.stops, one.alarm.at]).toEqual([[0], null]);
  where.world.runUntil(8_100);
  const before = [heard.length, one.calls.length];
  one.node.tell({ kind: 'tick' });
  one.node.command({ kind: 'drain' });
  where.world.runUntil(20_000);
  expect([heard.length, one.calls.length]).toEqual(before);
  expect([one.stops, one.alarm.at]).toEqual([[0], null]);
});

test('an address that has stopped does not hear, and does not keep the other from beating', () => {
  const where = place();
  const one = started(where, 1, [four, six]);
  const two = started(where, 2, [four, six]);
  where.world.runUntil(6_000);
  one.node.command({ kind: 'leave' }, four);
  const stopped = one.node.state(four);
  where.world.runUntil(12_000);
  expect(one.node.state(four)).toBe(stopped);
  expect([role(two, four), role(two, six)]).toEqual(['active', 'backup']);
});

test('a settlement that comes after the stop changes nothing', () => {
  const where = place();
  const one = started(where, 1, [four]);
  where.world.runUntil(3_255);
  expect(one.calls.at(-1)).toContain('read');
  one.node.command({ kind: 'leave' });
  where.world.runUntil(10_000);
  expect(role(one, four)).toBe('stopped');
  expect(one.calls.filter((call) => call.includes('associate'))).toEqual([]);
});

/** One line per observation, without its bytes. */
function told(observation: Observation): string {
  switch (observation.kind) {
    case 'report':
      return `${Math.round(observation.mono)} report ${observation.report.kind} of ${observation.resource.key}`;
    case 'drop':
      return `${Math.round(observation.mono)} drop ${observation.reason} from ${observation.from}`;
    case 'datagram':
      return observation.way === 'in'
        ? `in ${observation.bytes.length} bytes from ${observation.from}`
        : `out ${observation.bytes.length} bytes of ${observation.resource.key} to ${observation.to}`;
    case 'call': {
      const { mono, change, ticket } = observation;
      const end =
        observation.change === 'settled' ? ` ${observation.outcome.ok} in ${observation.tookMs}` : '';
      const what = observation.change === 'abandoned' ? '' : ` ${observation.call.kind}`;
      return `${Math.round(mono)} call ${ticket}${what} ${change}${end}`;
    }
  }
}

test('everything that a node does leaves it as one stream, in order', () => {
  const where = place();
  const { transport } = bystander(where.network, hostAddress(2));
  const one = started(where, 1, [four]);
  where.world.runUntil(100);
  transport.send(new Uint8Array(23), hostAddress(1));
  where.world.runUntil(1_500);
  expect(one.observed.map(told)).toMatchInlineSnapshot(`
    [
      "0 report peer of 198.51.100.50",
      "0 call 1 read started",
      "out 120 bytes of 198.51.100.50 to 10.0.0.2",
      "10 call 1 read settled true in 10",
      "in 23 bytes from 10.0.0.2",
      "102 drop bad-length from 10.0.0.2",
      "out 120 bytes of 198.51.100.50 to 10.0.0.2",
    ]
  `);
  where.world.runUntil(3_345);
  const calls = one.observed.map(told).filter((line) => line.includes('call'));
  expect(calls.slice(-4)).toMatchInlineSnapshot(`
    [
      "3330 call 4 read settled true in 10",
      "3330 call 5 associate started",
      "3340 call 5 associate settled true in 10",
      "3340 call 6 read started",
    ]
  `);
  expect(one.sentences.length).toBe(
    one.observed.filter(({ kind }) => kind === 'report' || kind === 'drop').length,
  );
});

test('a call that is no longer wanted is told of by its ticket', () => {
  const where = place();
  where.cloud.silent = true;
  const one = started(where, 1, [four]);
  where.world.runUntil(3_400);
  const lines = one.observed.map(told).filter((line) => line.includes('call'));
  expect(lines).toMatchInlineSnapshot(`
    [
      "0 call 1 read started",
      "3300 call 1 abandoned",
      "3300 call 2 read started",
    ]
  `);
});
