import type { Context } from '../context.ts';
import { canRedraw } from '../output/terminal.ts';

const patienceMs = 1_000;
const spacingMs = 100;

/** One line on stderr while long work goes on, on a terminal, after a second. It takes itself away. */
export function progressLine(
  { stderr, isTTY, env }: Pick<Context, 'stderr' | 'isTTY' | 'env'>,
  now: () => number = () => performance.now(),
): { show(text: string): void; clear(): void } {
  const begin = now();
  let shownAt = Number.NEGATIVE_INFINITY;
  const quiet = !canRedraw(isTTY, env);
  return {
    show(text) {
      const at = now();
      if (quiet || at - begin < patienceMs || at - shownAt < spacingMs) return;
      shownAt = at;
      stderr(`\r\u001b[K${text}`);
    },
    clear() {
      if (shownAt !== Number.NEGATIVE_INFINITY) stderr('\r\u001b[K');
    },
  };
}
