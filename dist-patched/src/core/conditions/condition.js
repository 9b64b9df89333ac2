import { deadInterval } from "../times.js";
export function noConditions() {
    return { standing: [], lookedAt: Number.NEGATIVE_INFINITY };
}
/** An API that fails now and then is one condition, not two lines for each call. */
const apiCalm = 10_000;
/** A lost datagram makes no line, nor does a reload that reaches one machine after another. */
export function patienceOf(code, policy) {
    switch (code) {
        case 'api':
            return { begins: 0, ends: apiCalm };
        case 'config':
        case 'exoip':
        case 'priority':
        case 'minority':
            return { begins: deadInterval(policy), ends: deadInterval(policy) };
        case 'duplicate-id':
        case 'foreign':
        case 'never-heard-holder':
            return { begins: 0, ends: deadInterval(policy) };
        case 'duel':
        case 'group':
        case 'group-size':
        case 'members-unknown':
        case 'never-heard':
        case 'not-delivered':
            return { begins: 0, ends: 0 };
    }
}
