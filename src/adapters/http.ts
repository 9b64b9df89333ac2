import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { TLSSocket } from 'node:tls';
import got, {
  type CancelableRequest,
  type OptionsOfBufferResponseBody,
  RequestError,
  type Response,
  TimeoutError,
} from 'got';
import { keepsSecrets } from '../ports/endpoint.ts';
import { failure } from './http-failure.ts';
import { judged } from './http-judge.ts';
import type { HttpAnswer, HttpRequest, Verdict } from './http-request.ts';

/** The one door for clouds: how a request is asked is here, what became of it is judged and told beside. */
export { failure } from './http-failure.ts';
export { retryAfterMs, throttled } from './http-judge.ts';
export type { HttpAnswer, HttpRequest, Verdict } from './http-request.ts';

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
export async function request(asked: HttpRequest): Promise<HttpAnswer> {
  refusePlain(asked);
  const first = await exchange(asked, warm);
  const last = first.failed && first.stale && !asked.write ? await exchange(asked, fresh()) : first;
  if (last.failed) throw failure(asked, last.verdict);
  const { statusCode: status, headers, body } = last.response;
  return judged(asked, { status, headers, text: new TextDecoder().decode(body) });
}

function refusePlain(asked: HttpRequest): void {
  if (asked.anonymous === true || keepsSecrets(new URL(asked.url))) return;
  throw failure(asked, {
    kind: 'rejected',
    came: 'not sent: plain http would show the credentials',
    advice: 'use an https endpoint (http only on this machine)',
    mayHaveHappened: false,
  });
}

type Exchange =
  | { readonly failed: false; readonly response: Response<Buffer> }
  | { readonly failed: true; readonly verdict: Verdict; readonly stale: boolean };

async function exchange(asked: HttpRequest, agent: typeof warm): Promise<Exchange> {
  const call = got(asked.url, options(asked, agent));
  const wire = watch(call, asked.maxBytes ?? BODY_MAX);
  try {
    return { failed: false, response: await call };
  } catch (error) {
    const mayHaveHappened = asked.write && wire.sent;
    return {
      failed: true,
      verdict: { kind: 'unavailable', came: explain(error, asked, wire), mayHaveHappened },
      stale: wire.reused && !wire.answered && ['ECONNRESET', 'EPIPE'].includes(codeOf(error)),
    };
  }
}

function options(asked: HttpRequest, agent: typeof warm): OptionsOfBufferResponseBody {
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

function fresh(): typeof warm {
  return {
    http: new HttpAgent({ keepAlive: false }),
    https: new HttpsAgent({ keepAlive: false, minVersion: 'TLSv1.2', rejectUnauthorized: true }),
  };
}

interface Wire {
  /** The connection stood, so that bytes of the request may have left. */
  sent: boolean;
  reused: boolean;
  answered: boolean;
  tooLarge: boolean;
}

function watch(call: CancelableRequest<Response<Buffer>>, maxBytes: number): Wire {
  const wire: Wire = { sent: false, reused: false, answered: false, tooLarge: false };
  call.on('request', (sending) => watchSocket(sending, wire));
  call.on('response', () => {
    wire.answered = true;
  });
  // got reads a body of any size; this is its only cap.
  call.on('downloadProgress', ({ transferred }) => {
    if (transferred <= maxBytes || wire.tooLarge) return;
    wire.tooLarge = true;
    call.cancel();
  });
  return wire;
}

function watchSocket(sending: ClientRequest, wire: Wire): void {
  sending.once('socket', (socket) => {
    wire.reused = sending.reusedSocket;
    wire.sent ||= sending.reusedSocket;
    // A connection that stands never says so again: the listeners of all its requests would stay with it.
    if (wire.sent) return;
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      wire.sent = true;
    });
  });
}

function explain(error: unknown, asked: HttpRequest, wire: Wire): string {
  if (asked.signal.aborted) return 'given up before an answer came';
  if (wire.tooLarge) return `an answer of more than ${asked.maxBytes ?? BODY_MAX} bytes`;
  if (error instanceof TimeoutError) return `no answer in time (${error.message})`;
  if (error instanceof RequestError) return `no answer (${error.message})`;
  // Not of the world: a defect of ours must not look like a cloud's failure.
  throw error;
}

function codeOf(error: unknown): string {
  return error instanceof RequestError ? error.code : '';
}
