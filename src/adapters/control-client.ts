import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { ResourceKey } from '../core/index.ts';
import { readLines } from './line.ts';

/** What sockaddr_un holds on Linux (108 with its end); macOS has four less. */
export const SOCKET_PATH_BYTES_MAX = process.platform === 'linux' ? 107 : 103;

/**
 * not running: nothing listens · denied: not our socket · silent: no answer in time · refused: the watchdog said no ·
 * in use: another watchdog · unusable: the directory or the path
 */
export type ControlErrorKind = 'not running' | 'denied' | 'silent' | 'refused' | 'in use' | 'unusable';

/** The message is one line that says what to do. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly kind: ControlErrorKind;

  constructor(kind: ControlErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface ControlQuestion {
  readonly dir: string;
  readonly resource: ResourceKey;
  readonly request: string;
  /** What else the request says. */
  readonly with?: Readonly<Record<string, unknown>>;
  /** For the whole conversation. */
  readonly timeoutMs: number;
}

export function socketPath(dir: string, resource: ResourceKey): string {
  return join(dir, `${resource}.sock`);
}

/**
 * Asks the running watchdog of the address one thing and gives all it answers, each with its `pid`. Ends when the
 * watchdog ends the conversation, which after `stop` is the end of its process.
 * @throws ControlError
 */
export async function askControl(question: ControlQuestion): Promise<object[]> {
  const socket = connect(socketPath(question.dir, question.resource));
  let late = false;
  const bound = setTimeout(() => {
    late = true;
    socket.destroy(new Error('late'));
  }, question.timeoutMs);
  try {
    await once(socket, 'connect');
    return answers(await conversation(socket, question), question.resource, () => late);
  } catch (error) {
    throw late ? silence(question.resource) : explained(error, question);
  } finally {
    clearTimeout(bound);
    socket.destroy();
  }
}

function conversation(socket: Socket, { request, with: more }: ControlQuestion): Promise<string[]> {
  socket.write(`${JSON.stringify({ ...more, request })}\n`);
  return readLines(socket);
}

function answers(lines: string[], resource: ResourceKey, late: () => boolean): object[] {
  if (late() || lines.length === 0) throw silence(resource);
  const all = lines.map((line) => JSON.parse(line) as object);
  const refusal = all.find((answer) => 'error' in answer) as { error: unknown } | undefined;
  if (refusal !== undefined)
    throw new ControlError('refused', `the watchdog of ${resource}: ${refusal.error}`);
  return all;
}

function silence(resource: ResourceKey): ControlError {
  return new ControlError('silent', `the watchdog of ${resource} did not answer in time`);
}

function explained(error: unknown, { dir, resource }: ControlQuestion): unknown {
  if (error instanceof ControlError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const path = socketPath(dir, resource);
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new ControlError('not running', `no watchdog of ${resource} runs here (${path})`);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new ControlError('denied', `${path} belongs to another user: ask as that user, or with sudo`);
  }
  return new ControlError('silent', `the watchdog of ${resource} gave no usable answer: ${message}`);
}
