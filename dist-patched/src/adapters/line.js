/** The longest line that either end of a control socket takes. */
const LINE_BYTES_MAX = 1 << 20;
/** The first line of a stream, or null if it ends, fails or grows beyond the limit before. The rest is discarded. */
export function readLine(stream, bytesMax = 4_096) {
    return new Promise((resolve) => {
        let seen = Buffer.alloc(0);
        const done = (line) => {
            stream.off('data', take);
            stream.resume();
            resolve(line);
        };
        const take = (chunk) => {
            seen = Buffer.concat([seen, chunk]);
            const end = seen.indexOf(0x0a);
            if (end >= 0 && end <= bytesMax)
                done(seen.subarray(0, end).toString('utf8'));
            else if (seen.length > bytesMax)
                done(null);
        };
        stream.on('data', take);
        stream.once('end', () => done(null));
        stream.once('close', () => done(null));
    });
}
/** Every line of a stream until it ends; a stream that says too much is cut off. */
export async function readLines(stream) {
    let text = '';
    stream.setEncoding('utf8');
    for await (const chunk of stream) {
        text += chunk;
        if (text.length > LINE_BYTES_MAX)
            break;
    }
    return text.split('\n').filter((line) => line !== '');
}
