/** No stranger can make us remember more kinds of messages than this; the rest share one. */
const KINDS_MAX = 256;
/**
 * Keeps a repeated message from filling the log: of one kind, `limit` lines pass within `withinMs`; at the end of that
 * time one line says how many more there were. Two messages are of one kind if they differ in numbers and addresses
 * only, so that a flood from many forged addresses is one kind.
 */
export function createRepeats({ limit, withinMs }, say) {
    const kinds = new Map();
    function settle(key) {
        const kind = kinds.get(key);
        if (kind === undefined)
            return;
        kinds.delete(key);
        clearTimeout(kind.timer);
        const more = kind.count - limit;
        if (more > 0)
            say(kind.severity, `${more} more like this were left out: ${kind.last}`);
    }
    function kindOf(severity, sentence) {
        const exact = `${severity} ${withoutNumbers(sentence)}`;
        const key = kinds.has(exact) || kinds.size < KINDS_MAX ? exact : 'others';
        const known = kinds.get(key);
        if (known !== undefined)
            return known;
        const timer = setTimeout(() => settle(key), withinMs).unref();
        const fresh = { count: 0, last: sentence, severity, timer };
        kinds.set(key, fresh);
        return fresh;
    }
    return {
        admits(severity, sentence) {
            const kind = kindOf(severity, sentence);
            kind.count += 1;
            kind.last = sentence;
            return kind.count <= limit;
        },
        close() {
            for (const key of [...kinds.keys()])
                settle(key);
        },
    };
}
/** Numbers, hexadecimal ids, IPv4 and IPv6 addresses: every word of their letters that holds a digit or a colon. */
function withoutNumbers(sentence) {
    return sentence.slice(0, 300).replace(/[0-9a-fA-F.:-]*[0-9:][0-9a-fA-F.:-]*/g, '#');
}
