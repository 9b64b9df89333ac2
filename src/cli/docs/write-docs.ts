import { writeFileSync } from 'node:fs';
import { version } from '../../adapters/version.ts';
import { COMMANDS } from '../commands.ts';
import { manualPage } from './manual.ts';

/** `npm run docs`: writes the manual page anew, in the current folder. */
writeFileSync('man/ha-ip.8', manualPage(COMMANDS, version()));
