import { lookup } from 'node:dns/promises';
import type { Event, IpAddress, Member } from '../core/index.ts';
import type { Source } from '../ports/source.ts';
import { canonicalAddress, isIPv6 } from '../wire/address.ts';

export interface PeerNames {
  /** Host names and addresses, as `-p` lists them. */
  readonly names: readonly string[];
  /** Peers are reached by the family of this address. */
  readonly listen: IpAddress;
  readonly say: (sentence: string) => void;
  /** How often names are looked up again, and how soon after a failure (ms). */
  readonly periodMs?: number;
  readonly retryMs?: number;
}

interface Known {
  readonly name: string;
  readonly literal: boolean;
  addresses: readonly IpAddress[] | null;
  failed: boolean;
}

/**
 * The peers of `-p`. Names are looked up away from the path of heartbeats, again and again; an answer that fails
 * keeps the last good one. Members are told only once every name has an answer: until then the list is not known.
 */
export function createPeerSource({
  names,
  listen,
  say,
  periodMs = 60_000,
  retryMs = 2_000,
}: PeerNames): Source {
  const all = names.map((name) => start(name));
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function round(emit: (event: Event) => void): Promise<void> {
    const looked = all.filter(({ literal }) => !literal);
    await Promise.all(looked.map((known) => resolve(known, listen, say)));
    if (stopped) return;
    tellIfComplete(emit);
    const delay = looked.some(({ failed }) => failed) ? retryMs : periodMs;
    if (looked.length > 0) timer = setTimeout(() => void round(emit), delay);
  }

  function tellIfComplete(emit: (event: Event) => void): void {
    if (all.every(({ addresses }) => addresses !== null))
      emit({ kind: 'members', members: all.flatMap(toMember) });
  }

  return {
    start(emit) {
      if (all.every(({ literal }) => literal)) return tellIfComplete(emit);
      void round(emit);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function start(name: string): Known {
  const literal = canonicalAddress(name);
  return { name, literal: literal !== null, addresses: literal === null ? null : [literal], failed: false };
}

function toMember({ name, literal, addresses }: Known): Member[] {
  const [address] = addresses ?? [];
  return address === undefined ? [] : [{ address, addresses: addresses!, ...(literal ? {} : { name }) }];
}

async function resolve(known: Known, listen: IpAddress, say: (sentence: string) => void): Promise<void> {
  try {
    const answers = await lookup(known.name, { all: true, family: isIPv6(listen) ? 6 : 4 });
    known.addresses = answers.flatMap(({ address }) => canonicalAddress(address) ?? []);
    if (known.failed) say(`peer ${known.name} resolves again`);
    known.failed = false;
  } catch (error) {
    if (!known.failed) say(failure(known, error));
    known.failed = true;
    if ((error as NodeJS.ErrnoException).code === 'ENOTFOUND') known.addresses ??= [];
  }
}

function failure({ name, addresses }: Known, error: unknown): string {
  const kept = addresses === null ? 'it cannot take part until it resolves' : 'its last addresses stay';
  return `peer ${name} does not resolve (${(error as NodeJS.ErrnoException).code ?? error}): ${kept}; check -p and DNS`;
}
