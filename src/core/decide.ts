import type { Reading } from './cloud/memory.ts';
import {
  amBest,
  amEligible,
  amSound,
  awaitsNewMember,
  bestIsJoining,
  betterAcquirer,
  finishingAcquirer,
  isEligible,
  isIsolated,
  isLosingTouch,
  isOff,
  isSound,
  liveHolder,
  mustRelease,
  peerOf,
  rank,
  tookUnheard,
  veto,
} from './election.ts';
import { isAlive, type Peer, peerName } from './peers/peer.ts';
import { isTwoWay, judge } from './peers.ts';
import {
  acquisitionWindow,
  backOff,
  deadInterval,
  duelTruce,
  duelWindow,
  minimumHold,
  operationLimit,
  rankStep,
  yieldTime,
} from './policy.ts';
import { hasLease, isMajorityFree } from './quorum.ts';
import { ownRank, precedes, rankOf, ranksBeforeMe } from './rank.ts';
import type { Claim } from './roles/claim.ts';
import {
  becomeAcquiring,
  becomeBackup,
  becomeHolding,
  becomeWitness,
  proveLeaseAgain,
  roleName,
} from './roles.ts';
import { alarm, allClear, report, type Step } from './state.ts';
import { type ClaimReason, type InstanceId, isWrite } from './types.ts';

/** Second stage: what this node should be, given everything known. No call is made here. */
export function decide(step: Step): void {
  judgePeers(step);
  noteHolder(step);
  noteChallenger(step);
  noteIsolation(step);
  endYield(step);
  yieldToTaker(step);
  tendAside(step);
  const { role, association } = step.state;
  if (role === 'hold-off') decideHoldOff(step);
  else if (role === 'witness') decideWitness(step);
  else if (role === 'backup') decideBackup(step);
  else if (role === 'active') association === 'confirmed' ? decideHolding(step) : decideClaiming(step);
}

/** Who fell silent, or was refused, since the last step. */
function judgePeers(step: Step): void {
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
    const life = { ...peer.life, acquiringSince: null, holdOffSince: null };
    return { ...peer, liveness, death: { ...peer.death, at: now.mono }, life };
  });
}

function hasSaidFarewell(peer: Peer): boolean {
  return peer.last?.version === 2 && peer.last.flags.leaving && !peer.last.flags.restarting;
}

/** Notes when the live holder changes; the first one heard is no change. */
function noteHolder(step: Step): void {
  const { state, now } = step;
  const holder = liveHolder(state);
  if (!holder?.last) return;
  const { node } = holder.last;
  const claim = holder.last.version === 2 ? holder.last.claim : null;
  if (state.holder?.node === node && state.holder.claim === claim) return;
  state.holder = { node, claim, movedAt: state.holder ? now.mono : null };
}

/** A worse node that takes over gives way when it hears a holder, but what it has written by then is carried out. */
function noteChallenger(step: Step): void {
  const { state, now } = step;
  const challenged = state.peers.some(
    (peer) =>
      isAlive(peer) &&
      peer.last?.version === 2 &&
      peer.last.role === 'acquiring' &&
      !ranksBeforeMe(step, peer),
  );
  if (challenged) state.cloud.challengedAt = now.mono;
}

/** R7, R30: the hold-off ends by time, or early when every member has told us that it hears us; then read. */
function decideHoldOff(step: Step): void {
  const { state, now, policy } = step;
  if (state.leaving) return leaveAfter(step, 200);
  if (state.holdOff.over === null) {
    const timeOver = now.mono >= state.holdOff.until;
    if (timeOver) warnOfSilentPeers(step);
    if (!state.members.known || !(timeOver || everyMemberHearsUs(step))) return;
    state.holdOff = { ...state.holdOff, over: now.mono };
  }
  if (policy.witness) return becomeWitness(step);
  const { reading } = state.cloud;
  if (!reading || reading.askedAt < state.holdOff.over!) {
    if (state.cloud.failures >= 3 || state.cloud.denied) becomeBackup(step, 'the API does not answer');
    return;
  }
  const ours = reading.holders.includes(policy.self.instance);
  if (ours && !liveHolder(state)) becomeHolding(step, 'the address is ours already');
  else becomeBackup(step, 'hold-off over');
}

