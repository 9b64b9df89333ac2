import { roleName } from "../../core/index.js";
import { canonical, longestExplorationMs } from "./canonical.js";
import { menu, tell } from "./menu.js";
import { emptyGroup, kindRound, play, roundMs, seatName, } from "./rounds.js";
export function explore(options) {
    return new Explorer(options).run();
}
class Explorer {
    #options;
    #setup;
    /** By canonical text: how many faults were left when it was entered. */
    #entered = new Map();
    /** By canonical text: kind rounds until one holds for good. */
    #settling = new Map();
    #troubles = [];
    #byDepth = [];
    #transitions = 0;
    #slowest = { rounds: 0, node: null };
    constructor(options) {
        this.#options = options;
        this.#setup = options.setup;
        const longest = (options.depth + options.settlesWithin + restRounds) * roundMs;
        if (longest > longestExplorationMs)
            throw new Error('longer than the windows that are not told by age');
    }
    run() {
        const { depth, faults = Number.POSITIVE_INFINITY } = this.#options;
        let frontier = this.#enter({ group: beginning(this.#options), left: faults, parent: null, round: null });
        this.#byDepth.push(frontier.length);
        for (let i = 0; i < depth && !this.#isOver(); i++) {
            frontier = frontier.flatMap((node) => this.#expand(node));
            this.#byDepth.push(frontier.length);
        }
        const { rounds, node } = this.#slowest;
        return {
            states: this.#entered.size,
            transitions: this.#transitions,
            byDepth: this.#byDepth,
            troubles: this.#troubles,
            slowest: { rounds, story: node ? storyOf(node) : [] },
        };
    }
    #isOver() {
        return this.#troubles.length >= (this.#options.tolerance ?? 1);
    }
    #expand(node) {
        const next = [];
        for (const { round, cost } of menu(node.group, node.left)) {
            if (this.#isOver())
                return [];
            const played = play(this.#setup, node.group, round);
            this.#transitions += 1;
            const after = { group: played.group, left: node.left - cost, parent: node, round };
            this.#note(played, after);
            next.push(...this.#enter(after));
        }
        return next;
    }
    #note({ findings }, node) {
        for (const { rule, what, seat } of findings)
            this.#accuse(rule, `${seatName(node.group.seats, seat)} ${what}`, node);
    }
    #accuse(rule, what, node, more = []) {
        this.#troubles.push({ rule, what, story: [...storyOf(node), ...more] });
    }
    /** A group that was entered before, with as much left to go wrong, is not entered again. */
    #enter(node) {
        const key = canonical(node.group);
        const before = this.#entered.get(key);
        if (before !== undefined && before >= node.left)
            return [];
        this.#entered.set(key, node.left);
        if (before === undefined)
            this.#checkSettling(node, key);
        return [node];
    }
    /** L6: from here, left alone, the group comes to rest. What was learnt of the groups on the way is kept. */
    #checkSettling(node, key) {
        const way = [];
        let { group } = node;
        let rounds = this.#settling.get(key);
        for (let at = key; rounds === undefined; at = canonical(group), rounds = this.#settling.get(at)) {
            if (way.length > this.#options.settlesWithin)
                return this.#neverSettles(node, group);
            if (this.#isAtRest(group))
                rounds = this.#staysAtRest(node, group) ? 0 : undefined;
            if (rounds === 0) {
                this.#settling.set(at, 0);
                break;
            }
            way.push(at);
            const played = play(this.#setup, group, kindRound(group), true);
            this.#note(played, node);
            group = played.group;
        }
        for (const [i, at] of way.entries())
            this.#settling.set(at, rounds + way.length - i);
        const needed = rounds + way.length;
        if (needed > this.#slowest.rounds)
            this.#slowest = { rounds: needed, node };
        if (needed > this.#options.settlesWithin)
            this.#neverSettles(node, group);
    }
    #neverSettles(node, group) {
        const roles = group.seats.map(({ state }, i) => `${seatName(group.seats, i)} ${state ? roleName(state) : 'down'}`);
        this.#accuse('L6', `not one holder for good after ${this.#options.settlesWithin} kind rounds`, node, [
            `then, left alone: ${roles.join(', ')}; held by ${group.holders.join(', ') || 'nobody'}`,
        ]);
    }
    /** One is active, the cloud knows it as the only holder, and it is the best where the best preempts. */
    #isAtRest({ seats, holders, stragglers }) {
        const { preempt } = this.#setup;
        const roles = seats.map(({ state, pausedAt }) => (state && pausedAt === null ? roleName(state) : 'down'));
        const active = roles.indexOf('active');
        const others = roles.filter((role) => role === 'backup' || role === 'witness').length;
        if (active === -1 || others !== seats.length - 1 || stragglers.length > 0)
            return false;
        if (preempt && active !== 0)
            return false;
        return holders.length === 1 && holders[0] === seats[active].policy.self.instance;
    }
    #staysAtRest(node, group) {
        let later = group;
        for (let i = 0; i < restRounds; i++) {
            const played = play(this.#setup, later, kindRound(later), true);
            this.#note(played, node);
            later = played.group;
            if (!this.#isAtRest(later))
                return false;
        }
        return true;
    }
}
const restRounds = 3;
const settlingRounds = 60;
/** All machines begin in one round; where a group at rest is asked for, kind rounds follow. */
export function beginning({ setup, start }) {
    let group = emptyGroup(setup);
    for (let i = 0; i <= (start === 'cold' ? 0 : settlingRounds); i++)
        group = play(setup, group, kindRound(group), true).group;
    return group;
}
function storyOf(node) {
    const story = [];
    for (let at = node; at.parent && at.round; at = at.parent)
        story.unshift(tell(at.round, at.parent.group));
    return story;
}
