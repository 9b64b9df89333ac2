import {
  type Call,
  deadInterval,
  type FullAdvertisement,
  type IpAddress,
  type Policy,
  type State,
} from '../core/index.ts';

/**
 * What must never happen, as predicates over what one node was seen to do. They know no simulator: `invariants.ts` asks
 * them in a world of virtual time, `explore.ts` in every state that it reaches. The names are those of src/README.md.
 */

/** What a node was told last by one address, as its socket saw it. */
export interface Heard {
  readonly ad: FullAdvertisement;
  readonly at: number;
  /** Every life of the sender that was heard. */
  readonly lives: ReadonlySet<number>;
}

/** What one life of a process has been seen to do. */
export interface Life {
  readonly heard: ReadonlyMap<IpAddress, Heard>;
  /** A reading succeeded after the last write. */
  readonly hasRead: boolean;
  readonly lastReadAt: number;
  readonly inFlight: Call['kind'] | null;
  readonly plans: readonly number[];
  readonly lastWrite: 'associate' | 'dissociate' | null;
}

export interface Other {
  readonly name: string;
  readonly address: IpAddress;
  readonly instance: string;
}

/** A node at the moment at which it makes a call; `state` is that after the step which made it. */
export interface Caller {
  readonly now: number;
  readonly life: Life;
  readonly state: State;
  readonly policy: Policy;
  readonly startedAt: number;
  /** End of its last pause longer than D: what it knew of before is forgotten, and rightly so. */
  readonly wokeAt: number | null;
  /** The other members of its group. */
  readonly others: readonly Other[];
}

export interface Finding {
  readonly rule: string;
  readonly what: string;
}

const slackMs = 1;
const reconcileMs = 33_000;
const callMs = 10_000;

export const newLife: Life = {
  heard: new Map(),
  hasRead: false,
  lastReadAt: Number.NEGATIVE_INFINITY,
  inFlight: null,
  plans: [],
  lastWrite: null,
};

/** A datagram reached the socket. `delayed`: it was on its way for longer than a dead interval, which proves no life. */
export function afterHearing(
  life: Life,
  from: IpAddress,
  ad: FullAdvertisement,
  now: number,
  delayed: boolean,
): Life {
  const before = life.heard.get(from);
  const sameLife = before?.ad.epoch.random === ad.epoch.random;
  if (before && (sameLife ? ad.sequence <= before.ad.sequence : before.lives.has(ad.epoch.random)))
    return life;
  if (delayed) return life;
  const lives = before && sameLife ? before.lives : new Set(before?.lives).add(ad.epoch.random);
  return { ...life, heard: new Map(life.heard).set(from, { ad, at: now, lives }) };
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
    lastWrite: follows ? null : kind,
    plans: isPlan ? [...life.plans.filter((at) => now - at < 60_000), now] : life.plans,
  };
}

export function afterAbort(life: Life): Life {
  return { ...life, inFlight: null };
}

export function afterSettlement(life: Life, call: Call, ok: boolean, now: number): Life {
  const over = { ...life, inFlight: null };
  return call.kind === 'read' && ok ? { ...over, hasRead: true, lastReadAt: now } : over;
}

