const everyMs = 250;
export function createProgress(screen, now) {
    let at = now();
    let shown = false;
    return {
        show(line) {
            if (!screen.isTTY || now() - at < everyMs)
                return;
            at = now();
            shown = true;
            screen.write(`\r\x1b[K${line()}`);
        },
        clear() {
            if (shown)
                screen.write('\r\x1b[K');
            shown = false;
        },
    };
}
