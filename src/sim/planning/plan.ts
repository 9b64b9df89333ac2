import {
  acquisitionWindow,
  burst,
  callLimit,
  confirmingProbes,
  deadInterval,
  type Policy,
  rankStep,
  refusalsNeeded,
  shortestDeadInterval,
  type Traits,
  tick,
} from '../../core/index.ts';

/**
 * How long a failover takes, by formula. Every bound is a sum of named terms, each with its least, usual and greatest
 * time in ms; I, D, B and W are those of core/README.md. `drill.ts` measures the same, and the tests compare the two.
 *
 * What is left out, because it has no bound here: how late a process runs (some ms on an idle machine), and the loss
 * of datagrams, which makes a refusal be noticed later (D decides then) and a death be believed earlier.
 */
export interface Term {
  readonly name: string;
  readonly min: number;
  readonly typical: number;
  readonly worst: number;
  /** Where it comes from, in a few words. */
  readonly why: string;
}

export type Span = Pick<Term, 'min' | 'typical' | 'worst'>;

export const events = ['killed', 'silent', 'paused', 'stopped', 'restarted', 'candidate'] as const;

/**
 * killed: the holder's process is gone, and its host refuses probes · silent: its host is cut off or without power ·
 * paused: it stands still for longer than D · stopped: SIGTERM, and a hand-over · restarted: SIGTERM with
 * `--on-stop keep`, and its process is back soon · candidate: as killed, while the API stops answering the next best
 */
export type PlannedEvent = (typeof events)[number];

/** What all nodes of a group have in common. */
export type GroupSettings = Omit<
  Policy,
  'self' | 'resource' | 'traits' | 'grouped' | 'priority' | 'quorum' | 'witness' | 'checked' | 'configDigest'
>;

/** What a plan is made for. */
export interface Circumstances {
  readonly nodes: number;
  readonly associate: Traits['associate'];
  readonly policy: Pick<
    Policy,
    'intervalMs' | 'deadRatio' | 'crashGraceMs' | 'restartBoundMs' | 'onStop' | 'handoverTimeoutMs'
  >;
  /** The members come from the cloud (`-G`). */
  readonly grouped: boolean;
  /** R23: every node votes, and so many witnesses. */
  readonly quorum: boolean;
  readonly witnesses: number;
  /** One call of the API, there and back. */
  readonly apiMs: number;
  /** Until the cloud has carried out an association or a dissociation that it accepted. */
  readonly operationMs: number;
  /** One way of a datagram. */
  readonly delay: { readonly min: number; readonly max: number };
}

/**
 * Terms until the takeover begins, from there until the cloud gives the address to the successor, and from there until
 * the successor has read that it is so.
 */
export interface Bound {
  readonly claim: readonly Term[];
  readonly move: readonly Term[];
  readonly confirm: readonly Term[];
}

/** How often a provider asks the cloud whether an action is done: the clock on its wall, not the cloud's. */
export const operationPoll = 250;
/** The process of a restart in place is back after this: Node starts in 70 to 90 ms. */
export const restartMs = 100;
/** Timers are set to whole milliseconds. */
const rounding = 1;

/** The bound of an event, or null where the group has nobody who could take over, or makes no promise. */
export function boundOf(event: PlannedEvent, given: Circumstances): Bound | null {
  switch (event) {
    case 'killed':
      return { claim: [lost(given), rank(given), veto(given)], ...rest(given) };
    case 'silent':
    case 'paused':
      return { claim: [silent(given), rank(given), veto(given)], ...rest(given) };
    case 'stopped':
      return handOver(given);
    case 'restarted':
      return restart(given);
    case 'candidate':
      return given.nodes < 3 ? null : candidate(given);
  }
}

export function sum(terms: readonly Term[]): Span {
  const add = (pick: (term: Term) => number) => terms.reduce((total, term) => total + pick(term), 0);
  return { min: add((t) => t.min), typical: add((t) => t.typical), worst: add((t) => t.worst) };
}

/** The core's functions of a policy look at these fields alone. */
function policyOf({ policy }: Circumstances): Policy {
  return policy as Policy;
}

/** D as it is told to the peers, in whole 10 ms; nobody is judged by less than the shortest dead interval (R25). */
export function judgedBy(policy: Pick<Policy, 'intervalMs' | 'deadRatio'>): number {
  return Math.max(shortestDeadInterval, Math.ceil(deadInterval(policy as Policy) / 10) * 10);
}

