import { spawn } from 'node:child_process';
/** RFC 5424, section 6.2.1: facility daemon is 3, and 8 times the facility plus the severity is the prefix. */
const FACILITY_DAEMON = 3 << 3;
const SEVERITY = { error: 3, warning: 4, notice: 5, info: 6, debug: 7 };
const QUEUE_MAX = 1_000;
const PIPE_BYTES_MAX = 64 * 1024;
/** A logger that lives this long has reached syslog: it connects at its start and ends when it cannot. */
const PROVEN_MS = 1_000;
/** Lines that `logger` may have read and not yet passed on when it ended. */
const UNCERTAIN_MS = 100;
/** For the rest of a complaint to come. */
const SOON_MS = 50;
const BACKOFF_MS_MIN = 100;
const BACKOFF_MS_MAX = 30_000;
/**
 * Lines to syslog through one child of util-linux' `logger`, because Node has no Unix datagram socket. The child is
 * started again when it ends, ever more slowly; meanwhile lines go to the fallback, which is said once, and so is the
 * return. Delivery is at least once: lines that a dying logger had perhaps not passed on are written again.
 */
export function openSyslog(options) {
    let child = null;
    let failures = 0;
    let fallenBack = false;
    let besides = 0;
    let closed = false;
    let lost = 0;
    let queue = [];
    let uncertain = [];
    let again;
    let proof;
    function start() {
        const [program = 'logger', ...first] = options.command;
        const started = spawn(program, [...first, ...loggerArguments(options)], {
            stdio: ['pipe', 'ignore', 'pipe'],
            // Its own session, so that Ctrl-C and a hang-up of the terminal leave it to us; nothing of our environment
            // either, which may hold secrets.
            detached: true,
            cwd: '/',
            env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', ...zone() },
        });
        started.stdin?.on('error', () => started.kill());
        started.stdin?.on('drain', pass);
        unreference(started);
        proof = setTimeout(onProven, PROVEN_MS).unref();
        child = { process: started, gone: lifeOf(started).then(onEnd) };
        pass();
    }
    function onEnd({ how, reason }) {
        const proven = failures === 0 && proof === undefined;
        clearTimeout(proof);
        proof = undefined;
        child = null;
        if (how !== 'finished')
            queue = [...uncertain.map((entry) => entry.record), ...queue];
        uncertain = [];
        if (closed)
            return;
        // Somebody killed a logger that worked: the next one will work too, and lines may wait for it.
        if (how === 'failed' || !proven)
            fallBack(reason);
        again = setTimeout(start, Math.min(BACKOFF_MS_MIN * 2 ** failures, BACKOFF_MS_MAX)).unref();
        failures += 1;
    }
    function fallBack(reason) {
        if (!fallenBack) {
            options.fallback.write(options.note('warning', `syslog cannot be reached (${reason}): logging to standard error until it can`));
            fallenBack = true;
        }
        for (const record of queue)
            aside(record);
        queue = [];
    }
    function aside(record) {
        besides += 1;
        options.fallback.write(record);
    }
    function onProven() {
        proof = undefined;
        failures = 0;
        if (!fallenBack)
            return;
        fallenBack = false;
        write(options.note('notice', `syslog is back: ${besides} lines went to standard error`));
        besides = 0;
    }
    function write(record) {
        if (closed || (child === null && fallenBack))
            return aside(record);
        queue.push(record);
        if (queue.length > QUEUE_MAX) {
            queue.shift();
            lost += 1;
        }
        pass();
    }
    /** Hands the queue to the child as far as its pipe takes it; the rest waits for `drain` or for the next child. */
    function pass() {
        const pipe = child?.process.stdin;
        if (!pipe?.writable)
            return;
        if (lost > 0 && pipe.writableLength < PIPE_BYTES_MAX) {
            queue.unshift(options.note('warning', `${lost} lines were lost: syslog did not take them in time`));
            lost = 0;
        }
        while (queue.length > 0 && pipe.writableLength < PIPE_BYTES_MAX) {
            const record = queue.shift();
            pipe.write(`<${FACILITY_DAEMON + SEVERITY[record.severity]}>${record.body}\n`);
            remember(record);
        }
    }
    function remember(record) {
        const now = performance.now();
        const keepMs = proof === undefined ? UNCERTAIN_MS : PROVEN_MS;
        uncertain.push({ record, at: now });
        while (uncertain.length > QUEUE_MAX || now - (uncertain[0]?.at ?? now) > keepMs)
            uncertain.shift();
    }
    async function close() {
        if (closed)
            return;
        pass();
        closed = true;
        clearTimeout(again);
        if (child !== null)
            await finished(child);
        for (const record of queue)
            aside(record);
        queue = [];
        await options.fallback.close();
    }
    start();
    return { write, close };
}
function loggerArguments({ tag, socket }) {
    return [
        ...['--tag', tag, `--id=${process.pid}`, '--prio-prefix', '--skip-empty', '--size', '8192'],
        // The default is to lose lines in silence where there is no socket.
        '--socket-errors=on',
        ...(socket === undefined ? [] : ['--socket', socket]),
    ];
}
/** Time stamps of syslog are local time. */
function zone() {
    const name = process.env.TZ;
    return name === undefined ? {} : { TZ: name };
}
/** A log must not keep the process alive. */
function unreference(child) {
    child.unref();
    for (const stream of [child.stdin, child.stderr]) {
        stream?.unref?.();
    }
}
/** How a child ended, with the first thing it complained of: then lines do not arrive, and it is ended by us. */
function lifeOf(child) {
    return new Promise((resolve) => {
        let complaint = '';
        child.stderr?.on('data', (text) => {
            if (complaint === '')
                setTimeout(() => child.kill(), SOON_MS).unref();
            complaint = `${complaint}${text}`.slice(0, 1_000);
        });
        child.on('error', (error) => resolve({ how: 'failed', reason: error.message }));
        const end = () => resolve(endOf(child, complaint.trim().split('\n')[0] ?? ''));
        child.on('close', end);
        // Whoever inherited its standard error may keep that open.
        child.on('exit', () => setTimeout(end, SOON_MS));
    });
}
function endOf(child, complaint) {
    if (complaint !== '')
        return { how: 'failed', reason: complaint.slice(0, 200) };
    const reason = `logger ended with ${child.signalCode ?? child.exitCode}`;
    if (child.signalCode !== null)
        return { how: 'killed', reason };
    return { how: child.exitCode === 0 ? 'finished' : 'failed', reason };
}
/** End of input, and at most a second for the child to pass on what it has. */
async function finished(child) {
    child.process.ref();
    child.process.stdin?.end();
    const bound = setTimeout(() => child.process.kill('SIGKILL'), 1_000);
    await child.gone;
    clearTimeout(bound);
}
