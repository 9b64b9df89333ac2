import type { FailureKind } from '../../src/core/index.ts';
import { ProviderError } from '../../src/ports/provider.ts';

export function isOf(error: unknown, ...kinds: readonly FailureKind[]): error is ProviderError {
  return error instanceof ProviderError && kinds.includes(error.kind);
}

/** For `catch`: null instead of a failure of these kinds. */
export function orNull(...kinds: readonly FailureKind[]): (error: unknown) => null {
  return (error) => {
    if (isOf(error, ...kinds)) return null;
    throw error;
  };
}

/** What stands in the way for good, as a line; anything else is a failure to find out. */
export function asReason(error: unknown): string {
  if (isOf(error, 'missing', 'rejected')) return error.message;
  throw error;
}

/** Kinds of a refusal: the cloud did not do what it was asked. */
const REFUSALS = ['conflict', 'rejected', 'missing'] as const;

/**
 * A refusal where all is as wished already is no failure: another call of ours, or another node, was first. Of other
 * refusals the state may tell the reason better than the cloud's words. Where it cannot be looked at, the refusal
 * stays as it was.
 * @param look - resolves with true where all is as wished, with a better reason, or with null
 */
export async function unlessSo(
  error: unknown,
  look: () => Promise<true | ProviderError | null>,
): Promise<void> {
  if (!isOf(error, ...REFUSALS)) throw error;
  const found = await look().catch(() => null);
  if (found !== true) throw found ?? error;
}

/** A failure while an action of ours runs says nothing of its end. `note` follows the message. */
export function unsure(error: unknown, note = ''): unknown {
  if (!(error instanceof ProviderError)) return error;
  const { kind, message, retryAfterMs, cause } = error;
  return new ProviderError(isOf(error, 'throttled', 'denied') ? kind : 'unavailable', message + note, {
    ...{ mayHaveHappened: true, cause },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
