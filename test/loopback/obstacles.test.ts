import { describe, expect, it } from 'vitest';
import type { Effect, Fault } from '../../src/sim/serve.ts';
import { groupFor } from './fixture.ts';
import type { Group } from './group.ts';

const alone = { hosts: ['127.0.0.11'] };

interface Obstacle {
  readonly what: string;
  /** Puts the obstacle up; returns what takes it away. */
  readonly raise: (group: Group) => () => void;
  /** The one line that an operator needs. */
  readonly line: RegExp;
}

const refused: Effect = {
  kind: 'answer',
  status: 401,
  body: { errorresponse: { errorcode: 401, errortext: 'unable to verify user credentials' } },
};

function fault(one: Fault): Obstacle['raise'] {
  return ({ served }) => served.faults.add(one);
}

/** Another value for a while. */
function change<T extends object>(thing: T, changed: Partial<T>): () => void {
  const before = { ...thing };
  Object.assign(thing, changed);
  return () => void Object.assign(thing, before);
}

const OBSTACLES: readonly Obstacle[] = [
  {
    what: 'the API refuses the credentials',
    raise: fault({ what: /^list/, effect: refused }),
    line: /401.*(key|credential)/i,
  },
  {
    what: 'there is no such group',
    raise: ({ served }) => change(served.machine('lb1'), { groups: ['another'] }),
    line: /no security group "ha-ip"/,
  },
  {
    what: 'the address is in another zone',
    raise: ({ served, address }) => change(served.cloud.addresses.get(address)!, { zone: 'de-fra-1' }),
    line: /zone/,
  },
  {
    what: 'the metadata service does not answer',
    raise: fault({ what: /^metadata/, effect: { kind: 'cut', when: 'before' } }),
    line: /cannot tell yet which machine this is.*(metadata|instance)/,
  },
  {
    what: 'the API is down when the machine boots',
    raise: fault({ what: /^list/, effect: { kind: 'cut', when: 'before' } }),
    line: /cannot tell yet which machine this is.*(reset|closed|ECONNRESET)/i,
  },
];

describe.concurrent('what stands in the way is said and not repeated, and the watchdog waits until it is gone', () => {
  it.for(OBSTACLES)('$what', { timeout: 39_000 }, async ({ raise, line }, context) => {
    const group = await groupFor(context, { ...alone, holders: [] });
    const remove = raise(group);
    const lb1 = group.start('lb1');
    await group.until('the line', () => lb1.heard(line));
    const asked = group.served.cloud.calls.length;
    await group.until('further attempts', () => group.served.cloud.calls.length > asked + 1, 30_000);

    // The check at the start and the election may each say it in their own words; attempts never repeat a line.
    const said = lb1.said.filter(({ message }) => line.test(message)).map(({ message }) => message);
    expect(new Set(said).size).toBe(said.length);
    expect(said.length).toBeLessThanOrEqual(2);
    expect(lb1.ending).toBeNull();
    expect((await lb1.status()).degraded.join()).toMatch(line);
    expect(group.writes()).toEqual([]);
    remove();
    await group.until('it holds the address', () => lb1.role === 'active', 35_000);
  });
});
