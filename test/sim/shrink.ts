import { fairApi } from '../../src/sim/api.ts';
import type { Deed } from '../../src/sim/proof/deeds.ts';
import type { Schedule } from '../../src/sim/proof/schedule.ts';

/** A schedule, and with how many of the chances that were tried it shows what it is about. */
export interface Shown {
  readonly schedule: Schedule;
  readonly share: number;
}

/** null: with fewer than `least`. */
export type Shows = (schedule: Schedule, least: number) => Shown | null;

type Deeds = Schedule['deeds'];

/** Leaves out and makes plain whatever can be, as long as the schedule shows the same, and as surely. */
export function shrink(shown: Shown, shows: Shows): Shown {
  let best = shown;
  const attempt: Attempt = (change) => {
    const candidate = change(best.schedule);
    if (JSON.stringify(candidate) === JSON.stringify(best.schedule)) return false;
    const found = shows(candidate, Math.max(1, best.share));
    best = found ?? best;
    return found !== null;
  };
  for (let before = ''; before !== JSON.stringify(best.schedule); ) {
    before = JSON.stringify(best.schedule);
    fewerDeeds(attempt, () => best.schedule.deeds.length);
    for (const plain of plainer) attempt(plain);
    for (const i of best.schedule.deeds.keys()) {
      for (const change of plainerDeeds(best.schedule.deeds[i]!))
        attempt((from) => withDeed(from, i, change));
    }
  }
  return best;
}

type Attempt = (change: (from: Schedule) => Schedule) => boolean;

/** Halves, quarters, and so on; at last one by one. */
function fewerDeeds(attempt: Attempt, count: () => number): void {
  for (let size = Math.ceil(count() / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < count(); ) {
      if (!attempt((from) => ({ ...from, deeds: from.deeds.toSpliced(at, size) }))) at += size;
    }
  }
}

const round = (to: number) => (value: number) => Math.round(value / to) * to;

const plainer: readonly ((from: Schedule) => Schedule)[] = [
  (from) => ({ ...from, rates: from.rates.map(() => 1) }),
  (from) => ({ ...from, rates: from.rates.map((rate) => Number(rate.toFixed(3))) }),
  ...[0, 0.1, 0.2].map(
    (loss) => (from: Schedule) => weather(from, { loss: Math.min(loss, from.weather.loss) }),
  ),
  (from) => weather(from, { duplication: 0 }),
  ...[2, 20, 100].map(
    (most) => (from: Schedule) => weather(from, { delayMax: Math.min(most, from.weather.delayMax) }),
  ),
  (from) => weather(from, { delayMax: Math.ceil(from.weather.delayMax) }),
  ...[1_000, 100, 1].map((to) => (from: Schedule) => ({ ...from, starts: from.starts.map(round(to)) })),
  ...[1_000, 100, 1].map((to) => (from: Schedule) => ({
    ...from,
    deeds: from.deeds.map((deed) => ({ ...deed, at: round(to)(deed.at) })),
  })),
];

function weather(from: Schedule, change: Partial<Schedule['weather']>): Schedule {
  return { ...from, weather: { ...from.weather, ...change } };
}

function withDeed(from: Schedule, i: number, deed: Deeds[number]): Schedule {
  return { ...from, deeds: from.deeds.with(i, deed) };
}

/** Rounder numbers, and certainties instead of chances. */
function plainerDeeds(deed: Deeds[number]): Deeds {
  const numbers = Object.entries(deed).filter(([, value]) => typeof value === 'number') as [string, number][];
  const rounder = numbers.flatMap(([field, value]) =>
    [1_000, 100, 1].map((to) => ({ ...deed, [field]: Math.max(1, round(to)(value)) })),
  );
  const usual = deed.kind === 'api' ? plainerApi(deed) : [];
  return [...usual.map((change) => ({ ...deed, ...change }) as Deeds[number]), ...(rounder as Deeds)];
}

function plainerApi({ weather }: Deed & { kind: 'api' }): Partial<Deed>[] {
  const fair: Partial<Record<string, unknown>> = { ...fairApi() };
  return Object.entries(weather).flatMap(([field, value]) => {
    const { [field]: _, ...less } = weather as Record<string, unknown>;
    const isChance = typeof value === 'number' && value < 1 && fair[field] === 0;
    const values = isChance
      ? [0, 1]
      : typeof value === 'number'
        ? [fair[field], round(1_000)(value), round(1)(value)]
        : [];
    return [less, ...values.map((one) => ({ ...weather, [field]: one }))].map((changed) => ({
      weather: changed,
    }));
  });
}
