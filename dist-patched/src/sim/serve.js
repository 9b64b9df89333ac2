import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
/** Faults on demand. The oldest that matches a request applies, alone. */
export class Faults {
    #active = [];
    /** Returns what ends it. */
    add(fault) {
        const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
        this.#active.push(entry);
        return () => {
            this.#active = this.#active.filter((other) => other !== entry);
        };
    }
    clear() {
        this.#active = [];
    }
    /** The effect on this request, or null. Counts it. */
    take(naming) {
        const entry = this.#active.find(({ fault, left }) => left > 0 && matches(fault, naming));
        if (entry === undefined)
            return null;
        entry.left -= 1;
        return entry.fault.effect;
    }
}
function matches(fault, naming) {
    if (fault.who !== undefined && fault.who !== naming.who)
        return false;
    if (fault.what === undefined)
        return true;
    return typeof fault.what === 'string' ? fault.what === naming.what : fault.what.test(naming.what);
}
/** Puts routes over a cloud on loopback HTTP, in real time. */
export async function serve(options) {
    const faults = new Faults();
    const now = options.now ?? (() => performance.now());
    const moving = keepMoving(options.cloud, now);
    const server = createServer({ keepAliveTimeout: options.keepAliveMs ?? 75_000 }, (incoming, outgoing) => {
        void respond({ ...options, faults, now, moved: moving.moved }, incoming, outgoing).catch(() => outgoing.destroy());
    });
    const url = await listening(server, options);
    options.listener?.on('connection', (socket) => server.emit('connection', socket));
    const stop = () => {
        moving.stop();
        options.listener?.close();
    };
    return { url, faults, close: () => closed(server, stop) };
}
async function respond(serving, incoming, outgoing) {
    const { route, asked } = await understood(serving, incoming);
    if (route === null)
        return send(outgoing, { status: 404, body: 'no such path\n' }, null);
    serving.cloud.advance(asked.at);
    const naming = route.name(asked);
    const record = serving.cloud.called({ at: asked.at, ...naming });
    const fault = serving.faults.take(naming);
    if (fault?.kind === 'latency')
        await sleep(fault.ms);
    if (fault?.kind === 'wait')
        await fault.until;
    const reply = act(serving, route, asked, fault);
    serving.cloud.answered(record, fault?.kind ?? String(reply.status), serving.now());
    await send(outgoing, reply, fault);
}
async function understood(serving, incoming) {
    const url = new URL(incoming.url ?? '/', 'http://loopback');
    const asked = {
        method: incoming.method ?? 'GET',
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body: await bodyOf(incoming),
        remote: (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
        groups: {},
        at: serving.now(),
    };
    const route = serving.routes.find(({ method, path }) => method === asked.method && path.test(asked.path));
    const groups = { ...route?.path.exec(asked.path)?.groups };
    return { route: route ?? null, asked: { ...asked, groups } };
}
async function bodyOf(incoming) {
    let body = '';
    incoming.setEncoding('utf8');
    for await (const chunk of incoming)
        body += chunk;
    return body;
}
/** The cloud's own answer, or a fault's instead of it. */
function act(serving, route, asked, fault) {
    if (fault?.kind === 'html')
        return { status: fault.status ?? 502, headers: HTML, body: PAGE };
    if (fault?.kind === 'answer' && fault.acts !== true)
        return fault;
    if (fault?.kind === 'cut' && fault.when === 'before')
        return { status: 0, body: '' };
    const reply = route.answer({ ...asked, at: serving.now() }, fault);
    serving.moved();
    return fault?.kind === 'answer' ? fault : reply;
}
const HTML = { 'content-type': 'text/html' };
const PAGE = '<html><body><h1>Bad Gateway</h1></body></html>\n';
async function send(outgoing, reply, fault) {
    if (fault?.kind === 'hang' && fault.at === 'headers')
        return;
    if (fault?.kind === 'cut' && fault.when !== 'body')
        return cut(outgoing);
    const whole = Buffer.from(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
    const half = whole.subarray(0, whole.length >> 1);
    const body = fault?.kind === 'truncated' ? half : whole;
    outgoing.writeHead(reply.status, { ...typeOf(reply), ...reply.headers, 'content-length': body.length });
    if (fault?.kind === 'hang')
        return void outgoing.write(half);
    if (fault?.kind === 'cut')
        return void outgoing.write(half, () => cut(outgoing));
    if (fault?.kind === 'drip')
        return drip(outgoing, body, fault.everyMs);
    outgoing.end(body);
}
function typeOf(reply) {
    return { 'content-type': typeof reply.body === 'string' ? 'text/plain' : 'application/json' };
}
/** With RST, so that the client sees ECONNRESET at once. */
function cut(outgoing) {
    outgoing.socket?.resetAndDestroy();
}
async function drip(outgoing, body, everyMs) {
    for (const byte of body) {
        if (outgoing.destroyed)
            return;
        outgoing.write(Uint8Array.of(byte));
        await sleep(everyMs);
    }
    outgoing.end();
}
/** What is due happens when it is due, not at the next request: subscribers hear of it in time. */
function keepMoving(cloud, now) {
    let timer;
    const moved = () => {
        clearTimeout(timer);
        cloud.advance(now());
        const due = cloud.nextDue();
        // Half a millisecond of Node's timers' own rounding would otherwise cost an idle turn.
        if (due !== null)
            timer = setTimeout(moved, Math.max(0, Math.ceil(due - now()))).unref();
    };
    return { moved, stop: () => clearTimeout(timer) };
}
function listening(server, options) {
    const host = options.host ?? '127.0.0.1';
    return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port ?? 0, host, () => {
            resolve(`http://${host}:${server.address().port}`);
        });
    });
}
function closed(server, stop) {
    stop();
    return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
    });
}
