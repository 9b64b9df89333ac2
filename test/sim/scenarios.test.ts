import { describe, expect, test } from 'vitest';
import type { Traits } from '../../src/core/index.ts';
import { type Story, settled, Story as Untold } from './story.ts';

const clouds: Traits['associate'][] = ['adds', 'moves', 'refusedWhileHeld'];
const minute = 60_000;
const hour = 60 * minute;
/** Long enough for every back-off that a story without a duel knows. */
const long = 15 * minute;

/** One node is active, and the cloud names it and no other. */
function expectHolder(story: Story, name: string): void {
  expect({ active: story.active(), holders: story.holders(), violations: story.violations }).toEqual({
    active: [name],
    holders: [name],
    violations: [],
  });
}

/** It runs until the node holds; the milliseconds that took. */
function runUntilHeldBy(story: Story, name: string, limit: number): number {
  const begin = story.world.now;
  while (story.holders().join() !== name && story.world.now - begin < limit) story.run(10);
  return story.world.now - begin;
}

describe('starting', () => {
  test.each(clouds)('a complete group that starts together holds within a second: %s', (associate) => {
    const story = new Untold({ associate }).begin().startAll();
    expect(runUntilHeldBy(story, 'lb1', 5_000)).toBeLessThan(1_000);
    story.run(minute);
    expectHolder(story, 'lb1');
    expect(story.moves()).toBe(1);
  });

  test('a complete group: told', () => {
    const story = new Untold().begin().startAll();
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: starts
         0.0  lb2: starts
         0.0  lb3: starts
         0.0  lb1: hold-off -> backup: hold-off over
         0.0  lb2: hold-off -> backup: hold-off over
         0.0  lb3: hold-off -> backup: hold-off over
         0.0  lb1: backup -> taking over: nobody holds the address; this node is the best
         0.3  cloud: lb1 gained the address
         0.4  lb1: taking over -> active: verified
      "
    `);
  });

  test('a node that starts alone waits a dead interval for the others', () => {
    const story = new Untold().begin();
    story.start(story.host('lb2'));
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb2: starts
         3.3  lb2: hold-off -> backup: hold-off over
         3.4  lb2: backup -> taking over: nobody holds the address; this node is the best
         3.6  cloud: lb2 gained the address
         3.7  lb2: taking over -> active: verified
      "
    `);
    expectHolder(story, 'lb2');
  });

  test('equal priorities: the lower node id wins, once and for good', () => {
    const story = new Untold({ priorities: [10, 10, 10] }).begin().startAll();
    story.run(long);
    expectHolder(story, 'lb1');
    expect(story.moves()).toBe(1);
  });

  test('no API for anybody at the start: nobody holds; when it comes back the best does', () => {
    const story = new Untold().begin();
    for (const host of story.hosts) host.api.down = true;
    story.startAll();
    story.run(2 * minute);
    expect([story.holders(), story.active()]).toEqual([[], []]);
    for (const host of story.hosts) host.api.down = false;
    story.note(story.world.now, 'API: starts to answer');
    story.run(minute);
    expectHolder(story, 'lb1');
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: starts
         0.0  lb2: starts
         0.0  lb3: starts
        25.1  lb2: hold-off -> backup: the API does not answer
        25.1  lb3: hold-off -> backup: the API does not answer
        25.1  lb1: hold-off -> backup: the API does not answer
       120.0  API: starts to answer
       120.1  lb1: backup -> taking over: nobody holds the address; this node is the best
       120.1  lb3: backup -> taking over: nobody holds the address; this node is the best
       120.1  lb2: backup -> taking over: nobody holds the address; this node is the best
       120.1  lb2: taking over -> backup: a better node is there
       120.1  lb3: taking over -> backup: a better node is there
       120.4  cloud: lb1 gained the address
       120.5  lb1: taking over -> active: verified
      "
    `);
  });
});

describe('the holder goes', () => {
  test('killed: its host refuses the probes, and the next best holds within a second', () => {
    const story = settled();
    story.kill(story.host('lb1'));
    expect(runUntilHeldBy(story, 'lb2', 5_000)).toBeLessThan(1_000);
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: killed
         0.5  lb2: backup -> taking over: lb1 is gone; this node is the best
         0.8  cloud: lb1 lost the address
         0.8  cloud: lb2 gained the address
         0.9  lb2: taking over -> active: verified
      "
    `);
    expectHolder(story, 'lb2');
  });

  test('killed, where several may hold: the successor attaches first, then dissociates the dead one', () => {
    const story = settled({ associate: 'adds' });
    story.kill(story.host('lb1'));
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: killed
         0.5  lb2: backup -> taking over: lb1 is gone; this node is the best
         0.8  cloud: lb2 gained the address
         0.9  lb2: taking over -> active: verified
         1.1  cloud: lb1 lost the address
      "
    `);
    expectHolder(story, 'lb2');
    expect(story.vacantMs()).toBe(0);
  });

  test('killed, where associating is refused while held: cleared and taken', () => {
    const story = settled({ associate: 'refusedWhileHeld' });
    story.kill(story.host('lb1'));
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: killed
         0.5  lb2: backup -> taking over: lb1 is gone; this node is the best
         0.8  cloud: lb1 lost the address
         1.1  cloud: lb2 gained the address
         1.1  lb2: taking over -> active: verified
      "
    `);
    expectHolder(story, 'lb2');
    expect(story.vacantMs()).toBeLessThan(1_000);
  });

  test('its host is cut off: silence for a dead interval decides, and a rank step', () => {
    const story = settled();
    cutOff(story, 'lb1');
    const took = runUntilHeldBy(story, 'lb2', 10_000);
    expect(took).toBeGreaterThan(2_250);
    expect(took).toBeLessThan(3_250 + 100 + 100 + 1_000);
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         3.3  lb2: backup -> taking over: lb1 fell silent; this node is the best
         3.6  cloud: lb1 lost the address
         3.6  cloud: lb2 gained the address
         3.6  lb2: taking over -> active: verified
      "
    `);
    expect(story.holders()).toEqual(['lb2']);
  });

  test('the two best fall silent at once: the third feels cut off, and waits a minute', () => {
    const story = settled();
    cutOff(story, 'lb1');
    cutOff(story, 'lb2');
    story.run(2 * minute);
    expect(story.told(/lb3:.* -> |cloud/)).toMatchInlineSnapshot(`
      "
        60.1  lb3: backup -> taking over: lb1 fell silent; no better node lives
        60.4  cloud: lb1 lost the address
        60.4  cloud: lb3 gained the address
        60.4  lb3: taking over -> active: verified
      "
    `);
    expect(story.holders()).toEqual(['lb3']);
  });

  test.each([true, false])(
    'the two best fall silent, and the cloud says that their machines are off: the third takes over (group: %s)',
    (grouped) => {
      const story = settled({ grouped });
      for (const name of ['lb1', 'lb2']) {
        cutOff(story, name);
        story.cloud.setState(story.host(name).instance, 'off', story.world.now);
      }
      expect(runUntilHeldBy(story, 'lb3', minute)).toBeLessThan(6_000);
    },
  );

  test.each(clouds)('SIGTERM: make before break, then it leaves: %s', (associate) => {
    const story = settled({ associate });
    story.command(story.host('lb1'), { kind: 'drain' });
    expect(runUntilHeldBy(story, 'lb2', 10_000)).toBeLessThan(2_000);
    story.run(minute);
    expectHolder(story, 'lb2');
    expect(story.role(story.host('lb1'))).toBe('down');
    expect(story.vacantMs()).toBeLessThan(associate === 'refusedWhileHeld' ? 1_000 : 1);
  });

  test('SIGTERM, where several may hold: told', () => {
    const story = settled({ associate: 'adds' });
    story.command(story.host('lb1'), { kind: 'drain' });
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: told to drain
         0.0  lb2: backup -> taking over: lb1 is leaving
         0.3  cloud: lb2 gained the address
         0.4  lb2: taking over -> active: verified
         0.7  cloud: lb1 lost the address
         0.7  lb1: handing over -> stopped: asked to stop
         0.7  lb1: has left
      "
    `);
  });

  test('SIGTERM, where it moves: told', () => {
    const story = settled();
    story.command(story.host('lb1'), { kind: 'drain' });
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: told to drain
         0.0  lb2: backup -> taking over: lb1 is leaving
         0.3  cloud: lb1 lost the address
         0.3  cloud: lb2 gained the address
         0.4  lb2: taking over -> active: verified
         0.4  lb1: handing over -> stopped: asked to stop
         0.4  lb1: has left
      "
    `);
  });

  test('SIGTERM of the last one: the address stays where it is', () => {
    const story = settled({ nodes: 1 });
    story.command(story.host('lb1'), { kind: 'drain' });
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: told to drain
         0.2  lb1: handing over -> stopped: asked to stop
         0.2  lb1: has left
      "
    `);
    expect(story.holders()).toEqual(['lb1']);
  });

  test('SIGTERM of all at once: nobody waits for an heir who leaves too', () => {
    const story = settled({ associate: 'adds' });
    for (const host of story.hosts) story.command(host, { kind: 'drain' });
    story.run(30_000);
    expect(story.hosts.map((host) => story.role(host))).toEqual(['down', 'down', 'down']);
    expect(story.holders()).toEqual(['lb1']);
  });
});

