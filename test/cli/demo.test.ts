import { describe, expect, test } from 'vitest';
import { createUdpTransport } from '../../src/adapters/udp.ts';
import {
  type ApiCall,
  type Chapter,
  complaint,
  type History,
  type Holding,
  type Life,
  measure,
} from '../../src/cli/demo/outage.ts';
import { commonPort } from '../../src/cli/demo/port.ts';
import { type Stage, tell } from '../../src/cli/demo/story.ts';
import { View } from '../../src/cli/demo/view.ts';

/** `0 lb1, 1300 lb1+lb2`: who holds from when on; `-` is nobody. */
function holdings(text: string): Holding[] {
  return entries(text).map(([at, who]) => ({ at, holders: who === '-' ? [] : who.split('+') }));
}

/** `0 +lb1, 1000 -lb1`: who lives from when on. */
function lives(text: string): Life[] {
  return entries(text).map(([at, who]) => ({ at, machine: who.slice(1), alive: who.startsWith('+') }));
}

/** `1200 lb2 write, 1250 lb2 read`: what arrived at the API. */
function calls(text: string): ApiCall[] {
  return entries(text).map(([at, who, what]) => ({ at, who, what: `a ${what}`, write: what === 'write' }));
}

function entries(text: string): [number, string, string][] {
  return text.split(',').map((entry) => {
    const [at, who = '', what = ''] = entry.trim().split(' ');
    return [Number(at), who, what];
  });
}

const everybody = '0 +lb1, 0 +lb2, 0 +lb3';

function history(held: string, lived = everybody, called = '0 lb1 read'): History {
  return { holdings: holdings(held), lives: lives(lived), calls: calls(called) };
}

/** lb1 is killed at 1000, the next event is at 5000, and lb2 is right from 4000 on. */
const killed: Chapter = {
  title: 'lb1 is killed',
  at: 1_000,
  until: 5_000,
  settledAt: 4_000,
  right: 'lb2',
  gone: 'lb1',
  beside: null,
  woken: null,
};
const afterKill = `${everybody}, 1000 -lb1`;

describe('the outage', () => {
  test('lasts from the death of the holder until a live machine is associated; the dead one may still be', () => {
    const told = history(
      '0 lb1, 1700 lb1+lb2, 2100 lb2',
      afterKill,
      '100 lb1 write, 1450 lb2 read, 1500 lb2 write',
    );
    expect(measure(killed, told)).toEqual({
      title: 'lb1 is killed',
      right: 'lb2',
      outageMs: 700,
      claimMs: 500,
      associatedMs: 700,
      dissociatedMs: 1_100,
      holders: ['lb2'],
    });
  });

  test('is none where the successor is associated before the other one ends', () => {
    const told = history('0 lb1, 1300 lb1+lb2, 1600 lb2', `${everybody}, 1900 -lb1`);
    expect(measure(killed, told)).toMatchObject({ outageMs: 0, associatedMs: 300, dissociatedMs: 600 });
  });

  test('adds up where nobody, or only dead machines, hold in between', () => {
    const told = history('0 lb1, 1500 lb2, 2000 -, 2250 lb2', afterKill);
    expect(measure(killed, told).outageMs).toBe(500 + 250);
  });

  test('ends with the next event: what comes later is not of this one', () => {
    const told = history('0 lb1, 7000 lb2', afterKill, '6800 lb2 write');
    expect(measure(killed, told)).toMatchObject({
      outageMs: 4_000,
      claimMs: null,
      associatedMs: null,
      dissociatedMs: null,
      holders: ['lb1'],
    });
  });

  test('a frozen holder is no live machine until it wakes', () => {
    const told = history('0 lb1', `${everybody}, 1000 -lb1, 3000 +lb1`);
    expect(measure(killed, told).outageMs).toBe(2_000);
  });

  test('a machine that lives a second life counts by the last one', () => {
    const told = history('0 lb1', `${everybody}, 100 -lb1, 900 +lb1`);
    expect(measure(killed, told).outageMs).toBe(0);
  });

  test('before the first change nobody holds', () => {
    expect(measure(killed, history('2000 lb2'))).toMatchObject({ outageMs: 1_000, holders: ['lb2'] });
  });
});

