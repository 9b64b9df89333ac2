import { named } from '../config/option.ts';
import type { Options } from '../config/options.ts';
import { type Command, command, type Joining } from './command.ts';
import { ADDRESS_OPTIONS, HANDOVER_OPTIONS, MOVE_OPTIONS } from './commands/address-options.ts';
import { CLOUD_OPTIONS } from './commands/cloud-options.ts';
import { json } from './commands/json-option.ts';
import { OPTIONS } from './options.ts';
import { FAULT_NOTES, FAULTS } from './planning/faults.ts';
import { PLAN_OPTIONS, SIMULATE_OPTIONS } from './planning/options.ts';
import { planUses } from './planning/uses.ts';

/** What it takes to speak to the cloud. */
const cloudAccess = [
  'provider',
  'endpoint',
  'metadata',
  'instance',
  'listen',
  'credentials',
  'config',
  'verbose',
] as const;

/**
 * Every command, in the order of the help. A new one is a row made by `command`: its name, summary, settings and own
 * options, and how to import it. Help and manual follow (`npm run docs`).
 */
const ROWS: readonly Joining[] = [
  command({
    name: 'watch',
    mode: 'W',
    summary: 'hold the shared address on the best live machine of the group, until told to stop',
    needs: ['address', 'members'],
    load: async () => (await import('../watchdog/session.ts')).watch,
    check: async () => (await import('./commands/check.ts')).check,
  }),
  command({
    name: 'associate',
    mode: 'A',
    summary: 'associate the shared address with this machine, verify, exit',
    needs: ['address'],
    load: async () => (await import('./commands/associate.ts')).associate,
    check: async () => (await import('./commands/check.ts')).check,
  }),
  command({
    name: 'dissociate',
    mode: 'D',
    summary: 'dissociate the shared address from this machine, verify, exit',
    needs: ['address'],
    load: async () => (await import('./commands/associate.ts')).dissociate,
    check: async () => (await import('./commands/check.ts')).check,
  }),
  command({
    name: 'status',
    summary: 'show what the watchdogs of this host see: role, holder, peers, the last transition and why',
    uses: ['address', 'config', 'runtime-dir', 'verbose'],
    own: named({ json }),
    load: async () => (await import('./commands/status.ts')).status,
  }),
  command({
    name: 'stop',
    summary: 'stop the watchdogs of this host by --on-stop, and wait until they have ended',
    uses: ['address', 'handover-timeout', 'config', 'runtime-dir', 'verbose'],
    load: async () => (await import('./commands/stop.ts')).stop,
  }),
  command({
    name: 'handover',
    summary:
      'have the watchdogs of this host hand their addresses over and stand aside, until told or ' +
      'for a time; waits until another holds',
    uses: ['address', 'handover-timeout', 'config', 'runtime-dir', 'verbose'],
    own: HANDOVER_OPTIONS,
    load: async () => (await import('./commands/handover.ts')).handover,
  }),
  command({
    name: 'peers',
    summary: 'show the members of the group as the cloud gives them, this machine marked',
    uses: [...cloudAccess, 'group'],
    own: named({ json }),
    load: async () => (await import('./commands/peers.ts')).peers,
  }),
  command({
    name: 'move',
    summary:
      'associate the shared address with any machine, verify, and print before and after (a blue-green switch)',
    uses: [...cloudAccess, 'address', 'group', 'yes'],
    needs: ['address'],
    own: MOVE_OPTIONS,
    load: async () => (await import('./commands/move.ts')).move,
  }),
  command({
    name: 'address',
    summary: "the account's shared addresses: list, show IP, reserve, release IP",
    operands: [{ name: 'ACTION' }, { name: 'IP', optional: true }],
    uses: [...cloudAccess, 'yes'],
    own: ADDRESS_OPTIONS,
    load: async () => (await import('./commands/address.ts')).address,
  }),
  command({
    name: 'anchor',
    summary: 'print what this host must have configured so that it answers at the shared address',
    uses: [...cloudAccess, 'address'],
    needs: ['address'],
    load: async () => (await import('./commands/anchor.ts')).anchor,
  }),
  command({
    name: 'cloud',
    summary: 'serve a simulated cloud on loopback until stopped, and print what to start watchdogs with',
    uses: ['address', 'group', 'verbose'],
    own: CLOUD_OPTIONS,
    load: async () => (await import('./commands/cloud.ts')).cloud,
  }),
  command({
    name: 'demo',
    summary:
      'show a simulated cloud and three watchdogs on loopback, whose holder is killed, leaves ' +
      'and freezes; it ends by itself',
    uses: ['provider', 'interval', 'verbose'],
    own: named({ json }),
    load: async () => (await import('./demo/demo.ts')).demo,
  }),
  command({
    name: 'plan',
    summary:
      'print how long a failover takes with these settings, by formula and as the simulator ' +
      'measures it; needs no cloud',
    uses: planUses,
    strict: true,
    own: PLAN_OPTIONS,
    load: async () => (await import('./planning/plan.ts')).plan,
  }),
  command({
    name: 'simulate',
    summary: 'run these settings in the simulator, with faults, and print what happens; needs no cloud',
    uses: planUses,
    strict: true,
    own: SIMULATE_OPTIONS,
    notes: { heading: 'faults', rows: FAULTS, text: FAULT_NOTES },
    load: async () => (await import('./planning/simulate.ts')).simulate,
  }),
];

export function commandsWith(options: Options): readonly Command[] {
  return ROWS.map((join) => join(options));
}

export const COMMANDS = commandsWith(OPTIONS);
