import { ProviderError } from "../ports/provider.js";
/** Longest times of whole calls: a reading, a list of several pages, a write with its asynchronous operation. */
const limits = {
    read: 10_000,
    describe: 10_000,
    members: 20_000,
    associate: 40_000,
    dissociate: 40_000,
};
export function createExecutor(parts) {
    let running = null;
    let waiting = null;
    function start(ticket, call, settle) {
        if (running) {
            waiting = { ticket, begin: () => start(ticket, call, settle) };
            return;
        }
        const controller = new AbortController();
        const self = {
            ticket,
            write: call.kind === 'associate' || call.kind === 'dissociate',
            controller,
        };
        running = self;
        const forget = parts.after(limits[call.kind], () => controller.abort(new Error('out of time')));
        void perform(parts, call, controller.signal).then((outcome) => {
            forget();
            if (running === self) {
                running = null;
                settle(ticket, outcome);
                next();
            }
        });
    }
    /** A call that was waiting for a write to end. */
    function next() {
        const call = waiting;
        waiting = null;
        if (call && !running)
            call.begin();
    }
    function abort(ticket) {
        if (waiting?.ticket === ticket)
            waiting = null;
        if (running?.ticket !== ticket || running.write)
            return;
        const { controller } = running;
        running = null;
        controller.abort(new Error('no longer wanted'));
        next();
    }
    return { start, abort };
}
/** Never rejects. */
async function perform(parts, call, signal) {
    try {
        return await ask(parts, call, signal);
    }
    catch (error) {
        return failure(parts.provider.name, call, error);
    }
}
async function ask(parts, call, signal) {
    const { provider, group } = parts;
    switch (call.kind) {
        case 'read':
            return { ok: true, view: await provider.read(signal, { background: call.background ?? false }) };
        case 'describe':
            return { ok: true, description: await provider.describe(call.instance, signal) };
        case 'associate':
            return associate(parts, call.instance, signal);
        case 'dissociate':
            await provider.dissociate(call.instance, signal);
            return { ok: true };
        case 'members': {
            if (!group || !provider.members)
                return { ok: true };
            return { ok: true, members: group.choose(await provider.members(group.name, signal)) };
        }
    }
}
async function associate({ provider, now }, instance, signal) {
    const since = now();
    let acceptedMs;
    await provider.associate(instance, signal, () => {
        acceptedMs = now() - since;
    });
    return { ok: true, acceptedMs };
}
function failure(name, call, error) {
    if (error instanceof ProviderError) {
        const { kind, retryAfterMs, mayHaveHappened, message } = error;
        return { ok: false, kind, retryAfterMs, mayHaveHappened, message };
    }
    const message = `${name}: ${call.kind}: ${error instanceof Error ? error.message : String(error)} (a defect of ha-ip)`;
    return { ok: false, kind: 'unavailable', mayHaveHappened: true, message };
}
