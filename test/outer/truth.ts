import type { History, Observed } from './history.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

const never = Number.NEGATIVE_INFINITY;
const ever = Number.POSITIVE_INFINITY;

/** What a history says of who ran when, who could hear whom, and who held: not what the nodes thought of it. */
export class Truth {
  readonly #history: History;

  constructor(history: History) {
    this.#history = history;
  }

  /** From each start of the program on the machine to the next one, or for ever. */
  livesOf(node: string): Span[] {
    const starts = this.#of(node, 'started').map(({ at }) => at);
    return starts.map((from, index) => ({ from, to: starts[index + 1] ?? ever }));
  }

  ranAt(node: string, at: number): boolean {
    return !this.#idle(node).some(({ from, to }) => from <= at && at < to);
  }

  /** Both ran all the time, and nothing was wrong with the way from one to the other. */
  wasHeard(from: string, to: string, since: number, until: number): boolean {
    const obstacles = [...this.#idle(from), ...this.#idle(to), ...this.#broken(from, to)];
    return !obstacles.some((span) => span.from < until && span.to > since);
  }

  /** The start of the life that a node lives at an instant, or the end of its last pause longer than D. */
  wokeAt(node: string, at: number): number {
    const { deadMs } = this.#history.setting;
    const awake = this.livesOf(node).map(({ from }) => from);
    const pauses = this.#pauses(node).filter(({ from, to }) => to - from > deadMs);
    return Math.max(...[...awake, ...pauses.map(({ to }) => to)].filter((woke) => woke <= at));
  }

  /** When a node that woke at an instant said that its hold-off was over. */
  holdOffOver(node: string, wokeAt: number): number {
    const said = this.#of(node, 'said').find(
      ({ at, report }) => at >= wokeAt && report?.kind === 'role' && report.from === 'hold-off',
    );
    return said?.at ?? ever;
  }

  roleAt(node: string, instant: number): string {
    const said = this.#of(node, 'said').findLast(
      ({ at, report }) => at <= instant && report?.kind === 'role',
    );
    return said?.report?.kind === 'role' ? said.report.to : 'hold-off';
  }

  holdersAt(instant: number): readonly string[] {
    const change = this.#history.seen.findLast((one) => one.kind === 'holders' && one.at <= instant);
    return change?.kind === 'holders' ? change.holders : [];
  }

  /** It had the address all the time. */
  held(node: string, since: number, until: number): boolean {
    return this.#holders(since, until).every((holders) => holders.includes(node));
  }

  /** It had the address at some time. */
  heldWithin(node: string, since: number, until: number): boolean {
    return this.#holders(since, until).some((holders) => holders.includes(node));
  }

  /** All that were in that time. */
  #holders(since: number, until: number): (readonly string[])[] {
    const changes = this.#history.seen.filter(
      (one) => one.kind === 'holders' && one.at > since && one.at <= until,
    );
    return [this.holdersAt(since), ...changes.map((one) => (one.kind === 'holders' ? one.holders : []))];
  }

  /** It was asked to go. */
  left(node: string, since: number, until: number): boolean {
    return this.#of(node, 'signal').some(
      ({ at, signal }) => signal === 'SIGTERM' && at > since && at <= until,
    );
  }

  /** When it did not run: before its start, after its end, while it was stopped. */
  #idle(node: string): Span[] {
    const ends = [
      never,
      ...this.#of(node, 'ended').map(({ at }) => at),
      ...this.#of(node, 'signal')
        .filter(({ signal }) => signal === 'SIGKILL')
        .map(({ at }) => at),
    ];
    const starts = this.livesOf(node).map(({ from }) => from);
    const absences = ends.map((from) => ({ from, to: starts.find((start) => start >= from) ?? ever }));
    return [...absences, ...this.#pauses(node)];
  }

  #pauses(node: string): Span[] {
    const signals = this.#of(node, 'signal');
    return signals
      .filter(({ signal }) => signal === 'SIGSTOP')
      .map(({ at: from }) => {
        const woken = signals.find(({ signal, at }) => signal === 'SIGCONT' && at >= from);
        return { from, to: woken?.at ?? ever };
      });
  }

  #broken(from: string, to: string): Span[] {
    const changes = this.#history.seen.filter(
      (one) => one.kind === 'link' && one.from === from && one.to === to,
    );
    return changes
      .filter((one) => one.kind === 'link' && !one.sound)
      .map(({ at }) => {
        const healed = changes.find((one) => one.kind === 'link' && one.sound && one.at >= at);
        return { from: at, to: healed?.at ?? ever };
      });
  }

  #of<Kind extends 'started' | 'ended' | 'signal' | 'said'>(node: string, kind: Kind) {
    return this.#history.seen.filter(
      (one): one is Extract<Observed, { kind: Kind }> => one.kind === kind && isOf(one, node),
    );
  }
}

function isOf(one: Observed, node: string): boolean {
  return 'node' in one && one.node === node;
}