function decideWitness(step: Step): void {
  if (step.state.leaving) leaveAfter(step, 200);
}

function everyMemberHearsUs(step: Step): boolean {
  const { peers, holdOff } = step.state;
  return (
    peers.length > 0 &&
    peers.every((peer) => isAlive(peer) && peer.echo.sentAt !== null && peer.echo.sentAt >= holdOff.since)
  );
}

function warnOfSilentPeers(step: Step): void {
  const { state } = step;
  for (const peer of state.peers) {
    if (peer.heard.ever) continue;
    const { address } = peer.member;
    alarm(
      step,
      `never-heard ${address}`,
      `never heard ${peerName(peer)}: is ha-ip running there, and may UDP pass between the members in both directions?`,
    );
  }
}

/** A node that holds nothing repeats its farewell and goes. */
function leaveAfter(step: Step, delay: number): void {
  const { state, now } = step;
  const writing = state.cloud.pending !== null && isWrite(state.cloud.pending.call.kind);
  if (!writing && now.mono >= state.leaving!.since + delay) stop(step);
}

function stop(step: Step): void {
  const { state } = step;
  report(step, { kind: 'role', from: roleName(state), to: 'stopped', why: 'asked to stop' });
  state.role = 'stopped';
  step.effects.push({ kind: 'stop', code: 0 });
}

function decideBackup(step: Step): void {
  const { state } = step;
  if (state.leaving) return leaveAfter(step, 200);
  if (state.cloud.pending && isWrite(state.cloud.pending.call.kind)) return;
  const reason = reasonToClaim(step);
  if (!reason) return;
  const holder = liveHolder(state) ?? lastHolder(step);
  becomeAcquiring(step, reason, holder, explain(reason, holder, rank(step)));
}

function explain(reason: ClaimReason, holder: Peer | null, ahead: number): string {
  if (reason === 'resign') return `${peerName(holder!)} ${unsoundness(holder!)}`;
  if (reason === 'handover') return `${peerName(holder!)} asks this node to take over`;
  if (reason === 'preempt') return `this node ranks before ${peerName(holder!)}`;
  const best = ahead === 0 ? 'this node is the best' : 'no better node lives';
  if (!holder) return `nobody holds the address; ${best}`;
  return `${peerName(holder)} ${fate[holder.liveness]}; ${best}`;
}

function unsoundness({ last }: Peer): string {
  if (last?.version === 2 && last.flags.leaving) return 'is leaving';
  return last?.version === 2 && last.flags.unhealthy ? 'is not healthy' : 'stands aside';
}

const fate = {
  never: 'was never heard',
  alive: 'does not hold any more',
  silent: 'fell silent',
  refused: 'is gone',
};

/** Who held the address when it was last heard of, dead or alive. */
function lastHolder(step: Step): Peer | null {
  const { state } = step;
  const said = state.peers.filter((peer) => peer.last?.version === 2 && peer.last.role === 'holding');
  if (said.length > 0) return said.reduce((a, b) => (a.heard.at >= b.heard.at ? a : b));
  const held = state.cloud.reading?.holders.find((instance) => instance !== step.policy.self.instance);
  return held === undefined ? null : peerOf(state, held);
}

/** R8, R9, R10. The times without interruption that two of them ask for are kept here. */
function reasonToClaim(step: Step): ClaimReason | null {
  const { policy, state, now } = step;
  const best = amBest(step);
  const holder = liveHolder(state);
  // A holder that lives can wait until our own release has landed: it would leave the address to nobody.
  if (holder && now.mono < state.damping.releaseUnresolvedUntil) return null;
  if (holder && isHeir(step, holder)) return 'handover';
  const vacant = best && !holder && !obstacle(step);
  const better = best && holder !== null && isSound(holder) && !ranksBeforeMe(step, holder);
  state.vacancy.since = vacant ? (state.vacancy.since ?? now.mono) : null;
  state.vacancy.betterSince = better ? (state.vacancy.betterSince ?? now.mono) : null;
  if (vacant) return now.mono - state.vacancy.since! >= rank(step) * rankStep(policy) ? 'dead' : null;
  if (best && holder && !isSound(holder)) return 'resign';
  return better && mayPreempt(step, holder) && now.mono - state.vacancy.betterSince! >= policy.preemptDelayMs
    ? 'preempt'
    : null;
}

