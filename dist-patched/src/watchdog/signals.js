/**
 * SIGTERM and SIGINT: leave by `--on-stop`; the second one leaves at once. SIGUSR1 and SIGUSR2: priority -1 and +1.
 * SIGHUP: reload. Until there is a node, a signal to stop ends the start.
 */
export function listenToSignals() {
    const stopped = new AbortController();
    let target = null;
    const stop = (signal, again = stopped.signal.aborted) => {
        stopped.abort();
        target?.say('notice', again ? `${signal} again: leaving at once` : `${signal}: leaving; a second signal leaves at once`);
        target?.node.command({ kind: again ? 'leave' : 'drain' });
    };
    const handlers = [
        // Node gives a second argument, the signal's number.
        ['SIGTERM', (signal) => stop(signal)],
        ['SIGINT', (signal) => stop(signal)],
        ['SIGUSR1', () => target?.node.command({ kind: 'priority', shift: -1 })],
        ['SIGUSR2', () => target?.node.command({ kind: 'priority', shift: 1 })],
        ['SIGHUP', () => target?.say('notice', target.reload())],
    ];
    for (const [signal, handle] of handlers)
        process.on(signal, handle);
    return {
        stopped: stopped.signal,
        stop,
        attach(attached) {
            target = attached;
            if (stopped.signal.aborted)
                attached.node.command({ kind: 'drain' });
        },
        close() {
            for (const [signal, handle] of handlers)
                process.off(signal, handle);
        },
    };
}
