/** How far a list that comes in pages has been read. */
export interface Progress {
  readonly pages: number;
  /** Entries so far. */
  readonly entries: number;
  /** Of the first page: a server may cap the size of pages without a word. */
  readonly pageLength: number;
  /** The total as the server says it, null if it does not. */
  readonly count: number | null;
  readonly end: 'more' | 'complete' | 'broken';
}

export const nothingRead: Progress = { pages: 0, entries: 0, pageLength: 0, count: null, end: 'more' };

/**
 * After one more page. With a count, the count decides: a short page before it is reached, more entries than it says
 * or another count than before make the list broken. Without one, only an empty page proves the end.
 */
export function further(before: Progress, found: number, count: number | null): Progress {
  const after = {
    pages: before.pages + 1,
    entries: before.entries + found,
    pageLength: before.pages === 0 ? found : before.pageLength,
    count: count ?? before.count,
  };
  const changed = before.count !== null && after.count !== before.count;
  return { ...after, end: changed ? 'broken' : endOf(after, found) };
}

function endOf({ entries, pageLength, count }: Omit<Progress, 'end'>, found: number): Progress['end'] {
  if (count === null) return found === 0 ? 'complete' : 'more';
  if (entries === count) return 'complete';
  return entries > count || found === 0 || found < pageLength ? 'broken' : 'more';
}
