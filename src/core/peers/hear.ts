import type { Advertisement, FullAdvertisement } from '../advertisement.ts';
import type { DropReason } from '../events.ts';
import type { Policy } from '../policy.ts';
import type { Draft, State } from '../state.ts';
import { deadInterval, longestDeadInterval, shortestDeadInterval } from '../times.ts';
import type { Milliseconds } from '../types.ts';
import type { View } from '../view.ts';
import { isAlive, openPeer, type Peer, withOutbox } from './peer.ts';
import { sentAt } from './sent.ts';

/**
 * One advertisement of a member, and what it tells of its sender.
 */

/**
 * Takes in one advertisement of a member, or says why not. What is older than the last accepted one of its life, or
 * comes from an earlier life, is a replay. What was on its way for longer than a dead interval counts for its
 * number, not for life. While a peer lives by full advertisements a plain one is none of its own.
 */
export function hear(
  view: View,
  peer: Peer,
  advertisement: Advertisement,
): { peer: Peer; dropped: DropReason | null; newLife: boolean } {
  const { policy, state } = view;
  const { mono } = state.clock;
  if (advertisement.version === 1) {
    if (isAlive(peer) && peer.last?.version === 2) return { peer, dropped: 'downgraded', newLife: false };
    {
      const { twoWay, gap } = peer.heard;
      return { peer: accept(state, peer, advertisement, twoWay, gap), dropped: null, newLife: false };
    }
  }
  const { sequence } = advertisement;
  const { random } = advertisement.epoch;
  const { newest } = peer.life;
  const sameLife = newest !== null && newest.random === random;
  if (sameLife ? sequence <= newest.sequence : peer.life.retired.includes(random))
    return { peer, dropped: 'replayed', newLife: false };
  const life = sameLife || newest === null ? peer : retire(peer, newest.random, mono);
  const known = withNewest(life, random, sequence);
  const echoed = echoedSentAt(policy, known, advertisement);
  if (
    echoed !== null &&
    advertisement.echo &&
    mono - echoed - advertisement.echo.ageMs > deadInterval(policy)
  ) {
    return { peer: known, dropped: 'delayed', newLife: false };
  }
  const newLife = !sameLife || peer.last === null;
  return { peer: acceptFull(view, known, advertisement, echoed), dropped: null, newLife };
}

const livesKept = 8;

function withNewest(peer: Peer, random: number, sequence: number): Peer {
  const { bornAt, adopted, retired, holdOffSince, acquiringSince } = peer.life;
  const next = openPeer(peer);
  next.life = { newest: { random, sequence }, bornAt, adopted, retired, holdOffSince, acquiringSince };
  return next;
}

function retire(peer: Peer, life: number, now: Milliseconds): Peer {
  const retired = [...peer.life.retired, life].slice(-livesKept);
  const { at, responsive, ever } = peer.heard;
  const { newest } = peer.life;
  const next = openPeer(peer);
  next.life = { newest, bornAt: now, adopted: false, retired, holdOffSince: null, acquiringSince: null };
  next.echo = { sentAt: null, age: null, supportedAt: null };
  next.heard = { at, responsive, gap: Number.POSITIVE_INFINITY, twoWay: false, ever };
  return next;
}

/** When we sent the datagram that this one echoes, if it is one of this life and still known. */
function echoedSentAt(policy: Policy, peer: Peer, { echo }: FullAdvertisement): Milliseconds | null {
  if (echo === null || echo.epochRandom !== policy.self.epoch.random) return null;
  return sentAt(peer.outbox.sent, echo.sequence);
}

function acceptFull(
  view: View,
  peer: Peer,
  advertisement: FullAdvertisement,
  echoed: Milliseconds | null,
): Peer {
  const { policy, state } = view;
  const { mono } = state.clock;
  const { role, echo } = advertisement;
  const echoSentAt = echoed ?? peer.echo.sentAt;
  const twoWay = echoSentAt !== null && mono - echoSentAt < deadInterval(policy);
  const { life } = peer;
  const next = accept(state, peer, plausible(advertisement), twoWay, mono - peer.heard.at);
  next.life = {
    newest: life.newest,
    bornAt: life.bornAt,
    adopted: hasAdopted(peer, advertisement),
    retired: life.retired,
    holdOffSince: role === 'init' ? (life.holdOffSince ?? mono) : null,
    acquiringSince: role === 'acquiring' ? (life.acquiringSince ?? mono) : null,
  };
  next.echo = {
    sentAt: echoSentAt,
    age: echoed !== null && echo ? { ageMs: echo.ageMs, at: mono } : null,
    supportedAt: supportedAt(view, peer, advertisement, echoed),
  };
  return next;
}

/** Who takes over says so between its hold-off and its hold. */
function hasAdopted({ last, life: { adopted } }: Peer, { role }: FullAdvertisement): boolean {
  if (role !== 'holding' || last?.version !== 2) return false;
  return last.role === 'init' || (last.role === 'holding' && adopted);
}

/** R23: a voter's last word counts, by the newest of our datagrams that it has heard. */
function supportedAt(
  view: View,
  peer: Peer,
  { support, echo }: FullAdvertisement,
  echoed: Milliseconds | null,
): Milliseconds | null {
  const { policy, state } = view;
  if (support !== policy.self.tag) return null;
  return echoed !== null && echo !== null && echo.sequence > state.lease.after
    ? echoed
    : peer.echo.supportedAt;
}

/** R25: what nobody may set would make a peer flicker, or live for ever. */
function plausible(advertisement: FullAdvertisement): FullAdvertisement {
  const said = advertisement.deadIntervalMs;
  const deadIntervalMs = Math.min(longestDeadInterval, Math.max(shortestDeadInterval, said));
  return deadIntervalMs === said ? advertisement : { ...advertisement, deadIntervalMs };
}

/** What any datagram tells of its sender. */
function accept(
  { clock: { mono, responsive } }: State | Draft,
  peer: Peer,
  last: Advertisement,
  twoWay: boolean,
  gap: Milliseconds,
): ReturnType<typeof openPeer> {
  const revived = peer.liveness === 'silent' || peer.liveness === 'refused';
  const { at, revivals, refusals } = peer.death;
  const next = refusals > 0 ? withOutbox(peer, { probeAt: [] }) : openPeer(peer);
  next.last = last;
  next.liveness = 'alive';
  next.heard = { at: mono, responsive, gap, twoWay, ever: true };
  if (revived || refusals > 0) {
    const all = revived ? [...revivals.slice(-31), mono] : revivals;
    next.death = { at, revivals: all, refusals: 0, refusedAt: null };
  }
  return next;
}
