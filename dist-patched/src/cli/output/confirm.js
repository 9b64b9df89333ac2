import { createInterface } from 'node:readline/promises';
import { Failure } from "../../watchdog/failure.js";
/**
 * Asks at a terminal before something is done that hurts if it was not meant; elsewhere, and for any other answer than
 * yes, nothing is done. A caller that was given `--yes` does not come here.
 */
export async function confirm(context, fact, deed) {
    const atTerminal = context.isTTY && process.stdin.isTTY === true;
    if (atTerminal && (await ask(`${fact}: ${deed}? [y/N] `)))
        return;
    throw new Failure(`${fact}: nothing was changed`, { hint: `add --yes to ${deed} all the same` });
}
async function ask(question) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
        return /^y(es)?$/i.test((await terminal.question(question)).trim());
    }
    catch {
        return false; // Ctrl-C and Ctrl-D are no
    }
    finally {
        terminal.close();
    }
}
