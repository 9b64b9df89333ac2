import type { Description, IpAddress } from '../../src/core/index.ts';
import type { GroupMember, Identity } from '../../src/ports/provider.ts';

/** A member with all that a cloud which knows its own machine can say. */
export type KnownMember = GroupMember & Pick<Identity, 'node' | 'zone'>;

/** A machine of the group, as `describe` tells of it. */
export function described({ addresses, ...rest }: GroupMember): Description {
  return { ...rest, addresses: addresses.map(({ ip }) => ip) };
}

/** This machine, without the shared address among its own. */
export function identified({ state: _, addresses, ...rest }: KnownMember, shared: IpAddress): Identity {
  return { ...rest, addresses: addresses.filter(({ ip }) => ip !== shared) };
}

/** What is learnt once, because it never changes while the machine exists. A failure is not kept. */
export class Once<T> {
  readonly #learn: (signal: AbortSignal) => Promise<T>;
  known: T | null = null;

  constructor(learn: (signal: AbortSignal) => Promise<T>) {
    this.#learn = learn;
  }

  async get(signal: AbortSignal): Promise<T> {
    return this.known ?? this.anew(signal);
  }

  /** Learns it although it may be known. */
  async anew(signal: AbortSignal): Promise<T> {
    this.known = await this.#learn(signal);
    return this.known;
  }
}

/** What the last look has left for the next action, once: a takeover has just looked, and need not look again. */
export class Glance<T> {
  readonly #freshMs: number;
  #left: { readonly what: T; readonly at: number } | null = null;

  /** @param freshMs - how long it can be used */
  constructor(freshMs = Number.POSITIVE_INFINITY) {
    this.#freshMs = freshMs;
  }

  leave(what: T | null): void {
    this.#left = what === null ? null : { what, at: performance.now() };
  }

  take(): T | null {
    const left = this.#left;
    this.#left = null;
    return left !== null && performance.now() - left.at < this.#freshMs ? left.what : null;
  }
}
