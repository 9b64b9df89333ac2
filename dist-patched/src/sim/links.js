/** Something for each directed link, made when it is first asked for. */
export class Links {
    #from = new Map();
    #make;
    constructor(make) {
        this.#make = make;
    }
    of(from, to) {
        return this.#from.get(from)?.get(to) ?? this.#add(from, to);
    }
    *all() {
        for (const links of this.#from.values())
            yield* links.values();
    }
    #add(from, to) {
        const links = this.#from.get(from) ?? new Map();
        const made = this.#make();
        this.#from.set(from, links.set(to, made));
        return made;
    }
}
