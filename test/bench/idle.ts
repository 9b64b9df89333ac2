import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Figures, repeat, series } from './conditions.ts';

const OBSERVED_MS = 20_000;

/** CPU and memory of the holder and of a standby with two peers, over 20 s; a run is one part of this time. */
export async function idle(runs: number): Promise<Figures[]> {
  const cpu = {
    lb3: series('standby: CPU', '<= 0.5', '% of a core'),
    lb1: series('holder: CPU', '', '% of a core'),
  };
  const rss = { lb3: series('standby: RSS', '<= 60', 'MiB'), lb1: series('holder: RSS', '<= 60', 'MiB') };
  await repeat('idle', 1, async (group) => {
    const watchdogs = await group.startAll();
    await sleep(5_000);
    for (let part = 0; part < runs; part += 1) {
      const before = [watchdogs.lb1!, watchdogs.lb3!].map(({ pid }) => spentMs(pid));
      const since = performance.now();
      await sleep(OBSERVED_MS / runs);
      const elapsed = performance.now() - since;
      for (const [index, name] of (['lb1', 'lb3'] as const).entries()) {
        const { pid } = watchdogs[name]!;
        cpu[name].samples.push(((spentMs(pid) - before[index]!) / elapsed) * 100);
        rss[name].samples.push(residentMiB(pid));
      }
    }
  });
  return [cpu.lb3, cpu.lb1, rss.lb3, rss.lb1];
}

/** Time on a processor of all threads: `schedstat` counts nanoseconds, `stat` only hundredths of a second. */
function spentMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return spent.reduce((a, b) => a + b, 0) / 1e6;
}

function residentMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
