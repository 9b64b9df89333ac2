import type { Advertisement } from '../advertisement.ts';
import { becomeHoldOff } from '../roles/become.ts';
import { report, type Step } from '../step.ts';
import { confirmingProbes, deadInterval, strangerSpacing } from '../times.ts';
import type { IpAddress } from '../types.ts';
import { hear } from './hear.ts';
import { isTwoWay } from './liveness.ts';
import { isMember } from './members.ts';
import { type Peer, peerName, withOutbox } from './peer.ts';
import { peerFrom, replacePeer } from './table.ts';

/**
 * A datagram came, or a probe was refused: it is written down. Nothing is decided here.
 */

export function absorbAdvertisement(step: Step, from: IpAddress, advertisement: Advertisement): void {
  const { policy, state, effects } = step;
  if (advertisement.node === policy.self.node) return absorbOwnId(step, from, advertisement);
  const peer = peerFrom(state, from);
  if (!peer) {
    const reason = state.members.known ? 'stranger' : 'early';
    effects.push({ kind: 'drop', reason, from });
    if (reason === 'stranger') askForMembers(step);
    return;
  }
  const heard = hear(step, peer, advertisement);
  if (heard.dropped) effects.push({ kind: 'drop', reason: heard.dropped, from });
  else if (wasLeftBehind(step, peer, heard.peer))
    return becomeHoldOff(step, `${peerName(peer)} missed us for longer than we noticed`);
  replacePeer(state, heard.dropped ? heard.peer : welcome(step, peer, heard.peer, heard.newLife));
}

/** R25: our own datagram came back, or another node has our id. Neither is a peer. */
function absorbOwnId(step: Step, from: IpAddress, advertisement: Advertisement): void {
  const { policy, state, effects, now } = step;
  const reflected = advertisement.version === 2 && advertisement.epoch.random === policy.self.epoch.random;
  effects.push({ kind: 'drop', reason: reflected ? 'reflected' : 'impostor', from });
  if (reflected || isMember(policy.self.addresses, from)) return;
  state.members = { ...state.members, impostor: { from, at: now.mono } };
}

/** R24: somebody speaks of our address and is no member: the group may have grown. */
function askForMembers(step: Step): void {
  const { policy, state } = step;
  const { mono } = step.now;
  const asked = state.members.askedForStranger;
  if (!policy.grouped || (asked !== null && mono - asked < strangerSpacing)) return;
  state.members = { ...state.members, nextAt: mono, askedForStranger: mono };
}

/** R2 (c): the peer's clock ran on for more than D while ours stood still: we were paused and did not see it. */
function wasLeftBehind(step: Step, before: Peer, after: Peer): boolean {
  const { policy, now } = step;
  const told = after.echo.age;
  if (!before.echo.age || !told || !isTwoWay(step, before)) return false;
  const grown = told.ageMs - before.echo.age.ageMs - (now.mono - before.echo.age.at);
  // Datagrams that waited in a queue tell it in small steps: but nobody can have heard us before we sent.
  const early = told.ageMs - (now.mono - after.echo.sentAt!);
  return Math.max(grown, early) > deadInterval(policy);
}

/** What follows from an accepted advertisement besides the peer's own row. */
function welcome(step: Step, before: Peer, after: Peer, newLife: boolean): Peer {
  const { state } = step;
  const ad = after.last!;
  reportPeer(step, before, after);
  if (ad.version === 1) return after;
  state.claims.seen = Math.max(state.claims.seen, ad.claim);
  const answer = newLife || (ad.flags.probe && step.now.mono - after.outbox.sentAt >= 100);
  return answer ? withOutbox(after, { answerDue: true }) : after;
}

function reportPeer(step: Step, before: Peer, after: Peer): void {
  const peer = peerName(after);
  if (before.liveness === 'never')
    report(step, { kind: 'peer', peer, change: before.heard.ever ? 'back' : 'heard' });
  else if (before.liveness !== 'alive') report(step, { kind: 'peer', peer, change: 'back' });
  if (after.last?.version !== 2) return;
  const said = before.last?.version === 2 ? before.last.flags : null;
  const { leaving, restarting } = after.last.flags;
  if (restarting && !said?.restarting) report(step, { kind: 'peer', peer, change: 'restarting' });
  else if (leaving && !said?.leaving) report(step, { kind: 'peer', peer, change: 'leaving' });
}

/** R29: nothing listens at the peer's port. The first refusal asks for more, soon. */
export function absorbRefusal(step: Step, address: IpAddress): void {
  const { state, now } = step;
  const peer = state.peers.find((candidate) => candidate.member.address === address);
  if (!peer) return;
  const { at, revivals, refusals, refusedAt } = peer.death;
  const soon = confirmingProbes.map((delay) => now.mono + delay);
  const next = withOutbox(peer, { probeAt: refusals === 0 ? soon : peer.outbox.probeAt });
  next.death = { at, revivals, refusals: refusals + 1, refusedAt: refusedAt ?? now.mono };
  replacePeer(state, next);
}
