import type { Call, Member, Outcome } from '../core/index.ts';
import { type GroupMember, type Provider, ProviderError } from '../ports/provider.ts';
import { createLane, type Performer } from './lane.ts';

export interface ExecutorParts {
  readonly provider: Provider;
  /** The group of `-G`, and how its machines become members. */
  readonly group?: { readonly name: string; readonly choose: (machines: readonly GroupMember[]) => Member[] };
  /** Milliseconds of any monotonic clock. */
  readonly now: () => number;
  /** Calls back once after so many milliseconds; the returned function prevents it. */
  readonly after: (ms: number, expired: () => void) => () => void;
}

/** The lane of a real cloud. */
export function createExecutor(parts: ExecutorParts): Performer {
  const { now, after } = parts;
  return createLane({
    now,
    after,
    begin(call, answer) {
      const controller = new AbortController();
      void perform(parts, call, controller.signal).then(answer);
      return (why) => controller.abort(new Error(why));
    },
  });
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
  const came = error instanceof Error ? error.message : String(error);
  const message = `${name}: ${call.kind}: ${came} (a defect of ha-ip)`;
  return { ok: false, kind: 'unavailable', mayHaveHappened: true, message };
}
