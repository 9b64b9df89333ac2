import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Group } from '../loopback/group.ts';
import type { Watchdog } from '../loopback/watchdog.ts';
import { anyMoment, CONDITIONS, type Figures, repeat, series } from './conditions.ts';

const HOSTS = ['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14'];
/** Two dead intervals: a node that fell silent would be buried by then. */
const OBSERVED_MS = 7_000;

/** A fourth member that only listens sees every beat of the others. */
export async function hang(runs: number): Promise<Figures[]> {
  const bound = `<= ${CONDITIONS.intervalMs} + event loops`;
  const holding = series("the holder's call hangs: longest gap between its heartbeats", bound);
  const claiming = series("the claimant's write hangs: longest gap between its heartbeats", bound);
  const deaths = series('peers that were declared dead although they lived', '0', 'peers');
  const own = series('delay of the event loop that took the times, longest');
  await repeat(
    'hang (holder)',
    runs,
    async (group) => {
      const holder = await settle(group);
      const since = performance.now();
      hangFor(group, { who: holder.name });
      await group.until('a call of the holder', () => calledBy(group, holder.name, since), 40_000);
      holding.samples.push(await longestGap(group, holder.name, own.samples));
      deaths.samples.push(declaredDead(group, since, []));
    },
    { hosts: HOSTS },
  );
  await repeat(
    'hang (claimant)',
    runs,
    async (group) => {
      const holder = await settle(group);
      await anyMoment();
      const since = performance.now();
      hangFor(group, { what: 'addIpToNic' });
      holder.kill('SIGKILL');
      const { who } = await group.until('a claim', () => group.writes(since)[0]);
      claiming.samples.push(await longestGap(group, who, own.samples));
      deaths.samples.push(declaredDead(group, since, [holder.name]));
    },
    { hosts: HOSTS },
  );
  return [holding, claiming, deaths, own];
}

function settle(group: Group): Promise<Watchdog> {
  return group.settled(...['lb1', 'lb2', 'lb3'].map((name) => group.start(name)));
}

/** The oldest fault that matches applies, so the hanging one must come first. */
function hangFor({ served }: Group, calls: { who?: string; what?: string }): void {
  served.faults.clear();
  served.faults.add({ ...calls, effect: { kind: 'hang', at: 'headers' } });
  served.faults.add({ effect: { kind: 'latency', ms: CONDITIONS.latencyMs } });
}

function calledBy({ served }: Group, name: string, since: number) {
  return served.cloud.calls.find(({ who, at }) => who === name && at >= since);
}

async function longestGap(group: Group, name: string, eventLoop: number[]): Promise<number> {
  const socket = createSocket('udp4');
  const beats: number[] = [];
  const host = group.hostOf(name);
  socket.on('message', (_, from) => {
    if (from.address === host) beats.push(performance.now());
  });
  socket.bind({ address: group.hostOf('lb4'), port: group.port, exclusive: true });
  await once(socket, 'listening');
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await sleep(OBSERVED_MS);
  socket.close();
  eventLoop.push(delay.max / 1e6);
  const ends = [...beats, performance.now()];
  return Math.max(...ends.map((at, index) => (index === 0 ? 0 : at - ends[index - 1]!)));
}

/** `peer X (address) fell silent` or `is gone`, of a peer that nobody killed. */
function declaredDead({ watchdogs }: Group, since: number, killed: readonly string[]): number {
  const buried = watchdogs.flatMap(({ said }) =>
    said.flatMap(({ at, event }) =>
      at >= since && event?.kind === 'peer' && ['silent', 'refused'].includes(event.change)
        ? [event.peer]
        : [],
    ),
  );
  return buried.filter((peer) => !killed.some((name) => peer.startsWith(name))).length;
}
