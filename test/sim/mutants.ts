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
    edit('absorb', 'return Math.max(grown, early) > deadInterval(policy)', 'return false'),
    traps.uncounted,
    'unnoticed',
  ],
  [
    'R5',
    'writes again without a reading',
    [
      cut('converge', 'state.unreadSince = Number.POSITIVE_INFINITY;'),
      cut('absorb', 'state.unreadSince = now.mono;'),
      edit('policy', 'viewFreshness = 2_000', 'viewFreshness = 60_000'),
    ],
    traps.lostClears,
    'S4',
  ],
  [
    'R7',
    'has no hold-off',
    edit('decide', 'now.mono >= state.holdOff.until', 'true'),
    traps.unheardStart,
    'S2',
  ],
  ['R8', 'knows no veto', edit('election', 'return witness;', 'continue;'), traps.deafBackup, 'S1'],
  [
    'R10',
    'preempts a holder that does not hear it',
    [
      cut('decide', ' || !isTwoWay(policy, now.mono, holder)'),
      cut('decide', ' && isTwoWay(policy, now.mono, holder)'),
    ],
    traps.deafHolder,
    'restless',
  ],
  ['R10', 'has no order among equals', edit('rank', 'a.node < b.node', 'false'), traps.equals, 'unsettled'],
  [
    'R12',
    'takes its own write for the truth',
    edit(
      'decide',
      'const ours = reading?.holders.includes(policy.self.instance) ?? false;',
      'const ours = claim.settledAt !== null || (reading?.holders.includes(policy.self.instance) ?? false);',
    ),
    traps.lostWrites,
    'S7',
  ],
  [
    'R13',
    'never gives a takeover up',
    edit('decide', 'now.mono - claim.tryingSince >= limit', 'false'),
    traps.lostWrites,
    'vacant',
  ],
  [
    'R14',
    'never compares with the cloud while it holds',
    edit('plan', 'return ((now.mono >= state.nextReadAt ? glance : null)', 'return (null'),
    traps.quietHour,
    'S7',
  ],
  [
    'R15',
    'goes on holding when the cloud says otherwise',
    edit('decide', 'if (evicted && mayJudgeTaker', 'if (false && mayJudgeTaker'),
    traps.reunitedMoves,
    'unsettled',
  ],
  [
    'R15',
    'takes back at once what was taken from it',
    edit('decide', 'until: now.mono + pause', 'until: now.mono'),
    traps.parted,
    'restless',
  ],
  [
    'R16',
    'two holders that hear each other go on',
    edit('decide', 'if (rival)', 'if (false)'),
    traps.reunitedAdds,
    'unsettled',
  ],
  [
    'R19',
    'lets go although its own fence may still land',
    cut('plan', ' || now.mono < state.fenceUnresolvedUntil'),
    traps.lateFence,
    'empty',
  ],
  [
    'R20',
    'fences without looking first',
    edit('plan', 'if (recent && confirmed)', 'if (true)'),
    traps.fencedDead,
    'S3',
  ],
  ['R20', 'fences the living', cut('plan', " || peer.liveness === 'alive'"), traps.fencedAlive, 'S3'],
  [
    'R20',
    'fences although its own release may still land',
    edit('plan', 'now.mono < state.releaseUnresolvedUntil', 'false'),
    traps.lateRelease,
    'empty',
  ],
  [
    'R21',
    'writes as often as it likes',
    edit(
      'plan',
      'return lately.length < plansPerMinute && (last === undefined || now.mono - last >= planSpacing)',
      'return true',
    ),
    traps.lostWrites,
    'S5',
  ],
  [
    'R22',
    'takes over although it hears nobody',
    edit('election', 'return patience === null || isolatedFor(policy, state) < patience', 'return false'),
    traps.cutOff,
    'restless',
  ],
  [
    'Γ',
    'has no guard',
    edit('policy', 'return Math.max(policy.intervalMs / 4, 20)', 'return 0'),
    traps.twoLost,
    'mistaken',
  ],
  [
    'R29',
    'believes refusals without silence',
    edit('peers', 'Math.max(2.5 * burst(policy), grace)', 'grace'),
    traps.rejectedProbes,
    "S1'",
  ],
  [
    'R29',
    'knows no crash grace',
    edit('peers', 'Math.max(2.5 * burst(policy), grace)', '2.5 * burst(policy)'),
    traps.crashGrace,
    'moved',
  ],
  [
    'R30',
    'ends its hold-off when all are heard, though none hears it',
    cut('decide', ' && peer.echoedAt !== null && peer.echoedAt >= holdOff.since'),
    traps.unheardStart,
    'S2',
  ],
  [
    'R31',
    'does not say that it would not claim',
    edit('announce', 'when(inability(step) !== null, masks.unable)', '0'),
    traps.deafBest,
    'vacant',
  ],
  [
    'R23',
    'writes without a lease',
    cut('plan', '(letsGo || hasLease(policy, state)) && '),
    traps.lostVoters,
    'S13',
  ],
  [
    'R23',
    'a voter supports whoever asks last',
    edit('quorum', '(kept(step) ?? chosen(step))', 'chosen(step)'),
    traps.twoClaims,
    'S11',
  ],
  [
    'R23',
    'a voter keeps a promise for half of its time',
    edit(
      'quorum',
      'return peer.heardAt + promisedFor(policy, peer)',
      'return peer.heardAt + promisedFor(policy, peer) / 2',
    ),
    traps.lostWitness,
    'S11',
  ],
  [
    'R23',
    'a voter frees itself upon refusals',
    edit(
      'quorum',
      'if (!isClaiming(peer))\n        return null;',
      "if (!isClaiming(peer) || peer.liveness === 'refused')\n        return null;",
    ),
    traps.rejectingHolder,
    'S11',
  ],
  [
    'R23',
    'a voter has no hold-off',
    cut('quorum', " && state.role !== 'hold-off'"),
    traps.forgetfulVoter,
    'S11',
  ],
  [
    'R23',
    'a lease counts from when the support was heard',
    edit('peers', 'after ? echoed : peer.supportedAt', 'after ? state.clock.mono : peer.supportedAt'),
    traps.slowPromise,
    'S11',
  ],
  [
    'R23',
    'a lease is as long as the promise',
    edit('quorum', 'const clockMargin = 0.95', 'const clockMargin = 1'),
    traps.driftingClocks,
    'S11',
  ],
  [
    'R23',
    'support of before the takeover bears a lease',
    [cut('peers', ' && echo.sequence > state.lease.after'), edit('roles', '{ supportedAt: null }', '{}')],
    traps.claimAgain,
    'S11',
  ],
  ['R23', 'a released lease goes on', cut('quorum', ' && !state.lease.released'), traps.released, 'S11'],
  ['R23', 'a lease outlives the farewell', cut('quorum', ' && !letsGo(state)'), traps.deafFarewell, 'S11'],
  [
    'R23',
    'a voter supports whoever has other voters',
    cut('quorum', ' && peer.last.configDigest === policy.configDigest'),
    traps.otherVoters,
    'S11',
  ],
  [
    'R23',
    'a minority goes on holding',
    edit('decide', 'if (!keepsLease(step))', 'if (false)'),
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
