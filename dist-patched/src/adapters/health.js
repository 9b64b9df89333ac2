import { checkName } from "../ports/check.js";
import { createProbe } from "./probes.js";
/**
 * Looks at every check again and again, each on its own, so that a slow one delays no other, and none of them the
 * heartbeats. The node is healthy while all checks are up: told once when every check has answered, or one has
 * failed, and then whenever it changes.
 */
export function createHealth({ settings, addresses, say, probeOf }) {
    const environment = environmentFor(addresses);
    const probe = probeOf ?? ((check) => createProbe(check, environment));
    const all = settings.checks.map((check) => ({
        name: checkName(check),
        probe: probe(check),
        standing: { up: null, last: null, inARow: 0 },
    }));
    const over = new AbortController();
    let told = null;
    async function look(one, emit) {
        const began = performance.now();
        const seen = await lookOnce(one.probe, settings.timeoutMs, over.signal);
        if (over.signal.aborted)
            return;
        const before = one.standing;
        one.standing = weigh(before, seen, settings);
        if (one.standing.up !== before.up)
            say(...sentence(one, before));
        tellIfChanged(emit);
        const rest = Math.max(0, began + settings.intervalMs - performance.now());
        one.timer = setTimeout(() => void look(one, emit), rest);
    }
    function tellIfChanged(emit) {
        const ok = verdict(all.map(({ standing }) => standing.up));
        if (ok === null || ok === told)
            return;
        told = ok;
        emit({ kind: 'health', ok });
    }
    return {
        start(emit) {
            for (const one of all)
                void look(one, emit);
        },
        stop() {
            over.abort();
            for (const { timer } of all)
                clearTimeout(timer);
        },
        checks: () => all.map(({ name, standing: { up, last, inARow } }) => ({
            check: name,
            up,
            seen: last?.words ?? null,
            inARow,
        })),
    };
}
/** Every check once, all at the same time. */
export function examine({ checks, timeoutMs }, addresses) {
    const environment = environmentFor(addresses);
    const looks = checks.map(async (check) => ({
        name: checkName(check),
        seen: await lookOnce(createProbe(check, environment), timeoutMs),
    }));
    return Promise.all(looks);
}
/** Nothing of our own environment, which may hold credentials. */
function environmentFor(addresses) {
    return {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        LANG: 'C',
        HA_IP_ADDRESS: addresses.join(','),
    };
}
/** One look, and no longer than it may take, whatever becomes of the probe. `over` ends it without an answer. */
export function lookOnce(probe, timeoutMs, over) {
    const limit = new AbortController();
    const end = () => limit.abort();
    over?.addEventListener('abort', end, { once: true });
    return new Promise((resolve) => {
        const late = () => {
            resolve({ ok: false, words: `no answer within ${timeoutMs / 1_000} s` });
            limit.abort();
        };
        // When this process was held up, the answer may have come: sockets and children are looked at before it counts.
        const timer = setTimeout(() => setImmediate(late), timeoutMs);
        limit.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
        probe(limit.signal)
            .catch((error) => ({ ok: false, words: error.code ?? error.message }))
            .then(resolve)
            .finally(() => clearTimeout(timer));
    }).finally(() => over?.removeEventListener('abort', end));
}
/** The first result decides at once; then it takes `fall` bad or `rise` good ones in a row to change the verdict. */
export function weigh({ up, last, inARow }, seen, { rise, fall }) {
    const row = last?.ok === seen.ok ? inARow + 1 : 1;
    const enough = up === null || row >= (seen.ok ? rise : fall);
    return { up: enough ? seen.ok : up, last: seen, inARow: row };
}
/** null: not known yet. One that failed is enough to know. */
export function verdict(ups) {
    if (ups.includes(false))
        return false;
    return ups.includes(null) ? null : true;
}
function sentence({ name, standing }, before) {
    const { up, last, inARow } = standing;
    const times = inARow > 1 ? `, ${inARow} times in a row` : '';
    if (!up)
        return ['warning', `check ${name} fails: ${last.words}${times}`];
    return ['notice', `check ${name} is good${before.up === null ? '' : ' again'}: ${last.words}${times}`];
}
