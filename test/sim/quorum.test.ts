import { describe, expect, test } from 'vitest';
import type { Traits } from '../../src/core/index.ts';
import { each, extent } from './extent.ts';
import { frozen, movesAtTheEnd, patterns } from './patterns.ts';
import { type Story, settled } from './story.ts';

/** R23 told: what a quorum promises, and what it costs. */

const clouds: Traits['associate'][] = ['adds', 'moves', 'refusedWhileHeld'];
const minute = 60_000;
/** Its own dead interval and that of the promise, a tick, and the calls. */
const bound = 4_500;

const some = each(patterns, extent(7, 1));

/** Two nodes and a witness elsewhere. */
function pair(associate: Traits['associate'] = 'adds'): Story {
  return settled({ associate, nodes: 2, witnesses: 1, quorum: true });
}

function part(story: Story, a: string, b: string): void {
  const [from, to] = [story.host(a).address, story.host(b).address];
  story.network.cut(from, to);
  story.network.cut(to, from);
}

function isolate(story: Story, name: string): void {
  story.isolate(story.host(name));
}

function expectHolder(story: Story, name: string): void {
  expect({ active: story.active(), holders: story.holders(), violations: story.violations }).toEqual({
    active: [name],
    holders: [name],
    violations: [],
  });
}

describe('two nodes and a witness', () => {
  test.each(clouds)(
    'a holder that is cut off steps back before the other one takes over: %s',
    (associate) => {
      const story = pair(associate);
      isolate(story, 'lb1');
      story.run(bound);
      expectHolder(story, 'lb2');
      expect(story.role(story.host('lb1'))).toBe('backup');
      story.run(10 * minute);
      expectHolder(story, 'lb2');
      expect(story.moves()).toBe(1);
      story.network.healAll();
      story.run(2 * minute);
      expectHolder(story, 'lb1');
    },
  );

  test('told', () => {
    const story = pair('adds');
    isolate(story, 'lb1');
    story.run(minute);
    expect(story.told()).toMatchInlineSnapshot(`
      "
         3.1  lb1: active -> backup: no majority of the voters supports this node any more
         3.3  lb2: backup -> taking over: lb1 fell silent; this node is the best
         3.6  cloud: lb2 gained the address
         3.6  lb2: taking over -> active: verified
         3.8  cloud: lb1 lost the address
      "
    `);
  });

  test.each(clouds)('parted from each other, both heard by the witness: nothing moves: %s', (associate) => {
    const story = pair(associate);
    part(story, 'lb1', 'lb2');
    story.run(30 * minute);
    expectHolder(story, 'lb1');
    expect(story.moves()).toBe(0);
  });

  test.each(clouds)('the backup is cut off: it claims nothing: %s', (associate) => {
    const story = pair(associate);
    isolate(story, 'lb2');
    story.run(10 * minute);
    expectHolder(story, 'lb1');
    expect(story.moves()).toBe(0);
  });

  test(
    'the witness dies, then the holder: nobody holds on, and nobody takes over; the witness returns: ' +
      'one does',
    () => {
      const story = pair();
      story.kill(story.host('w1'));
      story.run(minute);
      expectHolder(story, 'lb1');
      story.kill(story.host('lb1'));
      story.run(10 * minute);
      expect(story.active()).toEqual([]);
      expect(story.moves()).toBe(0);
      story.start(story.host('w1'));
      story.run(bound + 4_000);
      expectHolder(story, 'lb2');
    },
  );

  test('the witness restarts: the holder does not notice', () => {
    const story = pair();
    story.kill(story.host('w1'));
    story.run(300);
    story.start(story.host('w1'));
    story.run(minute);
    expect(story.told(/lb\d: .* -> /)).toBe('\n\n');
    expectHolder(story, 'lb1');
  });

  test.each(clouds)('the holder is killed: taken over when the promise to it is over: %s', (associate) => {
    const story = pair(associate);
    story.kill(story.host('lb1'));
    story.run(3_000);
    expect(story.active()).toEqual([]);
    story.run(bound - 3_000 + 1_500);
    expectHolder(story, 'lb2');
  });

  test.each(clouds)('the holder is told to leave: the witness lets it go at once: %s', (associate) => {
    const story = pair(associate);
    story.command(story.host('lb1'), { kind: 'drain' });
    story.run(1_500);
    expectHolder(story, 'lb2');
    if (associate === 'adds') expect(story.vacantMs()).toBe(0);
  });

  test.each(clouds)('the preferred node returns, and the holder releases to it: %s', (associate) => {
    const story = pair(associate);
    story.kill(story.host('lb1'));
    story.run(minute);
    story.start(story.host('lb1'));
    story.run(minute);
    expectHolder(story, 'lb1');
    if (associate === 'adds') expect(story.vacantMs()).toBe(0);
  });

  test.each(clouds)('restarted in place with `keep`: nothing moves: %s', (associate) => {
    const story = settled({ associate, nodes: 2, witnesses: 1, quorum: true, policy: { onStop: 'keep' } });
    story.command(story.host('lb1'), { kind: 'drain' });
    story.run(500);
    story.start(story.host('lb1'));
    story.run(minute);
    expectHolder(story, 'lb1');
    expect(story.moves()).toBe(0);
  });

  test('a holder that stood still for a minute wakes without a lease and writes nothing before it has listened', () => {
    const story = pair();
    story.pause(story.host('lb1'));
    story.run(minute);
    expect(story.holders()).toEqual(['lb2']);
    story.resume(story.host('lb1'));
    story.run(3_000);
    expectHolder(story, 'lb2');
    story.run(2 * minute);
    expectHolder(story, 'lb1');
  });

  test('a third of all datagrams lost: no role changes in ten minutes', () => {
    const story = settled({ nodes: 2, witnesses: 1, quorum: true, policy: { deadRatio: 8 } });
    story.network.weather.loss = 0.33;
    story.run(10 * minute);
    expect(story.told()).toBe('\n\n');
  });
});

describe('three nodes that vote', () => {
  test('two of them parted in the middle of both their claims: votes are not split for long', () => {
    const story = settled({ nodes: 4, witnesses: 1, quorum: true, associate: 'moves' });
    part(story, 'lb2', 'lb3');
    story.kill(story.host('lb1'));
    story.run(minute);
    expect(story.holders()).toEqual(story.active());
    expect(story.active().length).toBe(1);
    expect(story.violations).toEqual([]);
  });

  test.each(clouds)(
    `${some.length} of 64 patterns of links that stay cut: the address rests, and one node at most holds: %s`,
    {
      timeout: 180_000,
    },
    (associate) => {
      const restless = some.filter((cut) => {
        const story = frozen(associate, cut, {}, { quorum: true });
        const moves = movesAtTheEnd(story, 6 * minute, 4 * minute);
        return moves > 0 || story.active().length > 1 || story.violations.length > 0;
      });
      expect(restless).toEqual([]);
    },
  );
});