describe('the verdict', () => {
  test.each([
    ['at once', '0 lb1, 1500 lb2'],
    ['just in time', '0 lb1, 3900 lb1+lb2, 4000 lb2'],
    ['with turmoil before the 3 s are over', '0 lb1, 1500 lb3, 2000 -, 3000 lb1+lb2+lb3, 3999 lb2'],
    ['whatever comes with the next event', '0 lb1, 1500 lb2, 5000 lb3'],
  ])('the right one alone: %s', (_, held) => {
    expect(complaint(killed, history(held, afterKill))).toBeNull();
  });

  test.each([
    ['never taken over', '0 lb1', 'at 3.00 s it was lb1'],
    ['the wrong one', '0 lb1, 1500 lb3', 'at 3.00 s it was lb3'],
    ['the dead one still beside it', '0 lb1, 1500 lb1+lb2, 4100 lb2', 'at 3.00 s it was lb1 and lb2'],
    ['nobody for a moment', '0 lb1, 1500 lb2, 4500 -, 4510 lb2', 'at 3.50 s it was nobody'],
    ['lost shortly before the next event', '0 lb1, 1500 lb2, 4999 lb3', 'at 4.00 s it was lb3'],
    ['nothing ever', '9000 lb2', 'at 3.00 s it was nobody'],
  ])('a wrong history fails: %s', (_, held, came) => {
    expect(complaint(killed, history(held, afterKill))).toBe(
      `lb1 is killed: expected lb2 alone to be associated from 3.00 s after it on, but ${came}`,
    );
  });

  test('an event that the next one overtakes has not been looked at, and that fails', () => {
    const hasty = { ...killed, until: killed.settledAt };
    expect(complaint(hasty, history('0 lb2'))).toBe(
      'lb1 is killed: the next event came before this one could settle',
    );
  });

  const frozen: Chapter = { ...killed, title: 'lb1 freezes', beside: 'lb1' };

  test('a frozen one may be beside the right one, but the right one must be there, and no third', () => {
    expect(complaint(frozen, history('0 lb1, 3500 lb1+lb2'))).toBeNull();
    expect(complaint(frozen, history('0 lb1, 3500 lb1+lb2, 4500 lb2'))).toBeNull();
    expect(complaint(frozen, history('0 lb1'))).toContain(
      'expected lb2, perhaps beside lb1, to be associated',
    );
    expect(complaint(frozen, history('0 lb1, 3500 lb2+lb3'))).toContain('it was lb2 and lb3');
  });
});

describe('one that wakes', () => {
  const wakes: Chapter = { ...killed, title: 'lb1 wakes', gone: null, woken: 'lb1' };

  test('reads before it writes', () => {
    const told = history('0 lb2', everybody, '900 lb1 write, 1010 lb1 read, 1200 lb1 write');
    expect(complaint(wakes, told)).toBeNull();
  });

  test('must not write first, even if it reads later and all ends well', () => {
    const told = history('0 lb2', everybody, '900 lb1 read, 1005 lb2 read, 1010 lb1 write, 1100 lb1 read');
    expect(complaint(wakes, told)).toBe(
      'lb1 wakes: expected lb1 to read first, but 0.01 s after waking it wrote (a write)',
    );
  });

  test('must look at all: one that asks nothing knows nothing', () => {
    const told = history('0 lb2', everybody, '900 lb1 read, 1100 lb2 read, 5000 lb1 read');
    expect(complaint(wakes, told)).toBe(
      'lb1 wakes: expected lb1 to read first, but it asked the cloud nothing',
    );
  });

  test('is no excuse for the wrong holder', () => {
    const told = history('0 lb2, 4500 lb1', everybody, '1010 lb1 read, 4400 lb1 write');
    expect(complaint(wakes, told)).toContain('expected lb2 alone');
  });
});

