/** Where a line can be written over and over: stderr, if it is a terminal. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  /** Writes the line anew, a few times a second at most. */
  show(line: () => string): void;
  /** Takes it away, so that something else can be said. */
  clear(): void;
}

const everyMs = 250;

export function createProgress(screen: Screen, now: () => number): Progress {
  let at = now();
  let shown = false;
  return {
    show(line) {
      if (!screen.isTTY || now() - at < everyMs) return;
      at = now();
      shown = true;
      screen.write(`\r\x1b[K${line()}`);
    },
    clear() {
      if (shown) screen.write('\r\x1b[K');
      shown = false;
    },
  };
}
