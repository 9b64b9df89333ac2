import { isWrite, kindRound, linkBit, seatName, } from "./rounds.js";
/**
 * Everything that may happen in one round: each directed link loses all or nothing; one machine is struck at most; each
 * call is answered well, badly or not yet; each straggler lands, waits or vanishes. What was lost stays lost for free.
 */
export function menu(group, limit) {
    const dishes = [];
    const kind = kindRound(group);
    const answers = product(group.seats.map(({ call, pausedAt }) => answersTo(call, pausedAt !== null, group)));
    const landings = product(kind.landings.map(() => fates));
    const blows = blowsTo(group.seats);
    const links = lossesOf(group);
    for (const [lost, a] of links)
        for (const [blow, b] of blows)
            for (const [said, c] of answers)
                for (const [fate, d] of landings) {
                    const cost = a + b + c + d;
                    if (cost <= limit)
                        dishes.push({ round: { lost, blow, answers: said, landings: fate }, cost });
                }
    return dishes;
}
const fates = [
    ['lands', 0],
    ['waits', 0],
    ['vanishes', 0],
];
/** Every choice of one from each. */
function product(choices) {
    return choices.reduce((sofar, next) => sofar.flatMap(([list, sum]) => next.map(([one, cost]) => [[...list, one], sum + cost])), [[[], 0]]);
}
function lossesOf({ seats, lost }) {
    const links = seats.flatMap((_, from) => seats.flatMap((_, to) => (from === to ? [] : [linkBit(seats.length, from, to)])));
    const choices = links.map((link) => [
        [0, 0],
        [link, (lost & link) === 0 ? 1 : 0],
    ]);
    return product(choices).map(([bits, cost]) => [bits.reduce((a, b) => a | b, 0), cost]);
}
function blowsTo(seats) {
    const struck = seats.flatMap((seat, i) => blowsFor(seat).map(([what, cost]) => [{ seat: i, what }, cost]));
    return [[null, 0], ...struck];
}
function blowsFor({ state, pausedAt, queue }) {
    if (!state)
        return [['start', 0]];
    const end = [['crash', 1]];
    if (pausedAt === null)
        return [...end, ['restart', 1], ['pause', 1]];
    return queue.length === 0 ? [...end, ['resume', 0]] : [...end, ['resume', 0], ['resume, read first', 0]];
}
/** A reading ends within 10 s and a write within 40 s, of which 3 rounds are explored. */
function answersTo(out, paused, { holders }) {
    if (out === null)
        return [[null, 0]];
    if (paused)
        return [['none', 0]];
    const answers = [
        ['ok', 0],
        ['failed', 1],
    ];
    if (isWrite(out.call))
        answers.push(['lied', 1], ['late', 1]);
    else if (out.call.kind === 'read' && out.holders.join() !== holders.join())
        answers.push(['stale', 1]);
    if (out.rounds < 2)
        answers.push(['none', 1]);
    return answers;
}
/** A round in words, without what goes well. */
export function tell(round, group) {
    const words = [];
    const names = group.seats.map((_, i) => seatName(group.seats, i));
    for (const [from, sender] of names.entries())
        for (const [to, name] of names.entries())
            if (round.lost & linkBit(names.length, from, to))
                words.push(`${sender}>${name} lost`);
    if (round.blow)
        words.push(`${names[round.blow.seat]}: ${round.blow.what}`);
    for (const [i, answer] of round.answers.entries()) {
        const { call } = group.seats[i];
        if (answer && call)
            words.push(`${names[i]} ${call.call.kind}: ${answer}`);
    }
    for (const [i, fate] of round.landings.entries())
        words.push(`late ${group.stragglers[i].kind} ${group.stragglers[i].instance} ${fate}`);
    return words.join(', ') || 'nothing happens';
}
