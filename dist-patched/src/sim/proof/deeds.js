import { fairApi } from "../api.js";
import { isWitness, sharedAddress } from "../cluster.js";
const hour = 3_600_000;
function chance({ world }, list) {
    return list[Math.floor(world.random() * list.length)];
}
function other(cluster, host) {
    return chance(cluster, cluster.hosts.filter((one) => one !== host));
}
const processes = [
    (cluster, host) => cluster.kill(host),
    (cluster, host) => cluster.start(host),
    (cluster, host) => cluster.start(host),
    (cluster, host) => restart(cluster, host, {}),
    (cluster, host) => pause(cluster, host, 'all'),
    (cluster, host) => pause(cluster, host, chance(cluster, ['boot', 'none'])),
    (cluster, host) => {
        host.clock.wallStep += chance(cluster, [hour, -hour]);
    },
];
const links = [
    (cluster, host) => cluster.network.cut(host.address, other(cluster, host).address),
    (cluster, host) => {
        const peer = other(cluster, host);
        cluster.network.cut(host.address, peer.address);
        cluster.network.cut(peer.address, host.address);
    },
    (cluster, host) => cluster.isolate(host),
    (cluster, host) => cluster.network.slow(host.address, other(cluster, host).address, slowness(cluster)),
    (cluster) => cluster.network.healAll(),
    (cluster) => cluster.network.healAll(),
];
/** Up to a little more than the usual dead interval. */
const slowness = ({ world }) => world.random() * 3_500;
const orders = [
    (cluster, host) => cluster.command(host, { kind: 'drain' }),
    (cluster, host) => cluster.tell(host, { kind: 'health', ok: cluster.world.random() < 0.5 }),
    (cluster, host) => cluster.command(host, { kind: 'priority', shift: cluster.world.random() < 0.5 ? 1 : -1 }),
    (cluster, host) => handOver(cluster, host),
    (cluster, host) => mislead(cluster, host),
    (cluster, host) => comeOrGo(cluster, host),
];
const apis = [
    (_cluster, host) => {
        host.api.down = !host.api.down;
    },
    (cluster, host) => {
        const { random } = cluster.world;
        host.api.hang = random() * 0.2;
        host.api.fail = random() * 0.3;
        host.api.failAfterActing = random() * 0.3;
        host.api.operationMs = random() * (random() < 0.2 ? 25_000 : 12_000);
    },
    ({ world: { random } }, { api }) => {
        api.late = random() * 0.3;
        api.lost = random() * 0.3;
    },
    (_cluster, host) => {
        Object.assign(host.api, fairApi());
    },
];
export const deeds = [...processes, ...links, ...orders, ...apis];
function restart(cluster, host, change) {
    cluster.kill(host);
    cluster.world.after(100 + cluster.world.random() * 1_000, () => cluster.start(host, change));
}
function pause(cluster, host, counting) {
    cluster.pause(host, counting);
    cluster.world.after(cluster.world.random() * 10_000, () => cluster.resume(host));
}
/** `ha-ip handover`, to somebody or to the best. It takes part again after a while, if it is not told to before. */
function handOver(cluster, host) {
    const { random } = cluster.world;
    const to = random() < 0.5 ? other(cluster, host).address : null;
    cluster.command(host, random() < 0.3 ? { kind: 'rejoin' } : { kind: 'handover', to, forMs: random() * 60_000 });
}
/** A member leaves the group and goes, or comes to it. */
function comeOrGo(cluster, host) {
    if (isWitness(host))
        return;
    const isMember = cluster.members().some(({ address }) => address === host.address);
    cluster.list(host, !isMember);
    if (isMember)
        cluster.command(host, { kind: 'drain' });
    else
        cluster.start(host);
}
const misled = new WeakSet();
/** Whether its process runs with settings that are not the group's. */
export function isMisled({ process }) {
    return process !== null && misled.has(process);
}
/** Starts again with settings of its own: another interval, another priority, other voters. One at a time. */
function mislead(cluster, host) {
    if (cluster.hosts.some(isMisled))
        return;
    const voters = cluster.hosts.map(({ address }) => address);
    const { quorum } = host.process?.node.policy(sharedAddress) ?? {};
    const change = chance(cluster, [
        { intervalMs: chance(cluster, [200, 500, 2_000]) },
        { priority: 5 },
        quorum ? { quorum: { voters: voters.slice(1) } } : { preempt: cluster.world.random() < 0.5 },
    ]);
    cluster.kill(host);
    cluster.start(host, change);
    misled.add(host.process);
}
