export function newClaims() {
    return { number: 0, seen: 0, lost: 0, unableUntil: Number.NEGATIVE_INFINITY };
}
export function copyClaims(claims) {
    return {
        number: claims.number,
        seen: claims.seen,
        lost: claims.lost,
        unableUntil: claims.unableUntil,
    };
}
