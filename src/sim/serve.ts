import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Server as Listener } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InstanceId, IpAddress } from '../core/index.ts';
import type { Cloud, Timing } from './cloud.ts';

/** A request as routes see it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Who connects: the metadata service tells machines apart by it. */
  readonly remote: IpAddress;
  /** Groups of the route's path. */
  readonly groups: Readonly<Record<string, string>>;
  readonly at: number;
}

/** What a request is, for the record of calls and for the choice of faults. */
export interface Naming {
  readonly who: string;
  readonly what: string;
  readonly write: boolean;
  readonly subject?: InstanceId | null;
}

/** Objects are sent as JSON, texts as plain text. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Route {
  readonly method: string;
  readonly path: RegExp;
  name(asked: Asked): Naming;
  /** `fault` carries what only the cloud itself can do: an empty list, a job that goes wrong. */
  answer(asked: Asked, fault: Effect | null): Reply;
}

/** What goes wrong. Unless it says otherwise, the cloud acts as if nothing were wrong. */
export type Effect =
  /** Waits before the cloud acts. */
  | { readonly kind: 'latency'; readonly ms: number }
  | { readonly kind: 'wait'; readonly until: Promise<void> }
  /** Acts, then says nothing (more), ever. */
  | { readonly kind: 'hang'; readonly at: 'headers' | 'body' }
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** Resets the connection before acting, after it, or in the middle of the body. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' | 'body' }
  /** Another answer; the cloud acts only where `acts` says so. */
  | (Reply & { readonly kind: 'answer'; readonly acts?: boolean })
  /** A page of some proxy before the cloud, which does not act. */
  | { readonly kind: 'html'; readonly status?: number }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'empty' }
  /** The action that this request starts goes like this. */
  | { readonly kind: 'job'; readonly timing: Timing };

export interface Fault {
  /** The command or route as records name it; left out: every one. */
  readonly what?: string | RegExp;
  /** The caller as records name it; left out: everybody. */
  readonly who?: string;
  /** How often; left out: until cleared. */
  readonly times?: number;
  readonly effect: Effect;
}

/** Faults on demand. The oldest that matches a request applies, alone. */
export class Faults {
  #active: { readonly fault: Fault; left: number }[] = [];

  /** Returns what ends it. */
  add(fault: Fault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#active.push(entry);
    return () => {
      this.#active = this.#active.filter((other) => other !== entry);
    };
  }

  clear(): void {
    this.#active = [];
  }

  /** The effect on this request, or null. Counts it. */
  take(naming: Naming): Effect | null {
    const entry = this.#active.find(({ fault, left }) => left > 0 && matches(fault, naming));
    if (entry === undefined) return null;
    entry.left -= 1;
    return entry.fault.effect;
  }
}

function matches(fault: Fault, naming: Naming): boolean {
  if (fault.who !== undefined && fault.who !== naming.who) return false;
  if (fault.what === undefined) return true;
  return typeof fault.what === 'string' ? fault.what === naming.what : fault.what.test(naming.what);
}

export interface ServeOptions {
  readonly cloud: Cloud;
  readonly routes: readonly Route[];
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Besides: what listens already, perhaps in another network. It is closed with the rest. */
  readonly listener?: Listener;
  /** How long idle connections live. Default 75 s, as load balancers do; Node's own default is 5 s. */
  readonly keepAliveMs?: number;
  /** Milliseconds of a monotonic clock. Default performance.now. */
  readonly now?: () => number;
}

export interface Served {
  /** `http://host:port` */
  readonly url: string;
  readonly faults: Faults;
  /** Cuts what is open. Idempotent. */
  close(): Promise<void>;
}

/** Puts routes over a cloud on loopback HTTP, in real time. */
export async function serve(options: ServeOptions): Promise<Served> {
  const faults = new Faults();
  const now = options.now ?? (() => performance.now());
  const moving = keepMoving(options.cloud, now);
  const server = createServer({ keepAliveTimeout: options.keepAliveMs ?? 75_000 }, (incoming, outgoing) => {
    void respond({ ...options, faults, now, moved: moving.moved }, incoming, outgoing).catch(() =>
      outgoing.destroy(),
    );
  });
  const url = await listening(server, options);
  options.listener?.on('connection', (socket) => server.emit('connection', socket));
  const stop = () => {
    moving.stop();
    options.listener?.close();
  };
  return { url, faults, close: () => closed(server, stop) };
}

