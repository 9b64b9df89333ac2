/** The candidate that was probably meant, or null when none is near: at most one mistake in three characters. */
export function nearest(word, candidates) {
    let best = null;
    let fewest = Math.floor(Math.max(word.length, 3) / 3) + 1;
    for (const candidate of candidates) {
        const edits = distance(word.toLowerCase(), candidate);
        if (edits < fewest)
            [best, fewest] = [candidate, edits];
    }
    return best;
}
/** Levenshtein's distance, one row of the table at a time. */
function distance(from, to) {
    let row = Array.from({ length: to.length + 1 }, (_, column) => column);
    for (const [index, letter] of [...from].entries()) {
        const next = [index + 1];
        for (const [column, other] of [...to].entries()) {
            const replaced = row[column] + (letter === other ? 0 : 1);
            next.push(Math.min(replaced, row[column + 1] + 1, next[column] + 1));
        }
        row = next;
    }
    return row.at(-1);
}