/** As a machine without power: nothing in, nothing out, no API. */
function cutOff(story: Story, name: string): void {
  story.isolate(story.host(name));
  story.host(name).api.down = true;
}

describe('the holder comes back', () => {
  test.each(clouds)('restarted in place with `keep`: nothing moves: %s', (associate) => {
    const story = settled({ associate, policy: { onStop: 'keep' } });
    story.command(story.host('lb1'), { kind: 'drain' });
    story.run(500);
    expect(story.role(story.host('lb1'))).toBe('down');
    story.start(story.host('lb1'));
    story.run(minute);
    expectHolder(story, 'lb1');
    expect(story.changes()).toEqual([]);
  });

  test('`keep`, and it does not come back: taken over when the announced bound has passed', () => {
    const story = settled({ policy: { onStop: 'keep', restartBoundMs: 5_000 } });
    story.command(story.host('lb1'), { kind: 'drain' });
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: told to drain
         0.2  lb1: handing over -> stopped: asked to stop
         0.2  lb1: has left
         5.1  lb2: backup -> taking over: lb1 fell silent; this node is the best
         5.4  cloud: lb1 lost the address
         5.4  cloud: lb2 gained the address
         5.5  lb2: taking over -> active: verified
      "
    `);
    expectHolder(story, 'lb2');
  });

  test.each(clouds)('killed and back before its peers are certain: nothing moves: %s', (associate) => {
    const story = settled({ associate });
    story.kill(story.host('lb1'));
    story.run(100);
    story.start(story.host('lb1'));
    story.run(minute);
    expectHolder(story, 'lb1');
    expect(story.changes()).toEqual([]);
  });

  test.each(clouds)(
    'killed and back while its successor takes over: one holder at the end, never none where the cloud allows: %s',
    (associate) => {
      for (const back of [300, 400, 500, 600, 700, 800, 1_000, 1_500, 2_500]) {
        const story = settled({ associate, seed: back });
        story.kill(story.host('lb1'));
        story.run(back);
        story.start(story.host('lb1'));
        story.run(3 * minute);
        expectHolder(story, 'lb1');
        expect({ back, vacantMs: story.vacantMs() }).toSatisfy(
          ({ vacantMs }) => vacantMs <= (associate === 'refusedWhileHeld' ? 4_000 : 0),
        );
      }
    },
  );

  test.each([
    ['moves', 0],
    ['refusedWhileHeld', 10_000],
  ] as const)(
    'heard again when its successor has written already: what that write did is mended within seconds: %s',
    (associate, vacantMs) => {
      const story = settled({ associate, nodes: 2 });
      story.run(5 * minute);
      story.begin();
      for (const host of story.hosts) host.api.operationMs = 5_000;
      story.cut('1>2');
      story.run(3_450);
      story.network.healAll();
      expect(story.role(story.host('lb2'))).toBe('taking over');
      story.run(20_000);
      expectHolder(story, 'lb1');
      expect(story.vacantMs()).toBeLessThanOrEqual(vacantMs);
    },
  );

  test('with a crash grace its unit may restart it: nothing moves', () => {
    const story = settled({ policy: { crashGraceMs: 1_000 } });
    story.kill(story.host('lb1'));
    story.run(800);
    story.start(story.host('lb1'));
    story.run(minute);
    expectHolder(story, 'lb1');
    expect(story.changes()).toEqual([]);
  });

  test('SIGSTOP for a minute: it wakes into hold-off, finds the address taken, and gets it back in order', () => {
    const story = settled();
    story.pause(story.host('lb1'));
    story.run(minute);
    story.resume(story.host('lb1'));
    story.run(2 * minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: paused
         3.3  lb2: backup -> taking over: lb1 fell silent; this node is the best
         3.6  cloud: lb1 lost the address
         3.6  cloud: lb2 gained the address
         3.6  lb2: taking over -> active: verified
        60.0  lb1: resumes
        60.0  lb1: active -> hold-off: this machine was paused for 60000 ms
        61.0  lb1: hold-off -> backup: hold-off over
        90.0  lb1: backup -> taking over: this node ranks before lb2
        90.3  cloud: lb2 lost the address
        90.3  cloud: lb1 gained the address
        90.3  lb1: taking over -> active: verified
        90.4  lb2: active -> backup: lb1 took the address
      "
    `);
    expectHolder(story, 'lb1');
    expect(story.vacantMs()).toBe(0);
  });

  test('a pause that no clock counts, with all that was sent meanwhile in the queue: hold-off', () => {
    const story = settled();
    story.pause(story.host('lb2'), 'none');
    story.run(20_000);
    story.resume(story.host('lb2'));
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb2: paused
        20.0  lb2: resumes
        20.0  lb2: backup -> hold-off: lb1 missed us for longer than we noticed
        22.0  lb2: hold-off -> backup: hold-off over
      "
    `);
  });

  test('SIGSTOP shorter than two seconds: no role changes anywhere', () => {
    for (const host of ['lb1', 'lb2', 'lb3']) {
      const story = settled();
      story.pause(story.host(host));
      story.run(1_900);
      story.resume(story.host(host));
      story.run(minute);
      expect(story.told(/ -> |cloud/)).toBe('\n\n');
    }
  });
});

describe('preemption', () => {
  /** lb1 crashed, lb2 took over; the story begins when lb1 starts again, long after. */
  function returning(options: Parameters<typeof settled>[0] = {}): Story {
    const story = settled(options);
    story.kill(story.host('lb1'));
    story.run(5 * minute);
    story.begin();
    story.start(story.host('lb1'));
    return story;
  }

  test('the preferred node returns: after the preempt delay it takes the address, before the other lets go', () => {
    const story = returning({ associate: 'adds' });
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: starts
         0.0  lb1: hold-off -> backup: hold-off over
        10.0  lb1: backup -> taking over: this node ranks before lb2
        10.3  cloud: lb1 gained the address
        10.4  lb1: taking over -> active: verified
        10.4  lb2: active -> backup: lb1 holds the address too and ranks before this node
        10.6  cloud: lb2 lost the address
      "
    `);
    expectHolder(story, 'lb1');
    expect(story.vacantMs()).toBe(0);
  });

  test('the preferred node returns to a cloud that moves', () => {
    const story = returning();
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: starts
         0.0  lb1: hold-off -> backup: hold-off over
        10.0  lb1: backup -> taking over: this node ranks before lb2
        10.3  cloud: lb2 lost the address
        10.3  cloud: lb1 gained the address
        10.4  lb1: taking over -> active: verified
        10.4  lb2: active -> backup: lb1 took the address
      "
    `);
    expectHolder(story, 'lb1');
    expect(story.vacantMs()).toBe(0);
  });

  test('an address that has just moved rests for thirty seconds first', () => {
    const story = settled();
    story.isolate(story.host('lb1'));
    story.run(5_000);
    expect(story.holders()).toEqual(['lb2']);
    story.network.healAll();
    story.begin();
    story.run(2 * minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         1.1  lb1: active -> backup: lb2 took the address
        31.0  lb1: backup -> taking over: this node ranks before lb2
        31.3  cloud: lb2 lost the address
        31.3  cloud: lb1 gained the address
        31.3  lb1: taking over -> active: verified
        31.4  lb2: active -> backup: lb1 took the address
      "
    `);
    expectHolder(story, 'lb1');
  });

  test('preempt off: a living holder is never displaced', () => {
    const story = returning({ policy: { preempt: false } });
    story.run(long);
    expectHolder(story, 'lb2');
    expect(story.changes()).toEqual([]);
  });

  test('a peer that flaps loses its right to preempt, and gets it back when it has been steady', () => {
    const story = settled();
    for (let i = 0; i < 5; i++) {
      story.kill(story.host('lb1'));
      story.run(20_000);
      story.start(story.host('lb1'));
      story.run(minute);
    }
    story.begin();
    story.run(4 * minute);
    expectHolder(story, 'lb2');
    expect(story.changes()).toEqual([]);
    story.run(10 * minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
       300.0  lb1: backup -> taking over: this node ranks before lb2
       300.3  cloud: lb2 lost the address
       300.3  cloud: lb1 gained the address
       300.4  lb1: taking over -> active: verified
       300.4  lb2: active -> backup: lb1 took the address
      "
    `);
    expectHolder(story, 'lb1');
  });
});

describe('links', () => {
  test('holder to one backup is cut, a third node hears both: it vetoes', () => {
    const story = settled();
    story.cut('1>2');
    story.run(long);
    expectHolder(story, 'lb1');
    expect(story.changes()).toEqual([]);
  });

  test('holder to the only backup is cut: it takes over once, and the old holder may not preempt a deaf one', () => {
    const story = settled({ nodes: 2 });
    story.cut('1>2');
    story.run(long);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         3.3  lb2: backup -> taking over: lb1 fell silent; this node is the best
         3.6  cloud: lb1 lost the address
         3.6  cloud: lb2 gained the address
         3.6  lb2: taking over -> active: verified
         5.3  lb1: active -> backup: lb2 took the address
      "
    `);
    expectHolder(story, 'lb2');
  });

  test.each([2, 3])('backup to holder is cut, %i nodes: nothing moves', (nodes) => {
    const story = settled({ nodes });
    story.cut('2>1');
    story.run(long);
    expectHolder(story, 'lb1');
    expect(story.changes()).toEqual([]);
  });

  test('two nodes parted for hours: whoever lost the address leaves it to the other for longer and longer', () => {
    const story = settled({ nodes: 2 });
    story.cut('1>2', '2>1');
    story.run(10 * minute);
    const perHour = [0, 1, 2].map(() => {
      const begin = story.world.now;
      story.run(hour);
      return story.moves(begin);
    });
    expect(perHour.every((moves) => moves <= 12)).toBe(true);
    expect(perHour).toMatchInlineSnapshot(`
      [
        6,
        6,
        6,
      ]
    `);
    expect(story.violations).toEqual([]);
  });

  test.each(clouds)('a partition heals: one holder within a minute, the best in the end: %s', (associate) => {
    const story = settled({ nodes: 2, associate });
    story.cut('1>2', '2>1');
    story.run(20 * minute);
    story.network.healAll();
    story.run(2 * minute);
    expectHolder(story, 'lb1');
  });

  test('a partition of two nodes: told', () => {
    const story = settled({ nodes: 2 });
    story.cut('1>2', '2>1');
    story.run(3 * minute);
    story.network.healAll();
    story.note(story.world.now, 'links: starts to carry again');
    story.run(2 * minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         3.3  lb2: backup -> taking over: lb1 fell silent; this node is the best
         3.6  cloud: lb1 lost the address
         3.6  cloud: lb2 gained the address
         3.6  lb2: taking over -> active: verified
        13.5  lb1: active -> backup: lb2 took the address
        28.5  lb1: backup -> taking over: lb2 fell silent; this node is the best
        28.8  cloud: lb2 lost the address
        28.8  cloud: lb1 gained the address
        28.8  lb1: taking over -> active: verified
        52.7  lb2: active -> backup: lb1 took the address
        67.8  lb2: backup -> taking over: lb1 fell silent; this node is the best
        68.1  cloud: lb1 lost the address
        68.1  cloud: lb2 gained the address
        68.1  lb2: taking over -> active: verified
        77.9  lb1: active -> backup: lb2 took the address
       108.0  lb1: backup -> taking over: lb2 fell silent; this node is the best
       108.3  cloud: lb2 lost the address
       108.3  cloud: lb1 gained the address
       108.3  lb1: taking over -> active: verified
       117.2  lb2: active -> backup: lb1 took the address
       180.0  links: starts to carry again
      "
    `);
  });
});

describe('the cloud', () => {
  test('the best backup has no API when the holder dies: the next best proceeds', () => {
    const story = settled();
    story.host('lb2').api.down = true;
    story.kill(story.host('lb1'));
    story.run(2 * minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: killed
         0.5  lb2: backup -> taking over: lb1 is gone; this node is the best
        15.5  lb2: taking over -> backup: the takeover did not succeed in time
        15.5  lb3: backup -> taking over: lb1 is gone; this node is the best
        15.8  cloud: lb1 lost the address
        15.8  cloud: lb3 gained the address
        15.9  lb3: taking over -> active: verified
      "
    `);
    expect(story.holders()).toEqual(['lb3']);
    expect(story.violations).toEqual([]);
  });

  test('it was without an API before: nobody waits for it', () => {
    const story = settled();
    story.host('lb2').api.down = true;
    story.run(2 * minute);
    story.begin();
    story.kill(story.host('lb1'));
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  lb1: killed
         0.5  lb3: backup -> taking over: lb1 is gone; this node is the best
         0.8  cloud: lb1 lost the address
         0.8  cloud: lb3 gained the address
         0.8  lb3: taking over -> active: verified
      "
    `);
    expect(story.holders()).toEqual(['lb3']);
  });

  test('a holder without an API stays: what it serves is not touched', () => {
    const story = settled();
    story.host('lb1').api.down = true;
    story.run(long);
    expect([story.active(), story.holders(), story.changes()]).toEqual([['lb1'], ['lb1'], []]);
  });

  /** A machine of the account that is no member has the address before anybody starts. */
  function foreignHolder(foreign: 'wait' | 'steal'): Story {
    const story = new Untold({ policy: { foreign } }).begin();
    story.cloud.instances.set('stranger', {
      ...story.cloud.instances.get(story.host('lb1').instance)!,
      id: 'stranger',
      name: 'stranger',
      state: 'running',
    });
    story.cloud.setHolders('198.51.100.50', ['stranger'], 0);
    return story.startAll();
  }

  const alarms = /no member of the group/;

  test('a stranger holds the address: wait and say so', () => {
    const story = foreignHolder('wait');
    story.run(long);
    expect(story.holders()).toEqual(['stranger']);
    expect(story.told(alarms)).toMatchInlineSnapshot(`
      "
         0.1  lb1: the address is held by stranger, which is no member of the group: it stays there
      "
    `);
  });

  test('a stranger holds the address: steal', () => {
    const story = foreignHolder('steal');
    story.run(minute);
    expectHolder(story, 'lb1');
    expect(story.told(alarms)).toBe('\n\n');
  });

  test('a stranger holds the address and becomes a member: it is heard, and replaced when it crashes', () => {
    const story = settled({ nodes: 2, grouped: true });
    const [lb1, lb2] = story.hosts;
    story.list(lb1!, false);
    story.kill(lb2!);
    story.start(lb2!);
    story.run(2 * minute);
    expect(story.told(alarms)).toContain('is held by lb1, which is no member of the group');
    story.list(lb1!, true);
    story.run(2 * minute);
    expectHolder(story, 'lb1');
    story.kill(lb1!);
    expect(runUntilHeldBy(story, 'lb2', 10_000)).toBeLessThan(10_000);
  });

  test('a member holds the address and was never heard: wait a minute, and say what to open', () => {
    const story = new Untold().begin();
    story.cloud.setHolders('198.51.100.50', [story.host('lb3').instance], 0);
    story.start(story.host('lb1'));
    story.start(story.host('lb2'));
    story.run(5 * minute);
    expect(story.told(/ -> |cloud|never heard: open/)).toMatchInlineSnapshot(`
      "
         0.0  cloud: lb3 gained the address
         3.3  lb2: hold-off -> backup: hold-off over
         3.3  lb1: hold-off -> backup: hold-off over
         3.3  lb1: backup -> taking over: lb3 was never heard; this node is the best
        63.6  cloud: lb3 lost the address
        63.6  cloud: lb1 gained the address
        63.7  lb1: taking over -> active: verified
      "
    `);
    expectHolder(story, 'lb1');
  });

  test.each(['none', 'others'] as const)(
    'a list of the group that names %s of us is not believed',
    (lists) => {
      const story = settled({ grouped: true });
      for (const host of story.hosts) host.api.lists = lists;
      story.run(long);
      expectHolder(story, 'lb1');
      expect(story.changes()).toEqual([]);
      expect(story.hosts.map((host) => story.state(host)!.peers.length)).toEqual([2, 2, 2]);
      story.kill(story.host('lb1'));
      story.run(minute);
      expectHolder(story, 'lb2');
    },
  );

  test('a group that names nobody at the start: nobody claims until it does', () => {
    const story = new Untold({ grouped: true }).begin();
    for (const host of story.hosts) host.api.lists = 'none';
    story.startAll();
    story.run(5 * minute);
    expect(story.holders()).toEqual([]);
    for (const host of story.hosts) host.api.lists = 'all';
    story.run(2 * minute);
    expectHolder(story, 'lb1');
  });

  test('an operator gives the address to a backup by hand: the group follows, then puts it back', () => {
    const story = settled();
    story.cloud.setHolders('198.51.100.50', [story.host('lb2').instance], story.world.now);
    story.run(3 * minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         0.0  cloud: lb2 gained the address
         0.0  cloud: lb1 lost the address
         0.3  lb1: active -> backup: lb2 took the address
         0.4  lb1: backup -> taking over: lb2 does not hold any more; this node is the best
         0.6  cloud: lb2 lost the address
         0.6  cloud: lb1 gained the address
         0.7  lb1: taking over -> active: verified
      "
    `);
    expectHolder(story, 'lb1');
  });
});

