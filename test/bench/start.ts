import { type Figures, repeat, series } from './conditions.ts';

/** Everybody is there: nobody needs to wait out the hold-off (R30). */
export async function start(runs: number): Promise<Figures[]> {
  const spawned = series('last process spawned -> associated');
  const heard = series('all hear each other -> associated', '<= 1000');
  const holds = series('all hear each other -> holder has verified it');
  const best = series('the best of them is the one that holds', '', 'yes = 1');
  await repeat(
    'start',
    runs,
    async (group) => {
      const watchdogs = group.names.map((name) => group.start(name));
      const holder = await group.settled(...watchdogs);
      const associated = group.served.cloud.changes[0]!.at;
      const verified = holder.said.find(({ event }) => event?.kind === 'role' && event.to === 'active')!.at;
      const met = Math.max(...watchdogs.map(({ said }) => said.findLast(isMeeting)!.at));
      spawned.samples.push(associated - watchdogs.at(-1)!.spawnedAt);
      heard.samples.push(associated - met);
      holds.samples.push(verified - met);
      best.samples.push(holder.name === 'lb1' ? 1 : 0);
    },
    { holders: [] },
  );
  return [spawned, heard, holds, best];
}

function isMeeting({ event }: { event?: { kind: string; change?: string } }): boolean {
  return event?.kind === 'peer' && event.change === 'heard';
}
