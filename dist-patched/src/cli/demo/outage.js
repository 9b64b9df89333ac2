/** Instants are milliseconds of one monotonic clock, machines are named. Nothing here asks for the time. */
export function measure(chapter, history) {
    const { title, at, gone, right } = chapter;
    const spans = spansOf(history, at, chapter.until);
    const since = (span) => (span === undefined ? null : Math.round(span.from - at));
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
export function complaint(chapter, history) {
    const { title, at, settledAt, right, beside } = chapter;
    if (chapter.until <= settledAt)
        return `${title}: the next event came before this one could settle`;
    const wrong = spansOf(history, settledAt, chapter.until).find(({ holders }) => !isRight(holders, chapter));
    if (wrong === undefined)
        return rashness(chapter, history);
    const wanted = beside === null ? `${right} alone` : `${right}, perhaps beside ${beside},`;
    return (`${title}: expected ${wanted} to be associated from ${seconds(settledAt - at)} after it on, ` +
        `but at ${seconds(wrong.from - at)} it was ${wrong.holders.join(' and ') || 'nobody'}`);
}
function isRight(holders, { right, beside }) {
    return holders.includes(right) && holders.every((holder) => holder === right || holder === beside);
}
/** What a machine knew before it stood still may be long untrue: it must look before it acts. */
function rashness(chapter, { calls }) {
    const { title, woken } = chapter;
    if (woken === null)
        return null;
    const first = within(calls, chapter).find(({ who }) => who === woken);
    if (first === undefined)
        return `${title}: expected ${woken} to read first, but it asked the cloud nothing`;
    return first.write
        ? `${title}: expected ${woken} to read first, but ${seconds(first.at - chapter.at)} after waking it wrote (${first.what})`
        : null;
}
function isOutage({ holders, living }) {
    return !holders.some((holder) => living.has(holder));
}
/** The spans of [from, to). */
function spansOf({ holdings, lives }, from, to) {
    const turns = [...holdings, ...lives].map(({ at }) => at).filter((at) => at > from && at < to);
    const edges = [...new Set([from, ...turns.sort((a, b) => a - b)])].filter((edge) => edge < to);
    return edges.map((edge, index) => ({
        from: edge,
        to: edges[index + 1] ?? to,
        holders: holdings.findLast(({ at }) => at <= edge)?.holders ?? [],
        living: livingAt(lives, edge),
    }));
}
function livingAt(lives, instant) {
    const living = new Set();
    for (const { at, machine, alive } of lives) {
        if (at > instant)
            break;
        if (alive)
            living.add(machine);
        else
            living.delete(machine);
    }
    return living;
}
function within(things, { at, until }) {
    return things.filter((thing) => thing.at >= at && thing.at < until);
}
function seconds(ms) {
    return `${(ms / 1000).toFixed(2)} s`;
}
