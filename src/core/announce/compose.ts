import type { Flags, FullAdvertisement } from '../advertisement.ts';
import { inability } from '../election/candidates.ts';
import { liveHolder } from '../election/holder.ts';
import { priority } from '../election/order.ts';
import { isAlive, type Peer } from '../peers/peer.ts';
import { letsGo, supporters } from '../quorum/lease.ts';
import { advertisedRole } from '../roles/become.ts';
import type { Step } from '../step.ts';
import { deadInterval } from '../times.ts';
import type { Milliseconds } from '../types.ts';

export function compose(step: Step, peer: Peer, flags: Flags): FullAdvertisement {
  const { policy, state, now } = step;
  const { self } = policy;
  return {
    version: 2,
    address: policy.address,
    node: self.node,
    tag: self.tag,
    priority: priority(step),
    exoipPriority: exoipPriority(step),
    flags,
    role: advertisedRole(state),
    intervalMs: policy.intervalMs,
    deadIntervalMs: deadInterval(policy),
    supporters: supporters(step),
    epoch: self.epoch,
    sequence: state.speech.sequence,
    claim: state.claims.number,
    wallMs: now.wall,
    echo: echo(step, peer),
    support: state.support?.tag ?? 0,
    holder: heardHolder(step),
    configDigest: policy.configDigest,
    graceMs: grace(step),
    readiness: null,
  };
}

export function ownFlags(step: Step): Flags {
  const { policy, state } = step;
  const leaving = state.leaving !== null;
  return {
    leaving,
    unhealthy: state.own.healthy === false,
    unable: inability(step) !== null,
    witness: policy.witness,
    released: state.lease.released || (letsGo(state) && state.leaving?.how !== 'keep'),
    probe: false,
    reply: false,
    preempt: policy.preempt,
    apiOk: state.cloud.failures === 0,
    multi: policy.traits.associate === 'adds',
    quorum: policy.quorum !== null,
    restarting: state.leaving?.how === 'keep',
    ready: false,
    notACandidate: !policy.candidate || isAway(step),
    heir: false,
  };
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