test('a backup that lets go in vain when the holder crashes: what it fences is a plan of its own', () => {
  const story = settled({ nodes: 2, associate: 'adds' });
  const [lb1, lb2] = story.hosts;
  lb2!.api.lost = 1;
  story.cloud.setHolders('198.51.100.50', [lb1!.instance, lb2!.instance], story.world.now);
  while (!story.cloud.calls.some(({ who, what }) => who === 'lb2' && what === 'dissociate')) story.run(100);
  story.kill(lb1!);
  lb2!.api.lost = 0;
  story.run(minute);
  expectHolder(story, 'lb2');
});

test('a backup lets go, unanswered, and has to take over: it dissociates nobody while it may yet lose its own', () => {
  const story = settled({ nodes: 2, associate: 'adds' });
  const [lb1, lb2] = story.hosts;
  Object.assign(lb2!.api, { late: 1, operationMs: 4_000 });
  story.cloud.setHolders('198.51.100.50', [lb1!.instance, lb2!.instance], story.world.now);
  while (!story.cloud.calls.some(({ who, what }) => who === 'lb2' && what === 'dissociate')) story.run(100);
  Object.assign(lb2!.api, { late: 0, operationMs: 200 });
  story.kill(lb1!);
  story.run(minute);
  expectHolder(story, 'lb2');
  expect(story.vacantMs()).toBe(0);
});

describe('the quorum', () => {
  test('a holder that leaves and is deaf to its voters has no lease when its successor has one', () => {
    const story = settled({ nodes: 2, witnesses: 1, quorum: true }).cut('2>1');
    story.network.cut('10.9.0.1', '10.0.0.1');
    story.command(story.host('lb1'), { kind: 'drain' });
    story.run(minute);
    expectHolder(story, 'lb2');
  });
});
