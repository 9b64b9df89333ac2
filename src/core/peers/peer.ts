import type { Advertisement, FullAdvertisement } from '../advertisement.ts';
import type { Member, Milliseconds } from '../types.ts';
import type { Sent } from './sent.ts';

/** never: not heard since our start · silent: its dead interval passed · refused: its host says nothing listens */
export type Liveness = 'never' | 'alive' | 'silent' | 'refused';

/** What is known of one other machine, in records of what belongs together. A step replaces them and changes none. */
export interface Peer {
  readonly member: Member;
  readonly addedAt: Milliseconds;
  /** Good lists in a row that did not name it (R24). */
  readonly missing: number;
  readonly liveness: Liveness;
  /** The last advertisement that was taken in. */
  readonly last: Advertisement | null;
  readonly heard: Heard;
  readonly life: PeerLife;
  readonly echo: EchoOfUs;
  readonly death: Death;
  readonly outbox: Outbox;
}

/** When it was heard. */
export interface Heard {
  /** Monotonic, and on the responsive clock. */
  readonly at: Milliseconds;
  readonly responsive: Milliseconds;
  /** Time between its last two datagrams: tells whether it beats fast for us (R29). */
  readonly gap: Milliseconds;
  /** It heard us when it was last heard (R29 asks this of a holder that falls silent). */
  readonly twoWay: boolean;
  /** It was heard at some time since our start, even if that is forgotten since (R11). */
  readonly ever: boolean;
}

/** The life that it is in, and what it has done in it. */
export interface PeerLife {
  /** The newest datagram taken in: what is not newer in that life is a replay. Survives our own pauses. */
  readonly newest: { readonly random: number; readonly sequence: number } | null;
  /** When we saw it begin that life; minus infinity: it was in it when we first heard it. */
  readonly bornAt: Milliseconds;
  /** It went on holding from its hold-off in that life: it has taken nothing over (R7). */
  readonly adopted: boolean;
  /** Earlier lives of this peer: what still comes from them is a replay. */
  readonly retired: readonly number[];
  /** Since when it has been in hold-off, or null. */
  readonly holdOffSince: Milliseconds | null;
  /** Since when it has said that it is taking over, or null. */
  readonly acquiringSince: Milliseconds | null;
}

/** What it has told of hearing us. */
export interface EchoOfUs {
  /** When we had sent the newest of our datagrams that it says it heard. */
  readonly sentAt: Milliseconds | null;
  /** The age of that one as the peer told it, and when we were told. */
  readonly age: { readonly ageMs: Milliseconds; readonly at: Milliseconds } | null;
  /** When we had sent the newest datagram of our lease that it has heard and supports us by, or null (R23). */
  readonly supportedAt: Milliseconds | null;
}

/** How it fell away, and how often it came back. */
export interface Death {
  /** When it was last found dead. */
  readonly at: Milliseconds | null;
  /** When it came back from the dead. */
  readonly revivals: readonly Milliseconds[];
  /** Probes refused since it was last heard, and when the first of them was. */
  readonly refusals: number;
  readonly refusedAt: Milliseconds | null;
}

/** Our datagrams to it: those of before, and when the next are due. */
export interface Outbox {
  readonly sent: Sent | null;
  readonly sentAt: Milliseconds;
  readonly fastAt: Milliseconds | null;
  readonly probeAt: readonly Milliseconds[];
  readonly answerDue: boolean;
}

const never = Number.NEGATIVE_INFINITY;

export function newPeer(member: Member, now: Milliseconds): Peer {
  return {
    member,
    addedAt: now,
    missing: 0,
    liveness: 'never',
    last: null,
    heard: { at: never, responsive: never, gap: Number.POSITIVE_INFINITY, twoWay: false, ever: false },
    life: {
      newest: null,
      bornAt: never,
      adopted: false,
      retired: [],
      holdOffSince: null,
      acquiringSince: null,
    },
    echo: { sentAt: null, age: null, supportedAt: null },
    death: { at: null, revivals: [], refusals: 0, refusedAt: null },
    outbox: { sent: null, sentAt: never, fastAt: null, probeAt: [], answerDue: false },
  };
}

/** Everything that was learnt by listening is forgotten; what was sent stays known (R2, R25). */
export function forgetReception(peer: Peer, now: Milliseconds): Peer {
  const { member, missing, heard, life, death, outbox } = peer;
  const blank = newPeer(member, now);
  const next = openPeer(blank);
  next.missing = missing;
  next.heard = Object.assign(blank.heard, { ever: heard.ever });
  next.life = Object.assign(blank.life, life, { holdOffSince: null, acquiringSince: null });
  next.death = Object.assign(blank.death, { revivals: death.revivals });
  next.outbox = Object.assign(blank.outbox, { sent: outbox.sent, sentAt: outbox.sentAt });
  return next;
}

type Open<T> = { -readonly [K in keyof T]: T[K] };

/**
 * A copy whose fields may be set. Field by field, as all that is copied for every datagram: what `...` makes has no
 * fixed shape, and costs ten times as much.
 */
export function openPeer(peer: Peer): Open<Peer> {
  return {
    member: peer.member,
    addedAt: peer.addedAt,
    missing: peer.missing,
    liveness: peer.liveness,
    last: peer.last,
    heard: peer.heard,
    life: peer.life,
    echo: peer.echo,
    death: peer.death,
    outbox: peer.outbox,
  };
}

/** It was found dead now: what it was about to do is over. */
export function buried(peer: Peer, liveness: Liveness, at: Milliseconds): Peer {
  const { newest, bornAt, adopted, retired } = peer.life;
  const { revivals, refusals, refusedAt } = peer.death;
  const next = openPeer(peer);
  next.liveness = liveness;
  next.life = { newest, bornAt, adopted, retired, holdOffSince: null, acquiringSince: null };
  next.death = { at, revivals, refusals, refusedAt };
  return next;
}

/** The peer with something else in its outbox. */
export function withOutbox(peer: Peer, change: Partial<Outbox>): Open<Peer> {
  const { sent, sentAt, fastAt, probeAt, answerDue } = peer.outbox;
  const next = openPeer(peer);
  next.outbox = Object.assign({ sent, sentAt, fastAt, probeAt, answerDue }, change);
  return next;
}

export function peerName(peer: Peer): string {
  return peer.member.name ? `${peer.member.name} (${peer.member.address})` : peer.member.address;
}

export function isAlive(peer: Peer): boolean {
  return peer.liveness === 'alive';
}

/** Its last advertisement, if that is one of ours (version 2). */
export function full(peer: Peer): FullAdvertisement | null {
  return peer.last?.version === 2 ? peer.last : null;
}
