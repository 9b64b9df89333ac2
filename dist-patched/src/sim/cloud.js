/**
 * A cloud as data: who exists, who holds what, what is under way. It has no clock, no timer and no network: every
 * method that depends on time is given the instant (ms of any monotonic clock, never going back), so the same model
 * runs in virtual time and, behind HTTP, in real time. Lenient where clouds differ: the routes of a cloud add its
 * own refusals.
 */
export class Cloud {
    instances = new Map();
    addresses = new Map();
    jobs = new Map();
    calls = [];
    changes = [];
    /** For actions started from now on. */
    timing;
    #oneActionAtATime;
    #initial = new Map();
    #due = [];
    #underWay = new Set();
    #onCall = new Set();
    #onChange = new Set();
    #ids = 0;
    constructor(world) {
        this.timing = world.timing ?? { reportsAfterMs: 1000 };
        this.#oneActionAtATime = world.oneActionAtATime ?? false;
        for (const instance of world.instances)
            this.instances.set(instance.id, instance);
        for (const { holders = [], ...address } of world.addresses) {
            const holdings = holders.map((instance) => this.#holding(instance));
            this.addresses.set(address.ip, { ...address, holdings });
            this.#initial.set(address.ip, [...holders]);
        }
    }
    /** Who has the address, now or, for replicas that lag behind, at an earlier instant. */
    holders(ip, asOf) {
        if (asOf === undefined)
            return this.addresses.get(ip)?.holdings.map((held) => held.instance) ?? [];
        const last = this.changes.findLast((change) => change.address === ip && change.at <= asOf);
        return [...(last?.holders ?? this.#initial.get(ip) ?? [])];
    }
    /** Whether an action on the address has not reported yet. */
    pending(ip) {
        return [...this.#underWay].some((job) => job.action.address === ip);
    }
    /** Why the action cannot begin now, or null. */
    refusal(action) {
        if (this.#oneActionAtATime && this.pending(action.address))
            return 'pending';
        return this.#obstacle(action);
    }
    /** Begins an action, or says why not. A job of no duration is done when this returns. */
    start(action, now, who, timing = this.timing) {
        this.advance(now);
        const refusal = this.refusal(action);
        if (refusal !== null)
            return refusal;
        const job = this.#open(action, now, who, timing);
        this.#schedule(job, timing);
        this.advance(now);
        return job;
    }
    /** Lets everything happen that is due at `now`, in order of its instants. */
    advance(now) {
        for (let due = this.#due[0]; due !== undefined && due.at <= now; due = this.#due[0]) {
            this.#due.shift();
            if (due.step === 'apply')
                this.#apply(due.job, due.at);
            else
                this.#report(due.job);
        }
    }
    /** The next instant at which `advance` would change something, or null. */
    nextDue() {
        return this.#due[0]?.at ?? null;
    }
    /** A machine that is gone holds nothing; a machine that is off keeps what it has. */
    setState(instance, state, now) {
        this.advance(now);
        const machine = this.instances.get(instance);
        if (machine === undefined)
            throw new Error(`no simulated machine ${instance}`);
        machine.state = state;
        if (state !== 'gone')
            return;
        for (const ip of this.addresses.keys())
            this.#lose(ip, (holder) => holder === instance, now, 'cloud');
    }
    /** Somebody else's hand: an operator at the console, another tool. */
    setHolders(ip, holders, now, who = 'operator') {
        this.advance(now);
        for (const instance of holders)
            this.#gain(ip, instance, now, who);
        this.#lose(ip, (holder) => !holders.includes(holder), now, who);
    }
    /** Notes a request that arrives; `answered` completes the note. */
    called(call) {
        const record = { ...call, subject: call.subject ?? null, outcome: null, endedAt: null };
        this.calls.push(record);
        for (const listener of this.#onCall)
            listener(record);
        return record;
    }
    answered(record, outcome, now) {
        record.outcome = outcome;
        record.endedAt = now;
    }
    /** Called for each request when it arrives. Returns the end of the subscription. */
    onCall(listener) {
        this.#onCall.add(listener);
        return () => void this.#onCall.delete(listener);
    }
    /** Called for each change of holders, once the change is visible. Returns the end of the subscription. */
    onChange(listener) {
        this.#onChange.add(listener);
        return () => void this.#onChange.delete(listener);
    }
    #obstacle(action) {
        const address = this.addresses.get(action.address);
        if (address === undefined)
            return 'noSuchAddress';
        if (action.instance === null)
            return null;
        const machine = this.instances.get(action.instance);
        if (machine === undefined || machine.state === 'gone')
            return 'noSuchInstance';
        if (action.kind === 'dissociate')
            return null;
        if (machine.zone !== address.zone)
            return 'otherZone';
        const others = this.holders(address.ip).some((holder) => holder !== action.instance);
        return address.mode === 'refusedWhileHeld' && others ? 'held' : null;
    }
    #open(action, now, who, timing) {
        const doneAt = timing.reportsAfterMs === null ? null : now + timing.reportsAfterMs;
        const job = { id: this.#id(), action, who, startedAt: now, doneAt, state: 'pending', error: null };
        this.jobs.set(job.id, job);
        this.#underWay.add(job);
        return job;
    }
    #schedule(job, timing) {
        const success = timing.fails === undefined ? timing.reportsAfterMs : null;
        const applies = timing.appliesAfterMs === undefined ? success : timing.appliesAfterMs;
        if (timing.fails !== undefined)
            job.error = timing.fails;
        if (applies !== null)
            this.#enqueue({ at: job.startedAt + applies, step: 'apply', job });
        if (job.doneAt !== null)
            this.#enqueue({ at: job.doneAt, step: 'report', job });
    }
    /** Sorted by instant; of the same instant, what was enqueued first happens first. */
    #enqueue(due) {
        const behind = this.#due.findIndex((other) => other.at > due.at);
        this.#due.splice(behind === -1 ? this.#due.length : behind, 0, due);
    }
    /** The world may have changed since the start: what stands in the way now fails the job. */
    #apply(job, at) {
        const obstacle = this.#obstacle(job.action);
        if (obstacle !== null)
            job.error ??= obstacle;
        else if (job.action.kind === 'associate')
            this.#give(job.action.address, job.action.instance, at, job.who);
        else
            this.#take(job.action.address, job.action.instance, at, job.who);
    }
    #report(job) {
        job.state = job.error === null ? 'done' : 'failed';
        this.#underWay.delete(job);
    }
    #give(ip, instance, at, who) {
        if (this.addresses.get(ip)?.mode === 'moves')
            this.#lose(ip, (holder) => holder !== instance, at, who);
        this.#gain(ip, instance, at, who);
    }
    #take(ip, instance, at, who) {
        this.#lose(ip, (holder) => instance === null || holder === instance, at, who);
    }
    #gain(ip, instance, at, who) {
        const address = this.addresses.get(ip);
        if (address === undefined || this.holders(ip).includes(instance))
            return;
        address.holdings = [...address.holdings, this.#holding(instance)];
        this.#changed({ at, address: ip, instance, change: 'gained', holders: this.holders(ip), who });
    }
    #lose(ip, which, at, who) {
        const address = this.addresses.get(ip);
        if (address === undefined)
            return;
        for (const { instance } of address.holdings.filter((held) => which(held.instance))) {
            address.holdings = address.holdings.filter((held) => held.instance !== instance);
            this.#changed({ at, address: ip, instance, change: 'lost', holders: this.holders(ip), who });
        }
    }
    #changed(change) {
        this.changes.push(change);
        for (const listener of this.#onChange)
            listener(change);
    }
    #holding(instance) {
        return { id: this.#id(), instance };
    }
    /** Shaped as a UUID, the same in every run. */
    #id() {
        this.#ids += 1;
        return `5150c10d-0000-4000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
    }
}
