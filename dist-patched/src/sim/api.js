export const fairApi = () => ({
    latencyMin: 20,
    latencyMax: 60,
    operationMs: 200,
    hang: 0,
    fail: 0,
    failAfterActing: 0,
    late: 0,
    lost: 0,
    down: false,
    lists: 'all',
});
const callDeadline = 5_000;
const poll = 250;
/** The calls of one address against the model, in virtual time and without promises: the executor's contract. */
export function createSimPerformer(parts) {
    const { world } = parts;
    let running = null;
    let waiting = null;
    function start(ticket, call, settle) {
        if (running) {
            waiting = { ticket, begin: () => start(ticket, call, settle) };
            return;
        }
        const self = { ticket, write: call.kind === 'associate' || call.kind === 'dissociate', cancel: () => { } };
        running = self;
        request(parts, call, (cancel) => {
            self.cancel = cancel;
        }, (outcome) => {
            if (running !== self)
                return;
            running = null;
            parts.deliver(() => settle(ticket, outcome));
            next();
        });
    }
    function next() {
        const call = waiting;
        waiting = null;
        if (call && !running)
            world.after(0, call.begin);
    }
    function abort(ticket) {
        if (waiting?.ticket === ticket)
            waiting = null;
        if (running?.ticket !== ticket || running.write)
            return;
        running.cancel();
        running = null;
        next();
    }
    return { start, abort };
}
function request(parts, call, hold, answer) {
    const { world, weather } = parts;
    const dice = world.random();
    const write = call.kind === 'associate' || call.kind === 'dissociate';
    const unavailable = (mayHaveHappened) => ({
        ok: false,
        kind: 'unavailable',
        mayHaveHappened,
        message: 'simulated failure',
    });
    if (weather.down || dice < weather.hang)
        return hold(world.after(callDeadline, () => answer(unavailable(write))));
    const latency = weather.latencyMin + world.random() * (weather.latencyMax - weather.latencyMin);
    if (dice < weather.hang + weather.fail)
        return hold(world.after(latency, () => answer(unavailable(false))));
    const lies = write && world.random() < weather.failAfterActing;
    hold(world.after(latency / 2, () => {
        if (!write)
            return look(parts, call, latency / 2, hold, answer);
        act(parts, call, latency / 2, lies ? () => hold(world.after(latency, () => answer(unavailable(true)))) : null, hold, answer);
    }));
}
function look(parts, call, back, hold, answer) {
    const { world } = parts;
    parts.cloud.advance(world.now);
    const outcome = seen(parts, call);
    hold(world.after(back, () => answer(outcome)));
}
function seen({ cloud, address, machines, isMember, weather, who }, call) {
    if (call.kind === 'members') {
        const { lists } = weather;
        const listed = machines.filter(({ member }) => isMember(member.address) && (lists === 'all' || (lists === 'others' && member.name !== who)));
        return { ok: true, members: listed.map(({ member }) => member) };
    }
    if (call.kind === 'describe') {
        const member = machines.find(({ description }) => description.instance === call.instance);
        const known = cloud.instances.get(call.instance);
        const state = known?.state ?? 'gone';
        const stranger = {
            instance: call.instance,
            state,
            addresses: [],
            ...(known && { name: known.name }),
        };
        return { ok: true, description: member ? { ...member.description, state } : stranger };
    }
    const moves = cloud.addresses.get(address).mode === 'moves';
    return { ok: true, view: { holders: cloud.holders(address), pending: moves && cloud.pending(address) } };
}
function act(parts, call, back, lie, hold, answer) {
    const { world, cloud, weather, address, who } = parts;
    const { kind, instance } = call;
    const record = cloud.called({ at: world.now, who, what: kind, write: true, subject: instance });
    if (kind === 'dissociate' && !cloud.holders(address).includes(instance)) {
        return hold(world.after(back, () => answer({ ok: true })));
    }
    const fate = fateOf(parts);
    const job = cloud.start({ kind, address, instance }, world.now, who, {
        reportsAfterMs: fate === 'late' ? callDeadline + weather.operationMs : weather.operationMs,
        ...(fate === 'lost' && { appliesAfterMs: null }),
    });
    cloud.answered(record, typeof job === 'string' ? job : 'accepted', world.now);
    if (lie)
        return lie();
    if (fate === 'late')
        return hold(world.after(callDeadline, () => answer(silence)));
    if (typeof job === 'string') {
        return hold(world.after(back, () => answer({ ok: false, kind: 'conflict', mayHaveHappened: false, message: job })));
    }
    awaitJob(parts, job, back, hold, answer);
}
const silence = { ok: false, kind: 'unavailable', mayHaveHappened: true, message: 'no answer' };
function fateOf({ weather, world }) {
    if (weather.late === 0 && weather.lost === 0)
        return 'done';
    const dice = world.random();
    if (dice < weather.late)
        return 'late';
    return dice < weather.late + weather.lost ? 'lost' : 'done';
}
function awaitJob(parts, job, back, hold, answer) {
    const { world, cloud } = parts;
    const look = () => {
        cloud.advance(world.now);
        if (job.state === 'pending')
            return hold(world.after(poll, look));
        const failed = { ok: false, kind: 'conflict', mayHaveHappened: false, message: job.error ?? '' };
        hold(world.after(back, () => answer(job.state === 'done' ? { ok: true, acceptedMs: back } : failed)));
    };
    hold(world.after(Math.min(poll, parts.weather.operationMs), look));
}