/** Everything that is wrong with this call. */
export function faultsOfCall(caller: Caller, call: Call): Finding[] {
  const atOnce = callsAtOnce(caller, call);
  if (call.kind !== 'associate' && call.kind !== 'dissociate') return atOnce;
  const { policy } = caller;
  const own = call.instance === policy.self.instance;
  const ownRelease = call.kind === 'dissociate' && own;
  const claims = call.kind === 'associate' || (!own && policy.traits.associate === 'refusedWhileHeld');
  return [
    ...atOnce,
    ...unreadWrite(caller, call.kind),
    ...writeInHoldOff(caller, ownRelease),
    ...plansTooDense(caller, call.kind),
    ...(claims ? steals(caller) : []),
    ...(claims || own ? [] : wrongFence(caller, call.instance)),
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

/** S2: a hold-off writes nothing; it ends early only when every other member has been heard in it. */
function writeInHoldOff(caller: Caller, ownRelease: boolean): Finding[] {
  const { now, life, state, policy, others } = caller;
  const inHoldOff = state.role === 'hold-off' && !(state.leaving && ownRelease);
  const findings = inHoldOff ? [found('S2', 'a write in hold-off')] : [];
  const woke = caller.wokeAt ?? caller.startedAt;
  if (now - woke >= deadInterval(policy) || ownRelease) return findings;
  // What waited in the queue is handed over in the very instant of waking, and is of before.
  const unheard = others.find(({ address }) => !((life.heard.get(address)?.at ?? -1) > woke));
  if (!unheard) return findings;
  const since = Math.round(now - woke);
  return [
    ...findings,
    found('S2', `a write ${since} ms after its start without having heard ${unheard.name}`),
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
    ...(dense ? [found('S5', `${kind} ${Math.round(since)} ms after the last plan (${state.role})`)] : []),
    ...(many ? [found('S5', 'more than ten plans in a minute')] : []),
  ];
}

function lastPlan(life: Life): number {
  return life.plans.at(-1) ?? Number.NEGATIVE_INFINITY;
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
  const { now, life, state } = caller;
  if (state.claim?.why !== 'dead') return [];
  const findings: Finding[] = [];
  for (const [from, heard] of life.heard) {
    const { ad, at } = heard;
    if (at < (caller.wokeAt ?? Number.NEGATIVE_INFINITY) || now - at >= ad.deadIntervalMs - slackMs) continue;
    const peer = state.peers.find(({ member }) => member.address === from);
    if (ad.role === 'holding' && isSound(ad) && peer?.liveness !== 'refused')
      findings.push(
        found('S1', `claims although ${from} was heard as holder ${Math.round(now - at)} ms ago`),
      );
    if (vetoes(caller, heard)) findings.push(found('S1', `claims although ${from} hears the holder`));
  }
  return findings;
}

function vetoes({ now, life, state, policy }: Caller, { ad, at }: Heard): boolean {
  if (!ad.holder || ad.role === 'holding' || ad.holder.tag === policy.self.tag) return false;
  const { tag, ageMs } = ad.holder;
  const held = [...life.heard.values()].find((one) => one.ad.tag === tag);
  const peer = state.peers.find((one) => one.last?.version === 2 && one.last.tag === tag);
  if (peer?.liveness === 'refused' || (held && !isSound(held.ad))) return false;
  const dead = held?.ad.deadIntervalMs ?? ad.deadIntervalMs;
  return ageMs + (now - at) < dead - 10 - slackMs;
}

export function isSound(ad: FullAdvertisement): boolean {
  return !ad.flags.leaving && !ad.flags.unhealthy;
}

/** S3: another machine is dissociated only by a confirmed holder, and only when it has been silent for D. */
function wrongFence(caller: Caller, instance: string): Finding[] {
  const { now, life, state, policy } = caller;
  const { reading } = state;
  const findings: Finding[] = [];
  if (state.role !== 'active' || state.association !== 'confirmed')
    findings.push(found('S3', 'dissociates another without holding'));
  if (!reading?.holders.includes(policy.self.instance) || now - reading.at >= 5_000)
    findings.push(found('S3', 'dissociates another without a fresh confirmation'));
  const target = caller.others.find((one) => one.instance === instance);
  const last = target && life.heard.get(target.address);
  if (!target || !last || last.at < (caller.wokeAt ?? Number.NEGATIVE_INFINITY)) return findings;
  const peer = state.peers.find(({ member }) => member.address === target.address);
  if (peer?.liveness !== 'refused' && now - last.at < last.ad.deadIntervalMs - slackMs)
    findings.push(found('S3', `dissociates ${target.name}, heard ${Math.round(now - last.at)} ms ago`));
  return findings;
}

/** S7: a holder has confirmed itself lately, or says that its API fails. */
export function unconfirmedHold(life: Life, state: State, now: number): Finding[] {
  if (state.role !== 'active' || state.association !== 'confirmed') return [];
  const since = now - Math.max(state.confirmedAt, life.lastReadAt);
  if (state.failures > 0 || since <= reconcileMs + callMs) return [];
  return [found('S7', `holds without a confirmation for ${Math.round(since / 1000)} s`)];
}
