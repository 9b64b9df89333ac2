import { describe, expect, it, type TestContext } from 'vitest';
import { groupFor } from './fixture.ts';
import type { Group } from './group.ts';
import type { Watchdog } from './watchdog.ts';

const hosts = ['127.0.0.11', '127.0.0.12'];
const witnessHost = '127.0.0.19';
const voters = [...hosts, witnessHost];
const extra = ['--voter', voters.join(',')];

interface Pair {
  readonly group: Group;
  readonly lb1: Watchdog;
  readonly lb2: Watchdog;
  readonly witness: Watchdog;
}

/** Two machines and a witness that knows no cloud; lb1 holds with the support of all three. */
async function pairFor(context: TestContext): Promise<Pair> {
  const group = await groupFor(context, { hosts });
  const witness = group.startWitness(witnessHost, voters);
  const { lb1, lb2 } = await group.startAll({ extra });
  await supported(lb1!, 3);
  return { group, witness, lb1: lb1!, lb2: lb2! };
}

async function supported(watchdog: Watchdog, count: number): Promise<void> {
  for (;;) {
    const { quorum } = await watchdog.status();
    if (quorum?.supporters === count) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('two real watchdogs and a witness', () => {
  it('the witness needs no credentials, says whom it supports, and hears both', async (context) => {
    const { witness, lb1, lb2 } = await pairFor(context);
    const status = await witness.status();
    expect(status).toMatchObject({
      role: 'witness',
      quorum: { voters: 3, majority: 2, supports: '127.0.0.11' },
    });
    expect(status.peers.map(({ state }) => state)).toEqual(['alive', 'alive']);
    expect((await lb2.status()).quorum?.supports).toContain('127.0.0.11');
    expect((await lb1.status()).quorum).toMatchObject({ supporters: 3, supports: 'this machine' });
    expect((await lb1.status()).degraded).toEqual([]);
  });

  it('the holder is killed: the other takes over with the support of the witness', async (context) => {
    const { group, lb1, lb2 } = await pairFor(context);
    lb1.kill('SIGKILL');
    await group.until('lb2 alone', () => group.holders().join() === 'lb2' && lb2.role === 'active');
    expect((await lb2.status()).quorum).toMatchObject({ supporters: 2 });
  });

  it(
    'the others are gone: the holder steps back and leaves the address, and holds again when one is ' +
      'back',
    async (context) => {
      const { group, lb1, lb2, witness } = await pairFor(context);
      lb2.kill('SIGKILL');
      witness.kill('SIGKILL');
      await group.until('lb1 steps back', () => lb1.role === 'backup');
      expect(lb1.heard('no majority of the voters supports this node any more')).toBeDefined();
      expect((await lb1.status()).degraded.join()).toContain('cut off from the majority of the voters');
      expect(group.holders()).toEqual(['lb1']);
      group.startWitness(witnessHost, voters);
      await group.until('lb1 holds again', () => lb1.role === 'active');
      expect(group.writes()).toEqual([]);
    },
  );

  it('the holder is told to stop: the witness lets it go at once, and somebody always holds', async (context) => {
    const { group, lb1, lb2 } = await pairFor(context);
    lb1.kill('SIGTERM');
    expect(await lb1.ended).toEqual({ code: 0, signal: null });
    await group.until('lb2 alone', () => group.holders().join() === 'lb2' && lb2.role === 'active');
    const vacant = group.served.cloud.changes.filter(({ holders }) => holders.length === 0);
    expect(vacant).toEqual([]);
  });
});

describe('a witness that is set up wrongly', () => {
  it('waits, and says so, when none of its addresses is among the voters', async (context) => {
    const group = await groupFor(context, { hosts });
    const witness = group.startWitness(witnessHost, [...hosts, '192.0.2.9']);
    await group.until('it complains', () =>
      witness.heard('expected an address of this machine among the voters'),
    );
    expect(witness.ending).toBeNull();
  });
});
