import { setTimeout as sleep } from 'node:timers/promises';
import { anyMoment, type Figures, repeat, series, withoutHolder } from './conditions.ts';

interface Kind {
  readonly what: string;
  readonly signal: 'SIGKILL' | 'SIGTERM';
  readonly extra: readonly string[];
}

const KINDS: readonly Kind[] = [
  { what: 'SIGKILL', signal: 'SIGKILL', extra: [] },
  {
    what: 'SIGKILL, crash grace 1 s as in the packaged unit',
    signal: 'SIGKILL',
    extra: ['--crash-grace', '1s'],
  },
  { what: 'SIGTERM, --on-stop keep', signal: 'SIGTERM', extra: ['--on-stop', 'keep'] },
];

/** The holder ends and is started again at once. */
export async function restart(runs: number): Promise<Figures[]> {
  const lines: Figures[] = [];
  for (const kind of KINDS) lines.push(...(await restartBy(kind, runs)));
  return lines;
}

async function restartBy({ what, signal, extra }: Kind, runs: number): Promise<Figures[]> {
  const empty = series(`${what}: time without a holder`, '0');
  const writes = series(`${what}: writes`, signal === 'SIGTERM' ? '0' : undefined, 'calls');
  const back = series(`${what}: signal -> one holder, all others stand by`);
  await repeat(what, runs, async (group) => {
    const { lb1, lb2, lb3 } = await group.startAll({ extra });
    await anyMoment();
    const at = performance.now();
    lb1!.kill(signal);
    await lb1!.ended;
    const again = group.start('lb1', { extra });
    await group.settled(again, lb2!, lb3!);
    const { said } = group.watchdogs
      .map((one) => ({ said: roleAt(one.said) }))
      .sort((a, b) => b.said - a.said)[0]!;
    back.samples.push(Math.max(said, at) - at);
    // What follows late belongs to it: a dissociation of the old holder, an audit.
    await sleep(4_000);
    empty.samples.push(withoutHolder(group, at));
    writes.samples.push(group.writes(at).length);
  });
  return [empty, writes, back];
}

function roleAt(said: readonly { at: number; event?: { kind: string } }[]): number {
  return said.findLast(({ event }) => event?.kind === 'role')?.at ?? 0;
}
