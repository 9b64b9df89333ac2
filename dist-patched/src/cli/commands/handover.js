import { controlledAddresses } from "../../adapters/control.js";
import { askControl, ControlError } from "../../adapters/control-client.js";
import { spoken } from "../../config/duration.js";
import { Failure } from "../../watchdog/failure.js";
import { oneLine } from "../output/terminal.js";
import { noneRuns } from "./status.js";
/** What a watchdog may take beyond its hand-over. */
const MARGIN_MS = 10_000;
/**
 * `ha-ip handover`: the watchdogs of this host hand their addresses over and stand aside, until told (`--end`) or for
 * a time; waits until another holds. With `json` an array of `HandoverAnswer`, each with its address, or with `error`.
 * Exit code: 0 done, 1 nobody took over or it was refused, 4 none runs.
 */
export async function handover({ addresses, runtimeDir, handoverTimeoutMs }, context, own) {
    const request = requestOf(own);
    const named = addresses.length > 0;
    const all = named ? addresses : controlledAddresses(runtimeDir);
    const timeoutMs = handoverTimeoutMs + MARGIN_MS;
    const answers = await Promise.all(all.map((address) => ask(runtimeDir, address, request, timeoutMs)));
    // A socket that a killed watchdog left is no watchdog, unless somebody asked for this very one.
    const told = answers.filter((one) => named || !isAbsent(one));
    if (told.length === 0 && !named)
        context.stderr(noneRuns(runtimeDir));
    if (own.json)
        context.stdout(`${JSON.stringify(told.map(plain), null, 2)}\n`);
    for (const one of told)
        tell(one, context, own.json);
    return exitCode(told);
}
function requestOf({ to, for: forMs, end }) {
    if (end && (to !== undefined || forMs !== undefined))
        throw new Failure('--end: expected alone, got it with --to or --for', { exitCode: 2 });
    return { to: to ?? null, forMs: forMs ?? null, end };
}
async function ask(dir, address, ask, timeoutMs) {
    try {
        const [answer] = await askControl({ dir, address, request: 'handover', with: { ...ask }, timeoutMs });
        return { address, ...answer };
    }
    catch (error) {
        if (error instanceof ControlError)
            return { address, error };
        throw error;
    }
}
function isAbsent(one) {
    return 'error' in one && one.error.kind === 'not running';
}
function exitCode(told) {
    if (told.some((one) => ('error' in one ? !isAbsent(one) : one.outcome === 'failed')))
        return 1;
    return told.length === 0 || told.some(isAbsent) ? 4 : 0;
}
function plain(one) {
    return 'error' in one ? { address: one.address, error: one.error.message } : one;
}
function tell(one, { stdout, stderr }, json) {
    if ('error' in one)
        return stderr(`${oneLine(one.error.message)}\n`);
    const sentence = `${oneLine(`${one.address}: ${narrated(one)}`)}\n`;
    if (one.outcome === 'failed')
        stderr(sentence);
    else if (!json)
        stdout(sentence);
    if (one.hint !== null)
        stderr(`${oneLine(one.hint)}\n`);
}
function narrated(answer) {
    const { outcome, holder, tookMs, why } = answer;
    const took = spoken(tookMs);
    const holds = holder === null ? 'nobody is heard that holds the address' : `${holder} holds the address`;
    switch (outcome) {
        case 'handed over':
            return `handed over to ${holder} in ${took}; standing aside ${howLong(answer)}`;
        case 'stands aside':
            return `standing aside ${howLong(answer)}; ${holds}`;
        case 'failed':
            return `nobody took over in ${took}, so this node takes part again: ${why.join('; ') || 'it has no peers'}`;
        default:
            return `${outcome}; ${holds}`;
    }
}
function howLong({ until }) {
    return until === null ? 'until told: ha-ip handover --end' : `until ${until}`;
}
