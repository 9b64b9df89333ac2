import type { FullAdvertisement } from '../advertisement.ts';
import { inability, mayPreemptMe } from '../election/candidates.ts';
import { liveHolder } from '../election/holder.ts';
import { priority } from '../election/order.ts';
import { flagsOf, masks, when } from '../flags.ts';
import { isAlive, type Peer } from '../peers/peer.ts';
import { letsGo } from '../quorum/lease.ts';
import { advertisedRole } from '../roles/become.ts';
import type { Step } from '../step.ts';
import { deadInterval } from '../times.ts';
import type { Milliseconds } from '../types.ts';

export function compose(step: Step, peer: Peer, flags: number): FullAdvertisement {
  const { policy, state } = step;
  const { self } = policy;
  return {
    version: 2,
    resource: policy.resource.key,
    node: self.node,
    tag: self.tag,
    priority: priority(step),
    exoipPriority: exoipPriority(step),
    flags: flagsOf(flags),
    role: advertisedRole(state),
    intervalMs: policy.intervalMs,
    deadIntervalMs: deadInterval(policy),
    epoch: self.epoch,
    sequence: state.speech.sequence,
    claim: state.claims.number,
    echo: echo(step, peer),
    support: state.support?.tag ?? 0,
    holder: heardHolder(step),
    configDigest: policy.configDigest,
    graceMs: grace(step),
  };
}

/** What all peers are told, as a word, since every step asks whether it changed. */
export function ownFlags(step: Step): number {
  const { policy, state } = step;
  const keeps = state.leaving?.how === 'keep';
  return (
    when(state.leaving !== null, masks.leaving) |
    when(state.own.healthy === false, masks.unhealthy) |
    when(inability(step) !== null, masks.unable) |
    when(policy.witness, masks.witness) |
    when(state.lease.released || (letsGo(state) && !keeps), masks.released) |
    when(policy.preempt, masks.preempt) |
    when(state.cloud.failures === 0, masks.apiOk) |
    when(policy.quorum !== null, masks.quorum) |
    when(keeps, masks.restarting) |
    when(!policy.candidate || isAway(step), masks.notACandidate)
  );
}

/** Two flags of a holder are said to one peer alone. */
export function flagsTo({ state }: Step, peer: Peer, flags: number): number {
  const personal = mayPreemptMe(state, peer) ? flags : flags & ~masks.preempt;
  const heir = state.aside?.handing === true && state.aside.to === peer.member.address;
  return personal | when(heir, masks.heir);
}

/** Standing aside; but until the one that was asked for holds, the others are to leave the address alone. */
function isAway({ state }: Step): boolean {
  const { aside } = state;
  return aside !== null && !(aside.handing && aside.to !== null);
}

function echo(step: Step, peer: Peer): FullAdvertisement['echo'] {
  if (peer.last?.version !== 2) return null;
  const { epoch, sequence } = peer.last;
  return { epochRandom: epoch.random, sequence, ageMs: Math.round(step.now.mono - peer.heard.at) };
}

/** The veto of others rests on this: whom we hear in possession, and how long ago. */
function heardHolder(step: Step): FullAdvertisement['holder'] {
  const { policy, state, now } = step;
  if (advertisedRole(state) === 'holding') return { tag: policy.self.tag, ageMs: 0 };
  const holder = liveHolder(state);
  return holder?.last ? { tag: holder.last.tag, ageMs: Math.max(1, now.mono - holder.heard.at) } : null;
}

/** R26: exoip nodes see a real priority only of a holder, or where none of them lives; else they would yield to us. */
function exoipPriority(step: Step): number {
  const { policy, state } = step;
  if (state.leaving || isAway(step) || state.own.healthy === false || policy.witness) return 255;
  const exoipLives = state.peers.some((peer) => isAlive(peer) && peer.last?.version === 1);
  return advertisedRole(state) === 'holding' || !exoipLives ? priority(step) : 255;
}

function grace(step: Step): Milliseconds {
  const { policy, state } = step;
  if (state.leaving?.how === 'keep') return policy.restartBoundMs;
  return advertisedRole(state) === 'holding' ? policy.crashGraceMs : 0;
}
