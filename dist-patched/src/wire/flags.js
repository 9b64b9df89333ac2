/** Bit n is the mask 1 << n of the 16 bits. Bit 15 is zero on sending and ignored on reception. */
const bits = {
    leaving: 0,
    unhealthy: 1,
    unable: 2,
    witness: 3,
    released: 4,
    probe: 5,
    reply: 6,
    preempt: 7,
    apiOk: 8,
    multi: 9,
    quorum: 10,
    restarting: 11,
    ready: 12,
    notACandidate: 13,
    heir: 14,
};
const known = 0x7fff;
/** Written out, as every datagram passes here: a loop over the names takes ten times as long. */
export function packFlags(flags) {
    return ((flags.leaving ? 1 << bits.leaving : 0) |
        (flags.unhealthy ? 1 << bits.unhealthy : 0) |
        (flags.unable ? 1 << bits.unable : 0) |
        (flags.witness ? 1 << bits.witness : 0) |
        (flags.released ? 1 << bits.released : 0) |
        (flags.probe ? 1 << bits.probe : 0) |
        (flags.reply ? 1 << bits.reply : 0) |
        (flags.preempt ? 1 << bits.preempt : 0) |
        (flags.apiOk ? 1 << bits.apiOk : 0) |
        (flags.multi ? 1 << bits.multi : 0) |
        (flags.quorum ? 1 << bits.quorum : 0) |
        (flags.restarting ? 1 << bits.restarting : 0) |
        (flags.ready ? 1 << bits.ready : 0) |
        (flags.notACandidate ? 1 << bits.notACandidate : 0) |
        (flags.heir ? 1 << bits.heir : 0));
}
/** Equal words give the same frozen object: few combinations occur, and every datagram has one. */
export function unpackFlags(word) {
    const own = word & known;
    return unpacked[own] ?? remember(own);
}
const masks = Object.keys(bits).map((name) => [name, 1 << bits[name]]);
const unpacked = [];
function remember(word) {
    const pairs = masks.map(([name, mask]) => [name, (word & mask) !== 0]);
    const flags = Object.freeze(Object.fromEntries(pairs));
    unpacked[word] = flags;
    return flags;
}
