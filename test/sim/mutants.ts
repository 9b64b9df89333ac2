import type { Edit } from './specimen.ts';
import type { Trap } from './traps.ts';
import * as traps from './traps.ts';

/** The core without one of its rules, the traps that show it, and what they must say. */
export interface Mutant {
  readonly rule: string;
  /** What the mutant does. */
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly traps: readonly Trap[];
  readonly told: string;
}

type Row = [
  rule: string,
  name: string,
  edits: Edit | readonly Edit[],
  traps: Trap | readonly Trap[],
  told: string,
];

const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });
const cut = (file: string, find: string): Edit => edit(file, find, '');

const rows: readonly Row[] = [
  [
    'R2',
    'goes on after a pause as if nothing had been',
    edit('machine', 'if (gap > deadInterval(policy))', 'if (false)'),
    traps.sleepingClaimant,
    'S2',
  ],
  [
    'R2',
    'counts silence while it could not listen',
    [
      edit('machine', 'if (gap <= policy.intervalMs / 2)', 'if (true)'),
      edit('machine', 'Math.min(now.mono - before.mono, 2 * tick(policy))', 'now.mono - before.mono'),
    ],
    traps.shortSleep,
    'mistaken',
  ],
  [
    'R2',
    'does not hear that its clocks stood still',
    edit('peers/receive', 'return Math.max(grown, early) > deadInterval(policy)', 'return false'),
    traps.uncounted,
    'unnoticed',
  ],
  [
    'R5',
    'writes again without a reading',
    [
      cut('cloud/converge', 'state.cloud.unreadSince = Number.POSITIVE_INFINITY;'),
      cut('cloud/outcomes', 'state.cloud.unreadSince = now.mono;'),
      edit('times', 'viewFreshness = 2_000', 'viewFreshness = 60_000'),
    ],
    traps.lostClears,
    'S4',
  ],
  [
    'R7',
    'has no hold-off',
    edit('roles/hold-off', 'now.mono >= state.holdOff.until', 'true'),
    traps.unheardStart,
    'S2',
  ],
  ['R8', 'knows no veto', edit('election/holder', 'return witness;', 'continue;'), traps.deafBackup, 'S1'],
  [
    'R10',
    'preempts a holder that does not hear it',
    [
      cut('election/vacancy', ' || !isTwoWay(step, holder)'),
      cut('roles/claiming', ' && isTwoWay(step, holder)'),
    ],
    traps.deafHolder,
    'restless',
  ],
  [
    'R10',
    'has no order among equals',
    edit('election/order', 'a.node < b.node', 'false'),
    traps.equals,
    'unsettled',
  ],
  [
    'R12',
    'takes its own write for the truth',
    edit(
      'roles/claiming',
      'const ours = reading?.holders.includes(desired(step)) ?? false;',
      'const ours = claim.settledAt !== null || (reading?.holders.includes(desired(step)) ?? false);',
    ),
    traps.lostWrites,
    'S7',
  ],
  [
    'R13',
    'never gives a takeover up',
    edit('roles/claiming', 'now.mono - claim.tryingSince >= limit', 'false'),
    traps.lostWrites,
    'vacant',
  ],
  [
    'R14',
    'never compares with the cloud while it holds',
    edit('cloud/plan', 'return ((now.mono >= state.cloud.nextReadAt ? glance : null)', 'return (null'),
    traps.quietHour,
    'S7',
  ],
  [
    'R15',
    'goes on holding when the cloud says otherwise',
    edit('roles/holding', 'if (evicted && mayJudgeTaker', 'if (false && mayJudgeTaker'),
    traps.reunitedMoves,
    'unsettled',
  ],
  [
    'R15',
    'takes back at once what was taken from it',
    edit('roles/yielding', 'until: now.mono + pause', 'until: now.mono'),
    traps.parted,
    'restless',
  ],
  [
    'R16',
    'two holders that hear each other go on',
    edit('roles/holding', 'if (rival)', 'if (false)'),
    traps.reunitedAdds,
    'unsettled',
  ],
  [
    'R19',
    'lets go although its own fence may still land',
    cut('cloud/fence', ' || now.mono < state.damping.fenceUnresolvedUntil'),
    traps.lateFence,
    'empty',
  ],
  [
    'R20',
    'fences without looking first',
    edit('cloud/fence', 'if (recent && confirmed)', 'if (true)'),
    traps.fencedDead,
    'S3',
  ],
  ['R20', 'fences the living', cut('cloud/fence', " || peer.liveness === 'alive'"), traps.fencedAlive, 'S3'],
  [
    'R20',
    'fences although its own release may still land',
    edit('cloud/fence', 'now.mono < state.damping.releaseUnresolvedUntil', 'false'),
    traps.lateRelease,
    'empty',
  ],
  [
    'R21',
    'writes as often as it likes',
    edit(
      'cloud/pace',
      'return lately.length < plansPerMinute && (last === undefined || now.mono - last >= planSpacing)',
      'return true',
    ),
    traps.lostWrites,
    'S5',
  ],
  [
    'R22',
    'takes over although it hears nobody',
    edit('election/isolation', 'return patience === null || isolatedFor(view) < patience', 'return false'),
    traps.cutOff,
    'restless',
  ],
  [
    'Γ',
    'has no guard',
    edit('times', 'return Math.max(policy.intervalMs / 4, 20)', 'return 0'),
    traps.twoLost,
    'mistaken',
  ],
  [
    'R29',
    'believes refusals without silence',
    edit('peers/liveness', 'Math.max(2.5 * burst(policy), grace)', 'grace'),
    traps.rejectedProbes,
    "S1'",
  ],
  [
    'R29',
    'knows no crash grace',
    edit('peers/liveness', 'Math.max(2.5 * burst(policy), grace)', '2.5 * burst(policy)'),
    traps.crashGrace,
    'moved',
  ],
  [
    'R30',
    'ends its hold-off when all are heard, though none hears it',
    cut('roles/hold-off', ' && peer.echo.sentAt !== null && peer.echo.sentAt >= holdOff.since'),
    traps.unheardStart,
    'S2',
  ],
  [
    'R31',
    'does not say that it would not claim',
    edit('announce/compose', 'when(inability(step) !== null, masks.unable)', '0'),
    traps.deafBest,
    'vacant',
  ],
  [
    'R23',
    'writes without a lease',
    cut('cloud/plan', '(letsGo || hasLease(step)) && '),
    traps.lostVoters,
    'S13',
  ],
  [
    'R23',
    'a voter supports whoever asks last',
    edit('quorum/voter', '(kept(step) ?? chosen(step))', 'chosen(step)'),
    traps.twoClaims,
    'S11',
  ],
  [
    'R23',
    'a voter keeps a promise for half of its time',
    edit(
      'quorum/voters',
      'return peer.heard.at + promisedFor(policy, peer)',
      'return peer.heard.at + promisedFor(policy, peer) / 2',
    ),
    traps.lostWitness,
    'S11',
  ],
  [
    'R23',
    'a voter frees itself upon refusals',
    edit(
      'quorum/voter',
      'if (!isClaiming(peer))\n        return null;',
      "if (!isClaiming(peer) || peer.liveness === 'refused')\n        return null;",
    ),
    traps.rejectingHolder,
    'S11',
  ],
  [
    'R23',
    'a voter has no hold-off',
    cut('quorum/voter', " && state.role !== 'hold-off'"),
    traps.forgetfulVoter,
    'S11',
  ],
  [
    'R23',
    'a lease counts from when the support was heard',
    edit('peers/hear', '? echoed\n', '? state.clock.mono\n'),
    traps.slowPromise,
    'S11',
  ],
  [
    'R23',
    'a lease is as long as the promise',
    edit('quorum/lease', 'const clockMargin = 0.95', 'const clockMargin = 1'),
    traps.driftingClocks,
    'S11',
  ],
  [
    'R23',
    'support of before the takeover bears a lease',
    [
      cut('peers/hear', ' && echo.sequence > state.lease.after'),
      edit('quorum/lease', ', supportedAt: null }', ' }'),
    ],
    traps.claimAgain,
    'S11',
  ],
  [
    'R23',
    'a released lease goes on',
    cut('quorum/lease', ' && !state.lease.released'),
    traps.released,
    'S11',
  ],
  [
    'R23',
    'a lease outlives the farewell',
    cut('quorum/lease', ' && !letsGo(state)'),
    traps.deafFarewell,
    'S11',
  ],
  [
    'R23',
    'a voter supports whoever has other voters',
    cut('quorum/voter', ' && peer.last.configDigest === policy.configDigest'),
    traps.otherVoters,
    'S11',
  ],
  [
    'R23',
    'a minority goes on holding',
    edit('roles/holding', 'if (!keepsLease(step))', 'if (false)'),
    traps.lostMajority,
    'S15',
  ],
];

/**
 * Those that random faults show within a few seeds. The others need the situation made for them: a pause at the wrong
 * moment, the guard, refusals, links that fail for good, and whatever of the quorum needs two that claim at once.
 */
export const shownByChance: readonly string[] = [
  'has no hold-off',
  'knows no veto',
  'takes its own write for the truth',
  'never compares with the cloud while it holds',
  'fences the living',
  'writes without a lease',
  'a minority goes on holding',
];

export const mutants: readonly Mutant[] = rows.map(([rule, name, edits, traps, told]) => ({
  rule,
  name,
  edits: [edits].flat(),
  traps: [traps].flat(),
  told,
}));
