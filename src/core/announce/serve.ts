import { isEligible } from '../election/candidates.ts';
import { liveHolder } from '../election/holder.ts';
import { precedes, rankOf, ranksBeforeMe } from '../election/order.ts';
import { masks, when } from '../flags.ts';
import { beatsFast, isTwoWay } from '../peers/liveness.ts';
import { isAlive, type Peer, withOutbox } from '../peers/peer.ts';
import { noteSent } from '../peers/table.ts';
import { wantsSupport } from '../quorum/lease.ts';
import type { Step } from '../step.ts';
import { burst, guard } from '../times.ts';
import { compose, flagsTo } from './compose.ts';

/**
 * What one peer is sent now.
 */

export function serve(step: Step, peer: Peer, flags: number, toAll: boolean): Peer {
  const { now, policy } = step;
  const fast = beatsFastFor(step, peer);
  const fastAt = fast ? (peer.outbox.fastAt ?? now.mono) : null;
  const fastDue = fastAt !== null && now.mono >= fastAt;
  const nextFast = fastDue ? now.mono + burst(policy) : fastAt;
  let next = nextFast === peer.outbox.fastAt ? peer : withOutbox(peer, { fastAt: nextFast });
  if (toAll || fastDue || peer.outbox.answerDue)
    next = send(step, next, flags | when(wantsEcho(step, peer), masks.probe), 'socket');
  else if (suspects(step, peer)) next = send(step, next, flags | masks.probe, 'socket');
  return probe(step, next, flags);
}

/** R30: in hold-off, ask every member for the echo that ends it; R23: ask a voter for the one that bears a lease. */
function wantsEcho(step: Step, peer: Peer): boolean {
  const { role, holdOff } = step.state;
  if (wantsSupport(step, peer)) return true;
  return role === 'hold-off' && (peer.echo.sentAt === null || peer.echo.sentAt < holdOff.since);
}

/** A holder beats fast for its two best backups. */
function beatsFastFor(step: Step, peer: Peer): boolean {
  const { state } = step;
  if (
    state.role !== 'active' ||
    state.association !== 'confirmed' ||
    peer.last?.version !== 2 ||
    !isEligible(peer)
  )
    return false;
  const better = state.peers.filter(
    (other) =>
      !isSamePeer(other, peer) &&
      other.last?.version === 2 &&
      isEligible(other) &&
      precedes(rankOf(other)!, rankOf(peer)!),
  );
  return better.length < 2;
}

/** All but one advertisement of the dead ratio are missing: ask, instead of waiting for the last one. */
function suspects(step: Step, peer: Peer): boolean {
  const { policy, state, now } = step;
  if (!isAlive(peer) || peer.last?.version !== 2 || peer.last.flags.restarting) return false;
  const silence = state.clock.responsive - peer.heard.responsive;
  const threshold = peer.last.deadIntervalMs - peer.last.intervalMs;
  return (
    silence >= threshold + guard(policy) / 2 && now.mono - peer.outbox.sentAt >= peer.last.intervalMs / 5
  );
}

/** The two best backups probe the holder's port, each burst and sooner after a refusal. */
function probe(step: Step, peer: Peer, flags: number): Peer {
  const { policy, now } = step;
  if (!shouldProbe(step, peer, flags))
    return peer.outbox.probeAt.length === 0 ? peer : withOutbox(peer, { probeAt: [] });
  if (peer.outbox.probeAt.length === 0) return withOutbox(peer, { probeAt: [now.mono + burst(policy)] });
  if (!peer.outbox.probeAt.some((at) => now.mono >= at)) return peer;
  const later = peer.outbox.probeAt.filter((at) => now.mono < at);
  const schedule = later.length > 0 ? later : [now.mono + burst(policy)];
  return withOutbox(send(step, peer, flags, 'probe'), { probeAt: schedule });
}

function shouldProbe(step: Step, peer: Peer, flags: number): boolean {
  const { policy, state } = step;
  if (state.role !== 'backup' || (flags & (masks.leaving | masks.unable)) !== 0) return false;
  if (peer.last?.version !== 2 || peer.last.role !== 'holding' || !isSamePeer(liveHolder(state), peer))
    return false;
  if (!isTwoWay(step, peer) || !beatsFast(policy, peer)) return false;
  const better = state.peers.filter(
    (other) => !isSamePeer(other, peer) && isEligible(other) && ranksBeforeMe(step, other),
  );
  return better.length < 2;
}

/** By value: while a step announces, the table's rows are being replaced one by one. */
function isSamePeer(a: Peer | null, b: Peer): boolean {
  return a?.member.address === b.member.address;
}

function send(step: Step, peer: Peer, flags: number, via: 'socket' | 'probe'): Peer {
  const { state, now, effects } = step;
  state.speech.sequence += 1;
  const advertisement = compose(step, peer, flagsTo(step, peer, flags));
  effects.push({ kind: 'send', to: peer.member.address, advertisement, via });
  return noteSent(peer, state.speech.sequence, now.mono);
}
