import {
  type Call,
  deadInterval,
  type FullAdvertisement,
  type IpAddress,
  leaseUntil,
  majority,
  type Policy,
  type State,
  type Tag,
  viewOf,
} from '../../core/index.ts';

/**
 * What must never happen, as predicates over what one node was seen to do. They know no simulator: `invariants.ts` asks
 * them in a world of virtual time, `explore.ts` in every state that it reaches. The names are those of core/README.md.
 * Instants are of the node's own monotonic clock where nothing else is said: a rule about durations holds by the clock
 * of whom it binds.
 */

/** The newest datagram of an address that counts for life, as the node's socket saw it. */
export interface Heard {
  /** Asked for seldom: it may have to be decoded first. */
  readonly ad: FullAdvertisement;
  /** Whom it says that it supports. */
  readonly support: Tag;
  readonly at: number;
  /** The same instant in true time. */
  readonly seenAt: number;
  /** When this node had sent what this very datagram echoes, and the newest that its sender is known to have heard. */
  readonly echoes: number;
  readonly echoedAt: number;
}

/** The newest datagram of an address, whatever it is worth, and the lives that were heard of it. */
export interface Newest {
  readonly random: number;
  readonly sequence: number;
  readonly lives: ReadonlySet<number>;
}

/** What one life of a process has been seen to do. */
export interface Life {
  readonly heard: ReadonlyMap<IpAddress, Heard>;
  readonly newest: ReadonlyMap<IpAddress, Newest>;
  /** A reading succeeded after the last write. */
  readonly hasRead: boolean;
  readonly lastReadAt: number;
  readonly inFlight: Call['kind'] | null;
  readonly plans: readonly number[];
  readonly lastWrite: 'associate' | 'dissociate' | null;
  readonly wroteAt: number;
  /** When a holder was last seen to have what a quorum asks of it, or to be excused. */
  readonly backedAt: number;
}

export interface Other {
  readonly name: string;
  readonly address: IpAddress;
  readonly instance: string;
}

/** A node, with what is known of it. */
export interface Watched {
  readonly now: number;
  readonly life: Life;
  readonly state: State;
  readonly policy: Policy;
}

/** A node at the moment at which it makes a call; `state` is that after the step which made it. */
export interface Caller extends Watched {
  /** Since its start, or since it woke from a pause longer than D. */
  readonly awakeMs: number;
  /** True instant of that waking: what was heard before is forgotten, and rightly so. Minus infinity: none. */
  readonly wokeAt: number;
  readonly others: readonly Other[];
}

export interface Finding {
  readonly rule: string;
  readonly what: string;
}

const slackMs = 1;
const reconcileMs = 33_000;
const callMs = 10_000;
const never = Number.NEGATIVE_INFINITY;
const none: readonly Finding[] = [];

