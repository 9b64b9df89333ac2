/** For commands that run until somebody ends them: Ctrl-C, a service manager, a terminal that closes. */
export function nextStopSignal() {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    let resolve = () => { };
    const came = new Promise((settle) => {
        resolve = settle;
    });
    for (const signal of signals)
        process.on(signal, resolve);
    return {
        came,
        close: () => {
            for (const signal of signals)
                process.off(signal, resolve);
        },
    };
}
