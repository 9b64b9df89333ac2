export function newClaims() {
    return { number: 0, seen: 0, lost: 0, unableUntil: Number.NEGATIVE_INFINITY };
}
