import type { Group } from '../loopback/group.ts';
import { anyMoment, type Figures, repeat, series, withoutHolder } from './conditions.ts';

/** The process dies and its host lives: the kernel refuses the probes of the others. */
export async function kill(runs: number): Promise<Figures[]> {
  const lines = takeoverLines('<= 700 median');
  await repeat('kill', runs, async (group) => {
    const { lb1 } = await group.startAll();
    await anyMoment();
    const at = performance.now();
    lb1!.kill('SIGKILL');
    await noteTakeover(group, 'lb1', at, lines);
  });
  return Object.values(lines);
}

/** The holder says that it leaves, and waits for its successor. */
export async function term(runs: number): Promise<Figures[]> {
  const lines = takeoverLines('<= 50');
  const empty = series('time without a holder', '0');
  const gone = series('SIGTERM -> the process has ended');
  await repeat('term', runs, async (group) => {
    const { lb1 } = await group.startAll();
    await anyMoment();
    const at = performance.now();
    lb1!.kill('SIGTERM');
    const ended = lb1!.ended.then(() => gone.samples.push(performance.now() - at));
    await noteTakeover(group, 'lb1', at, lines);
    await ended;
    empty.samples.push(withoutHolder(group, at));
  });
  return [...Object.values(lines), gone, empty];
}

/** Of a takeover that begins at some moment: when which step of it was seen at the API. */
export function takeoverLines(aim: string) {
  return {
    noticed: series('-> successor begins to take over'),
    claims: series('-> claim starts: first write arrives at the API', aim),
    associated: series('-> associated with the successor'),
    dissociated: series('-> dissociated from the old holder'),
  };
}

export async function noteTakeover(
  group: Group,
  old: string,
  at: number,
  lines: ReturnType<typeof takeoverLines>,
): Promise<void> {
  const { changes } = group.served.cloud;
  const claim = await group.until('a claim', () => group.writes(at).find(({ who }) => who !== old));
  const gained = await group.until('an association', () =>
    changes.find((change) => change.at >= at && change.change === 'gained'),
  );
  const lost = await group.until('a dissociation', () =>
    changes.find((change) => change.at >= at && change.change === 'lost'),
  );
  const successor = group.watchdogs.find(({ name }) => name === claim.who);
  const noticed = successor?.said.find(
    (line) => line.at >= at && line.event?.kind === 'role' && line.event.to === 'taking over',
  );
  if (noticed) lines.noticed.samples.push(noticed.at - at);
  lines.claims.samples.push(claim.at - at);
  lines.associated.samples.push(gained.at - at);
  lines.dissociated.samples.push(lost.at - at);
}
