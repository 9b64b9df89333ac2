import { deadInterval, deadline, initial, } from "../../core/index.js";
import { afterAbort, afterCall, afterSettlement, emptied, faultsOfCall, isBacked, isDelayed, isLeased, isReplay, newLife, secondLease, unbackedHold, unconfirmedHold, } from "./rules.js";
export const roundMs = 1_000;
const gridMs = 200;
const stragglerRounds = 3;
const never = Number.NEGATIVE_INFINITY;
/** Every machine, switched off; nobody holds the address. */
export function emptyGroup(setup) {
    const now = 1_000_000;
    const seats = Array.from({ length: sizeOf(setup) }, (_, i) => emptySeat(policyOf(setup, i, 0), 0, now));
    return { now, seats, holders: [], stragglers: [], lost: 0 };
}
/** Everything is decided kindly: nothing is lost, every call is answered, what is down or paused runs again. */
export function kindRound(group) {
    return {
        lost: 0,
        blow: null,
        answers: group.seats.map(({ call }) => (call ? 'ok' : null)),
        landings: group.stragglers.map(() => 'lands'),
    };
}
/** One round. `wakes`: every process that is down or paused begins to run. */
export function play(setup, group, round, wakes = false) {
    const table = new Table(setup, group, round);
    if (round.blow)
        table.strike(round.blow.seat, round.blow.what);
    if (wakes)
        table.wakeAll();
    table.land();
    table.answer();
    for (let at = 0; at < roundMs; at += gridMs)
        table.tickAll(group.now + at);
    return table.leave(group.now + roundMs);
}
/** The working copy of one round. */
class Table {
    #setup;
    #round;
    #findings = [];
    #seats;
    #letters = [];
    #stragglers;
    #holders;
    #now;
    constructor(setup, group, round) {
        this.#setup = setup;
        this.#round = round;
        this.#seats = group.seats.map((seat) => ({ ...seat }));
        this.#stragglers = [...group.stragglers];
        this.#holders = group.holders;
        this.#now = group.now;
    }
    leave(now) {
        this.#now = now;
        for (const i of this.#seats.keys())
            this.#look(i);
        const { lost } = this.#round;
        const group = { now, seats: this.#seats, holders: this.#holders, stragglers: this.#stragglers, lost };
        return { group, findings: this.#findings };
    }
    #report(seat, findings) {
        for (const finding of findings)
            this.#findings.push({ ...finding, seat });
    }
    /** What is looked at in every round. */
    #look(i) {
        const seat = this.#seats[i];
        const node = this.#watched(i);
        if (!node || seat.pausedAt !== null)
            return;
        this.#report(i, unconfirmedHold(node));
        if (node.policy.quorum === null)
            return;
        if (isBacked(node))
            seat.seen = { ...seat.seen, backedAt: node.now };
        else
            this.#report(i, unbackedHold(node));
    }
    #watched(i) {
        const { state, seen, policy } = this.#seats[i];
        return state && { now: this.#now, life: seen, state, policy };
    }
    // Processes.
    strike(i, what) {
        const seat = this.#seats[i];
        if (what === 'crash' || what === 'restart')
            this.#kill(i);
        if (what === 'restart' || what === 'start')
            this.#start(i);
        if (what === 'pause')
            seat.pausedAt = this.#now;
        if (what === 'resume' || what === 'resume, read first')
            this.#resume(i, what === 'resume');
    }
    wakeAll() {
        for (const [i, seat] of this.#seats.entries()) {
            if (!seat.state)
                this.#start(i);
            else if (seat.pausedAt !== null)
                this.#resume(i, true);
        }
    }
    #kill(i) {
        const seat = this.#seats[i];
        this.#letGo(i, seat.call);
        this.#seats[i] = emptySeat(seat.policy, seat.life, this.#now);
    }
    #start(i) {
        const life = this.#seats[i].life + 1;
        const policy = policyOf(this.#setup, i, life);
        const state = initial(policy, clockAt(this.#now));
        this.#seats[i] = { ...emptySeat(policy, life, this.#now), state };
        const members = this.#seats.map((_, other) => memberOf(other)).filter((_, other) => other !== i);
        this.#step(i, { kind: 'members', members });
    }
    /** The overdue timer first, or the queued datagrams, as chance has it. */
    #resume(i, tickFirst) {
        const seat = this.#seats[i];
        const { queue, policy } = seat;
        if (this.#now - seat.pausedAt > deadInterval(policy))
            seat.wokeAt = this.#now;
        Object.assign(seat, { pausedAt: null, queue: [] });
        if (tickFirst)
            this.#step(i, { kind: 'tick' });
        for (const letter of queue)
            this.#hear(i, letter);
    }
    // The cloud.
    /** A write whose process does not wait for it any more; a reading is lost. */
    #letGo(by, out) {
        if (out?.call.kind !== 'associate' && out?.call.kind !== 'dissociate')
            return;
        this.#stragglers.push({ by, kind: out.call.kind, instance: out.call.instance, rounds: 0 });
    }
    land() {
        const before = this.#stragglers;
        this.#stragglers = [];
        for (const [i, straggler] of before.entries()) {
            const landing = this.#round.landings[i] ?? 'waits';
            if (landing === 'lands')
                this.#apply(straggler);
            else if (landing === 'waits' && straggler.rounds + 1 < stragglerRounds)
                this.#stragglers.push({ ...straggler, rounds: straggler.rounds + 1 });
        }
    }
    /** Writes first: a reading of the same round shows them, unless it is a stale one. */
    answer() {
        const due = this.#seats.map(({ call }) => call);
        for (const writes of [true, false]) {
            for (const [i, out] of due.entries()) {
                if (out && isWrite(out.call) === writes && this.#seats[i].call === out)
                    this.#settle(i, out);
            }
        }
    }
    #settle(i, out) {
        const seat = this.#seats[i];
        const answer = this.#round.answers[i] ?? 'none';
        if (answer === 'none' || seat.pausedAt !== null) {
            seat.call = { ...out, rounds: out.rounds + 1 };
            return;
        }
        const outcome = this.#outcome(i, out, answer);
        seat.call = null;
        seat.seen = afterSettlement(seat.seen, out.call, outcome.ok, this.#now);
        this.#step(i, { kind: 'settled', ticket: out.ticket, outcome });
    }
    #outcome(i, { call, holders }, answer) {
        if (call.kind === 'associate' || call.kind === 'dissociate')
            return this.#write(i, call, answer);
        if (answer === 'failed')
            return failure(false);
        if (call.kind === 'describe')
            return { ok: true, description: describe(seatOf(call.instance)) };
        if (call.kind === 'members')
            return { ok: true, members: this.#seats.map((_, i) => memberOf(i)) };
        const seen = answer === 'stale' ? holders : this.#holders;
        const described = seen.map((instance) => describe(seatOf(instance)));
        return { ok: true, view: { holders: seen, pending: this.#isMoving(), described } };
    }
    /** Where a cloud shows that a move is under way. */
    #isMoving() {
        return (this.#setup.associate === 'moves' && this.#seats.some(({ call }) => call !== null && isWrite(call.call)));
    }
    #write(by, call, answer) {
        if (answer === 'late')
            this.#stragglers.push({ by, ...call, rounds: 0 });
        if (answer === 'late' || answer === 'failed')
            return failure(answer === 'late');
        const done = this.#apply({ by, ...call });
        if (answer === 'lied')
            return failure(true);
        return done
            ? { ok: true }
            : { ok: false, kind: 'conflict', mayHaveHappened: false, message: 'somebody holds it' };
    }
    /** The register: what associating does to whoever holds the address is the kind of the cloud. */
    #apply({ by, kind, instance }) {
        const { associate } = this.#setup;
        const others = this.#holders.filter((holder) => holder !== instance);
        const { policy, state } = this.#seats[by];
        if (kind === 'dissociate' && state && others.length < this.#holders.length)
            this.#report(by, emptied(policy, instance, seatName(this.#seats, seatOf(instance)), others.length));
        if (kind === 'dissociate')
            this.#holders = others;
        else if (associate === 'refusedWhileHeld' && others.length > 0)
            return false;
        else
            this.#holders = associate === 'adds' ? [...others, instance].sort() : [instance];
        return true;
    }
    // Time and datagrams.
    tickAll(now) {
        this.#now = now;
        for (const [i, { state, pausedAt }] of this.#seats.entries()) {
            if (!state || pausedAt !== null)
                continue;
            if (deadline(state) > now && state.clock.mono < now)
                throw new Error(`the grid of ${gridMs} ms is finer than the machine's own deadline`);
            this.#step(i, { kind: 'tick' });
        }
        this.#deliverAll();
    }
    /** Each datagram, and each answer to one, is on its way for a millisecond. */
    #deliverAll() {
        while (this.#letters.length > 0) {
            this.#now += 1;
            for (const { to, letter, probe } of this.#letters.splice(0))
                this.#deliver(to, letter, probe);
        }
    }
    #deliver(to, letter, probe) {
        const target = this.#seats[to];
        const { from } = letter;
        if (this.#isLost(from, to))
            return;
        if (!target.state) {
            if (probe && !this.#isLost(to, from))
                this.#step(from, { kind: 'refused', peer: memberOf(to).address });
            return;
        }
        if (target.pausedAt === null)
            return this.#hear(to, letter);
        target.queue = [...target.queue.filter((other) => other.from !== from), letter];
    }
    #isLost(from, to) {
        return (this.#round.lost & linkBit(this.#seats.length, from, to)) !== 0;
    }
    #hear(i, letter) {
        const seat = this.#seats[i];
        const { from, ad } = letter;
        const { address } = memberOf(from);
        seat.seen = afterHearing(seat.seen, address, letter, this.#now);
        this.#step(i, { kind: 'heard', from: address, advertisement: ad });
    }
    // Machines.
    #step(i, event) {
        const seat = this.#seats[i];
        if (!seat.state)
            return;
        const result = this.#setup.step(seat.policy, seat.state, clockAt(this.#now), event);
        seat.state = result.state;
        for (const effect of result.effects)
            this.#perform(i, effect);
    }
    #perform(i, effect) {
        if (effect.kind === 'send') {
            this.#send(i, effect.to, effect.advertisement, effect.via === 'probe');
        }
        else if (effect.kind === 'call')
            this.#call(i, effect.ticket, effect.call);
        else if (effect.kind === 'abort')
            this.#abort(i, effect.ticket);
    }
    #send(i, to, ad, probe) {
        this.#checkLeases(i);
        const echoed = this.#seats[i].seen.heard.get(to);
        const { life } = this.#seats[seatAt(to)];
        const known = echoed?.ad.epoch.random === epochOf(seatAt(to), life);
        const echoes = known && ad.echo?.sequence === echoed.ad.sequence ? echoed.sentAt : never;
        this.#letters.push({ to: seatAt(to), letter: { from: i, ad, at: this.#now, echoes }, probe });
    }
    /** S11, whenever one that has a lease says something. */
    #checkLeases(i) {
        if (!this.#isLeased(i))
            return;
        const other = this.#seats.findIndex((_, at) => at !== i && this.#isLeased(at));
        if (other !== -1)
            this.#report(i, [secondLease(seatName(this.#seats, other))]);
    }
    #isLeased(i) {
        const { policy, state, pausedAt } = this.#seats[i];
        return state !== null && pausedAt === null && isLeased({ policy, state, now: this.#now });
    }
    #call(i, ticket, call) {
        const seat = this.#seats[i];
        const caller = this.#caller(i);
        this.#report(i, faultsOfCall(caller, call));
        seat.seen = { ...afterCall(caller, call), heard: seat.seen.heard };
        this.#letGo(i, seat.call);
        seat.call = { ticket, call, rounds: 0, holders: this.#holders };
    }
    #abort(i, ticket) {
        const seat = this.#seats[i];
        seat.seen = afterAbort(seat.seen);
        if (seat.call?.ticket !== ticket)
            return;
        this.#letGo(i, seat.call);
        seat.call = null;
    }
    #caller(i) {
        const { startedAt, wokeAt } = this.#seats[i];
        const awakeMs = this.#now - (wokeAt ?? startedAt);
        const others = this.#seats.map((_, other) => otherOf(other)).filter((_, other) => other !== i);
        return { ...this.#watched(i), awakeMs, wokeAt: wokeAt ?? never, others };
    }
}
/** As its socket saw it: what is older, of an ended life, or was on its way too long leaves no mark. */
function afterHearing(seen, address, { ad, at, echoes }, now) {
    const { random } = ad.epoch;
    const before = seen.newest.get(address);
    if (isReplay(before, random, ad.sequence))
        return seen;
    const lives = before?.random === random ? before.lives : new Set(before?.lives).add(random);
    const newest = new Map(seen.newest).set(address, { random, sequence: ad.sequence, lives });
    if (isDelayed(now, echoes, ad.echo?.ageMs ?? 0, ad.deadIntervalMs))
        return { ...seen, newest };
    const echoedAt = Math.max(seen.heard.get(address)?.echoedAt ?? never, echoes);
    const heard = { ad, support: ad.support, at: now, seenAt: now, sentAt: at, echoes, echoedAt };
    return { ...seen, newest, heard: new Map(seen.heard).set(address, heard) };
}
/** Whose place that is, among those of a group. */
export function seatName(seats, i) {
    const nodes = seats.filter(({ policy }) => !policy.witness).length;
    return i < nodes ? `n${i + 1}` : `w${i + 1 - nodes}`;
}
function sizeOf({ nodes, witnesses = 0 }) {
    return nodes + witnesses;
}
export function linkBit(seats, from, to) {
    return 1 << (from * seats + to);
}
export function isWrite(call) {
    return call.kind === 'associate' || call.kind === 'dissociate';
}
function emptySeat(policy, life, now) {
    return {
        policy,
        life,
        state: null,
        seen: { ...newLife(now), heard: new Map() },
        startedAt: now,
        pausedAt: null,
        wokeAt: null,
        call: null,
        queue: [],
    };
}
function clockAt(now) {
    return { mono: now, boot: now, wall: now };
}
function failure(mayHaveHappened) {
    return { ok: false, kind: 'unavailable', mayHaveHappened, message: 'explored failure' };
}
// Names. A node's life is its epoch; its number is in every name it has.
const instanceOf = (i) => `vm${i + 1}`;
const seatOf = (instance) => Number(instance.slice(2)) - 1;
const addressOf = (i) => `10.0.0.${i + 1}`;
const seatAt = (address) => Number(address.slice('10.0.0.'.length)) - 1;
const nodeOf = (i) => (i + 1).toString(16).padStart(32, '0');
const epochOf = (i, life) => 1_000 * (i + 1) + life;
const members = Array.from({ length: 8 }, (_, i) => ({
    address: addressOf(i),
    addresses: [addressOf(i)],
    instance: instanceOf(i),
    name: `n${i + 1}`,
}));
const memberOf = (i) => members[i];
const otherOf = (i) => ({ name: `n${i + 1}`, address: addressOf(i), instance: instanceOf(i) });
function describe(i) {
    return { instance: instanceOf(i), node: nodeOf(i), state: 'running', addresses: [addressOf(i)] };
}
function policyOf(setup, i, life) {
    const { associate, preempt, policy } = setup;
    const voters = Array.from({ length: sizeOf(setup) }, (_, voter) => addressOf(voter));
    return {
        self: {
            node: nodeOf(i),
            tag: i + 1,
            instance: instanceOf(i),
            addresses: [addressOf(i)],
            epoch: { startedAt: life, random: epochOf(i, life) },
        },
        address: '198.51.100.50',
        traits: { associate, fences: associate !== 'moves' },
        grouped: false,
        priority: 10 * (i + 1),
        intervalMs: roundMs,
        deadRatio: 2,
        preempt,
        preemptDelayMs: 2 * roundMs,
        onStop: 'handover',
        handoverTimeoutMs: 10_000,
        restartBoundMs: 10_000,
        crashGraceMs: 0,
        foreign: 'wait',
        isolatedTakeoverAfterMs: associate === 'adds' ? null : 5 * roundMs,
        neverHeardTakeoverAfterMs: 5 * roundMs,
        candidate: true,
        quorum: setup.witnesses === undefined ? null : { voters },
        witness: i >= setup.nodes,
        checked: false,
        configDigest: 1,
        ...policy,
    };
}
