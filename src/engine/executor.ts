import type { Call, Member, Outcome } from '../core/index.ts';
import { type GroupMember, type Provider, ProviderError } from '../ports/provider.ts';

/** Performs the calls of one address: at most one at a time, in order. */
export interface Performer {
  /** Exactly one settlement follows, unless the call is aborted before. */
  start(ticket: number, call: Call, settle: (ticket: number, outcome: Outcome) => void): void;
  /** The result is of no more use. A write goes on to its end, and the next call waits for it. */
  abort(ticket: number): void;
}

export interface ExecutorParts {
  readonly provider: Provider;
  /** The group of `-G`, and how its machines become members. */
  readonly group?: { readonly name: string; readonly choose: (machines: readonly GroupMember[]) => Member[] };
  /** Milliseconds of any monotonic clock. */
  readonly now: () => number;
  /** Calls back once after so many milliseconds; the returned function prevents it. */
  readonly after: (ms: number, expired: () => void) => () => void;
}

/** Longest times of whole calls: a reading, a list of several pages, a write with its asynchronous operation. */
const limits: Record<Call['kind'], number> = {
  read: 10_000,
  describe: 10_000,
  members: 20_000,
  associate: 40_000,
  dissociate: 40_000,
};

interface Running {
  readonly ticket: number;
  readonly write: boolean;
  readonly controller: AbortController;
}

export function createExecutor(parts: ExecutorParts): Performer {
  let running: Running | null = null;
  let waiting: { readonly ticket: number; readonly begin: () => void } | null = null;

  function start(ticket: number, call: Call, settle: (ticket: number, outcome: Outcome) => void): void {
    if (running) {
      waiting = { ticket, begin: () => start(ticket, call, settle) };
      return;
    }
    const controller = new AbortController();
    const self: Running = {
      ticket,
      write: call.kind === 'associate' || call.kind === 'dissociate',
      controller,
    };
    running = self;
    const forget = parts.after(limits[call.kind], () => controller.abort(new Error('out of time')));
    void perform(parts, call, controller.signal).then((outcome) => {
      forget();
      if (running === self) {
        running = null;
        settle(ticket, outcome);
        next();
      }
    });
  }

  /** A call that was waiting for a write to end. */
  function next(): void {
    const call = waiting;
    waiting = null;
    if (call && !running) call.begin();
  }

  function abort(ticket: number): void {
    if (waiting?.ticket === ticket) waiting = null;
    if (running?.ticket !== ticket || running.write) return;
    const { controller } = running;
    running = null;
    controller.abort(new Error('no longer wanted'));
    next();
  }

  return { start, abort };
}

/** Never rejects. */
async function perform(parts: ExecutorParts, call: Call, signal: AbortSignal): Promise<Outcome> {
  try {
    return await ask(parts, call, signal);
  } catch (error) {
    return failure(parts.provider.name, call, error);
  }
}

async function ask(parts: ExecutorParts, call: Call, signal: AbortSignal): Promise<Outcome> {
  const { provider, group } = parts;
  switch (call.kind) {
    case 'read':
      return { ok: true, view: await provider.read(signal, { background: call.background ?? false }) };
    case 'describe':
      return { ok: true, description: await provider.describe(call.instance, signal) };
    case 'associate':
      return associate(parts, call.instance, signal);
    case 'dissociate':
      await provider.dissociate(call.instance, signal);
      return { ok: true };
    case 'members': {
      if (!group || !provider.members) return { ok: true };
      return { ok: true, members: group.choose(await provider.members(group.name, signal)) };
    }
  }
}

async function associate(
  { provider, now }: ExecutorParts,
  instance: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const since = now();
  let acceptedMs: number | undefined;
  await provider.associate(instance, signal, () => {
    acceptedMs = now() - since;
  });
  return { ok: true, acceptedMs };
}

function failure(name: string, call: Call, error: unknown): Outcome {
  if (error instanceof ProviderError) {
    const { kind, retryAfterMs, mayHaveHappened, message } = error;
    return { ok: false, kind, retryAfterMs, mayHaveHappened, message };
  }
  const message = `${name}: ${call.kind}: ${error instanceof Error ? error.message : String(error)} (a defect of ha-ip)`;
  return { ok: false, kind: 'unavailable', mayHaveHappened: true, message };
}
