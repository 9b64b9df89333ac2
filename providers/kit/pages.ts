import type { Verdict } from '../../src/adapters/http.ts';

/** How far a list that comes in pages has been read. */
export interface Progress {
  readonly pages: number;
  /** Entries so far. */
  readonly entries: number;
  /** Of the first page: a server may cap the size of pages without a word. */
  readonly pageLength: number;
  /** The total as the server says it, null if it does not. */
  readonly count: number | null;
  /** What leads to the next page, where the server says that. */
  readonly next: string | boolean;
  readonly end: 'more' | 'complete' | 'broken';
}

/** What a page says of the list. `next`: what leads on, '' or false at the end; undefined where the count tells. */
export interface PageEnd {
  readonly count: number | null;
  readonly next?: string | boolean | undefined;
}

export const nothingRead: Progress = {
  ...{ pages: 0, entries: 0, pageLength: 0, count: null },
  ...{ next: '', end: 'more' },
};

/** No account has this many pages: a server that never ends a list is not to be waited for. */
export const PAGES_MAX = 200;

/**
 * After one more page. Where the server says whether another follows, a page without entries, the same way on as
 * before, or a total that is not reached at the end make the list broken. Else the count decides: a short page before
 * it is reached, more entries than it says or another count than before break it; without one, only an empty page
 * proves the end.
 */
export function further(before: Progress, found: number, { count, next }: PageEnd): Progress {
  const after = {
    pages: before.pages + 1,
    entries: before.entries + found,
    pageLength: before.pages === 0 ? found : before.pageLength,
    count: count ?? before.count,
    next: next ?? '',
  };
  if (next !== undefined) return { ...after, count, end: ledTo(before, found, { ...after, count }) };
  const changed = before.count !== null && after.count !== before.count;
  return { ...after, end: changed ? 'broken' : counted(after, found) };
}

type After = Omit<Progress, 'end'>;

function ledTo(before: Progress, found: number, { next, count, entries }: After): Progress['end'] {
  if (next === '' || next === false) return (count ?? entries) === entries ? 'complete' : 'broken';
  return (next === true || next !== before.next) && found > 0 ? 'more' : 'broken';
}

function counted({ entries, pageLength, count }: After, found: number): Progress['end'] {
  if (count === null) return found === 0 ? 'complete' : 'more';
  if (entries === count) return 'complete';
  return entries > count || found === 0 || found < pageLength ? 'broken' : 'more';
}

/** The same entry on two pages means that another one may be missing. */
export function isWhole(items: readonly unknown[]): boolean {
  const ids = items.map((item) => (item as { readonly id?: string } | null)?.id).filter((id) => id != null);
  return new Set(ids).size === ids.length;
}

export const repeated: Verdict = partial('the same entry on two pages, so another one may be missing');

function partial(came: string): Verdict {
  return { kind: 'unavailable', came, advice: 'a part of a list decides nothing: try again' };
}

export function brokenList({ pages, entries, count }: Progress): Verdict {
  const total = count ?? 'an unknown number of';
  return partial(`a list that does not add up: ${entries} of ${total} entries after page ${pages}`);
}
