import type { Cost } from './cost.ts';
import { failed, type Outcome } from './verdict.ts';

/** What many trials were, in figures. */
export class Tally {
  seeds = 0;
  failed = 0;
  steps = 0;
  virtualMs = 0;
  /** From the end of all faults until one node held for good. */
  readonly #times: number[] = [];

  add(one: Outcome): void {
    this.seeds += 1;
    if (failed(one)) this.failed += 1;
    this.steps += one.steps;
    this.virtualMs += one.virtualMs;
    this.#times.push(one.convergedAfter ?? Number.POSITIVE_INFINITY);
  }

  get hours(): number {
    return this.virtualMs / 3_600_000;
  }

  /** One line while they run. */
  line(cost: Cost): string {
    const parts = [
      `${grouped(this.seeds)} seeds`,
      `${this.hours.toFixed(1)} h of cluster time`,
      `${grouped(this.steps)} events`,
      this.#speed(cost),
      `${this.failed} failed`,
    ];
    return parts.join(' · ');
  }

  summary(cost: Cost): string {
    const times = this.#times.sort((a, b) => a - b);
    const at = (share: number) => seconds(times[Math.floor(share * (times.length - 1))] ?? 0);
    const days = (this.hours / 24).toFixed(2);
    const perSecond = grouped((1000 * this.steps) / cost.cpuMs);
    return [
      `${grouped(this.seeds)} seeds, ${this.failed} failed; ` +
        `${this.hours.toFixed(1)} h (${days} days) of cluster time, ${grouped(this.steps)} events`,
      `one holder for good after healing: median ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`,
      `in ${seconds(cost.wallMs)}, ${seconds(cost.cpuMs)} of processor time: ` +
        `${this.#speed(cost)}, ${perSecond} events per second`,
    ].join('\n');
  }

  #speed({ cpuMs }: Cost): string {
    return `${grouped(this.virtualMs / cpuMs)} × real time per core`;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en');
}