export function newLife(now: number): Life {
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
export function isReplay(before: Newest | undefined, random: number, sequence: number): boolean {
  if (!before) return false;
  return before.random === random ? sequence <= before.sequence : before.lives.has(random);
}

/** It echoes what we sent longer ago than a dead interval: it was on its way too long to prove life. */
export function isDelayed(now: number, echoes: number, echoAgeMs: number, deadMs: number): boolean {
  return echoes !== never && now - echoes - echoAgeMs > deadMs - slackMs;
}

/** The life that goes on after the call was made. */
export function afterCall(caller: Caller, call: Call): Life {
  const { life, now } = caller;
  const { kind } = call;
  if (kind !== 'associate' && kind !== 'dissociate') return { ...life, inFlight: kind };
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

export function afterAbort<L extends Life>(life: L): L {
  return { ...life, inFlight: null };
}

export function afterSettlement<L extends Life>(life: L, call: Call, ok: boolean, now: number): L {
  const over = { ...life, inFlight: null };
  return call.kind === 'read' && ok ? { ...over, hasRead: true, lastReadAt: now } : over;
}

/** Dissociating the holder is a claim, too, where the cloud asks for it. */
export function isClaim(call: Call, { self, traits }: Policy): boolean {
  if (call.kind === 'associate') return true;
  return (
    call.kind === 'dissociate' && call.instance !== self.instance && traits.associate === 'refusedWhileHeld'
  );
}

/** Everything that is wrong with this call. */
export function faultsOfCall(caller: Caller, call: Call): Finding[] {
  const atOnce = callsAtOnce(caller, call);
  if (call.kind !== 'associate' && call.kind !== 'dissociate') return atOnce;
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

const found = (rule: string, what: string): Finding => ({ rule, what });

/** S4. What a hold-off forgets may still be on its way. */
function callsAtOnce({ life, state }: Caller, call: Call): Finding[] {
  if (life.inFlight === null || state.role === 'hold-off') return [];
  return [found('S4', `${call.kind} while ${life.inFlight} is in flight`)];
}

function unreadWrite({ life }: Caller, kind: string): Finding[] {
  return life.hasRead ? [] : [found('S4', `${kind} without a reading since the last write`)];
}

/** S2: a hold-off writes nothing; it ends early only when every other member has told in it that it hears us. */
function writeInHoldOff(caller: Caller, ownRelease: boolean): Finding[] {
  const { now, life, state, policy, others, awakeMs } = caller;
  const inHoldOff = state.role === 'hold-off' && !(state.leaving && ownRelease);
  const findings = inHoldOff ? [found('S2', 'a write in hold-off')] : [];
  if (awakeMs >= deadInterval(policy) || ownRelease) return findings;
  const isMember = ({ address }: Other) => state.peers.some(({ member }) => member.address === address);
  const answers = ({ address }: Other) =>
    now - (life.heard.get(address)?.echoedAt ?? never) <= awakeMs + slackMs;
  const unheard = others.find((one) => isMember(one) && !answers(one));
  if (!unheard) return findings;
  const since = Math.round(awakeMs);
  return [
    ...findings,
    found('S2', `a write ${since} ms after its start, not knowing that ${unheard.name} hears it`),
  ];
}

/** S5: plans are 2 s apart and ten a minute. Clear and attach, attach and fence, attach and release are one. */
function plansTooDense(caller: Caller, kind: 'associate' | 'dissociate'): Finding[] {
  const { now, life, state } = caller;
  if (clearedBefore(caller, kind) || followsAttach(caller, kind)) return [];
  const since = now - lastPlan(life);
  const dense = since < 2_000 - slackMs;
  const many = life.plans.filter((at) => now - at < 60_000).length >= 10;
  return [
    ...(dense ? [found('S5', `${kind} ${Math.round(since)} ms after the last plan (${state.role})`)] : none),
    ...(many ? [found('S5', 'more than ten plans in a minute')] : none),
  ];
}

function lastPlan(life: Life): number {
  return life.plans.at(-1) ?? never;
}

function clearedBefore({ life, state, now }: Caller, kind: string): boolean {
  return (
    kind === 'associate' && life.lastWrite === 'dissociate' && lastPlan(life) >= (state.claim?.since ?? now)
  );
}

function followsAttach({ life, state, now }: Caller, kind: string): boolean {
  return (
    kind === 'dissociate' &&
    life.lastWrite === 'associate' &&
    state.claim === null &&
    now - lastPlan(life) < 60_000
  );
}

/** S1: no claim from the dead while a sound holder has been heard within its dead interval, by us or by a witness. */
function steals(caller: Caller): Finding[] {
  const { now, life, state, wokeAt } = caller;
  if (state.claim?.why !== 'dead') return [];
  const findings: Finding[] = [];
  for (const [from, { ad, at, seenAt }] of life.heard) {
    if (seenAt < wokeAt || now - at >= ad.deadIntervalMs - slackMs) continue;
    const peer = state.peers.find(({ member }) => member.address === from);
    if (!peer) continue;
    const holds = ad.role === 'holding' && isSound(ad);
    if (holds && peer.liveness !== 'refused') {
      const since = Math.round(now - at);
      findings.push(found('S1', `claims although ${from} was heard as holder ${since} ms ago`));
    }
    if (vetoes(caller, ad, now - at)) findings.push(found('S1', `claims although ${from} hears the holder`));
  }
  return findings;
}

function vetoes({ life, state, policy }: Caller, ad: FullAdvertisement, age: number): boolean {
  if (!ad.holder || ad.role === 'holding' || ad.holder.tag === policy.self.tag) return false;
  const { tag, ageMs } = ad.holder;
  const held = [...life.heard.values()].map((one) => one.ad).find((one) => one.tag === tag);
  const peer = state.peers.find((one) => one.last?.version === 2 && one.last.tag === tag);
  if (peer?.liveness === 'refused' || (held && !isSound(held))) return false;
  const dead = held?.deadIntervalMs ?? ad.deadIntervalMs;
  return ageMs + age < dead - 10 - slackMs;
}

export function isSound({ flags }: FullAdvertisement): boolean {
  return !flags.leaving && !flags.unhealthy && !flags.notACandidate;
}

/** S3: another machine is dissociated only by a confirmed holder, and only when it has been silent for D. */
function wrongFence(caller: Caller, instance: string): Finding[] {
  const { now, life, state, policy, wokeAt } = caller;
  const { reading } = state.cloud;
  const findings: Finding[] = [];
  if (!isHolding(state)) findings.push(found('S3', 'dissociates another without holding'));
  if (!reading?.holders.includes(policy.self.instance) || now - reading.at >= 5_000)
    findings.push(found('S3', 'dissociates another without a fresh confirmation'));
  const target = caller.others.find((one) => one.instance === instance);
  const last = target && life.heard.get(target.address);
  if (!target || !last || last.seenAt < wokeAt) return findings;
  const peer = state.peers.find(({ member }) => member.address === target.address);
  if (peer?.liveness !== 'refused' && now - last.at < last.ad.deadIntervalMs - slackMs)
    findings.push(found('S3', `dissociates ${target.name}, heard ${Math.round(now - last.at)} ms ago`));
  return findings;
}

export function isHolding({ role, association }: State): boolean {
  return role === 'active' && association === 'confirmed';
}

/** S7: a holder has been confirmed by a reading, and lately, or says that its API fails. */
export function unconfirmedHold({
  life,
  state,
  now,
}: Pick<Watched, 'life' | 'state' | 'now'>): readonly Finding[] {
  if (!isHolding(state)) return none;
  const since = now - Math.max(state.confirmedAt, life.lastReadAt);
  const unread = !life.hasRead && state.confirmedAt > life.wroteAt;
  const stale = state.cloud.failures === 0 && since > reconcileMs + callMs;
  if (!unread && !stale) return none;
  return [
    ...(unread ? [found('S7', 'holds upon its own word')] : none),
    ...(stale ? [found('S7', `holds without a confirmation for ${Math.round(since / 1000)} s`)] : none),
  ];
}

// With a quorum.

/** It may write, by its own reckoning. */
export function isLeased({ state, policy, now }: Pick<Watched, 'state' | 'policy' | 'now'>): boolean {
  return policy.quorum !== null && state.role === 'active' && leaseUntil(viewOf(policy, state)) > now;
}

/** S11: of the nodes that run, one at most has a lease. */
export function secondLease(other: string): Finding {
  return found('S11', `has a lease, and so has ${other}`);
}

/** S12: nobody's dissociation leaves the address without a holder, but a release that was asked for. */
export function emptied(policy: Policy, instance: string, name: string, left: number): readonly Finding[] {
  if (left > 0 || !policy.quorum || policy.traits.associate !== 'adds') return none;
  if (policy.self.instance === instance && policy.onStop === 'release') return none;
  return [found('S12', `dissociates ${name}, and nobody holds`)];
}

/**
 * S13, from the datagrams alone: a majority of the voters has said that it supports the writer, in answer to what the
 * writer sent less than a dead interval ago.
 */
function unbackedWrite(caller: Caller): readonly Finding[] {
  if (!caller.policy.quorum || hasMajority(caller)) return none;
  return [found('S13', `writes with the support of ${supporters(caller)} voters`)];
}

function hasMajority(node: Watched): boolean {
  return supporters(node) >= majority(node.policy.quorum!.voters);
}

/** Those that are heard to support it, and itself. */
function supporters({ life, policy, now }: Watched): number {
  let count = 1;
  for (const [from, heard] of life.heard) {
    if (heard.support !== policy.self.tag || !policy.quorum!.voters.includes(from)) continue;
    if (now - heard.echoes < deadInterval(policy)) count += 1;
  }
  return count;
}

/** A holder has what a quorum asks of it; or is leaving, or has given its lease up for a successor. */
export function isBacked(node: Watched): boolean {
  const { state, policy } = node;
  if (!policy.quorum || !isHolding(state) || state.leaving || state.lease.released) return true;
  return hasMajority(node);
}

/** S15: nobody goes on holding for more than two dead intervals without the support of a majority. */
export function unbackedHold({ life, policy, now }: Watched): readonly Finding[] {
  const since = now - life.backedAt;
  if (since <= 2 * deadInterval(policy) + 1_000) return none;
  return [found('S15', `holds without a majority for ${Math.round(since / 1000)} s`)];
}
