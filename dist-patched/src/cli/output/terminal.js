import { Chalk } from 'chalk';
export function palette(colour) {
    const chalk = new Chalk({ level: colour ? 1 : 0 });
    return { bold: chalk.bold, dim: chalk.dim, good: chalk.green, warning: chalk.yellow, bad: chalk.red };
}
export function wantsColour(isTTY, env) {
    return isTTY && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}
/** Control characters, line ends among them, become visible escapes. */
export function oneLine(text) {
    return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
        const code = character.codePointAt(0) ?? 0;
        return character === '\n' ? '\\n' : `\\u${code.toString(16).padStart(4, '0')}`;
    });
}
/** Whether lines already written can be taken back. */
export function canRedraw(isTTY, env) {
    return isTTY && env.TERM !== 'dumb';
}
/** Where nothing can be redrawn, such as in a file, there is no foot. */
export function openScreen(write, redraws) {
    if (!redraws)
        return { line: (text) => write(`${text}\n`), foot: () => { }, close: () => { } };
    let foot = [];
    // Up to the first line of the foot, and clear from there.
    const taken = () => (foot.length === 0 ? '' : `\u001b[${foot.length}A\u001b[J`);
    const drawn = () => foot.map((line) => `${fitting(line)}\n`).join('');
    return {
        line: (text) => write(`${taken()}${text}\n${drawn()}`),
        foot(lines) {
            if (lines.join('\n') === foot.join('\n'))
                return;
            const before = taken();
            foot = lines;
            write(before + drawn());
        },
        close() {
            foot = [];
        },
    };
}
/** A line that wrapped would be two, and the next redraw one too short. */
function fitting(line) {
    // Some terminals have no width, or say 0.
    return line.slice(0, (process.stdout.columns || 80) - 1);
}
