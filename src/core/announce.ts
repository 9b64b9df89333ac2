import type { Announced } from './announce/speech.ts';
import { inability, isEligible, liveHolder, mayPreemptMe } from './election.ts';
import { isAlive, type Peer, withOutbox } from './peers/peer.ts';
import { beatsFast, isTwoWay, noteSent } from './peers.ts';
import { burst, deadInterval, farewellCopies, farewellSpacing, guard } from './policy.ts';
import { letsGo, supporters, wantsSupport } from './quorum.ts';
import { precedes, priority, rankOf, ranksBeforeMe } from './rank.ts';
import { advertisedRole } from './roles.ts';
import type { Step } from './state.ts';
import type { Flags, FullAdvertisement, Milliseconds } from './types.ts';

/**
 * Fourth stage: say what is. To every peer each interval, on absolute deadlines; to all at once when role or flags
 * change, a voter supports somebody else, or a holder is found gone (that ends our veto); faster between a holder and its two best backups, so that a crash is known by refusals (R29).
 */
export function announce(step: Step): void {
  const { state } = step;
  // The farewells were the last word: a backup's would tell the peers of one that restarts that nobody holds.
  if (state.role === 'stopped') return;
  const flags = ownFlags(step);
  const gone = state.peers.filter((peer) => peer.liveness === 'refused').length;
  const support = state.support?.tag ?? 0;
  const announced = { role: advertisedRole(state), priority: priority(step), gone, support, flags };
  const news = !isAsAnnounced(announced, state.speech.announced);
  const beat = beatDue(step);
  const farewell = farewellDue(step);
  const toAll = news || beat || farewell;
  state.speech.announced = announced;
  state.peers = state.peers.map((peer) => serve(step, peer, flags, toAll));
}

function isAsAnnounced(now: Announced, before: Announced | null): boolean {
  if (before === null || now.role !== before.role || now.priority !== before.priority) return false;
  if (now.gone !== before.gone || now.support !== before.support) return false;
  return areSame(now.flags, before.flags);
}

/** Every flag by name: this is asked in every step, and a loop over names would be the slowest thing in it. */
function areSame(a: Flags, b: Flags): boolean {
  return (
    a.leaving === b.leaving &&
    a.unhealthy === b.unhealthy &&
    a.unable === b.unable &&
    a.witness === b.witness &&
    a.released === b.released &&
    a.probe === b.probe &&
    a.reply === b.reply &&
    a.preempt === b.preempt &&
    a.apiOk === b.apiOk &&
    a.multi === b.multi &&
    a.quorum === b.quorum &&
    a.restarting === b.restarting &&
    a.ready === b.ready &&
    a.notACandidate === b.notACandidate &&
    a.heir === b.heir
  );
}

/** Absolute deadlines do not drift; those that were slept through are not made up for. */
function beatDue(step: Step): boolean {
  const { state, now } = step;
  if (now.mono < state.speech.nextBeatAt) return false;
  const interval = beatInterval(step);
  state.speech.nextBeatAt += interval * (Math.floor((now.mono - state.speech.nextBeatAt) / interval) + 1);
  return true;
}

function beatInterval(step: Step): Milliseconds {
  const { intervalMs } = step.policy;
  return step.state.leaving ? intervalMs / 2 : intervalMs;
}

/** R18: three copies of the farewell, so that one lost datagram costs no dead interval. */
function farewellDue(step: Step): boolean {
  const { state, now } = step;
  const { leaving } = state;
  if (!leaving || leaving.farewells >= farewellCopies) return false;
  if (now.mono < leaving.since + leaving.farewells * farewellSpacing) return false;
  state.leaving = { ...leaving, farewells: leaving.farewells + 1 };
  return true;
}

function serve(step: Step, peer: Peer, flags: Flags, toAll: boolean): Peer {
  const { now, policy } = step;
  const fast = beatsFastFor(step, peer);
  const fastAt = fast ? (peer.outbox.fastAt ?? now.mono) : null;
  const fastDue = fastAt !== null && now.mono >= fastAt;
  const nextFast = fastDue ? now.mono + burst(policy) : fastAt;
  let next = nextFast === peer.outbox.fastAt ? peer : withOutbox(peer, { fastAt: nextFast });
  if (toAll || fastDue || peer.outbox.answerDue)
    next = send(
      step,
      next,
      { ...flags, reply: peer.outbox.answerDue, probe: wantsEcho(step, peer) },
      'socket',
    );
  else if (suspects(step, peer)) next = send(step, next, { ...flags, probe: true }, 'socket');
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
function probe(step: Step, peer: Peer, flags: Flags): Peer {
  const { policy, now } = step;
  if (!shouldProbe(step, peer, flags))
    return peer.outbox.probeAt.length === 0 ? peer : withOutbox(peer, { probeAt: [] });
  if (peer.outbox.probeAt.length === 0) return withOutbox(peer, { probeAt: [now.mono + burst(policy)] });
  if (!peer.outbox.probeAt.some((at) => now.mono >= at)) return peer;
  const later = peer.outbox.probeAt.filter((at) => now.mono < at);
  const schedule = later.length > 0 ? later : [now.mono + burst(policy)];
  return withOutbox(send(step, peer, flags, 'probe'), { probeAt: schedule });
}

function shouldProbe(step: Step, peer: Peer, flags: Flags): boolean {
  const { policy, state } = step;
  if (state.role !== 'backup' || flags.leaving || flags.unable) return false;
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

function send(step: Step, peer: Peer, flags: Flags, via: 'socket' | 'probe'): Peer {
  const { state, now, effects } = step;
  state.speech.sequence += 1;
  const advertisement = compose(step, peer, {
    ...flags,
    preempt: flags.preempt && mayPreemptMe(state, peer),
    heir: state.aside?.handing === true && state.aside.to === peer.member.address,
  });
  effects.push({ kind: 'send', to: peer.member.address, advertisement, via });
  return noteSent(peer, state.speech.sequence, now.mono);
}

function ownFlags(step: Step): Flags {
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

function compose(step: Step, peer: Peer, flags: Flags): FullAdvertisement {
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
