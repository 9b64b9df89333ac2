import { frozen } from './frozen.ts';
import type { Mutant } from './mutants.ts';
import type { Edit } from './specimen.ts';
import type { Trap } from './traps.ts';

/** What a frozen schedule tells of a core: the rules that are violated. */
function replayed(seed: number): Trap {
  const { schedule } = frozen.find((one) => one.seed === seed)!;
  return ({ replaySchedule }) => replaySchedule(schedule).violations.map(({ rule }) => rule);
}

const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

const rows: readonly (readonly [seed: number, rule: string, name: string, edit: Edit, told: string])[] = [
  [
    105,
    'R21',
    'an address that was ours already opens a plan',
    edit('cloud/pace', 'state.damping.planOpen && ', ''),
    'S5',
  ],
  [
    1_003_727,
    'R19',
    'lets go although an earlier life of the holder may still release',
    edit(
      'cloud/fence',
      'if (holder.life.adopted && now.mono - holder.life.bornAt < operationLimit)',
      'if (false)',
    ),
    'S12',
  ],
  [
    1_009_430,
    'R23',
    'who has the lease yields all the same',
    edit('roles/rival', 'if (needsLease(policy) && hasLease(step))', 'if (false)'),
    'S12',
  ],
  [
    1_010_406,
    'R13',
    'writes again whatever stands against it',
    edit('roles/claiming', 'if (objection)\n        becomeBackup(step, objection);', ''),
    'S1',
  ],
];

/** The core without what such a seed showed to be missing; the schedule tells of it. */
export const mutantsOfSeeds: readonly Mutant[] = rows.map(([seed, rule, name, change, told]) => ({
  rule,
  name,
  edits: [change],
  traps: [replayed(seed)],
  told,
}));
