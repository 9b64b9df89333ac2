import type { AdvertisedRole } from '../advertisement.ts';
import type { Milliseconds, Tag } from '../types.ts';

/** What every peer has been told. */
export interface Announced {
  readonly role: AdvertisedRole;
  readonly priority: number;
  /** How many peers are known to be gone by refusals (R29). */
  readonly gone: number;
  /** Whom this voter supports (R23). */
  readonly support: Tag;
  /** As a word (flags.ts): those that all are told. */
  readonly flags: number;
}

/** Our own advertisements. */
export interface Speech {
  /** Of the last datagram. */
  readonly sequence: number;
  readonly nextBeatAt: Milliseconds;
  /** Role and flags as last announced: a difference is sent at once. */
  readonly announced: Announced | null;
}

export function newSpeech(now: Milliseconds): Speech {
  return { sequence: 0, nextBeatAt: now, announced: null };
}

export function copySpeech(speech: Speech): Speech {
  return {
    sequence: speech.sequence,
    nextBeatAt: speech.nextBeatAt,
    announced: speech.announced,
  };
}
