export interface StopSignal {
  /** Resolves with the first signal that asks to stop. */
  readonly came: Promise<NodeJS.Signals>;
  /** Leaves signals to Node again. */
  close(): void;
}

/** For commands that run until somebody ends them: Ctrl-C, a service manager, a terminal that closes. */
export function nextStopSignal(): StopSignal {
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  let resolve: (signal: NodeJS.Signals) => void = () => {};
  const came = new Promise<NodeJS.Signals>((settle) => {
    resolve = settle;
  });
  for (const signal of signals) process.on(signal, resolve);
  return {
    came,
    close: () => {
      for (const signal of signals) process.off(signal, resolve);
    },
  };
}
