import { burst, deadInterval, longestDeadInterval, refusalsNeeded, shortestDeadInterval } from './policy.ts';
import { sentAt, withSent } from './sent.ts';
import type { Draft, Liveness, Peer, State } from './state.ts';
import type {
  Advertisement,
  DropReason,
  FullAdvertisement,
  IpAddress,
  Member,
  Milliseconds,
  Policy,
} from './types.ts';

/**
 * The peer table: who is alive. A peer is alive while it was heard less than its own dead interval ago, in the time
 * in which we were able to listen. Nobody else's word counts for that; what others hear serves the veto alone.
 */

export type { Liveness, Peer };

const never = Number.NEGATIVE_INFINITY;
const livesKept = 8;

export function newPeer(member: Member, now: Milliseconds): Peer {
  return {
    member,
    addedAt: now,
    missing: 0,
    liveness: 'never',
    last: null,
    heardAt: never,
    heardResponsive: never,
    gap: Number.POSITIVE_INFINITY,
    newest: null,
    bornAt: never,
    adopted: false,
    retired: [],
    echoedAt: null,
    echoAge: null,
    supportedAt: null,
    wasTwoWay: false,
    everHeard: false,
    diedAt: null,
    holdOffSince: null,
    acquiringSince: null,
    revivals: [],
    refusals: 0,
    refusedAt: null,
    sent: null,
    sentAt: never,
    fastAt: null,
    probeAt: [],
    answerDue: false,
  };
}

/** The peer with some fields replaced. Field by field instead of `...`, for the reason at `draftOf`. */
export function changed(peer: Peer, change: Partial<Peer>): Peer {
  return Object.assign(copyOf(peer), change);
}

function copyOf(peer: Peer): Peer {
  return {
    member: peer.member,
    addedAt: peer.addedAt,
    missing: peer.missing,
    liveness: peer.liveness,
    last: peer.last,
    heardAt: peer.heardAt,
    heardResponsive: peer.heardResponsive,
    gap: peer.gap,
    newest: peer.newest,
    bornAt: peer.bornAt,
    adopted: peer.adopted,
    retired: peer.retired,
    echoedAt: peer.echoedAt,
    echoAge: peer.echoAge,
    supportedAt: peer.supportedAt,
    wasTwoWay: peer.wasTwoWay,
    everHeard: peer.everHeard,
    diedAt: peer.diedAt,
    holdOffSince: peer.holdOffSince,
    acquiringSince: peer.acquiringSince,
    revivals: peer.revivals,
    refusals: peer.refusals,
    refusedAt: peer.refusedAt,
    sent: peer.sent,
    sentAt: peer.sentAt,
    fastAt: peer.fastAt,
    probeAt: peer.probeAt,
    answerDue: peer.answerDue,
  };
}

/** Everything that was learnt by listening is forgotten; what was sent stays known (R2, R25). */
export function forgetReception(peer: Peer, now: Milliseconds): Peer {
  const { missing, sent, sentAt, newest, bornAt, adopted, retired, everHeard, revivals } = peer;
  const kept = { missing, sent, sentAt, newest, bornAt, adopted, retired, everHeard, revivals };
  return changed(newPeer(peer.member, now), kept);
}

export function peerName(peer: Peer): string {
  return peer.member.name ? `${peer.member.name} (${peer.member.address})` : peer.member.address;
}

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
  return peer.heardResponsive + peerDeadInterval(policy, peer);
}

export function isAlive(peer: Peer): boolean {
  return peer.liveness === 'alive';
}

/** It lives, and has told us that it hears us: its last echo is of a datagram younger than our dead interval. */
export function isTwoWay(policy: Policy, now: Milliseconds, peer: Peer): boolean {
  if (!isAlive(peer)) return false;
  if (peer.last?.version === 1) return true;
  return peer.echoedAt !== null && now - peer.echoedAt < deadInterval(policy);
}

/** What the table says of a peer now. Certainty from refusals stands until it is heard again (R29). */
export function judge(policy: Policy, responsive: Milliseconds, peer: Peer): Liveness {
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
    peer.refusals >= refusalsNeeded &&
    peer.wasTwoWay &&
    beatsFast(policy, peer) &&
    responsive >= goneFrom(policy, peer)
  );
}

/** When refusals may become certainty, on the responsive clock. */
export function goneFrom(policy: Policy, peer: Peer): Milliseconds {
  const grace = peer.last?.version === 2 ? peer.last.graceMs : 0;
  return peer.heardResponsive + Math.max(2.5 * burst(policy), grace);
}

export function beatsFast(policy: Policy, peer: Peer): boolean {
  return peer.gap < 2 * burst(policy);
}

/**
 * Takes in one advertisement of a member, or says why not. What is older than the last accepted one of its life, or
 * comes from an earlier life, is a replay. What was on its way for longer than a dead interval counts for its
 * number, not for life. While a peer lives by full advertisements a plain one is none of its own.
 */
