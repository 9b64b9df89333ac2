import { betweenFalseDeaths, count, withBursts, withQuestions } from "./detector.js";
import { drill } from "./drill.js";
import { boundOf, events, sum } from "./plan.js";
/** The whole plan. The same options give the same numbers. */
export function plan(options, onProgress = () => { }) {
    const rows = events.map((event) => row(event, options, (share) => onProgress(`simulating "${event}"`, share)));
    // Voting changes neither who hears whom nor what the cloud is asked while nothing happens.
    const { nodes, associate, policy, grouped, loss } = options;
    const group = { seed: 1, nodes, associate, policy, grouped };
    const watched = count({ ...group, loss, plain: false, forMs: watchMs(options) }, (share) => onProgress('watching the failure detector', share));
    return {
        events: rows,
        detector: {
            theory: (loss === 0 ? [0.01, 0.05, 0.1] : [loss]).map((share) => theory(options, share)),
            counted: loss === 0 ? null : watched.tallies,
            moves: watched.moves,
        },
        callsPerHour: watched.callsPerHour,
    };
}
/** An hour with the usual interval: 3600 heartbeats; without loss it is for the calls alone. */
function watchMs({ policy: { intervalMs }, loss }) {
    const most = loss === 0 ? 600_000 : 3_600_000;
    return Math.min(most, Math.max(180_000, 3_600 * intervalMs));
}
function theory({ policy }, loss) {
    const betweenMs = {
        plain: betweenFalseDeaths(policy, loss),
        standbys: withQuestions(policy, loss),
        holder: withBursts(policy, loss),
    };
    return { loss, betweenMs };
}
function row(event, options, onProgress) {
    const bound = boundOf(event, options);
    // Who could take over from the next best, if there are two?
    if (event === 'candidate' && bound === null)
        return nothingToMeasure(event);
    const drilled = [];
    for (let seed = 1; seed <= options.runs; seed++) {
        const one = drill(event, options, seed);
        if (one !== null)
            drilled.push(one);
        onProgress(seed / options.runs);
    }
    const promised = spans(event, bound);
    const moves = drilled.flatMap(({ movedMs }) => (movedMs === null ? [] : [movedMs]));
    return {
        ...{ event, bound, ...promised },
        claimMeasured: measured(drilled.map(({ claimMs }) => claimMs)),
        movedMeasured: measured(moves),
        sureMeasured: measured(drilled.flatMap(({ sureMs }) => (sureMs === null ? [] : [sureMs]))),
        runs: drilled.length,
        moves: moves.length,
        outside: bound === null ? 0 : drilled.filter((one) => !isWithin(one, promised)).length,
        violations: drilled.reduce((total, { violations }) => total + violations.length, 0),
    };
}
function nothingToMeasure(event) {
    const none = { claimMeasured: null, movedMeasured: null, sureMeasured: null };
    return { event, bound: null, ...spans(event, null), ...none, runs: 0, moves: 0, outside: 0, violations: 0 };
}
function spans(event, bound) {
    if (bound === null)
        return { claim: null, moved: null, sure: null };
    const { claim, move, confirm } = bound;
    if (event === 'restarted')
        return { claim: sum(claim), moved: null, sure: null };
    return { claim: sum(claim), moved: sum([...claim, ...move]), sure: sum([...claim, ...move, ...confirm]) };
}
/** Where nothing may move, a move is outside. */
function isWithin({ claimMs, movedMs, sureMs }, { claim, moved, sure }) {
    return fits(claimMs, claim) && fits(movedMs, moved) && fits(sureMs, sure);
}
/** A hair is left to sums of fractions. */
function fits(ms, span) {
    if (ms === null || span === null)
        return ms === null && span === null;
    return ms >= span.min - 0.001 && ms <= span.worst + 0.001;
}
function measured(values) {
    const sorted = [...values].sort((a, b) => a - b);
    if (sorted.length === 0)
        return null;
    return { min: sorted[0], median: sorted[Math.floor(sorted.length / 2)], max: sorted.at(-1) };
}