interface Serving {
  readonly cloud: Cloud;
  readonly routes: readonly Route[];
  readonly faults: Faults;
  readonly now: () => number;
  readonly moved: () => void;
}

async function respond(serving: Serving, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { route, asked } = await understood(serving, incoming);
  if (route === null) return send(outgoing, { status: 404, body: 'no such path\n' }, null);
  serving.cloud.advance(asked.at);
  const naming = route.name(asked);
  const record = serving.cloud.called({ at: asked.at, ...naming });
  const fault = serving.faults.take(naming);
  if (fault?.kind === 'latency') await sleep(fault.ms);
  if (fault?.kind === 'wait') await fault.until;
  const reply = act(serving, route, naming, asked, fault);
  serving.cloud.answered(record, fault?.kind ?? String(reply.status), serving.now());
  await send(outgoing, reply, fault);
}

async function understood(serving: Serving, incoming: IncomingMessage) {
  const url = new URL(incoming.url ?? '/', 'http://loopback');
  const asked: Asked = {
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

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let body = '';
  incoming.setEncoding('utf8');
  for await (const chunk of incoming) body += chunk as string;
  return body;
}

/** The cloud's own answer, or a fault's instead of it. */
function act(serving: Serving, route: Route, { write }: Naming, asked: Asked, fault: Effect | null): Reply {
  if (fault?.kind === 'html') return { status: fault.status ?? 502, headers: HTML, body: PAGE };
  if (fault?.kind === 'answer' && fault.acts !== true) return fault;
  if (fault?.kind === 'cut' && fault.when === 'before') return { status: 0, body: '' };
  const at = serving.now();
  const answer = () => route.answer({ ...asked, at }, fault);
  const reply = write ? answer() : serving.cloud.replicated(at, answer);
  serving.moved();
  return fault?.kind === 'answer' ? fault : reply;
}

const HTML = { 'content-type': 'text/html' };
const PAGE = '<html><body><h1>Bad Gateway</h1></body></html>\n';

async function send(outgoing: ServerResponse, reply: Reply, fault: Effect | null): Promise<void> {
  if (fault?.kind === 'hang' && fault.at === 'headers') return;
  if (fault?.kind === 'cut' && fault.when !== 'body') return cut(outgoing);
  const whole = Buffer.from(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  const half = whole.subarray(0, whole.length >> 1);
  const body = fault?.kind === 'truncated' ? half : whole;
  outgoing.writeHead(reply.status, { ...typeOf(reply), ...reply.headers, 'content-length': body.length });
  if (fault?.kind === 'hang') return void outgoing.write(half);
  if (fault?.kind === 'cut') return void outgoing.write(half, () => cut(outgoing));
  if (fault?.kind === 'drip') return drip(outgoing, body, fault.everyMs);
  outgoing.end(body);
}

function typeOf(reply: Reply): Record<string, string> {
  return { 'content-type': typeof reply.body === 'string' ? 'text/plain' : 'application/json' };
}

/** With RST, so that the client sees ECONNRESET at once. */
function cut(outgoing: ServerResponse): void {
  outgoing.socket?.resetAndDestroy();
}

async function drip(outgoing: ServerResponse, body: Buffer, everyMs: number): Promise<void> {
  for (const byte of body) {
    if (outgoing.destroyed) return;
    outgoing.write(Uint8Array.of(byte));
    await sleep(everyMs);
  }
  outgoing.end();
}

/** What is due happens when it is due, not at the next request: subscribers hear of it in time. */
function keepMoving(cloud: Cloud, now: () => number): { moved: () => void; stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const moved = (): void => {
    clearTimeout(timer);
    cloud.advance(now());
    const due = cloud.nextDue();
    // Half a millisecond of Node's timers' own rounding would otherwise cost an idle turn.
    if (due !== null) timer = setTimeout(moved, Math.max(0, Math.ceil(due - now()))).unref();
  };
  return { moved, stop: () => clearTimeout(timer) };
}

function listening(server: Server, options: ServeOptions): Promise<string> {
  const host = options.host ?? '127.0.0.1';
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, () => {
      resolve(`http://${host}:${(server.address() as AddressInfo).port}`);
    });
  });
}

function closed(server: Server, stop: () => void): Promise<void> {
  stop();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