/** The holder asks this very node to take over, whoever else may be better. */
function isHeir(step: Step, holder: Peer): boolean {
  return holder.last?.version === 2 && holder.last.flags.heir && amEligible(step);
}

/** What forbids to take the address of a silent holder although this node is the best (R8, R24). */
function obstacle(step: Step): boolean {
  return (
    betterAcquirer(step) !== null ||
    finishingAcquirer(step) !== null ||
    veto(step) !== null ||
    isIsolated(step) ||
    isLosingTouch(step) ||
    hasJustComeBack(step) ||
    bestIsJoining(step) ||
    !isMajorityFree(step) ||
    awaitsNewMember(step)
  );
}

/** In hold-off nobody has had time to tell that he hears us. */
function noteIsolation(step: Step): void {
  const { state, now } = step;
  if (state.role !== 'hold-off' && isIsolated(step)) state.vacancy.isolatedAt = now.mono;
}

/** R22: the first peer that is heard again knows no more than we do; the holder may be the next one. */
function hasJustComeBack(step: Step): boolean {
  const { policy, state, now } = step;
  const inTouch = state.peers.some((peer) => isTwoWay(step, peer));
  return inTouch && now.mono - state.vacancy.isolatedAt < deadInterval(policy);
}

/** R10: never a holder that cannot hear us, nor one that does not allow it, nor an address that has just moved. */
function mayPreempt(step: Step, holder: Peer): boolean {
  const { policy, state, now } = step;
  if (!policy.preempt || !isTwoWay(step, holder)) return false;
  if (holder.last?.version === 2 && !holder.last.flags.preempt) return false;
  const movedAt = state.holder?.movedAt ?? null;
  return movedAt === null || now.mono - movedAt >= minimumHold;
}

/** R15: the yield, and the count of yields, end when the taker is heard or the cloud says that its machine is off. */
function endYield(step: Step): void {
  const { state, now } = step;
  const { taker, until } = state.damping.yield;
  if (taker === null) return;
  const machine = state.cloud.machines.find((known) => known.instance === taker);
  const over =
    peerOf(state, taker)?.liveness === 'alive' ||
    (machine && isOff(machine.state) && machine.at > state.damping.yield.lastAt);
  if (!over) return;
  state.damping.yield = { ...state.damping.yield, until: Math.min(until, now.mono), count: 0, taker: null };
  allClear(step, 'duel');
}

/**
 * R15, of a backup: a peer that we do not hear has taken the address from the one that we heard. It lives, and is left
 * alone as by the holder that it evicted; else the one would take back what the other has just lost.
 */
function yieldToTaker(step: Step): void {
  const { state, policy, now } = step;
  const { reading } = state.cloud;
  if (policy.traits.associate === 'adds' || !reading || reading.at !== now.mono) return;
  if (state.role === 'active' && (state.association === 'confirmed' || state.claim?.wroteAt != null)) return;
  const taker = reading.holders.find((instance) => tookUnheard(state, instance)?.seenAt === now.mono);
  if (taker !== undefined) yieldTo(step, taker);
}

/** R11–R13: a takeover goes on only while its reason stands. */
function decideClaiming(step: Step): void {
  const { state, policy, now } = step;
  const claim = state.claim!;
  const objection = objectionToClaim(step, claim);
  if (objection) return becomeBackup(step, objection);
  const reading = freshReading(step, claim);
  const ours = reading?.holders.includes(policy.self.instance) ?? false;
  if (ours && hasLease(step))
    return becomeHolding(step, claim.wroteAt === null ? 'the address is ours already' : 'verified');
  if (isForsaken(step, claim)) return giveUp(step, 'no majority of the voters supports this node');
  if (!ours && claim.settledAt !== null && reading && !reading.pending)
    return concludeWrite(step, claim, reading);
  const limit = state.cloud.failures === 0 && claim.wroteAt !== null ? operationLimit : acquisitionWindow;
  if (now.mono - claim.tryingSince >= limit) giveUp(step, 'the takeover did not succeed in time');
}

