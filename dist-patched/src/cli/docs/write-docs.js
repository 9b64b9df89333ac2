import { readFileSync, writeFileSync } from 'node:fs';
import { version } from "../../adapters/version.js";
import { COMMANDS } from "../commands.js";
import { manualPage, withOptionTable } from "./manual.js";
/** `npm run docs`: writes the manual page and the README's table of options anew, in the current folder. */
const readme = readFileSync('README.md', 'utf8');
writeFileSync('README.md', withOptionTable(readme, COMMANDS));
writeFileSync('man/ha-ip.8', manualPage(COMMANDS, version()));
