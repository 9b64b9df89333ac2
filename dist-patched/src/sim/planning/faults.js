import { restartMs } from "./plan.js";
/**
 * kill: SIGKILL · stop: SIGTERM · restart: SIGTERM, and a start once it has ended · pause: SIGSTOP · isolate: the
 * machine is off the network, its API included · unhealthy: its check fails
 */
export const machineDeeds = ['kill', 'stop', 'restart', 'start', 'pause', 'isolate', 'unhealthy'];
/** Has the fault come, and end, in the cluster's time. `told` is called after each. */
export function plant(cluster, fault, told) {
    const { world } = cluster;
    world.at(fault.at, () => {
        cluster.note(world.now, `fault: ${spoken(fault)}`);
        const undo = act(cluster, fault, told);
        told();
        if (fault.for === null || undo === null)
            return;
        world.after(fault.for, () => {
            cluster.note(world.now, `fault ends: ${deedText(fault.deed)}`);
            undo();
            told();
        });
    });
}
function act(cluster, { deed, for: lasting }, told) {
    const { weather } = cluster.network;
    switch (deed.kind) {
        case 'cut':
            return cut(cluster, deed);
        case 'loss':
            return assign(weather, { loss: deed.share });
        case 'delay':
            return assign(weather, { delayMin: deed.min, delayMax: deed.max });
        case 'api down':
            return each(cluster, deed.who, ({ api }) => assign(api, { down: true }));
        case 'api slow':
            return each(cluster, deed.who, ({ api }) => assign(api, { latencyMin: deed.ms, latencyMax: deed.ms }));
        case 'api fail':
            return each(cluster, deed.who, ({ api }) => assign(api, { fail: deed.share }));
        default:
            return each(cluster, deed.who, (host) => treat(cluster, host, deed.kind, lasting, told));
    }
}
/** Sets fields, and gives the way back. */
function assign(target, change) {
    const before = {};
    for (const key of Object.keys(change))
        before[key] = target[key];
    Object.assign(target, change);
    return () => void Object.assign(target, before);
}
function each(cluster, who, deed) {
    const undone = meant(cluster, who).map(deed);
    return undone.every((undo) => undo === null) ? null : () => undone.forEach((undo) => void undo?.());
}
function meant(cluster, who) {
    const { hosts } = cluster;
    if (who === 'all')
        return hosts;
    if (who !== 'holder')
        return hosts.filter((_, index) => index === who - 1);
    const name = cluster.active()[0] ?? cluster.holders()[0];
    return hosts.filter((host) => host.name === name);
}
function treat(cluster, host, kind, lasting, told) {
    const start = () => {
        cluster.start(host);
        told();
    };
    switch (kind) {
        case 'kill':
            cluster.kill(host);
            return start;
        case 'stop':
            cluster.command(host, { kind: 'drain' });
            return () => whenEnded(cluster, host, start);
        case 'restart':
            cluster.command(host, { kind: 'drain' });
            whenEnded(cluster, host, () => void cluster.world.after(lasting ?? restartMs, start));
            return null;
        case 'start':
            start();
            return null;
        case 'pause':
            cluster.pause(host);
            return () => cluster.resume(host);
        case 'isolate':
            return isolate(cluster, host);
        case 'unhealthy':
            cluster.tell(host, { kind: 'health', ok: false });
            return () => cluster.tell(host, { kind: 'health', ok: true });
    }
}
/** A process that was asked to stop is waited for. */
function whenEnded(cluster, host, then) {
    if (host.process)
        cluster.world.after(1, () => whenEnded(cluster, host, then));
    else
        then();
}
function isolate(cluster, host) {
    const { network, hosts } = cluster;
    cluster.isolate(host);
    const answer = assign(host.api, { down: true });
    return () => {
        answer();
        for (const other of hosts) {
            network.heal(host.address, other.address);
            network.heal(other.address, host.address);
        }
    };
}
function cut({ network, hosts }, deed) {
    const [from, to] = [hosts[deed.from - 1].address, hosts[deed.to - 1].address];
    const links = deed.both
        ? [
            [from, to],
            [to, from],
        ]
        : [[from, to]];
    for (const link of links)
        network.cut(...link);
    return () => {
        for (const link of links)
            network.heal(...link);
    };
}
/** A fault in the words in which it may be typed. */
export function spoken({ deed, at, for: lasting }) {
    const end = lasting === null ? '' : ` for ${seconds(lasting)}`;
    return `${deedText(deed)} at ${seconds(at)}${end}`;
}
export function deedText(deed) {
    const percent = (share) => `${Number((share * 100).toFixed(3))}%`;
    switch (deed.kind) {
        case 'cut':
            return `cut lb${deed.from}${deed.both ? '<>' : '>'}lb${deed.to}`;
        case 'loss':
            return `loss ${percent(deed.share)}`;
        case 'delay':
            return `delay ${deed.min}ms-${deed.max}ms`;
        case 'api down':
            return `api down for ${nameOf(deed.who)}`;
        case 'api slow':
            return `api slow ${seconds(deed.ms)} for ${nameOf(deed.who)}`;
        case 'api fail':
            return `api fail ${percent(deed.share)} for ${nameOf(deed.who)}`;
        default:
            return `${deed.kind} ${nameOf(deed.who)}`;
    }
}
function nameOf(who) {
    return typeof who === 'number' ? `lb${who}` : who;
}
function seconds(ms) {
    return ms > 0 && ms < 1_000 ? `${ms}ms` : `${ms / 1_000}s`;
}
/** Faults by chance, one every 10 s or so; each has an end, the last one before `until`. */
export function randomFaults(random, nodes, { from, until, delayMax }) {
    const faults = [];
    const upTo = (limit) => Math.round(random() * limit);
    for (let at = from + upTo(10_000); at < until; at += 500 + upTo(20_000)) {
        const lasting = Math.min(200 + upTo(random() < 0.2 ? 60_000 : 8_000), until - at);
        faults.push({ deed: randomDeed(random, nodes, delayMax), at, for: lasting });
    }
    return faults;
}
function randomDeed(random, nodes, delayMax) {
    const pick = (list) => list[Math.floor(random() * list.length)];
    const number = () => 1 + Math.floor(random() * nodes);
    const who = random() < 0.3 ? 'holder' : number();
    const from = number();
    const to = 1 + ((from + Math.floor(random() * (nodes - 1))) % nodes);
    const kind = pick([
        ...machineDeeds.filter((deed) => deed !== 'start'),
        ...['cut', 'cut', 'loss', 'delay', 'api down', 'api slow', 'api fail'],
    ]);
    const share = Math.round(random() * 30) / 100;
    switch (kind) {
        case 'cut':
            return { kind, from, to, both: random() < 0.5 };
        case 'loss':
            return { kind, share };
        case 'delay':
            return { kind, min: 1, max: 1 + Math.floor(random() * Math.min(200, delayMax)) };
        case 'api fail':
            return { kind, share, who };
        case 'api slow':
            return { kind, ms: 100 + Math.round(random() * 4_000), who };
        default:
            return { kind, who };
    }
}
