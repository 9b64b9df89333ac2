import { Chalk } from 'chalk';

/**
 * The only file that knows terminals and colours. Output rules: results go to stdout and messages to stderr, in lower
 * case, without exclamation marks or full stops; an error is one line, `ha-ip: what went wrong`, and then perhaps a
 * line that says what to run. Colour only where a person reads it: on a terminal, not with NO_COLOR (whatever its
 * value, unless empty: no-color.org) nor with TERM=dumb, and never as the only carrier of a meaning. Text from
 * outside is escaped, so that it cannot move the cursor or pose as another line.
 */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly bad: (text: string) => string;
}

export function palette(colour: boolean): Palette {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return { bold: chalk.bold, dim: chalk.dim, good: chalk.green, warning: chalk.yellow, bad: chalk.red };
}

export function wantsColour(isTTY: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTTY && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

/** Control characters, line ends among them, become visible escapes. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return character === '\n' ? '\\n' : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Where a story is told line by line while a few lines below it say how things stand. */
export interface Screen {
  line(text: string): void;
  /** Replaces the lines at the foot. */
  foot(lines: readonly string[]): void;
  /** Leaves the last foot where it is. */
  close(): void;
}

/** Whether lines already written can be taken back. */
export function canRedraw(isTTY: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTTY && env.TERM !== 'dumb';
}

/** Where nothing can be redrawn, such as in a file, there is no foot. */
export function openScreen(write: (text: string) => void, redraws: boolean): Screen {
  if (!redraws) return { line: (text) => write(`${text}\n`), foot: () => {}, close: () => {} };
  let foot: readonly string[] = [];
  // Up to the first line of the foot, and clear from there.
  const taken = () => (foot.length === 0 ? '' : `\u001b[${foot.length}A\u001b[J`);
  const drawn = () => foot.map((line) => `${fitting(line)}\n`).join('');
  return {
    line: (text) => write(`${taken()}${text}\n${drawn()}`),
    foot(lines) {
      if (lines.join('\n') === foot.join('\n')) return;
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
function fitting(line: string): string {
  // Some terminals have no width, or say 0.
  return line.slice(0, (process.stdout.columns || 80) - 1);
}
