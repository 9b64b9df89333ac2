import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
/** `environment` is all that a command is told. */
export function createProbe(check, environment) {
    return check.kind === 'tcp' ? tcpProbe(check) : execProbe(check, environment);
}
function tcpProbe({ host, port }) {
    return (signal) => new Promise((resolve) => {
        const socket = connect({ host, port });
        const settle = (seen) => {
            socket.destroy();
            resolve(seen);
        };
        signal.addEventListener('abort', () => socket.destroy(), { once: true });
        socket.once('connect', () => settle({ ok: true, words: 'connected' }));
        // Not once: what comes after is of no interest, but must not end the process.
        socket.on('error', (error) => settle({ ok: false, words: refusal(error) }));
    });
}
function refusal(error) {
    const words = {
        ECONNREFUSED: 'connection refused',
        ECONNRESET: 'connection reset',
        EHOSTUNREACH: 'host unreachable',
        ENETUNREACH: 'network unreachable',
        ENOTFOUND: 'no such host',
        EAI_AGAIN: 'its name does not resolve',
    };
    return words[error.code ?? ''] ?? error.code ?? 'cannot connect';
}
/**
 * The command is the head of a process group of its own, which is killed when the time is up, and when the head has
 * ended: nothing of a look outlives it, but for what leaves the group on purpose. It reads nothing and what it says
 * is thrown away. `env` starts it: starting a program waits until its file was read, and that file may lie on a
 * network that hangs; then only `env` waits, and the heartbeats do not.
 */
function execProbe({ words }, env) {
    let running = null;
    return async (signal) => {
        // What was killed in time may need a moment to be gone, or for ever where a disk hangs.
        if (running)
            await once(running, 'exit', { signal });
        const child = spawn('/usr/bin/env', words, { cwd: '/', env, detached: true, stdio: 'ignore' });
        running = child;
        signal.addEventListener('abort', () => killGroup(child), { once: true });
        const seen = await ended(child);
        if (running === child)
            running = null;
        killGroup(child);
        return seen;
    };
}
function ended(child) {
    return new Promise((resolve) => {
        child.once('error', (error) => resolve({ ok: false, words: `cannot be run (${error.code ?? error.message})` }));
        child.once('exit', (code, signal) => resolve({ ok: code === 0, words: ending(code, signal) }));
    });
}
/** 126 and 127 are what `env` says of a program that it could not start. */
function ending(code, signal) {
    const why = { 126: ' (not executable?)', 127: ' (not found?)' };
    return code === null ? `ended by ${signal}` : `exit status ${code}${why[code] ?? ''}`;
}
function killGroup({ pid }) {
    if (pid === undefined)
        return;
    try {
        process.kill(-pid, 'SIGKILL');
    }
    catch {
        // Nobody of it is left.
    }
}
