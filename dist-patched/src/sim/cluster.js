import { roleName, } from "../core/index.js";
import { createJournal } from "../engine/journal.js";
import { createNode } from "../engine/node.js";
import { configDigest, nodeTag } from "../wire/digest.js";
import { createSimPerformer, fairApi } from "./api.js";
import { Cloud } from "./cloud.js";
import { fairClock, pass, readClock, trueTimeOf } from "./host-clock.js";
import { createNetwork } from "./network.js";
import { createWorld } from "./world.js";
export const sharedAddress = '198.51.100.50';
/** n nodes with the very core and engine that ship, in one world of virtual time. */
export class Cluster {
    world;
    network;
    cloud;
    hosts;
    /** One line per report and per deed, for people. */
    transcript = [];
    watch;
    #options;
    #machines;
    #witnesses;
    /** Machines that are no members now, by address. */
    #strangers = new Set();
    #lives = 0;
    constructor(options, watch = {}) {
        this.#options = options;
        this.watch = watch;
        this.world = createWorld(options.seed);
        this.network = createNetwork(this.world);
        this.network.onDelivery = (bytes, from, to) => watch.onDelivery?.(bytes, from, to);
        const count = Array.from({ length: options.nodes }, (_, i) => i + 1);
        if (watch.onSend)
            this.network.onSend = (bytes, from, to) => watch.onSend?.(bytes, from, to);
        this.#machines = count.map(machine);
        this.#witnesses = Array.from({ length: options.witnesses ?? 0 }, (_, i) => witness(i + 1));
        this.cloud = createCloud(options, this.#machines);
        this.cloud.onChange(({ at, instance, change }) => this.note(at, `cloud: ${this.nameOf(instance)} ${change} the address`));
        this.hosts = this.#all.map((one) => host(one));
    }
    nameOf(instance) {
        return (this.#machines.find(({ description }) => description.instance === instance)?.description.name ??
            instance);
    }
    note(at, line) {
        this.transcript.push(`${(at / 1000).toFixed(3).padStart(9)}  ${line}`);
    }
    run(ms) {
        this.world.runUntil(this.world.now + ms);
        this.cloud.advance(this.world.now);
    }
    /** Starts a process on the host, which then tells its members at once (`-p`), as names that are literals do. */
    start(host, change = {}) {
        if (host.process)
            return;
        this.note(this.world.now, `${host.name}: starts`);
        const process = this.#spawn(host, change);
        host.process = process;
        process.node.start();
        if (!this.#options.grouped || isWitness(host))
            process.node.tell({ kind: 'members', members: this.members() });
    }
    /** The group, as addresses (`-p`). */
    members() {
        return this.#all
            .filter(({ member }) => !this.#strangers.has(member.address))
            .map(({ member: { address, name } }) => ({ address, addresses: [address], name }));
    }
    /** The group grows or shrinks: the cloud's list says so when it is read (`-G`), everybody is told (`-p`). */
    list(host, isMember) {
        if (this.#strangers.has(host.address) !== isMember)
            return;
        this.note(this.world.now, `${host.name}: is ${isMember ? 'a' : 'no'} member of the group now`);
        if (isMember)
            this.#strangers.delete(host.address);
        else
            this.#strangers.add(host.address);
        for (const one of this.hosts) {
            if (!this.#options.grouped || isWitness(one))
                this.tell(one, { kind: 'members', members: this.members() });
        }
    }
    get #all() {
        return [...this.#machines, ...this.#witnesses];
    }
    /** SIGKILL: the process is gone, the host answers for it. */
    kill(host) {
        this.note(this.world.now, `${host.name}: killed`);
        this.#end(host);
    }
    command(host, command) {
        this.note(this.world.now, `${host.name}: told to ${command.kind}`);
        host.process?.deliver(() => host.process?.node.command(command));
    }
    tell(host, event) {
        host.process?.deliver(() => host.process?.node.tell(event));
    }
    /** SIGSTOP: time passes, datagrams wait. Not all clocks see that a machine was suspended or migrated. */
    pause(host, counting = 'all') {
        if (!host.process || host.process.paused)
            return;
        this.note(this.world.now, `${host.name}: paused`);
        host.process.paused = true;
        host.process.pausedFor = { ms: this.world.now, until: Number.POSITIVE_INFINITY, counting };
    }
    /** SIGCONT: the overdue timer or the queued datagrams come first, as chance has it. */
    resume(host) {
        const { process } = host;
        if (!process?.paused)
            return;
        this.note(this.world.now, `${host.name}: resumes`);
        process.paused = false;
        const { ms: since, counting } = process.pausedFor;
        process.pausedFor = { ms: this.world.now - since, until: this.world.now, counting };
        pass(host.clock, this.world.now - since, counting);
        process.wakeUp();
    }
    /** The host is off the network in both directions, its API calls included. */
    isolate(host) {
        for (const other of this.hosts) {
            this.network.cut(host.address, other.address);
            this.network.cut(other.address, host.address);
        }
    }
    role(host) {
        const state = this.state(host);
        return state ? roleName(state) : 'down';
    }
    state(host) {
        return host.process?.node.state(sharedAddress);
    }
    holders() {
        this.cloud.advance(this.world.now);
        return this.cloud.holders(sharedAddress).map((instance) => this.nameOf(instance));
    }
    /** The nodes that say they are active. */
    active() {
        return this.hosts
            .filter((host) => ['active', 'handing over'].includes(this.role(host)))
            .map((host) => host.name);
    }
    #end(host) {
        const process = host.process;
        process?.die();
        host.process = null;
    }
    #spawn(host, change) {
        const { world } = this;
        const mailbox = [];
        let alive = true;
        const deliver = (run) => {
            if (!alive)
                return;
            if (process.paused)
                mailbox.push(run);
            else
                run();
        };
        const wakeAt = createAlarm(world, deliver);
        const transport = this.network.attach(host.address, (run) => process.paused && mailbox.length >= 256 ? undefined : deliver(run));
        const clock = {
            now: () => readClock(host.clock, world.now),
            wakeAt: (at, wake) => wakeAt(at === null ? null : trueTimeOf(host.clock, at), wake),
        };
        const node = createNode({
            clock,
            transport,
            journal: createJournal(({ report, sentence }) => {
                if (report)
                    this.watch.onReport?.(host, report);
                (report?.kind === 'alarm' || report?.kind === 'condition') ? undefined : this.note(world.now, `${host.name}: ${sentence}`);
            }),
            serve: [{ policy: this.#policy(host, change), performer: this.#performer(host, deliver) }],
            onStopped: () => {
                this.note(world.now, `${host.name}: has left`);
                this.#end(host);
            },
        });
        const wakeUp = () => {
            const queued = mailbox.splice(0);
            for (const run of queued)
                deliver(run);
        };
        const die = () => {
            alive = false;
            wakeAt(null, () => { });
            void transport.close();
        };
        const process = {
            node,
            deliver,
            startedAt: world.now,
            pausedFor: null,
            paused: false,
            wakeUp,
            die,
        };
        return process;
    }
    #performer(host, deliver) {
        const { world, cloud } = this;
        const real = createSimPerformer({
            world,
            cloud,
            deliver,
            address: sharedAddress,
            machines: this.#machines,
            isMember: (address) => !this.#strangers.has(address),
            weather: host.api,
            who: host.name,
        });
        return {
            abort: (ticket) => {
                this.watch.onAbort?.(host);
                real.abort(ticket);
            },
            start: (ticket, call, settle) => {
                const { node } = host.process;
                this.watch.onCall?.(host, call, node.state(sharedAddress), node.policy(sharedAddress));
                real.start(ticket, call, (which, outcome) => {
                    this.watch.onSettled?.(host, call, outcome.ok);
                    settle(which, outcome);
                });
            },
        };
    }
    #policy(host, change) {
        const i = this.hosts?.indexOf(host) ?? 0;
        this.#lives += 1;
        const { description } = this.#all[i];
        const random = Math.floor(this.world.random() * 2 ** 32);
        const { associate, policy, priorities, grouped, quorum = false } = this.#options;
        const voters = change.quorum?.voters ?? (quorum ? this.#all.map(({ member }) => member.address) : []);
        const shared = {
            address: sharedAddress,
            voters,
            quorum,
            preempt: true,
            multi: associate === 'adds',
        };
        return {
            self: {
                node: description.node,
                tag: nodeTag(description.node),
                instance: description.instance,
                addresses: [host.address],
                epoch: { startedAt: this.#lives, random },
            },
            address: sharedAddress,
            traits: { associate, fences: associate !== 'moves' },
            grouped: (grouped ?? false) && !isWitness(host),
            priority: priorities?.[i] ?? 10 * (i + 1),
            intervalMs: 1000,
            deadRatio: 3,
            preempt: true,
            preemptDelayMs: 10_000,
            onStop: 'handover',
            handoverTimeoutMs: 10_000,
            restartBoundMs: 10_000,
            crashGraceMs: 0,
            foreign: 'wait',
            isolatedTakeoverAfterMs: associate === 'adds' ? null : 60_000,
            neverHeardTakeoverAfterMs: 60_000,
            candidate: true,
            quorum: quorum ? { voters } : null,
            witness: isWitness(host),
            checked: false,
            configDigest: configDigest(shared),
            ...policy,
            ...change,
        };
    }
}
/** The one alarm of a process; most steps set it for the instant for which it is set already. */
function createAlarm(world, ring) {
    let setFor = null;
    let wake = () => { };
    const alarm = world.alarm(() => {
        setFor = null;
        ring(wake);
    });
    return (at, happen) => {
        wake = happen;
        if (at === setFor)
            return;
        setFor = at;
        alarm.set(at);
    };
}
/** Whether the host votes and never holds. */
export function isWitness({ instance }) {
    return instance === '';
}
function host({ description, member }) {
    return {
        name: description.name,
        address: member.address,
        instance: description.instance,
        api: fairApi(),
        clock: fairClock(),
        process: null,
    };
}
/** A witness runs elsewhere: no machine of the cloud, but a host with a name, an address and a node id. */
function witness(i) {
    const node = `cccccccccccc4ccc8ccc${i.toString(16).padStart(12, '0')}`;
    const [address, name] = [`10.9.0.${i}`, `w${i}`];
    return {
        description: { instance: '', node, name, state: 'running', addresses: [address] },
        member: { address, addresses: [address], name },
    };
}
function machine(i) {
    const hex = i.toString(16).padStart(12, '0');
    const instance = `11111111-2222-4333-8444-${hex}`;
    const node = `bbbbbbbbcccc4ddd8eee${hex}`;
    const address = `10.0.0.${i}`;
    const name = `lb${i}`;
    return {
        description: { instance, node, name, state: 'running', addresses: [address] },
        member: { address, addresses: [address], instance, node, name },
    };
}
function createCloud(options, machines) {
    return new Cloud({
        instances: machines.map(({ description, member }) => ({
            id: description.instance,
            name: description.name,
            zone: 'virtual',
            groups: ['lb'],
            tags: [],
            state: 'running',
            nics: [{ id: description.node, network: 'net', default: true, addresses: member.addresses }],
        })),
        addresses: [{ id: 'shared', ip: sharedAddress, zone: 'virtual', mode: options.associate }],
        oneActionAtATime: options.associate === 'moves',
    });
}
