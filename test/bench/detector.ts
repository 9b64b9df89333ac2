import {
  betweenFalseDeaths,
  type Counted,
  count,
  type Link,
  withBursts,
  withoutGuard,
  withQuestions,
} from '../../src/sim/planning/detector.ts';
import type { Figures } from './conditions.ts';

const hour = 3_600_000;
/** Virtual time of one run. */
const forMs = hour / 2;

/**
 * False deaths per link and hour, at 1 s. `plain`: a peer that only beats, as exoip does: here the theory (1−p)·p^r is
 * to be met; a deadline without the guard would give the figure behind "bare". `standbys`: two nodes of ha-ip, of which
 * the one that misses all but one heartbeat asks. `holder`: the only link on which a false death may move the address;
 * its heartbeats come five times as often.
 */
export async function detector(runs: number): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (const deadRatio of [2, 3]) {
    for (const loss of [0.01, 0.05, 0.1, 0.2]) {
      const counted = Array.from({ length: runs }, (_, seed) => watch(deadRatio, loss, seed));
      figures.push(...lines(deadRatio, loss, counted));
      // A terminal wants to see that it goes on; nothing else does.
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kratio ${deadRatio}, loss ${loss}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return figures;
}

function watch(deadRatio: number, loss: number, seed: number): Counted {
  const policy = { intervalMs: 1_000, deadRatio };
  return count({ seed, nodes: 3, associate: 'moves', policy, loss, plain: true, forMs });
}

function lines(deadRatio: number, loss: number, counted: readonly Counted[]): Figures[] {
  const timing = { intervalMs: 1_000, deadRatio };
  const perHour = (mean: number) => Number((hour / mean).toPrecision(2)).toString();
  const bare = perHour(withoutGuard(timing, loss));
  const theory: Record<Link, string> = {
    plain: `${perHour(betweenFalseDeaths(timing, loss))} by theory; bare ${bare}`,
    standbys: `${perHour(withQuestions(timing, loss))} by theory`,
    holder: `${perHour(withBursts(timing, loss))} by theory`,
  };
  return (['plain', 'standbys', 'holder'] as const).map((link) => ({
    what: `ratio ${deadRatio}, loss ${loss * 100} %: ${link}, ${hours(counted, link)} h`,
    unit: '/link-hour',
    samples: [total(counted, link)],
    aim: theory[link],
  }));
}

/** All runs together: what is rare would be nothing in most of them. */
function total(counted: readonly Counted[], link: Link): number {
  const deaths = counted.reduce((sum, { tallies }) => sum + tallies[link].deaths, 0);
  return Number((deaths / hours(counted, link)).toPrecision(3));
}

function hours(counted: readonly Counted[], link: Link): number {
  return counted.reduce((sum, { tallies }) => sum + tallies[link].linkMs, 0) / hour;
}