/** R23: a dead interval without a lease. The voters are bound to somebody whom we do not hear, or out of reach. */
function isForsaken(step: Step, claim: Claim): boolean {
  const { policy, state, now } = step;
  if (hasLease(step)) return false;
  return now.mono - Math.max(claim.since, state.lease.seenAt) >= deadInterval(policy);
}

/** Why this takeover must end, or null. Once the write is sent, a better candidate is no reason: a sound holder is. */
function objectionToClaim(step: Step, claim: Claim): string | null {
  const { state } = step;
  if (state.cloud.denied) return 'the API refuses the credentials';
  if (state.own.healthy === false) return 'this node is not healthy';
  const holder = liveHolder(state);
  if (holder && isSound(holder) && !allowsClaim(step, claim, holder))
    return `${peerName(holder)} holds the address`;
  if (claim.wroteAt !== null) return null;
  if (state.leaving) return 'asked to stop';
  if (!amEligible(step)) return 'this node is no candidate any more';
  if (claim.why !== 'handover' && !amBest(step)) return 'a better node is there';
  if (holder) return null;
  if (betterAcquirer(step)) return 'a better node is taking over';
  const witness = veto(step);
  return witness ? `${peerName(witness)} still hears the holder` : null;
}

/** A sound holder that may be relieved all the same. */
function allowsClaim(step: Step, claim: Claim, holder: Peer): boolean {
  if (claim.why === 'handover') return isHeir(step, holder);
  return claim.why === 'preempt' && mayGoOnPreempting(step, holder);
}

function mayGoOnPreempting(step: Step, holder: Peer): boolean {
  const { policy } = step;
  const allowed = holder.last?.version !== 2 || holder.last.flags.preempt;
  return policy.preempt && allowed && isTwoWay(step, holder) && !ranksBeforeMe(step, holder);
}

/** A reading that was asked after the claim began, and after its write ended. */
function freshReading(step: Step, claim: Claim): Reading | null {
  const { reading } = step.state.cloud;
  const after = claim.wroteAt !== null ? (claim.settledAt ?? Number.POSITIVE_INFINITY) : claim.since;
  return reading && reading.askedAt >= after ? reading : null;
}

/** R12: our write ended and the address is not ours. Somebody was faster, or it simply failed and is tried again. */
function concludeWrite(step: Step, claim: Claim, reading: Reading): void {
  const { state } = step;
  const taker = reading.holders.find((instance) => !claim.heldBefore.includes(instance));
  if (taker !== undefined) return giveUp(step, `${nameOf(step, taker)} was faster`);
  state.claim = { ...claim, wroteAt: null, settledAt: null, cleared: false };
  // The next write is as new as the first: what has come up meanwhile stands against it.
  const objection = objectionToClaim(step, state.claim);
  if (objection) becomeBackup(step, objection);
}

function giveUp(step: Step, why: string): void {
  const { state, now } = step;
  becomeBackup(step, why);
  state.claims.unableUntil = now.mono + backOff(state.claims.lost);
  state.claims.lost += 1;
}

export function nameOf(step: Step, instance: InstanceId): string {
  const { state } = step;
  const peer = peerOf(state, instance);
  return peer
    ? peerName(peer)
    : (state.cloud.machines.find((known) => known.instance === instance)?.name ?? instance);
}

function decideHolding(step: Step): void {
  const { state, policy } = step;
  const { reading } = state.cloud;
  const evicted =
    reading &&
    reading.askedAt >= state.confirmedAt &&
    !reading.pending &&
    !reading.holders.includes(policy.self.instance);
  if (state.leaving && decideLeaving(step)) return;
  if (evicted && mayJudgeTaker(step, reading)) return decideEvicted(step, reading);
  const rival = betterRival(step);
  if (rival) {
    const better = amSound(step) ? ' too and ranks before this node' : ' in its stead';
    return becomeBackup(step, `${peerName(rival)} holds the address${better}`);
  }
  if (!keepsLease(step)) return becomeBackup(step, 'no majority of the voters supports this node any more');
  wantReading(step);
}

