import { deadInterval, leaseUntil, majority, viewOf, } from "../../core/index.js";
const slackMs = 1;
const reconcileMs = 33_000;
const callMs = 10_000;
const never = Number.NEGATIVE_INFINITY;
const none = [];
export function newLife(now) {
    return {
        heard: new Map(),
        newest: new Map(),
        hasRead: false,
        lastReadAt: never,
        inFlight: null,
        plans: [],
        lastWrite: null,
        wroteAt: never,
        backedAt: now,
    };
}
/** A datagram no newer than what came before, or of a life that ended. */
export function isReplay(before, random, sequence) {
    if (!before)
        return false;
    return before.random === random ? sequence <= before.sequence : before.lives.has(random);
}
/** It echoes what we sent longer ago than a dead interval: it was on its way too long to prove life. */
export function isDelayed(now, echoes, echoAgeMs, deadMs) {
    return echoes !== never && now - echoes - echoAgeMs > deadMs - slackMs;
}
/** The life that goes on after the call was made. */
export function afterCall(caller, call) {
    const { life, now } = caller;
    const { kind } = call;
    if (kind !== 'associate' && kind !== 'dissociate')
        return { ...life, inFlight: kind };
    const follows = followsAttach(caller, kind);
    const isPlan = !follows && !clearedBefore(caller, kind);
    return {
        ...life,
        inFlight: kind,
        hasRead: false,
        wroteAt: now,
        lastWrite: follows ? null : kind,
        plans: isPlan ? [...life.plans.filter((at) => now - at < 60_000), now] : life.plans,
    };
}
export function afterAbort(life) {
    return { ...life, inFlight: null };
}
export function afterSettlement(life, call, ok, now) {
    const over = { ...life, inFlight: null };
    return call.kind === 'read' && ok ? { ...over, hasRead: true, lastReadAt: now } : over;
}
/** Dissociating the holder is a claim, too, where the cloud asks for it. */
export function isClaim(call, { self, traits }) {
    if (call.kind === 'associate')
        return true;
    return (call.kind === 'dissociate' && call.instance !== self.instance && traits.associate === 'refusedWhileHeld');
}
/** Everything that is wrong with this call. */
export function faultsOfCall(caller, call) {
    const atOnce = callsAtOnce(caller, call);
    if (call.kind !== 'associate' && call.kind !== 'dissociate')
        return atOnce;
    const { policy } = caller;
    const own = call.instance === policy.self.instance;
    const ownRelease = call.kind === 'dissociate' && own;
    const claims = isClaim(call, policy);
    return [
        ...atOnce,
        ...unreadWrite(caller, call.kind),
        ...writeInHoldOff(caller, ownRelease),
        ...(ownRelease ? none : unbackedWrite(caller)),
        ...plansTooDense(caller, call.kind),
        ...(claims ? steals(caller) : none),
        ...(claims || own ? none : wrongFence(caller, call.instance)),
    ];
}
const found = (rule, what) => ({ rule, what });
/** S4. What a hold-off forgets may still be on its way. */
function callsAtOnce({ life, state }, call) {
    if (life.inFlight === null || state.role === 'hold-off')
        return [];
    return [found('S4', `${call.kind} while ${life.inFlight} is in flight`)];
}
function unreadWrite({ life }, kind) {
    return life.hasRead ? [] : [found('S4', `${kind} without a reading since the last write`)];
}
/** S2: a hold-off writes nothing; it ends early only when every other member has told in it that it hears us. */
function writeInHoldOff(caller, ownRelease) {
    const { now, life, state, policy, others, awakeMs } = caller;
    const inHoldOff = state.role === 'hold-off' && !(state.leaving && ownRelease);
    const findings = inHoldOff ? [found('S2', 'a write in hold-off')] : [];
    if (awakeMs >= deadInterval(policy) || ownRelease)
        return findings;
    const isMember = ({ address }) => state.peers.some(({ member }) => member.address === address);
    const answers = ({ address }) => now - (life.heard.get(address)?.echoedAt ?? never) <= awakeMs + slackMs;
    const unheard = others.find((one) => isMember(one) && !answers(one));
    if (!unheard)
        return findings;
    const since = Math.round(awakeMs);
    return [
        ...findings,
        found('S2', `a write ${since} ms after its start, not knowing that ${unheard.name} hears it`),
    ];
}
/** S5: plans are 2 s apart and ten a minute. Clear and attach, attach and fence, attach and release are one. */
function plansTooDense(caller, kind) {
    const { now, life, state } = caller;
    if (clearedBefore(caller, kind) || followsAttach(caller, kind))
        return [];
    const since = now - lastPlan(life);
    const dense = since < 2_000 - slackMs;
    const many = life.plans.filter((at) => now - at < 60_000).length >= 10;
    return [
        ...(dense ? [found('S5', `${kind} ${Math.round(since)} ms after the last plan (${state.role})`)] : none),
        ...(many ? [found('S5', 'more than ten plans in a minute')] : none),
    ];
}
function lastPlan(life) {
    return life.plans.at(-1) ?? never;
}
function clearedBefore({ life, state, now }, kind) {
    return (kind === 'associate' && life.lastWrite === 'dissociate' && lastPlan(life) >= (state.claim?.since ?? now));
}
function followsAttach({ life, state, now }, kind) {
    return (kind === 'dissociate' &&
        life.lastWrite === 'associate' &&
        state.claim === null &&
        now - lastPlan(life) < 60_000);
}
/** S1: no claim from the dead while a sound holder has been heard within its dead interval, by us or by a witness. */
function steals(caller) {
    const { now, life, state, wokeAt } = caller;
    if (state.claim?.why !== 'dead')
        return [];
    const findings = [];
    for (const [from, { ad, at, seenAt }] of life.heard) {
        if (seenAt < wokeAt || now - at >= ad.deadIntervalMs - slackMs)
            continue;
        const peer = state.peers.find(({ member }) => member.address === from);
        if (!peer)
            continue;
        const holds = ad.role === 'holding' && isSound(ad);
        if (holds && peer.liveness !== 'refused') {
            const since = Math.round(now - at);
            findings.push(found('S1', `claims although ${from} was heard as holder ${since} ms ago`));
        }
        if (vetoes(caller, ad, now - at))
            findings.push(found('S1', `claims although ${from} hears the holder`));
    }
    return findings;
}
function vetoes({ life, state, policy }, ad, age) {
    if (!ad.holder || ad.role === 'holding' || ad.holder.tag === policy.self.tag)
        return false;
    const { tag, ageMs } = ad.holder;
    const held = [...life.heard.values()].map((one) => one.ad).find((one) => one.tag === tag);
    const peer = state.peers.find((one) => one.last?.version === 2 && one.last.tag === tag);
    if (peer?.liveness === 'refused' || (held && !isSound(held)))
        return false;
    const dead = held?.deadIntervalMs ?? ad.deadIntervalMs;
    return ageMs + age < dead - 10 - slackMs;
}
export function isSound({ flags }) {
    return !flags.leaving && !flags.unhealthy && !flags.notACandidate;
}
/** S3: another machine is dissociated only by a confirmed holder, and only when it has been silent for D. */
function wrongFence(caller, instance) {
    const { now, life, state, policy, wokeAt } = caller;
    const { reading } = state.cloud;
    const findings = [];
    if (!isHolding(state))
        findings.push(found('S3', 'dissociates another without holding'));
    if (!reading?.holders.includes(policy.self.instance) || now - reading.at >= 5_000)
        findings.push(found('S3', 'dissociates another without a fresh confirmation'));
    const target = caller.others.find((one) => one.instance === instance);
    const last = target && life.heard.get(target.address);
    if (!target || !last || last.seenAt < wokeAt)
        return findings;
    const peer = state.peers.find(({ member }) => member.address === target.address);
    if (peer?.liveness !== 'refused' && now - last.at < last.ad.deadIntervalMs - slackMs)
        findings.push(found('S3', `dissociates ${target.name}, heard ${Math.round(now - last.at)} ms ago`));
    return findings;
}
export function isHolding({ role, association }) {
    return role === 'active' && association === 'confirmed';
}
/** S7: a holder has been confirmed by a reading, and lately, or says that its API fails. */
export function unconfirmedHold({ life, state, now, }) {
    if (!isHolding(state))
        return none;
    const since = now - Math.max(state.confirmedAt, life.lastReadAt);
    const unread = !life.hasRead && state.confirmedAt > life.wroteAt;
    const stale = state.cloud.failures === 0 && since > reconcileMs + callMs;
    if (!unread && !stale)
        return none;
    return [
        ...(unread ? [found('S7', 'holds upon its own word')] : none),
        ...(stale ? [found('S7', `holds without a confirmation for ${Math.round(since / 1000)} s`)] : none),
    ];
}
// With a quorum.
/** It may write, by its own reckoning. */
export function isLeased({ state, policy, now }) {
    return policy.quorum !== null && state.role === 'active' && leaseUntil(viewOf(policy, state)) > now;
}
/** S11: of the nodes that run, one at most has a lease. */
export function secondLease(other) {
    return found('S11', `has a lease, and so has ${other}`);
}
/** S12: nobody's dissociation leaves the address without a holder, but a release that was asked for. */
export function emptied(policy, instance, name, left) {
    if (left > 0 || !policy.quorum || policy.traits.associate !== 'adds')
        return none;
    if (policy.self.instance === instance && policy.onStop === 'release')
        return none;
    return [found('S12', `dissociates ${name}, and nobody holds`)];
}
/**
 * S13, from the datagrams alone: a majority of the voters has said that it supports the writer, in answer to what the
 * writer sent less than a dead interval ago.
 */
function unbackedWrite(caller) {
    if (!caller.policy.quorum || hasMajority(caller))
        return none;
    return [found('S13', `writes with the support of ${supporters(caller)} voters`)];
}
function hasMajority(node) {
    return supporters(node) >= majority(node.policy.quorum.voters);
}
/** Those that are heard to support it, and itself. */
function supporters({ life, policy, now }) {
    let count = 1;
    for (const [from, heard] of life.heard) {
        if (heard.support !== policy.self.tag || !policy.quorum.voters.includes(from))
            continue;
        if (now - heard.echoes < deadInterval(policy))
            count += 1;
    }
    return count;
}
/** A holder has what a quorum asks of it; or is leaving, or has given its lease up for a successor. */
export function isBacked(node) {
    const { state, policy } = node;
    if (!policy.quorum || !isHolding(state) || state.leaving || state.lease.released)
        return true;
    return hasMajority(node);
}
/** S15: nobody goes on holding for more than two dead intervals without the support of a majority. */
export function unbackedHold({ life, policy, now }) {
    const since = now - life.backedAt;
    if (since <= 2 * deadInterval(policy) + 1_000)
        return none;
    return [found('S15', `holds without a majority for ${Math.round(since / 1000)} s`)];
}
