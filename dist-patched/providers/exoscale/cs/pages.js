export const nothingRead = { pages: 0, entries: 0, pageLength: 0, count: null, end: 'more' };
/**
 * After one more page. With a count, the count decides: a short page before it is reached, more entries than it says
 * or another count than before make the list broken. Without one, only an empty page proves the end.
 */
export function further(before, found, count) {
    const after = {
        pages: before.pages + 1,
        entries: before.entries + found,
        pageLength: before.pages === 0 ? found : before.pageLength,
        count: count ?? before.count,
    };
    const changed = before.count !== null && after.count !== before.count;
    return { ...after, end: changed ? 'broken' : endOf(after, found) };
}
function endOf({ entries, pageLength, count }, found) {
    if (count === null)
        return found === 0 ? 'complete' : 'more';
    if (entries === count)
        return 'complete';
    return entries > count || found === 0 || found < pageLength ? 'broken' : 'more';
}