/**
 * R23: a holder gives its lease up for a successor that takes over, takes it back when that one fails, and without
 * one does not go on holding: the address stays where it is until the majority moves it.
 */
function keepsLease(step: Step): boolean {
  const { policy, state, now } = step;
  if (policy.quorum === null || state.leaving) return true;
  const writing = state.cloud.pending !== null && isWrite(state.cloud.pending.call.kind);
  const release = mustRelease(step) && !writing;
  if (state.lease.released && !release) proveLeaseAgain(step);
  else if (release !== state.lease.released) state.lease = { ...state.lease, released: release };
  return state.lease.released || hasLease(step) || now.mono < state.lease.proveBy;
}

/**
 * A hand-over that was asked for ends when another holds, or nobody does in time: not when we merely lost the address,
 * since a successor that died on the way would leave it to nobody. An absence ends by its time, which a hand-over
 * under way does not cut short.
 */
function tendAside(step: Step): void {
  const { policy, state, now } = step;
  const { aside } = state;
  if (aside === null || state.role === 'hold-off') return;
  const heir = state.role === 'active' ? null : liveHolder(state);
  const waited = now.mono - aside.since;
  if (aside.handing && heir) {
    state.aside = { ...aside, handing: false };
    report(step, { kind: 'notice', message: `handed over to ${peerName(heir)}: standing aside` });
  } else if (aside.handing && waited >= policy.handoverTimeoutMs) {
    takePartAgain(step, `nobody took over within ${policy.handoverTimeoutMs} ms`);
  } else if (!aside.handing && aside.until !== null && now.mono >= aside.until) {
    takePartAgain(step, 'the time of standing aside is over');
  }
}

function takePartAgain(step: Step, why: string): void {
  step.state.aside = null;
  report(step, { kind: 'notice', message: `${why}: this node takes part again` });
}

/** Whose machine took the address must be known, unless the cloud does not tell. */
function mayJudgeTaker(step: Step, reading: Reading): boolean {
  const taker = reading.holders[0];
  return taker === undefined || step.state.cloud.failures > 0 || isKnown(step, taker);
}

/** Whether it is known whose machine that is: a peer's, or described by the cloud. */
export function isKnown(step: Step, instance: InstanceId): boolean {
  return (
    step.state.cloud.machines.some((machine) => machine.instance === instance) ||
    peerOf(step.state, instance) !== null
  );
}

/** R15: never take back blindly. A taker that we do not hear lives all the same: it took the address after us. */
function decideEvicted(step: Step, reading: Reading): void {
  const { state, policy } = step;
  const taker = reading.holders.find((instance) => instance !== policy.self.instance) ?? null;
  const heard = taker !== null && peerOf(state, taker)?.liveness === 'alive';
  becomeBackup(
    step,
    taker === null ? 'the cloud took the address away' : `${nameOf(step, taker)} took the address`,
  );
  state.association = 'absent';
  if (taker !== null && !heard) yieldTo(step, taker);
}

/** Y, longer each time; the second time within an hour is a duel. */
function yieldTo(step: Step, taker: InstanceId): void {
  const { state, policy, now } = step;
  const again = now.mono - state.damping.yield.lastAt < duelWindow;
  const count = again ? state.damping.yield.count : 0;
  const duel = count > 0 && policy.self.instance > taker;
  if (duel)
    alarm(
      step,
      'duel',
      `${nameOf(step, taker)} took the address twice and is not heard: leaving it there; look at the network between the two`,
    );
  const pause = duel ? duelTruce : yieldTime(count);
  state.damping.yield = { until: now.mono + pause, count: count + 1, lastAt: now.mono, taker };
}

/**
 * R16: two holders that hear each other: the worse yields, and the sick one whatever its rank (R17). An exoip node
 * holds when the cloud says so (R26).
 */
