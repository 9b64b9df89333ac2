import { networkInterfaces } from 'node:os';
import { createControl } from "../adapters/control.js";
import { ControlError } from "../adapters/control-client.js";
import { createLog } from "../adapters/log.js";
import { createPeerSource } from "../adapters/resolver.js";
import { createSystemClock } from "../adapters/system-clock.js";
import { createUdpTransport } from "../adapters/udp.js";
import { version } from "../adapters/version.js";
import { advice } from "../config/advice.js";
import { createExecutor } from "../engine/executor.js";
import { chooseAddresses } from "../engine/group.js";
import { createJournal } from "../engine/journal.js";
import { createNode } from "../engine/node.js";
import { statusBefore, statusOf } from "../engine/status.js";
import { chosenModule, identifyPatiently, providersFor, sleep } from "./cloud-access.js";
import { Failure } from "./failure.js";
import { handOver } from "./handover.js";
import { watchHealth } from "./health.js";
import { newEpoch, policyFor } from "./policy.js";
import { listenToSignals } from "./signals.js";
/**
 * `ha-ip -W`: holds the shared addresses on the best live member of the group until it is told to stop. Ends with 1
 * where it cannot even listen; a cloud that does not answer never ends it.
 */
export async function watch(config, context) {
    const providers = providersFor(config);
    const log = createLog({
        target: config.stdout ? 'stdout' : 'syslog',
        format: config.logFormat,
        verbose: config.verbose,
        tag: 'ha-ip',
    });
    try {
        return await run({ config, context, providers, log });
    }
    finally {
        await log.close();
    }
}
async function run(parts) {
    const { config, log } = parts;
    const journal = createJournal(({ severity, address, sentence, report }) => {
        const where = address === null || config.addresses.length === 1 ? '' : `${address}: `;
        log.write(severity, where + sentence, { address, ...(report && { event: report }) });
    }, advice);
    let leave = () => { };
    const left = new Promise((resolve) => {
        leave = resolve;
    });
    const session = {
        left,
        journal,
        signals: listenToSignals(),
        clock: createSystemClock(),
        node: null,
        health: null,
        obstacle: null,
    };
    let controls = [];
    try {
        journal.say('notice', `ha-ip ${version()} watches ${config.addresses.join(' and ')}`);
        controls = await openControls(config, session);
        return await start(parts, session);
    }
    catch (error) {
        if (error instanceof Error)
            journal.say('error', error.message.split('\n')[0]);
        throw error;
    }
    finally {
        leave();
        await Promise.all(controls.map((control) => control.close()));
        session.signals.close();
    }
}
async function start(parts, session) {
    const [first] = parts.providers.values();
    const identity = await identifyPatiently(first, session.signals.stopped, (reason) => {
        session.obstacle = reason;
        session.journal.say('warning', reason);
    });
    return identity ? serve(parts, session, identity) : 0;
}
async function serve(parts, session, identity) {
    const { config, context } = parts;
    const { journal, signals } = session;
    const host = config.listen.host ?? identity.addresses[0]?.ip;
    if (host === undefined)
        throw new Failure('this machine has no address of its own: say where to listen with -l');
    const transport = await openSocket(host, config.listen.port);
    const epoch = newEpoch();
    const others = [...new Set([...config.peers, ...config.voters])];
    const names = { names: others, listen: host, say: (line) => journal.say('warning', line) };
    const peers = createPeerSource(names);
    if (!config.witness)
        warnOfMissingAddresses(config, journal);
    warnOfNoVote(config, identity, journal);
    const code = await new Promise((resolve) => {
        const node = createNode({
            clock: createSystemClock({ received: transport.received }),
            transport,
            journal,
            serve: servedAddresses(parts, identity, host, epoch),
            onStopped: (stopped) => resolve(stopped === 0 ? 0 : 1),
        });
        node.start();
        session.node = node;
        for (const [address, provider] of parts.providers) {
            if (!config.witness)
                void warnOfIneligibility(address, provider, session);
        }
        if (config.group === undefined || config.witness)
            peers.start((event) => node.tell(event));
        const say = (severity, line) => journal.say(severity, line);
        session.health = watchHealth(config, say, (event) => node.tell(event));
        signals.attach({
            node,
            say,
            reload: () => reload({ context, parts, identity, node, epoch, health: session.health }),
        });
    });
    peers.stop();
    session.health?.stop();
    await transport.close();
    return code;
}
async function openSocket(host, port) {
    try {
        return await createUdpTransport({ host, port });
    }
    catch (error) {
        throw new Failure(error.message, { cause: error });
    }
}
function servedAddresses(parts, identity, listen, epoch) {
    const { config, providers } = parts;
    const own = { addresses: identity.addresses, shared: config.addresses, listen };
    const group = config.group && {
        name: config.group.kind ? `${config.group.kind}:${config.group.name}` : config.group.name,
        choose: (machines) => chooseAddresses(machines, own, config.network),
    };
    return [...providers].map(([address, provider]) => ({
        policy: policyFor(config, address, identity, provider, epoch),
        performer: createExecutor({ provider, group, now: () => performance.now(), after }),
    }));
}
function after(ms, expired) {
    const timer = setTimeout(expired, ms);
    return () => clearTimeout(timer);
}
/** What would make a takeover fail is said at the start, not found out in the takeover. */
async function warnOfIneligibility(address, provider, session) {
    const { node, journal, signals } = session;
    // What keeps the address from being read is said by the election itself.
    while (!node?.state(address)?.cloud.reading) {
        await sleep(1_000, signals.stopped);
        if (signals.stopped.aborted)
            return;
    }
    try {
        for (const reason of (await provider.eligibility?.(AbortSignal.timeout(20_000))) ?? []) {
            journal.say('warning', `this machine could not take the address: ${reason}`);
        }
    }
    catch {
        // The cloud does not answer: the election's own calls say so.
    }
}
/** A voter's address that is mistyped makes its machine a candidate without a vote. */
function warnOfNoVote({ voters, listen }, { addresses }, journal) {
    const own = [...new Set([...addresses.map(({ ip }) => ip), listen.host])].filter((host) => host !== undefined);
    if (voters.length === 0 || voters.some((voter) => own.includes(voter)))
        return;
    journal.say('warning', `this machine does not vote: none of its addresses is among ${voters.join(', ')}; add one of ${own.join(', ')} to --voter everywhere, or name this machine to the witness with -p`);
}
/** The cloud delivers to the address; a host that does not have it drops what comes. */
function warnOfMissingAddresses(config, journal) {
    const module = chosenModule(config);
    const local = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []);
    for (const address of config.addresses) {
        if (local.includes(address) || module.isOnHost?.(address) === false)
            continue;
        const prefix = address.includes(':') ? 128 : 32;
        journal.say('warning', `${address} is not configured on this host, so nothing would answer there: run ip addr add ${address}/${prefix} dev lo`);
    }
}
async function openControls(config, session) {
    const running = version();
    const controls = [];
    for (const address of config.addresses) {
        let asked = false;
        const handlers = {
            status: () => statusNow(session, address, running),
            handover: (asked) => handOver({ node: session.node, stopped: session.signals.stopped }, address, asked),
            stop: async () => {
                // `ha-ip stop` asks every address of this process at once: only the same question again is a second one.
                session.signals.stop('ha-ip stop', asked);
                asked = true;
                await session.left;
                return { message: 'left' };
            },
        };
        controls.push(await openControl(config.runtimeDir, address, handlers));
    }
    return controls;
}
async function openControl(dir, address, handlers) {
    try {
        return await createControl({ dir, address, handlers });
    }
    catch (error) {
        throw error instanceof ControlError ? new Failure(error.message, { cause: error }) : error;
    }
}
function statusNow({ node, health, journal, clock, obstacle }, address, running) {
    const { mono, wall } = clock.now();
    const about = { version: running, pid: process.pid, mono, wall };
    if (!node)
        return statusBefore({ ...about, address, obstacle });
    const [policy, state] = [node.policy(address), node.state(address)];
    return statusOf({ ...about, policy, state, journal, advise: advice, checks: health?.checks() ?? [] });
}
/** SIGHUP. What cannot change in a running process is said, and everything else is in force at once. */
function reload({ context, parts, identity, node, epoch, health }) {
    const loaded = context.reload();
    if (!loaded.ok)
        return `the settings stay as they are, the new ones are not valid: ${loaded.mistakes.join('; ')}`;
    const next = loaded.config;
    for (const [address, provider] of parts.providers) {
        const { self } = node.policy(address);
        // Who votes is promised to the others: that never changes while we run.
        const { voters, witness } = parts.config;
        const settings = { ...next, voters, witness };
        node.reload({ ...policyFor(settings, address, identity, provider, epoch), self });
    }
    // After the policies: what a new check finds belongs to the new ones.
    health.follow(next.health);
    const fixed = [
        'addresses',
        'listen',
        'peers',
        'voters',
        'witness',
        'group',
        'endpoint',
        'provider',
        'network',
        'instance',
        'metadata',
        'stdout',
        'logFormat',
        'verbose',
        'runtimeDir',
    ];
    const secrets = ['apiKey', 'apiSecret', 'token'];
    const changed = [
        ...fixed.filter((key) => JSON.stringify(next[key]) !== JSON.stringify(parts.config[key])),
        ...secrets.filter((key) => next[key]?.reveal() !== parts.config[key]?.reveal()),
    ];
    return changed.length === 0
        ? 'settings reloaded'
        : `settings reloaded, but for a change of ${changed.join(', ')} restart`;
}
