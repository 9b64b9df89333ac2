import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { TLSSocket } from 'node:tls';
import got, { RequestError, TimeoutError, } from 'got';
import { ProviderError } from "../ports/provider.js";
const WHOLE_CALL_MS = 5000;
const BODY_MAX = 2 * 1024 * 1024;
/** Connections stay open between calls, so that a takeover does not begin with a handshake. */
const warm = {
    http: new HttpAgent({ keepAlive: true }),
    https: new HttpsAgent({ keepAlive: true, minVersion: 'TLSv1.2', rejectUnauthorized: true }),
};
/**
 * Asks once and returns the answer if its status is 2xx; anything else is a ProviderError. Redirects are errors,
 * nothing is repeated, with one exception: a read on a connection that the server had just closed goes out again on
 * a fresh one. A write is not repeated even then, because the server may have read it.
 */
export async function request(asked) {
    refusePlain(asked);
    const first = await exchange(asked, warm);
    const last = first.failed && first.stale && !asked.write ? await exchange(asked, fresh()) : first;
    if (last.failed)
        throw failure(asked, last.verdict);
    return judged(asked, last.response);
}
/** The one error line: who, what was asked, what came, what to do. */
export function failure(asked, verdict) {
    const { host, pathname } = new URL(asked.url);
    const what = [asked.method, host + pathname, asked.what].filter((word) => word !== undefined).join(' ');
    const came = oneLine(verdict.came, asked.secrets ?? []);
    const message = `${asked.provider}: ${what}: ${came}; ${verdict.advice ?? asked.advice ?? ADVICE[verdict.kind]}`;
    return new ProviderError(verdict.kind, message, {
        mayHaveHappened: verdict.mayHaveHappened ?? (asked.write && verdict.kind === 'unavailable'),
        ...(verdict.retryAfterMs !== undefined && { retryAfterMs: verdict.retryAfterMs }),
    });
}
/** Whether a URL may carry credentials: https, or plain http that does not leave this machine. */
export function keepsSecrets(url) {
    return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;
const ADVICE = {
    denied: 'check the credentials and their rights',
    missing: 'check the ids and the endpoint',
    conflict: 'read the state and try again',
    throttled: 'wait before the next request',
    unavailable: "try again; if it lasts, check the endpoint, the network and the cloud's status page",
    rejected: 'check the settings',
};
function refusePlain(asked) {
    if (asked.anonymous === true || keepsSecrets(new URL(asked.url)))
        return;
    throw failure(asked, {
        kind: 'rejected',
        came: 'not sent: plain http would show the credentials',
        advice: 'use an https endpoint (http only on this machine)',
        mayHaveHappened: false,
    });
}
async function exchange(asked, agent) {
    const call = got(asked.url, options(asked, agent));
    const wire = watch(call, asked.maxBytes ?? BODY_MAX);
    try {
        return { failed: false, response: await call };
    }
    catch (error) {
        const mayHaveHappened = asked.write && wire.sent;
        return {
            failed: true,
            verdict: { kind: 'unavailable', came: explain(error, asked, wire), mayHaveHappened },
            stale: wire.reused && !wire.answered && ['ECONNRESET', 'EPIPE'].includes(codeOf(error)),
        };
    }
}
function options(asked, agent) {
    const whole = asked.timeoutMs ?? WHOLE_CALL_MS;
    return {
        method: asked.method,
        headers: { 'user-agent': 'ha-ip', ...asked.headers },
        ...(asked.form !== undefined && { form: { ...asked.form } }),
        ...(asked.json !== undefined && { json: asked.json }),
        ...(asked.body !== undefined && { body: asked.body }),
        ...(asked.localAddress !== undefined && { localAddress: asked.localAddress }),
        ...(asked.family !== undefined && { dnsLookupIpVersion: asked.family }),
        signal: asked.signal,
        agent,
        responseType: 'buffer',
        followRedirect: false,
        throwHttpErrors: false,
        // A compressed answer could be small on the wire and huge in memory: the cap counts what arrives.
        decompress: false,
        // got repeats GET and PUT unless told otherwise.
        retry: { limit: 0 },
        // `request` ends a drip feed, `response` a hang; got has no default for any of them.
        timeout: {
            lookup: Math.min(whole, 2000),
            connect: Math.min(whole, 2000),
            secureConnect: Math.min(whole, 3000),
            response: whole,
            request: whole,
        },
    };
}
function fresh() {
    return {
        http: new HttpAgent({ keepAlive: false }),
        https: new HttpsAgent({ keepAlive: false, minVersion: 'TLSv1.2', rejectUnauthorized: true }),
    };
}
function watch(call, maxBytes) {
    const wire = { sent: false, reused: false, answered: false, tooLarge: false };
    call.on('request', (sending) => watchSocket(sending, wire));
    call.on('response', () => {
        wire.answered = true;
    });
    // got reads a body of any size; this is its only cap.
    call.on('downloadProgress', ({ transferred }) => {
        if (transferred <= maxBytes || wire.tooLarge)
            return;
        wire.tooLarge = true;
        call.cancel();
    });
    return wire;
}
function watchSocket(sending, wire) {
    sending.once('socket', (socket) => {
        wire.reused = sending.reusedSocket;
        wire.sent ||= sending.reusedSocket;
        // A connection that stands never says so again: the listeners of all its requests would stay with it.
        if (wire.sent)
            return;
        socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
            wire.sent = true;
        });
    });
}
function explain(error, asked, wire) {
    if (asked.signal.aborted)
        return 'given up before an answer came';
    if (wire.tooLarge)
        return `an answer of more than ${asked.maxBytes ?? BODY_MAX} bytes`;
    if (error instanceof TimeoutError)
        return `no answer in time (${error.message})`;
    if (error instanceof RequestError)
        return `no answer (${error.message})`;
    // Not of the world: a defect of ours must not look like a cloud's failure.
    throw error;
}
function codeOf(error) {
    return error instanceof RequestError ? error.code : '';
}
function judged(asked, response) {
    const text = new TextDecoder().decode(response.body);
    const answer = {
        status: response.statusCode,
        headers: response.headers,
        text,
        json: asked.expect !== 'text' ? parsed(text, response.headers) : undefined,
    };
    const verdict = judge(asked, answer);
    if (verdict !== null)
        throw failure(asked, verdict);
    return answer;
}
/** CloudStack lets its operator choose the content type of JSON, text/javascript among them. */
const JSON_TYPE = /^(application\/([\w.-]+\+)?json|text\/javascript)\b/i;
function parsed(text, headers) {
    if (!JSON_TYPE.test(headers['content-type'] ?? ''))
        return undefined;
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined;
    }
}
function judge(asked, answer) {
    if (answer.status >= 300 && answer.status < 400)
        return redirected(answer);
    if (answer.status >= 400)
        return asked.readError?.(answer) ?? byStatus(asked, answer);
    if (asked.expect === 'nothing')
        return answer.text === '' ? null : unexpected(answer);
    return asked.expect === 'json' && answer.json === undefined ? unreadable(answer) : null;
}
function redirected(answer) {
    return {
        kind: 'unavailable',
        came: `${answer.status}, a redirect`,
        advice: 'redirects are never followed with credentials: check the endpoint and what stands before it',
    };
}
function unreadable(answer) {
    const type = answer.headers['content-type'] ?? 'no content type';
    const came = `${answer.status} with ${answer.text.length} characters that are not JSON (${type})`;
    return { kind: 'unavailable', came };
}
function unexpected(answer) {
    const came = `${answer.status} with ${answer.text.length} characters where none were expected`;
    return { kind: 'unavailable', came };
}
/** The meaning of a status that its cloud does not explain. */
function byStatus(asked, answer) {
    const { status } = answer;
    const wait = retryAfterMs(answer.headers['retry-after']);
    const came = `status ${status}`;
    if (status === 401 || status === 403)
        return { kind: 'denied', came };
    if (status === 429 || (status === 503 && wait !== undefined))
        return throttled(came, wait);
    if (status >= 500)
        return { kind: 'unavailable', came };
    // A proxy's page is nobody's word on what exists.
    if (asked.expect !== 'text' && answer.text !== '' && answer.json === undefined)
        return unreadable(answer);
    if (status === 404)
        return { kind: 'missing', came };
    if (status === 409)
        return { kind: 'conflict', came };
    return { kind: 'rejected', came };
}
/** The verdict on a request that came too early. */
export function throttled(came, waitMs) {
    if (waitMs === undefined)
        return { kind: 'throttled', came };
    const advice = `wait ${Math.ceil(waitMs / 1000)} s before the next request`;
    return { kind: 'throttled', came, advice, retryAfterMs: waitMs };
}
/** Retry-After (RFC 9110, 10.2.3) in milliseconds: seconds, or a date. */
export function retryAfterMs(header) {
    if (header === undefined)
        return undefined;
    if (/^\d{1,9}$/.test(header.trim()))
        return Number(header) * 1000;
    const date = Date.parse(header);
    return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
const LINE_MAX = 240;
/** What others wrote, fit for a log: no control characters, no line breaks, no secrets, not long. */
function oneLine(text, secrets) {
    let line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
    for (const secret of secrets.flatMap((value) => [value, encodeURIComponent(value)])) {
        if (secret !== '')
            line = line.replaceAll(secret, '***');
    }
    return line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)}…` : line;
}
