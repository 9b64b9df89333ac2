import { createRepeats } from "./repeats.js";
import { openStream } from "./stream.js";
import { openSyslog } from "./syslog.js";
/** Makes the log of this process. The wall-clock time of each line is taken here and nowhere else. */
export function createLog(options) {
    const sink = openSink(options);
    const emit = (severity, sentence, fields = {}) => sink.write(record(options.format, severity, sentence, fields));
    const repeats = createRepeats(options.repeats ?? { limit: 10, withinMs: 60_000 }, emit);
    return {
        write(severity, sentence, fields) {
            if (severity === 'debug' && !options.verbose)
                return;
            if (repeats.admits(severity, sentence))
                emit(severity, sentence, fields);
        },
        close() {
            repeats.close();
            return sink.close();
        },
    };
}
function openSink(options) {
    const stderr = openStream(process.stderr);
    if (options.target === 'stderr')
        return stderr;
    if (options.target === 'stdout')
        return openStream(process.stdout, stderr);
    return openSyslog({
        tag: options.tag ?? 'ha-ip',
        command: options.logger ?? ['logger'],
        socket: options.socket,
        fallback: stderr,
        note: (severity, sentence) => record(options.format, severity, sentence, {}),
    });
}
function record(format, severity, sentence, fields) {
    const time = new Date().toISOString();
    if (format === 'json') {
        const body = escaped(jsonLine(time, severity, sentence, fields));
        return { severity, body, line: body };
    }
    const body = escaped(shortened(sentence));
    return { severity, body, line: `${time}  ${body}` };
}
/** A field that cannot be told (a circular value, say) costs the fields, not the line. */
function jsonLine(time, severity, sentence, fields) {
    const head = { time, severity, message: shortened(sentence) };
    try {
        const line = JSON.stringify({ ...head, ...fields, ...head });
        if (line.length <= LINE_MAX)
            return line;
    }
    catch {
        // told without its fields, below
    }
    return JSON.stringify({ ...head, fields: 'left out: too long or not data' });
}
/** A datagram to syslog holds 8 KiB on every system we know; `logger` splits at the size that syslog.ts gives it. */
const LINE_MAX = 7_000;
const SENTENCE_MAX = 2_000;
function shortened(sentence) {
    const text = String(sentence);
    return text.length > SENTENCE_MAX ? `${text.slice(0, SENTENCE_MAX)}…` : text;
}
/** Controls (C0, DEL, C1), line ends and directions of Unicode: they would forge lines or steer terminals. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/gu;
function escaped(text) {
    return text.replace(UNSAFE, (character) => {
        const code = character.charCodeAt(0);
        return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
    });
}
function hex(code, digits) {
    return code.toString(16).padStart(digits, '0');
}