describe('the story', () => {
  /** A stage without processes, whose time passes only by waiting. */
  function bareStage() {
    const acts: string[] = [];
    let time = 0;
    const act = (what: string) => (name: string) => void acts.push(`${what} ${name}`);
    const slowAct = (what: string) => async (name: string) => act(what)(name);
    const stage: Stage = {
      names: ['lb1', 'lb2', 'lb3'],
      deadIntervalMs: 3_250,
      now: () => time,
      startTogether: async () => void acts.push('start all'),
      start: slowAct('start'),
      standsBy: slowAct('backup'),
      leave: slowAct('leave'),
      kill: act('kill'),
      freeze: act('freeze'),
      wake: act('wake'),
      async wait(ms) {
        time += Math.max(0, ms);
      },
      announce: () => {},
      breath: () => {},
    };
    return { acts, stage };
  }

  test('kills, restarts, dismisses, restarts, freezes and wakes the holder of each time', async () => {
    const { acts, stage } = bareStage();
    await tell(stage);
    expect(acts).toEqual([
      ...['start all', 'kill lb1', 'start lb1', 'backup lb1'],
      ...['leave lb2', 'start lb2', 'backup lb2', 'freeze lb1', 'wake lb1', 'backup lb1'],
    ]);
  });

  test('the right one is the best of the living, and one that comes back does not preempt so soon', async () => {
    const chapters = await tell(bareStage().stage);
    expect(chapters.map(({ title, right, gone, woken }) => [title, right, gone ?? woken])).toEqual([
      ['three watchdogs run', 'lb1', null],
      ['lb1 is killed (SIGKILL)', 'lb2', 'lb1'],
      ['lb1 starts again', 'lb2', null],
      ['lb2 is asked to leave (SIGTERM)', 'lb1', 'lb2'],
      ['lb2 starts again', 'lb1', null],
      ['lb1 freezes (SIGSTOP)', 'lb2', 'lb1'],
      ['lb1 wakes (SIGCONT)', 'lb2', 'lb1'],
    ]);
  });

  test('each event has 3 s to settle, a freeze the dead interval more, and is watched until the next', async () => {
    const chapters = await tell(bareStage().stage);
    expect(chapters.map(({ at, settledAt }) => settledAt - at)).toEqual([
      ...[3_000, 3_000, 3_000, 3_000, 3_000, 6_250, 3_000],
    ]);
    expect(chapters.map(({ settledAt, until }) => until - settledAt)).toEqual(Array(7).fill(1_000));
    expect(chapters.slice(1).map(({ at }) => at)).toEqual(chapters.slice(0, -1).map(({ until }) => until));
  });
});

describe("the nodes' view", () => {
  const peer = (name: string, change: 'heard' | 'silent' | 'back') => ({
    severity: 'info',
    message: '',
    event: { kind: 'peer', peer: `${name} (127.0.0.1)`, change } as const,
  });
  const role = (to: 'backup' | 'active') => ({
    severity: 'notice',
    message: '',
    event: { kind: 'role', from: 'hold-off', to, why: '' } as const,
  });

  test('comes from what each node says, and ends with its process', () => {
    const view = new View(['lb1', 'lb2']);
    expect(view.rows()).toEqual([
      ['lb1', 'not started'],
      ['lb2', 'not started'],
    ]);
    view.became('lb1', 'running');
    expect(view.role('lb1')).toBe('starting');
    view.said('lb1', { severity: 'notice', message: 'ha-ip watches' });
    view.said('lb1', peer('lb3', 'heard'));
    view.said('lb1', peer('lb2', 'heard'));
    expect(view.rows()[0]).toEqual(['lb1', 'hold-off, hears lb2 and lb3']);
    view.said('lb1', peer('lb3', 'silent'));
    view.said('lb1', role('active'));
    expect(view.rows()[0]).toEqual(['lb1', 'active, hears lb2']);
    view.became('lb1', 'killed');
    expect(view.rows()[0]).toEqual(['lb1', 'killed']);
    view.became('lb1', 'running');
    expect(view.rows()[0]).toEqual(['lb1', 'starting']);
  });

  test('one that froze wakes with what it knew', () => {
    const view = new View(['lb1']);
    view.became('lb1', 'running');
    view.said('lb1', role('backup'));
    view.became('lb1', 'frozen');
    expect(view.rows()).toEqual([['lb1', 'frozen']]);
    view.became('lb1', 'running');
    expect(view.rows()).toEqual([['lb1', 'backup, hears nobody']]);
  });
});

describe('the port of the heartbeats', () => {
  const hosts = ['127.0.0.211', '127.0.0.212'];

  test('the usual one is passed over where it is taken on any of the addresses', async () => {
    const taken = await createUdpTransport({ host: hosts[1]!, port: 12_345 });
    try {
      const port = await commonPort(hosts);
      expect(port).not.toBe(12_345);
      const free = await createUdpTransport({ host: hosts[1]!, port });
      await free.close();
    } finally {
      await taken.close();
    }
  });

  test('the usual one is taken where it is free, and left free', async () => {
    expect([await commonPort(hosts), await commonPort(hosts)]).toEqual([12_345, 12_345]);
  });

  test('an address that this host does not have is one clear line', async () => {
    await expect(commonPort(['192.0.2.1'])).rejects.toThrow(/^no UDP port can be used on 192\.0\.2\.1: /);
  });
});
