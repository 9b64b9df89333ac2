const counted = 64;
export function withSent(before, sequence, at) {
    const kept = before !== null && before.length === 2 * counted ? newest(before, counted) : before;
    return { sequence, at, before: kept, length: (kept?.length ?? 0) + 1 };
}
/** When the datagram of that number was sent, if it is one of the last. */
export function sentAt(sent, sequence) {
    let left = counted;
    for (let one = sent; one !== null && left > 0; one = one.before) {
        if (one.sequence === sequence)
            return one.at;
        if (one.sequence < sequence)
            return null;
        left -= 1;
    }
    return null;
}
function newest({ sequence, at, before }, length) {
    return { sequence, at, before: length > 1 && before ? newest(before, length - 1) : null, length };
}