/**
 * L1. The holder beats every B for its two best backups (R29), so its last datagram left u ago, 0 ≤ u ≤ B, when it
 * fell silent; it counts from its arrival, δ later. Then D runs out: D − u + δ.
 */
function silent(given: Circumstances): Term {
  return { name: 'detection', ...after(judgedBy(given.policy), given), why: 'D − u + δ, 0 ≤ u ≤ B' };
}

function after(silence: number, given: Circumstances): Span {
  const { min, max } = given.delay;
  const between = burst(policyOf(given));
  return {
    min: silence - between - rounding + min,
    typical: silence - between / 2 + (min + max) / 2,
    worst: silence + max + rounding,
  };
}

/** How the next best loses a holder whose process is gone. Voters keep their promise for D, refused or not (R23). */
function lost(given: Circumstances): Term {
  if (!given.quorum) return gone(given);
  const { nodes, witnesses, policy } = given;
  // Whoever is no best backup hears the holder only each interval, and is free as much sooner.
  const rare = witnesses + Math.max(0, nodes - 3);
  const enough = 1 + rare >= Math.floor((nodes + witnesses) / 2) + 1;
  const sooner = enough ? policy.intervalMs - burst(policyOf(given)) : 0;
  const dead = silent(given);
  return { ...dead, min: Math.max(gone(given).min, dead.min - sooner) };
}

/**
 * R29. Two conditions, the later one counts: nothing was heard for 2.5·B (or for the crash grace, if that is longer),
 * and three probes were refused. The first of these is sent within B of the crash, the others follow its refusal. Where
 * D is sooner than both, D decides.
 */
function gone(given: Circumstances): Term {
  const policy = policyOf(given);
  const quiet = after(Math.max(2.5 * burst(policy), policy.crashGraceMs), given);
  const proof = refusals(given);
  const dead = silent(given);
  const decide = (pick: keyof Span) => Math.min(dead[pick], Math.max(quiet[pick], proof[pick]));
  return {
    name: 'detection',
    min: decide('min'),
    typical: decide('typical'),
    worst: decide('worst'),
    why: 'the later of 2.5·B − u + δ (or the crash grace) and the third refusal; at most D',
  };
}

/**
 * The first probe, its answer; the last one needed leaves its delay after that answer, and is answered too. Who has had
 * no echo for D asks no more: where three bursts and that delay do not fit into D, the proof may never be complete.
 */
function refusals(given: Circumstances): Span {
  const { min, max } = given.delay;
  const policy = policyOf(given);
  const between = burst(policy);
  const more = confirmingProbes[refusalsNeeded - 2]!;
  const worst = between + rounding + more + rounding + 4 * max;
  return {
    min: min + more + 2 * min,
    typical: between / 2 + more + 2 * (min + max),
    worst: worst + 2 * between < deadInterval(policy) ? worst : Number.POSITIVE_INFINITY,
  };
}

/** R8: S for every better node that might still claim; the dead holder is none, so the next best waits for nobody. */
function rank(given: Circumstances): Term {
  const step = rankStep(policyOf(given));
  return {
    name: 'rank step',
    min: 0,
    typical: 0,
    worst: 0,
    why: `none better is left (S = ${step} ms each)`,
  };
}

/**
 * With a third node: it may have received one datagram more than the next best, and says so for D. Its word came δ
 * later than what it heard, which is seen to be over at the next tick.
 */
function veto(given: Circumstances): Term {
  const worst = given.nodes + given.witnesses < 3 ? 0 : given.delay.max + tick(policyOf(given)) + rounding;
  return { name: 'veto', min: 0, typical: 0, worst, why: 'another one heard the holder a little later' };
}

/** R18. A holder that is to release does so after its time-out, and would then meet the successor's write. */
function handOver(given: Circumstances): Bound | null {
  const bound = { claim: [farewell(given), rank(given)], ...rest(given) };
  const { onStop, handoverTimeoutMs } = given.policy;
  const { worst } = sum([...bound.claim, ...bound.move, ...bound.confirm]);
  return onStop === 'release' && handoverTimeoutMs <= worst ? null : bound;
}

/** The successor is told at once, and begins in that very step. */
function farewell({ delay: { min, max } }: Circumstances): Term {
  return { name: 'farewell', min, typical: (min + max) / 2, worst: max, why: 'δ' };
}

