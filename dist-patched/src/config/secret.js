import { inspect } from 'node:util';
/** A value that never prints: only `reveal` gives it away, and only the signing or sending of a request calls that. */
export class Secret {
    #value;
    constructor(value) {
        this.#value = value;
    }
    reveal() {
        return this.#value;
    }
    toString() {
        return '***';
    }
    toJSON() {
        return '***';
    }
    [inspect.custom]() {
        return '***';
    }
}
