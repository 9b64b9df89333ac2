const wallAtStart = 1_700_000_000_000;
export const fairClock = () => ({ rate: 1, monoMissed: 0, bootMissed: 0, wallStep: 0 });
export function readClock({ rate, monoMissed, bootMissed, wallStep }, trueNow) {
    const passed = trueNow * rate;
    return { mono: passed - monoMissed, boot: passed - bootMissed, wall: wallAtStart + passed + wallStep };
}
/** The true instant at which the monotonic clock will have reached `mono`. */
export function trueTimeOf(clock, mono) {
    const at = (mono + clock.monoMissed) / clock.rate;
    // Rounding must not make an alarm early: it would be set again for the very instant in which it rings.
    return readClock(clock, at).mono < mono ? at + 0.001 : at;
}
export function pass(clock, trueMs, counting) {
    if (counting !== 'all')
        clock.monoMissed += trueMs * clock.rate;
    if (counting === 'none')
        clock.bootMissed += trueMs * clock.rate;
}
