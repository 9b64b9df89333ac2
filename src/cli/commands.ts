import { flag, named } from '../config/option.ts';
import { type Command, command } from './command.ts';

/**
 * Every command, in the order of the help. A new one is a row made by `command`: its name, summary, settings and own
 * options, and how to import it. Help, manual and README follow (`npm run docs`).
 */
export const COMMANDS: readonly Command[] = [
  command({
    name: 'status',
    summary: 'show what the watchdogs of this host see: role, holder, peers, the last transition and why',
    uses: ['address', 'config', 'runtime-dir', 'verbose'],
    own: named({
      json: flag({ summary: 'print an array of objects, one per address', group: 'files and output' }),
    }),
    load: async () => (await import('./status.ts')).status,
  }),
  command({
    name: 'stop',
    summary: 'stop the watchdogs of this host by --on-stop, and wait until they have ended',
    uses: ['address', 'handover-timeout', 'config', 'runtime-dir', 'verbose'],
    load: async () => (await import('./stop.ts')).stop,
  }),
];
