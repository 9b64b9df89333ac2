/** Instants are milliseconds of one monotonic clock, machines are named. Nothing here asks for the time. */

/** Who is associated, by the cloud, from `at` on. */
export interface Holding {
  readonly at: number;
  readonly holders: readonly string[];
}

/** Whether a machine runs, from `at` on. A frozen one does not. */
export interface Life {
  readonly at: number;
  readonly machine: string;
  readonly alive: boolean;
}

/** One request, when it arrived at the API. */
export interface ApiCall {
  readonly at: number;
  readonly who: string;
  readonly what: string;
  readonly write: boolean;
}

/** What happened, each list in order of its instants. */
export interface History {
  readonly holdings: readonly Holding[];
  readonly lives: readonly Life[];
  readonly calls: readonly ApiCall[];
}

/** One event of the story, and what must follow from it. */
export interface Chapter {
  readonly title: string;
  readonly at: number;
  /** The next event. */
  readonly until: number;
  /** From here until the next event exactly one machine must be associated, the right one. */
  readonly settledAt: number;
  readonly right: string;
  /** Who was killed, left or froze. */
  readonly gone: string | null;
  /** Who may still be associated beside the right one. */
  readonly beside: string | null;
  /** Who woke up, and must therefore read before it writes. */
  readonly woken: string | null;
}

export interface Measurement {
  readonly title: string;
  readonly right: string;
  /** Milliseconds in which the address was associated with no live machine. */
  readonly outageMs: number;
  /** From the event to the arrival of the right one's first write at the API; null: it wrote nothing. */
  readonly claimMs: number | null;
  /** From the event until the right one is associated; null: never. */
  readonly associatedMs: number | null;
  /** From the event until the one who is gone is no longer associated; null: nobody is gone, or it still is. */
  readonly dissociatedMs: number | null;
  /** Who is associated at the end. */
  readonly holders: readonly string[];
}

export function measure(chapter: Chapter, history: History): Measurement {
  const { title, at, gone, right } = chapter;
  const spans = spansOf(history, at, chapter.until);
  const since = (span: Span | undefined) => (span === undefined ? null : Math.round(span.from - at));
  const claim = within(history.calls, chapter).find(({ who, write }) => write && who === right);
  return {
    title,
    right,
    outageMs: Math.round(spans.filter(isOutage).reduce((sum, { from, to }) => sum + to - from, 0)),
    claimMs: claim === undefined ? null : Math.round(claim.at - at),
    associatedMs: since(spans.find(({ holders }) => holders.includes(right))),
    dissociatedMs: gone === null ? null : since(spans.find(({ holders }) => !holders.includes(gone))),
    holders: spans.at(-1)?.holders ?? [],
  };
}

/** What went otherwise than promised, in one line, or null. */
export function complaint(chapter: Chapter, history: History): string | null {
  const { title, at, settledAt, right, beside } = chapter;
  if (chapter.until <= settledAt) return `${title}: the next event came before this one could settle`;
  const wrong = spansOf(history, settledAt, chapter.until).find(({ holders }) => !isRight(holders, chapter));
  if (wrong === undefined) return rashness(chapter, history);
  const wanted = beside === null ? `${right} alone` : `${right}, perhaps beside ${beside},`;
  return (
    `${title}: expected ${wanted} to be associated from ${seconds(settledAt - at)} after it on, ` +
    `but at ${seconds(wrong.from - at)} it was ${wrong.holders.join(' and ') || 'nobody'}`
  );
}

function isRight(holders: readonly string[], { right, beside }: Chapter): boolean {
  return holders.includes(right) && holders.every((holder) => holder === right || holder === beside);
}

/** What a machine knew before it stood still may be long untrue: it must look before it acts. */
function rashness(chapter: Chapter, { calls }: History): string | null {
  const { title, woken } = chapter;
  if (woken === null) return null;
  const first = within(calls, chapter).find(({ who }) => who === woken);
  if (first === undefined) return `${title}: expected ${woken} to read first, but it asked the cloud nothing`;
  return first.write
    ? `${title}: expected ${woken} to read first, but ${seconds(first.at - chapter.at)} after ` +
        `waking it wrote (${first.what})`
    : null;
}

/** A time in which neither holders nor lives change. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly holders: readonly string[];
  readonly living: ReadonlySet<string>;
}

function isOutage({ holders, living }: Span): boolean {
  return !holders.some((holder) => living.has(holder));
}

/** The spans of [from, to). */
function spansOf({ holdings, lives }: History, from: number, to: number): Span[] {
  const turns = [...holdings, ...lives].map(({ at }) => at).filter((at) => at > from && at < to);
  const edges = [...new Set([from, ...turns.sort((a, b) => a - b)])].filter((edge) => edge < to);
  return edges.map((edge, index) => ({
    from: edge,
    to: edges[index + 1] ?? to,
    holders: holdings.findLast(({ at }) => at <= edge)?.holders ?? [],
    living: livingAt(lives, edge),
  }));
}

function livingAt(lives: readonly Life[], instant: number): Set<string> {
  const living = new Set<string>();
  for (const { at, machine, alive } of lives) {
    if (at > instant) break;
    if (alive) living.add(machine);
    else living.delete(machine);
  }
  return living;
}

function within<T extends { readonly at: number }>(things: readonly T[], { at, until }: Chapter): T[] {
  return things.filter((thing) => thing.at >= at && thing.at < until);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
