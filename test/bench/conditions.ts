import { setTimeout as sleep } from 'node:timers/promises';
import { Group, type GroupOptions } from '../loopback/group.ts';

/** The conditions under which exoip and keepalived were measured, so that the figures can stand side by side. */
export const CONDITIONS = { intervalMs: 1000, deadRatio: 3, latencyMs: 20, jobMs: 200 } as const;

/** One line of the result. */
export interface Figures {
  readonly what: string;
  /** Default ms. */
  readonly unit?: string;
  readonly samples: readonly number[];
  /** What it should be, or is bounded by. */
  readonly aim?: string;
}

/** A line whose values are collected while the runs go on. */
export interface Series extends Figures {
  readonly samples: number[];
}

export function series(what: string, aim?: string, unit?: string): Series {
  return { what, samples: [], ...(aim !== undefined && { aim }), ...(unit !== undefined && { unit }) };
}

/**
 * Does the same to a fresh group, again and again: no run inherits the claims and waits of the one before. The address
 * is lb1's from the beginning.
 */
export async function repeat(
  what: string,
  runs: number,
  act: (group: Group) => Promise<void>,
  options: GroupOptions = {},
): Promise<void> {
  for (let run = 1; run <= runs; run += 1) {
    progress(`${what} ${run}/${runs}`);
    const { intervalMs, latencyMs, jobMs } = CONDITIONS;
    const group = await Group.open({ intervalMs, latencyMs, jobMs, holders: ['lb1'], ...options });
    try {
      await act(group);
    } finally {
      await group.close();
    }
  }
  progress('');
}

/** Long enough for regular life, and then some moment within an interval. */
export async function anyMoment(): Promise<void> {
  await sleep(CONDITIONS.intervalMs * (1.5 + Math.random()));
}

/** How long the address had no holder at all, from a moment on. */
export function withoutHolder({ served }: Group, from: number): number {
  const { changes } = served.cloud;
  let empty = 0;
  for (const [index, { at, holders }] of changes.entries()) {
    const until = changes[index + 1]?.at ?? performance.now();
    if (holders.length === 0) empty += Math.max(0, until - Math.max(from, at));
  }
  return empty;
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
