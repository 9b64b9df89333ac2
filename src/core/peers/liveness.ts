import type { Policy } from '../policy.ts';
import { report, type Step } from '../step.ts';
import { burst, deadInterval, refusalsNeeded } from '../times.ts';
import type { Milliseconds } from '../types.ts';
import type { View } from '../view.ts';
import { buried, isAlive, type Liveness, type Peer, peerName } from './peer.ts';

/**
 * Who is alive. A peer is alive while it was heard less than its own dead interval ago, in the time in which we were
 * able to listen. Nobody else's word counts for that; what others hear serves the veto alone.
 */

/** Who fell silent, or was refused, since the last step. */
export function judgePeers(step: Step): void {
  const { state, now } = step;
  if (!state.peers.some((peer) => judge(step, peer) !== peer.liveness)) return;
  state.peers = state.peers.map((peer) => {
    const liveness = judge(step, peer);
    if (liveness === peer.liveness) return peer;
    const change = liveness === 'refused' ? 'refused' : hasSaidFarewell(peer) ? 'left' : 'silent';
    report(step, {
      kind: 'peer',
      peer: peerName(peer),
      change,
      detail: `${Math.round(now.mono - peer.heard.at)} ms`,
    });
    return buried(peer, liveness, now.mono);
  });
}

function hasSaidFarewell(peer: Peer): boolean {
  return peer.last?.version === 2 && peer.last.flags.leaving && !peer.last.flags.restarting;
}

/** What the table says of a peer now. Certainty from refusals stands until it is heard again (R29). */
function judge({ policy, state }: View, peer: Peer): Liveness {
  const { responsive } = state.clock;
  if (peer.liveness !== 'alive') return peer.liveness;
  if (responsive >= silentFrom(policy, peer)) return 'silent';
  return isGone(policy, responsive, peer) ? 'refused' : 'alive';
}

/** It lives, and has told us that it hears us: its last echo is of a datagram younger than our dead interval. */
export function isTwoWay({ policy, now }: View, peer: Peer): boolean {
  if (!isAlive(peer)) return false;
  if (peer.last?.version === 1) return true;
  return peer.echo.sentAt !== null && now.mono - peer.echo.sentAt < deadInterval(policy);
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

/** When the peer will be dead of silence, on the responsive clock. */
export function silentFrom(policy: Policy, peer: Peer): Milliseconds {
  return peer.heard.responsive + peerDeadInterval(policy, peer);
}

/** D of the peer: as it advertises; an exoip node has ours. A node that restarts is given its announced bound. */
export function peerDeadInterval(policy: Policy, peer: Peer): Milliseconds {
  if (peer.last?.version !== 2) return deadInterval(policy);
  const { deadIntervalMs, flags, graceMs } = peer.last;
  return flags.restarting ? Math.max(deadIntervalMs, graceMs) : deadIntervalMs;
}

/** The longest dead interval of the group, as far as it was heard: the hold-off after a pause (R2). */
export function longestDeadIntervalOf(step: Step): number {
  const advertised = step.state.peers.map((peer) =>
    peer.last?.version === 2 ? peer.last.deadIntervalMs : 0,
  );
  return Math.max(deadInterval(step.policy), ...advertised);
}

export function beatsFast(policy: Policy, peer: Peer): boolean {
  return peer.heard.gap < 2 * burst(policy);
}
