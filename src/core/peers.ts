import { isAlive, type Liveness, openPeer, type Peer } from './peers/peer.ts';
import { sentAt, withSent } from './peers/sent.ts';
import { burst, deadInterval, longestDeadInterval, refusalsNeeded, shortestDeadInterval } from './policy.ts';
import type { Draft, State } from './state.ts';
import type {
  Advertisement,
  DropReason,
  FullAdvertisement,
  IpAddress,
  Milliseconds,
  Policy,
} from './types.ts';
import type { View } from './view.ts';

/**
 * The peer table: who is alive. A peer is alive while it was heard less than its own dead interval ago, in the time
 * in which we were able to listen. Nobody else's word counts for that; what others hear serves the veto alone.
 */

const livesKept = 8;

export function peerFrom(state: State | Draft, from: IpAddress): Peer | undefined {
  return state.peers.find((peer) => peer.member.addresses.includes(from));
}

export function replacePeer(state: Draft, next: Peer): void {
  state.peers = state.peers.map((peer) => (peer.member.address === next.member.address ? next : peer));
}

/** D of the peer: as it advertises; an exoip node has ours. A node that restarts is given its announced bound. */
export function peerDeadInterval(policy: Policy, peer: Peer): Milliseconds {
  if (peer.last?.version !== 2) return deadInterval(policy);
  const { deadIntervalMs, flags, graceMs } = peer.last;
  return flags.restarting ? Math.max(deadIntervalMs, graceMs) : deadIntervalMs;
}

/** When the peer will be dead of silence, on the responsive clock. */
export function silentFrom(policy: Policy, peer: Peer): Milliseconds {
  return peer.heard.responsive + peerDeadInterval(policy, peer);
}

/** It lives, and has told us that it hears us: its last echo is of a datagram younger than our dead interval. */
export function isTwoWay({ policy, now }: View, peer: Peer): boolean {
  if (!isAlive(peer)) return false;
  if (peer.last?.version === 1) return true;
  return peer.echo.sentAt !== null && now.mono - peer.echo.sentAt < deadInterval(policy);
}

/** What the table says of a peer now. Certainty from refusals stands until it is heard again (R29). */
export function judge({ policy, state }: View, peer: Peer): Liveness {
  const { responsive } = state.clock;
  if (peer.liveness !== 'alive') return peer.liveness;
  if (responsive >= silentFrom(policy, peer)) return 'silent';
  return isGone(policy, responsive, peer) ? 'refused' : 'alive';
}

/**
 * R29: the process of a holder that heard us and beat fast for us is gone when enough probes were refused and nothing
 * came from it for 2.5 bursts: a firewall that rejects our probes leaves its advertisements coming. A restart that
 * was announced, or that its unit makes likely (crash grace), is waited for.
 */
function isGone(policy: Policy, responsive: Milliseconds, peer: Peer): boolean {
  if (peer.last?.version !== 2 || peer.last.role !== 'holding') return false;
  return (
    peer.death.refusals >= refusalsNeeded &&
    peer.heard.twoWay &&
    beatsFast(policy, peer) &&
    responsive >= goneFrom(policy, peer)
  );
}

/** When refusals may become certainty, on the responsive clock. */
export function goneFrom(policy: Policy, peer: Peer): Milliseconds {
  const grace = peer.last?.version === 2 ? peer.last.graceMs : 0;
  return peer.heard.responsive + Math.max(2.5 * burst(policy), grace);
}

export function beatsFast(policy: Policy, peer: Peer): boolean {
  return peer.heard.gap < 2 * burst(policy);
}

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

function withNewest(peer: Peer, random: number, sequence: number): Peer {
  const { bornAt, adopted, retired, holdOffSince, acquiringSince } = peer.life;
  const next = openPeer(peer);
  next.life = { newest: { random, sequence }, bornAt, adopted, retired, holdOffSince, acquiringSince };
  return next;
}

function retire(peer: Peer, life: number, now: Milliseconds): Peer {
  const retired = [...peer.life.retired, life].slice(-livesKept);
  return {
    ...peer,
    life: { ...peer.life, bornAt: now, adopted: false, retired, holdOffSince: null, acquiringSince: null },
    echo: { sentAt: null, age: null, supportedAt: null },
    heard: { ...peer.heard, twoWay: false, gap: Number.POSITIVE_INFINITY },
  };
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
  const { death, outbox } = peer;
  const next = openPeer(peer);
  next.last = last;
  next.liveness = 'alive';
  next.heard = { at: mono, responsive, gap, twoWay, ever: true };
  if (revived)
    next.death = { ...death, revivals: [...death.revivals.slice(-31), mono], refusals: 0, refusedAt: null };
  else if (death.refusals > 0) next.death = { ...death, refusals: 0, refusedAt: null };
  if (death.refusals > 0) next.outbox = { ...outbox, probeAt: [] };
  return next;
}

/** Notes a datagram that was sent to the peer. */
export function noteSent(peer: Peer, sequence: number, at: Milliseconds): Peer {
  const { sent, fastAt, probeAt } = peer.outbox;
  const next = openPeer(peer);
  next.outbox = { sent: withSent(sent, sequence, at), sentAt: at, fastAt, probeAt, answerDue: false };
  return next;
}
