import { listenAddress } from "./parse.js";
/** The values of --check-tcp and --check-exec. */
/** Where something should listen; unlike an address to listen on, it must name its host. */
export const tcpCheck = (text) => {
    const parsed = listenAddress(text);
    const host = parsed.ok ? parsed.value.host : undefined;
    return parsed.ok && host !== undefined
        ? { ok: true, value: { kind: 'tcp', host, port: parsed.value.port } }
        : { ok: false, expected: 'HOST:PORT or [IPv6]:PORT' };
};
/**
 * Words as they are: blanks part them, quotes of either kind group, and nothing else means anything. No shell sees
 * them, so there are no variables, wildcards or pipes; a program by its full path, so that no PATH decides which.
 */
export const execCheck = (text) => {
    const words = split(text);
    if (words === null)
        return mistake('a command whose quotes are closed');
    const [program = ''] = words;
    // `env` starts it, to which a word with = is a variable.
    if (!/^\/[^=]*[^=/]$/.test(program))
        return mistake('a command that begins with the absolute path of a program');
    if (words.some((word) => word.includes('\0')))
        return mistake('a command without NUL');
    return { ok: true, value: { kind: 'exec', words } };
};
function mistake(expected) {
    return { ok: false, expected };
}
/** null: a quote is not closed. */
function split(text) {
    const words = [];
    for (const [word] of text.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*"|['"])+/g)) {
        const bare = word.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double);
        if (isOpen(word))
            return null;
        words.push(bare);
    }
    return words;
}
/** What remains when all closed quotes are gone. */
function isOpen(word) {
    return /['"]/.test(word.replace(/'[^']*'|"[^"]*"/g, ''));
}
