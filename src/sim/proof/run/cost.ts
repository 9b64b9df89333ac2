/** What something took: by the clock on the wall, and of the processors. */
export interface Cost {
  readonly wallMs: number;
  /** Of all threads; unlike the other it depends little on what else the machine does. */
  readonly cpuMs: number;
}

/** Begins to measure; the answer may be asked for again and again. */
export function stopwatch(): () => Cost {
  const since = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { wallMs: performance.now() - since, cpuMs: (user + system) / 1000 };
  };
}
