import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
/** A simulated machine: the real program in a process of its own, one life after the other. */
export class Machine {
    name;
    #parts;
    #doomed = new WeakSet();
    #child = null;
    constructor(parts) {
        this.name = parts.name;
        this.#parts = parts;
    }
    /** Starts the very program that runs here. */
    start() {
        const { arguments: words, env, said, died } = this.#parts;
        const program = process.argv[1] ?? 'ha-ip';
        const child = spawn(process.execPath, [program, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
        let lastWords = '';
        createInterface({ input: child.stdout }).on('line', (line) => said(parsed(line)));
        createInterface({ input: child.stderr }).on('line', (line) => {
            lastWords = line;
        });
        child.once('error', (error) => died(`${this.name} cannot be started: ${error.message}`));
        // Not 'exit': what it said last is still on its way then.
        child.once('close', (code, signal) => {
            if (!this.#doomed.has(child))
                died(farewell(this.name, code ?? signal, lastWords));
        });
        this.#child = child;
    }
    freeze() {
        this.#child?.kill('SIGSTOP');
    }
    wake() {
        this.#child?.kill('SIGCONT');
    }
    /** Ends this life, even a frozen one with SIGKILL; resolves when it is over. Idempotent. */
    async end(signal) {
        const child = this.#child;
        if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null)
            return;
        this.#doomed.add(child);
        await new Promise((resolve) => {
            child.once('exit', resolve);
            child.kill(signal);
        });
    }
}
function parsed(line) {
    try {
        return JSON.parse(line);
    }
    catch {
        return { severity: 'info', message: line };
    }
}
function farewell(name, how, lastWords) {
    const end = typeof how === 'number' ? `exit code ${how}` : how;
    return `${name} ended by itself (${end})${lastWords === '' ? '' : `: ${lastWords.replace(/^ha-ip: /, '')}`}`;
}
