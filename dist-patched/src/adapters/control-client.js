import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { readLines } from "./line.js";
/** What sockaddr_un holds on Linux (108 with its end); macOS has four less. */
export const SOCKET_PATH_BYTES_MAX = process.platform === 'linux' ? 107 : 103;
/** The message is one line that says what to do. */
export class ControlError extends Error {
    name = 'ControlError';
    kind;
    constructor(kind, message) {
        super(message);
        this.kind = kind;
    }
}
export function socketPath(dir, address) {
    return join(dir, `${address}.sock`);
}
/**
 * Asks the running watchdog of the address one thing and gives all it answers, each with its `pid`. Ends when the
 * watchdog ends the conversation, which after `stop` is the end of its process.
 * @throws ControlError
 */
export async function askControl(question) {
    const socket = connect(socketPath(question.dir, question.address));
    let late = false;
    const bound = setTimeout(() => {
        late = true;
        socket.destroy(new Error('late'));
    }, question.timeoutMs);
    try {
        await once(socket, 'connect');
        return answers(await conversation(socket, question), question.address, () => late);
    }
    catch (error) {
        throw late ? silence(question.address) : explained(error, question);
    }
    finally {
        clearTimeout(bound);
        socket.destroy();
    }
}
function conversation(socket, { request, with: more }) {
    socket.write(`${JSON.stringify({ ...more, request })}\n`);
    return readLines(socket);
}
function answers(lines, address, late) {
    if (late() || lines.length === 0)
        throw silence(address);
    const all = lines.map((line) => JSON.parse(line));
    const refusal = all.find((answer) => 'error' in answer);
    if (refusal !== undefined)
        throw new ControlError('refused', `the watchdog of ${address}: ${refusal.error}`);
    return all;
}
function silence(address) {
    return new ControlError('silent', `the watchdog of ${address} did not answer in time`);
}
function explained(error, { dir, address }) {
    if (error instanceof ControlError)
        return error;
    const { code, message } = error;
    const path = socketPath(dir, address);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') {
        return new ControlError('not running', `no watchdog of ${address} runs here (${path})`);
    }
    if (code === 'EACCES' || code === 'EPERM') {
        return new ControlError('denied', `${path} belongs to another user: ask as that user, or with sudo`);
    }
    return new ControlError('silent', `the watchdog of ${address} gave no usable answer: ${message}`);
}
