/** Begins to measure; the answer may be asked for again and again. */
export function stopwatch() {
    const since = performance.now();
    const before = process.cpuUsage();
    return () => {
        const { user, system } = process.cpuUsage(before);
        return { wallMs: performance.now() - since, cpuMs: (user + system) / 1000 };
    };
}