export function hear(
  policy: Policy,
  state: State | Draft,
  peer: Peer,
  advertisement: Advertisement,
): { peer: Peer; dropped: DropReason | null; newLife: boolean } {
  const { mono } = state.clock;
  if (advertisement.version === 1) {
    if (isAlive(peer) && peer.last?.version === 2) return { peer, dropped: 'downgraded', newLife: false };
    return { peer: accept(state, peer, advertisement), dropped: null, newLife: false };
  }
  const { sequence } = advertisement;
  const { random } = advertisement.epoch;
  const { newest } = peer;
  const sameLife = newest !== null && newest.random === random;
  if (sameLife ? sequence <= newest.sequence : peer.retired.includes(random))
    return { peer, dropped: 'replayed', newLife: false };
  const life = sameLife || newest === null ? peer : retire(peer, newest.random, mono);
  const known = changed(life, { newest: { random, sequence } });
  const echoed = echoedSentAt(policy, known, advertisement);
  if (
    echoed !== null &&
    advertisement.echo &&
    mono - echoed - advertisement.echo.ageMs > deadInterval(policy)
  ) {
    return { peer: known, dropped: 'delayed', newLife: false };
  }
  const newLife = !sameLife || peer.last === null;
  return { peer: acceptFull(policy, state, known, advertisement, echoed), dropped: null, newLife };
}

function retire(peer: Peer, life: number, now: Milliseconds): Peer {
  const retired = [...peer.retired, life].slice(-livesKept);
  return changed(peer, {
    bornAt: now,
    adopted: false,
    retired,
    echoedAt: null,
    echoAge: null,
    supportedAt: null,
    wasTwoWay: false,
    holdOffSince: null,
    acquiringSince: null,
    gap: Number.POSITIVE_INFINITY,
  });
}

/** When we sent the datagram that this one echoes, if it is one of this life and still known. */
function echoedSentAt(policy: Policy, peer: Peer, { echo }: FullAdvertisement): Milliseconds | null {
  if (echo === null || echo.epochRandom !== policy.self.epoch.random) return null;
  return sentAt(peer.sent, echo.sequence);
}

function acceptFull(
  policy: Policy,
  state: State | Draft,
  peer: Peer,
  advertisement: FullAdvertisement,
  echoed: Milliseconds | null,
): Peer {
  const echoedAt = echoed ?? peer.echoedAt;
  const { mono } = state.clock;
  const accepted = accept(state, peer, plausible(advertisement));
  return changed(accepted, {
    echoedAt,
    echoAge: echoed !== null && advertisement.echo ? { ageMs: advertisement.echo.ageMs, at: mono } : null,
    supportedAt: supportedAt(policy, state, peer, advertisement, echoed),
    adopted: hasAdopted(peer, advertisement),
    wasTwoWay: echoedAt !== null && mono - echoedAt < deadInterval(policy),
    holdOffSince: advertisement.role === 'init' ? (peer.holdOffSince ?? mono) : null,
    acquiringSince: advertisement.role === 'acquiring' ? (peer.acquiringSince ?? mono) : null,
    gap: mono - peer.heardAt,
  });
}

/** Who takes over says so between its hold-off and its hold. */
function hasAdopted({ last, adopted }: Peer, { role }: FullAdvertisement): boolean {
  if (role !== 'holding' || last?.version !== 2) return false;
  return last.role === 'init' || (last.role === 'holding' && adopted);
}

/** R23: a voter's last word counts, by the newest of our datagrams that it has heard. */
function supportedAt(
  policy: Policy,
  state: State | Draft,
  peer: Peer,
  { support, echo }: FullAdvertisement,
  echoed: Milliseconds | null,
): Milliseconds | null {
  if (support !== policy.self.tag) return null;
  return echoed !== null && echo !== null && echo.sequence > state.lease.after ? echoed : peer.supportedAt;
}

/** R25: what nobody may set would make a peer flicker, or live for ever. */
function plausible(advertisement: FullAdvertisement): FullAdvertisement {
  const said = advertisement.deadIntervalMs;
  const deadIntervalMs = Math.min(longestDeadInterval, Math.max(shortestDeadInterval, said));
  return deadIntervalMs === said ? advertisement : { ...advertisement, deadIntervalMs };
}

function accept(state: State | Draft, peer: Peer, advertisement: Advertisement): Peer {
  const { mono } = state.clock;
  const revived = peer.liveness === 'silent' || peer.liveness === 'refused';
  return changed(peer, {
    last: advertisement,
    liveness: 'alive',
    everHeard: true,
    heardAt: mono,
    heardResponsive: state.responsive,
    revivals: revived ? [...peer.revivals.slice(-31), mono] : peer.revivals,
    refusals: 0,
    refusedAt: null,
    probeAt: peer.refusals > 0 ? [] : peer.probeAt,
  });
}

/** Notes a datagram that was sent to the peer. */
export function noteSent(peer: Peer, sequence: number, at: Milliseconds): Peer {
  return changed(peer, {
    sent: withSent(peer.sent, sequence, at),
    sentAt: at,
    answerDue: false,
  });
}
