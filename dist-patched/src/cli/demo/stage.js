import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from "../../watchdog/failure.js";
import { Machine } from "./machine.js";
import { commonPort, HOSTS } from "./port.js";
import { View } from "./view.js";
export const SHARED = '203.0.113.10';
export const LATENCY_MS = 20;
export const OPERATION_MS = 200;
/** The watchdogs run with the default. */
const DEAD_RATIO = 3;
/** For a machine to start or to leave: far more than it takes, and yet the demo ends by itself. */
const PATIENCE_MS = 15_000;
/** A simulated cloud in this process, and three machines whose watchdogs are processes of their own. */
export async function openTheatre(flavour, intervalMs, audience, cut) {
    const port = await commonPort();
    // Only now: no other command should wait for simulators to load.
    const { serveCloud } = await import("../../../providers/simulators.js");
    const served = await serveCloud({
        flavour,
        machines: HOSTS.map((host) => [host]),
        shared: [SHARED],
        timing: { reportsAfterMs: OPERATION_MS },
    });
    return new Theatre({ served, port, intervalMs, audience, cut });
}
export class Theatre {
    names = HOSTS.map((_, index) => `lb${index + 1}`);
    deadIntervalMs;
    port;
    #parts;
    #folder = mkdtempSync(join(tmpdir(), 'ha-ip-demo-'));
    #machines;
    #view = new View(this.names);
    #holdings = [];
    #lives = [];
    #calls = [];
    /** Called after each word of a node. */
    #waiting = new Set();
    #gathered;
    constructor(parts) {
        this.#parts = parts;
        this.port = parts.port;
        this.deadIntervalMs = parts.intervalMs * DEAD_RATIO + Math.max(parts.intervalMs / 4, 20);
        // The machines are not to be told anything by this host's own configuration.
        writeFileSync(join(this.#folder, 'empty.toml'), '', { mode: 0o600 });
        this.#machines = new Map(this.names.map((name, index) => [name, this.#machine(name, index)]));
        this.#record();
        this.#gathered = this.#gather();
        parts.served.faults.add({ effect: { kind: 'latency', ms: LATENCY_MS } });
        process.once('exit', this.#endAll);
    }
    get history() {
        return { holdings: this.#holdings, lives: this.#lives, calls: this.#calls };
    }
    now() {
        return performance.now();
    }
    announce(title, expected) {
        this.#parts.audience.event(title, expected);
    }
    async startTogether() {
        await Promise.all(this.names.map((name) => this.start(name)));
        await this.#patiently(this.#gathered, 'expected all machines to ask the cloud who they are');
    }
    async start(name) {
        this.#became(name, 'running');
        this.#find(name).start();
        await this.#says(name, (role) => role !== 'starting', 'to say its first word');
    }
    standsBy(name) {
        return this.#says(name, (role) => role === 'backup', 'to be a backup');
    }
    kill(name) {
        this.#became(name, 'killed');
        void this.#find(name).end('SIGKILL');
    }
    async leave(name) {
        await this.#patiently(this.#find(name).end('SIGTERM'), `${name}: expected it to leave`);
        this.#became(name, 'left');
    }
    freeze(name) {
        this.#became(name, 'frozen');
        this.#find(name).freeze();
    }
    wake(name) {
        this.#became(name, 'running');
        this.#find(name).wake();
    }
    async wait(ms) {
        const { signal } = this.#parts.cut;
        await sleep(Math.max(0, ms), undefined, { signal }).catch(() => signal.throwIfAborted());
    }
    breath() {
        this.#parts.audience.breath();
    }
    /** Ends all that was begun. Idempotent. */
    async close() {
        process.off('exit', this.#endAll);
        await this.#endAll();
        await this.#parts.served.close();
        rmSync(this.#folder, { recursive: true, force: true });
    }
    /** Also when this process ends otherwise: no machine outlives it. */
    #endAll = async () => {
        await Promise.all([...this.#machines.values()].map((machine) => machine.end('SIGKILL')));
    };
    #machine(name, index) {
        const { served, port, intervalMs, cut } = this.#parts;
        return new Machine({
            name,
            arguments: [
                ...['-W', '-O', '--log-format', 'json', '-v', '--config', join(this.#folder, 'empty.toml')],
                ...['-xi', SHARED, '-G', 'ha-ip', '-P', String(10 * (index + 1)), '-t', `${intervalMs}ms`],
                ...['-l', `${HOSTS[index]}:${port}`, '-xe', served.endpoint, '--metadata', served.metadata],
                ...['--runtime-dir', join(this.#folder, name)],
            ],
            env: {
                ...(process.env.PATH !== undefined && { PATH: process.env.PATH }),
                ...served.environment(name),
            },
            said: (line) => this.#said(name, line),
            died: (why) => cut.abort(new Failure(why)),
        });
    }
    #record() {
        const { cloud } = this.#parts.served;
        const nameOf = (id) => cloud.instances.get(id)?.name ?? id;
        cloud.onCall((call) => this.#calls.push(call));
        cloud.onChange(({ at, instance, change, holders }) => {
            this.#holdings.push({ at, holders: holders.map(nameOf) });
            this.#parts.audience.cloudChanged(`${nameOf(instance)} ${change} the address`, holders.map(nameOf));
            this.#stands();
        });
    }
    /**
     * The API answers nobody until all machines have asked it: they begin as one, however long their processes take to
     * start. Else one that waited out its hold-off alone would rightly take the address before a better one came.
     */
    #gather() {
        const { cloud, faults } = this.#parts.served;
        const missing = new Set(this.names);
        return new Promise((resolve) => {
            const until = new Promise((open) => {
                const forget = cloud.onCall(({ who }) => {
                    if (!missing.delete(who) || missing.size > 0)
                        return;
                    forget();
                    lift();
                    open();
                    resolve();
                });
            });
            const lift = faults.add({ what: /^(?!metadata)/, effect: { kind: 'wait', until } });
        });
    }
    #said(name, line) {
        this.#view.said(name, line);
        this.#parts.audience.nodeSaid(name, line);
        this.#stands();
        for (const look of this.#waiting)
            look();
    }
    #became(name, state) {
        this.#view.became(name, state);
        this.#lives.push({ at: this.now(), machine: name, alive: state === 'running' });
        this.#stands();
    }
    #stands() {
        this.#parts.audience.stands(this.#holdings.at(-1)?.holders ?? [], this.#view.rows());
    }
    #find(name) {
        const machine = this.#machines.get(name);
        if (machine === undefined)
            throw new Error(`no machine ${name} on the stage`);
        return machine;
    }
    #says(name, holds, words) {
        const said = new Promise((resolve) => {
            const look = () => {
                if (!holds(this.#view.role(name)))
                    return;
                this.#waiting.delete(look);
                resolve();
            };
            this.#waiting.add(look);
            look();
        });
        return this.#patiently(said, `${name}: expected it ${words}`);
    }
    /** Waits for a promise, but not for ever, and not when the story is cut. */
    async #patiently(promise, expected) {
        let settled = false;
        const late = this.wait(PATIENCE_MS).then(() => {
            if (!settled)
                throw new Failure(`${expected} within ${PATIENCE_MS / 1000} s, but it did not`);
        });
        await Promise.race([promise, late]);
        settled = true;
        // A cut that comes later concerns whoever waits then.
        late.catch(() => { });
    }
}
