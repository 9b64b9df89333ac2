/** The nodes' view: made from their logs alone, never from what the cloud says. */
export class View {
    #nodes;
    constructor(names) {
        this.#nodes = new Map(names.map((name) => [name, { state: 'not started', role: 'starting', hears: new Set() }]));
    }
    /** A process begins, ends, freezes or wakes. */
    became(name, state) {
        const node = this.#node(name);
        if (state !== 'frozen' && node.state !== 'frozen') {
            node.role = 'starting';
            node.hears.clear();
        }
        node.state = state;
    }
    said(name, { event }) {
        const node = this.#node(name);
        if (event?.kind === 'role')
            node.role = event.to;
        else if (node.role === 'starting')
            node.role = 'hold-off';
        if (event?.kind !== 'peer')
            return;
        const [peer = ''] = event.peer.split(' ');
        if (['heard', 'back'].includes(event.change))
            node.hears.add(peer);
        if (['silent', 'refused', 'left', 'removed'].includes(event.change))
            node.hears.delete(peer);
    }
    role(name) {
        return this.#node(name).role;
    }
    /** Name, and what there is to say of it. */
    rows() {
        return [...this.#nodes].map(([name, node]) => [name, describe(node)]);
    }
    #node(name) {
        const node = this.#nodes.get(name);
        if (node === undefined)
            throw new Error(`no machine ${name} in the view`);
        return node;
    }
}
function describe({ state, role, hears }) {
    if (state !== 'running')
        return state;
    const heard = [...hears].sort().join(' and ') || 'nobody';
    return role === 'starting' ? role : `${role}, hears ${heard}`;
}
