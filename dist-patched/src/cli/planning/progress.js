import { canRedraw } from "../output/terminal.js";
const patienceMs = 1_000;
const spacingMs = 100;
/** One line on stderr while long work goes on, on a terminal, after a second. It takes itself away. */
export function progressLine({ stderr, isTTY, env }, now = () => performance.now()) {
    const begin = now();
    let shownAt = Number.NEGATIVE_INFINITY;
    const quiet = !canRedraw(isTTY, env);
    return {
        show(text) {
            const at = now();
            if (quiet || at - begin < patienceMs || at - shownAt < spacingMs)
                return;
            shownAt = at;
            stderr(`\r\u001b[K${text}`);
        },
        clear() {
            if (shownAt !== Number.NEGATIVE_INFINITY)
                stderr('\r\u001b[K');
        },
    };
}
