export function newLease() {
    return { after: 0, proveBy: Number.NEGATIVE_INFINITY, seenAt: Number.NEGATIVE_INFINITY, released: false };
}
