import type { Node } from '../engine/node.ts';

/** What the signals of a running watchdog reach. */
export interface Signalled {
  readonly node: Node;
  readonly say: (severity: 'notice' | 'warning', sentence: string) => void;
  /** Reads the settings again and returns what came of it. */
  readonly reload: () => string;
}

export interface Signals {
  /** Aborted by the first signal to stop. */
  readonly stopped: AbortSignal;
  /** The same as a first SIGTERM, or with `again` as a second one: somebody asks over the control socket. */
  stop(who: string, again: boolean): void;
  /** From now on signals concern this node. A stop that came before is passed on. */
  attach(target: Signalled): void;
  close(): void;
}

/**
 * SIGTERM and SIGINT: leave by `--on-stop`; the second one leaves at once. SIGUSR1 and SIGUSR2: priority -1 and +1.
 * SIGHUP: reload. Until there is a node, a signal to stop ends the start.
 */
export function listenToSignals(): Signals {
  const stopped = new AbortController();
  let target: Signalled | null = null;

  const stop = (signal: string, again = stopped.signal.aborted) => {
    stopped.abort();
    target?.say(
      'notice',
      again ? `${signal} again: leaving at once` : `${signal}: leaving; a second signal leaves at once`,
    );
    target?.node.command({ kind: again ? 'leave' : 'drain' });
  };
  const handlers: [NodeJS.Signals, (signal: NodeJS.Signals) => void][] = [
    // Node gives a second argument, the signal's number.
    ['SIGTERM', (signal) => stop(signal)],
    ['SIGINT', (signal) => stop(signal)],
    ['SIGUSR1', () => target?.node.command({ kind: 'priority', shift: -1 })],
    ['SIGUSR2', () => target?.node.command({ kind: 'priority', shift: 1 })],
    ['SIGHUP', () => target?.say('notice', target.reload())],
  ];
  for (const [signal, handle] of handlers) process.on(signal, handle);

  return {
    stopped: stopped.signal,
    stop,
    attach(attached) {
      target = attached;
      if (stopped.signal.aborted) attached.node.command({ kind: 'drain' });
    },
    close() {
      for (const [signal, handle] of handlers) process.off(signal, handle);
    },
  };
}