/**
 * L3, R13: the next best finds the holder gone and begins; its calls are not answered. After W it gives up, which it
 * notices at its next tick and says at once. Where the holder is not found gone before a first call has failed (a long
 * crash grace), the next best may be unable by then, after three failures, and be waited for no more.
 */
function candidate(given: Circumstances): Bound {
  const { min, max } = given.delay;
  const step = tick(policyOf(given));
  const window: Term = {
    name: 'window',
    min: lost(given).worst < callLimit ? acquisitionWindow : 0,
    typical: acquisitionWindow + step / 2,
    worst: acquisitionWindow + step + rounding,
    why: 'W, while the API does not answer the next best',
  };
  const word: Term = { name: 'word', min, typical: (min + max) / 2, worst: max, why: 'δ: it says UNABLE' };
  return { claim: [lost(given), veto(given), window, word, rank(given)], ...rest(given) };
}

/** What follows every claim. */
function rest(given: Circumstances): Omit<Bound, 'claim'> {
  return { move: move(given), confirm: confirm(given) };
}

/**
 * L2. R11: read who holds it; where associating is refused while held, dissociate and read again; then the request
 * needs half a call to arrive, and the cloud its time.
 */
function move(given: Circumstances): Term[] {
  const { apiMs, operationMs, quorum } = given;
  const clear: Term[] = [
    exactly('dissociate', apiMs + operationMs, 'A + O: refused while held'),
    polled(operationMs),
    exactly('read again', apiMs, 'G: after any write'),
  ];
  return [
    exactly('read', apiMs, 'G'),
    ...(quorum ? [support(given)] : []),
    ...(given.associate === 'refusedWhileHeld' ? clear : []),
    exactly('write', apiMs / 2, 'A/2: the request arrives'),
    exactly('operation', operationMs, 'O'),
  ];
}

/** R23: the voters are told of the claim and answer at once, while the read is on its way. */
function support({ apiMs, delay: { min, max } }: Circumstances): Term {
  const beyond = (ms: number) => Math.max(0, ms - apiMs);
  const worst = beyond(2 * max + rounding);
  return {
    name: 'support',
    min: beyond(2 * min),
    typical: beyond(min + max),
    worst,
    why: '2δ, beside the read',
  };
}

/** R12: the provider sees the action done and answers; the node reads. */
function confirm({ apiMs, operationMs }: Circumstances): Term[] {
  return [
    polled(operationMs),
    exactly('answer', apiMs / 2, 'A/2'),
    exactly('confirmation', apiMs, 'G: the address is ours'),
  ];
}

function exactly(name: string, ms: number, why: string): Term {
  return { name, min: ms, typical: ms, worst: ms, why };
}

/** An action is seen to be done when it is next asked for; if it ends in that moment, perhaps only the next time. */
function polled(operationMs: number): Term {
  const late = Math.ceil(operationMs / operationPoll) * operationPoll - operationMs;
  const seen = operationMs <= operationPoll ? 0 : late;
  const worst = operationMs > operationPoll && late < rounding ? operationPoll : seen;
  return { name: 'poll', min: seen, typical: seen, worst, why: 'until it is seen done' };
}

/**
 * R18 keep, R30, R7: the farewells take 120 ms; back, it asks everybody for an echo, which ends its hold-off, and reads
 * that the address is its own. Nothing moves, and this is how long the holder is away. The others wait for it for D or
 * its restart bound, whatever is longer.
 */
function restart(given: Circumstances): Bound | null {
  const { apiMs, grouped, delay } = given;
  const policy = policyOf(given);
  const terms: Term[] = [
    {
      name: 'farewell',
      min: 120,
      typical: 120 + tick(policy) / 2,
      worst: 120 + tick(policy) + rounding,
      why: 'three copies',
    },
    { name: 'start', min: restartMs, typical: restartMs, worst: restartMs, why: 'of the process' },
    ...(grouped ? [{ name: 'members', min: apiMs, typical: apiMs, worst: apiMs, why: 'G (-G)' }] : []),
    {
      name: 'echoes',
      min: 2 * delay.min,
      typical: 2 * delay.max,
      worst: 2 * delay.max + rounding,
      why: 'of every member (R30)',
    },
    { name: 'read', min: apiMs, typical: apiMs, worst: apiMs, why: 'G: ours already' },
  ];
  const patience = Math.max(judgedBy(policy), policy.restartBoundMs);
  return sum(terms).worst < patience ? { claim: terms, move: [], confirm: [] } : null;
}
