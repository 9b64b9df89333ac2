import { mkdirSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { ResourceKey } from '../core/index.ts';
import { askControl, ControlError, SOCKET_PATH_BYTES_MAX, socketPath } from './control-client.ts';
import { readLine } from './line.ts';

export interface ControlHandlers {
  /** Answered at once, from what is known. */
  status(): object;
  /**
   * Leaves by `--on-stop`; resolves when nothing is left to do but to end the process. Asked again, it gives the same
   * promise. The connections that asked end with the process: that is how `ha-ip stop` knows.
   */
  stop(): Promise<object>;
  /** Any other request, by its name. */
  readonly [request: string]: (request: Readonly<Record<string, unknown>>) => object | Promise<object>;
}

export interface Control {
  readonly path: string;
  /** Stops listening and removes the socket. Idempotent. Connections that asked to stop stay until the process ends. */
  close(): Promise<void>;
}

export interface ControlOptions {
  /** The runtime directory; made with mode 0700 where there is none. */
  readonly dir: string;
  readonly resource: ResourceKey;
  readonly handlers: ControlHandlers;
}

const CLIENTS_MAX = 16;
/** How long a client may take to say what it wants, and to take its answer. */
const CLIENT_PATIENCE_MS = 5_000;

/**
 * Answers `ha-ip status` and `ha-ip stop` on a Unix socket that only this user and root may open: one line of JSON
 * asks, `{"request":"status"}`, and one or more lines answer, each with this process's `pid`; a line with `error` says
 * why not. A socket that a dead process left is replaced.
 * @throws ControlError - another watchdog runs for this resource, or the directory cannot be used
 */
export async function createControl({ dir, resource, handlers }: ControlOptions): Promise<Control> {
  const path = socketPath(dir, resource);
  prepareDirectory(dir);
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    throw new ControlError(
      'unusable',
      `${path} is too long for a socket (${SOCKET_PATH_BYTES_MAX} bytes at most)`,
    );
  }
  await clearWay(dir, resource, path);
  const server = createServer({ allowHalfOpen: true });
  server.maxConnections = CLIENTS_MAX;
  const clients = new Map<Socket, 'passing' | 'until the end'>();
  server.on('connection', (socket) => {
    clients.set(socket, 'passing');
    socket.on('close', () => clients.delete(socket));
    serve(socket, handlers, () => clients.set(socket, 'until the end'));
  });
  await listen(server, path);
  server.unref();
  const own = statSync(path).ino;
  return { path, close: () => close(server, path, own, clients) };
}

function prepareDirectory(dir: string) {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    if ((statSync(dir).mode & 0o022) === 0) return;
  } catch (error) {
    throw new ControlError(
      'unusable',
      `the runtime directory ${dir} cannot be made: ${(error as Error).message}`,
    );
  }
  throw new ControlError(
    'unusable',
    `the runtime directory ${dir} can be written by others: chmod go-w ${dir}`,
  );
}

/** Removes the socket of a dead process; a living one is an error. */
async function clearWay(dir: string, resource: ResourceKey, path: string): Promise<void> {
  try {
    const [answer] = await askControl({ dir, resource, request: 'ping', timeoutMs: 1_000 });
    const pid = (answer as { pid?: unknown } | undefined)?.pid ?? 'unknown';
    throw new ControlError(
      'in use',
      `a watchdog of ${resource} runs here already, pid ${pid}: ha-ip stop --address ${resource}`,
    );
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    if (error.kind === 'silent') {
      throw new ControlError('in use', `${path} belongs to a process that does not answer: fuser ${path}`);
    }
    if (error.kind !== 'not running') throw error;
    removeStale(path);
  }
}

function removeStale(path: string) {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new ControlError(
        'unusable',
        `the socket of a dead process is in the way: ${(error as Error).message}`,
      );
    }
  }
}

/** Node binds within `listen`, so that the mask is in force for this one socket. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new ControlError('unusable', `no control socket: ${error.message}`)),
    );
    server.once('listening', () => {
      server.on('error', () => {});
      resolve();
    });
    const mask = process.umask(0o177);
    server.listen(path);
    process.umask(mask);
  });
}

async function serve(socket: Socket, handlers: ControlHandlers, stayUntilTheEnd: () => void) {
  socket.unref();
  socket.on('error', () => socket.destroy());
  socket.setTimeout(CLIENT_PATIENCE_MS, () => socket.destroy());
  const line = await readLine(socket);
  const request = line === null ? null : parsed(line);
  const handler = request === null ? undefined : handlerOf(handlers, request.request);
  if (request === null) return finish(socket, { error: 'expected one line of JSON: {"request":"status"}' });
  if (handler === undefined) return finish(socket, { error: `no such request: ${quoted(request.request)}` });
  if (request.request === 'stop') {
    stayUntilTheEnd();
    socket.setTimeout(0);
    send(socket, { stopping: true });
    return send(socket, await answerOf(handler, request));
  }
  socket.setTimeout(0);
  finish(socket, await answerOf(handler, request));
}

async function answerOf(handler: ControlHandlers[string], request: Readonly<Record<string, unknown>>) {
  try {
    return await handler(request);
  } catch (error) {
    return { error: error instanceof Error ? error.message : 'it failed' };
  }
}

function handlerOf(handlers: ControlHandlers, name: unknown): ControlHandlers[string] | undefined {
  if (name === 'ping') return () => ({});
  return typeof name === 'string' && Object.hasOwn(handlers, name) ? handlers[name] : undefined;
}

function parsed(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function quoted(value: unknown): string {
  return JSON.stringify(value ?? null).slice(0, 60);
}

function send(socket: Socket, answer: object) {
  if (socket.writable) socket.write(`${JSON.stringify({ pid: process.pid, ...answer })}\n`);
}

function finish(socket: Socket, answer: object) {
  send(socket, answer);
  socket.end();
  socket.setTimeout(CLIENT_PATIENCE_MS, () => socket.destroy());
}

async function close(server: Server, path: string, own: number, clients: Map<Socket, string>): Promise<void> {
  for (const [client, stay] of clients) if (stay === 'passing') client.destroySoon();
  // Closing removes the path, which is not ours to remove if another process made a new socket there.
  if (server.listening && inodeOf(path) === own) server.close();
}

function inodeOf(path: string): number | null {
  try {
    return statSync(path).ino;
  } catch {
    return null;
  }
}

/** The shared resources whose watchdogs have, or had, a socket in the directory. */
export function controlledResources(dir: string): ResourceKey[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.sock'))
      .map((name) => name.slice(0, -'.sock'.length))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new ControlError('denied', `${dir} cannot be read: ${(error as Error).message}`);
  }
}
