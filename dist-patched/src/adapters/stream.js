/** What may wait in this process for a reader that does not read. */
const PENDING_BYTES_MAX = 1 << 20;
/**
 * Lines to standard output or standard error. On Linux, Node writes to pipes without blocking and keeps the rest in
 * memory: bounded here. A reader that went away (EPIPE) ends this sink for good; its lines go to `instead`.
 */
export function openStream(stream, instead) {
    let broken = false;
    let lost = 0;
    stream.on('error', (error) => {
        if (broken)
            return;
        broken = true;
        const text = `standard output is closed (${error.message}): logging to standard error`;
        instead?.write({ severity: 'warning', body: text, line: `${new Date().toISOString()}  ${text}` });
    });
    function put(record) {
        if (stream.writableLength > PENDING_BYTES_MAX) {
            lost += 1;
            return;
        }
        if (lost > 0)
            stream.write(`${lost} lines were lost here: nobody read them\n`);
        lost = 0;
        stream.write(`${record.line}\n`);
    }
    return {
        write(record) {
            if (broken)
                instead?.write(record);
            else
                put(record);
        },
        close: () => (broken ? Promise.resolve() : flushed(stream)),
    };
}
function flushed(stream) {
    return new Promise((resolve) => {
        const bound = setTimeout(resolve, 1_000);
        stream.write('', () => {
            clearTimeout(bound);
            resolve();
        });
    });
}