function betterRival(step: Step): Peer | null {
  return step.state.peers.find((peer) => isTwoWay(step, peer) && yieldsTo(step, peer)) ?? null;
}

function yieldsTo(step: Step, peer: Peer): boolean {
  const { policy, state } = step;
  const several = policy.traits.associate === 'adds';
  // R23: who has the lease is the holder; the other has only not noticed yet that it is none.
  if (policy.quorum !== null && hasLease(step)) return false;
  if (amSound(step) && !(several && precedes(rankOf(peer)!, ownRank(step)))) return false;
  if (peer.last?.version !== 2) return several && isEligible(peer) && holdsByReading(step, peer);
  const { role, flags, claim } = peer.last;
  // One that asked us to take over has only not heard yet that we did; one that had it before us, that we have it.
  if (role !== 'holding' || !isSound(peer) || flags.heir) return false;
  return several ? !deniedByReading(step, peer) : claim > state.claims.number;
}

/**
 * It says that it holds, by a claim that is no later than ours, and the cloud does not: it was cut off and does not
 * know yet that the address was taken from it. It is about to look (R14), and so are we, in case it still has it.
 */
function deniedByReading(step: Step, peer: Peer): boolean {
  const {
    cloud: { reading, failures },
    claims: { number: claimNumber },
  } = step.state;
  if (reading === null || reading.pending || failures > 0) return false;
  if (peer.last?.version === 2 && peer.last.claim > claimNumber) return false;
  const { instance: own } = step.policy.self;
  const known = reading.holders.every((holder) => holder === own || peerOf(step.state, holder) !== null);
  return known && !holdsByReading(step, peer);
}

function holdsByReading(step: Step, peer: Peer): boolean {
  const { state } = step;
  return state.cloud.reading?.holders.some((instance) => peerOf(state, instance) === peer) ?? false;
}

/** R14: what makes a holder look at once. */
function wantReading(step: Step): void {
  const { policy, state, now } = step;
  const doubt = state.peers.some((peer) => {
    if (!isAlive(peer)) return false;
    if (peer.last?.version !== 2) return ranksBeforeMe(step, peer) && isEligible(peer);
    const { role, claim } = peer.last;
    if (role === 'holding') return claim > state.claims.number || ranksBeforeMe(step, peer);
    if (role === 'acquiring') return false;
    return peer.echo.age !== null && peer.echo.age.ageMs > deadInterval(policy);
  });
  if (doubt || now.mono - state.cloud.challengedAt < operationLimit) state.cloud.readWanted = true;
}

/** R18, and the end of a hand-over. True when the role has been settled for this step. */
function decideLeaving(step: Step): boolean {
  const { state, now, policy } = step;
  const { since, how } = state.leaving!;
  if (how === 'keep') {
    leaveAfter(step, 120);
    return true;
  }
  const { reading } = state.cloud;
  const fresh = reading !== null && reading.askedAt >= since && !reading.pending;
  if (fresh && state.cloud.unreadSince === null && !reading.holders.includes(policy.self.instance))
    return done(step);
  const waited = now.mono - since;
  // Releasing takes its own time after the wait for a successor.
  if (
    how === 'release'
      ? waited < 2 * policy.handoverTimeoutMs
      : successor(step) && waited < policy.handoverTimeoutMs
  )
    return true;
  if (waited >= policy.handoverTimeoutMs || !hasHeir(step)) leaveAfter(step, 200);
  return true;
}

function done(step: Step): boolean {
  leaveAfter(step, 200);
  return true;
}

/** Somebody who could still take the address from us. */
export function hasHeir(step: Step): boolean {
  return step.state.peers.some(
    (peer) =>
      isEligible(peer) || (peer.last?.version === 2 && isAlive(peer) && peer.last.role === 'acquiring'),
  );
}

/** The peer that holds the address in our stead, by its own word. */
export function successor(step: Step): Peer | null {
  const { state } = step;
  return (
    state.peers.find((peer) => {
      if (!isAlive(peer) || !isSound(peer)) return false;
      return peer.last?.version === 2 ? peer.last.role === 'holding' : holdsByReading(step, peer);
    }) ?? null
  );
}
