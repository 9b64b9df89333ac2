import { type Call, isWrite, type Outcome } from '../core/index.ts';

/** Performs the calls of one address: at most one at a time, in order. */
export interface Performer {
  /** Exactly one settlement follows, unless the call is aborted before. */
  start(ticket: number, call: Call, settle: Settle): void;
  /** The result is of no more use. A write goes on to its end and is settled, and the next call waits for it. */
  abort(ticket: number): void;
}

/** `tookMs`: since the call began; the wait for a write before it does not count. */
export type Settle = (ticket: number, outcome: Outcome, tookMs: number) => void;

export interface LaneParts {
  /** Begins a call, which answers once and not before this has returned. Never throws. */
  readonly begin: (call: Call, answer: (outcome: Outcome) => void) => End;
  /** Milliseconds of any monotonic clock. */
  readonly now: () => number;
  /** Calls back once after so many milliseconds; the returned function prevents it. */
  readonly after: (ms: number, expired: () => void) => () => void;
}

/** Ends a call early. `out of time` wants its answer soon, whatever is known by then; `no longer wanted` wants none. */
export type End = (why: 'out of time' | 'no longer wanted') => void;

/** Longest times of whole calls: a reading, a list of several pages, a write with its asynchronous operation. */
const limits: Record<Call['kind'], number> = {
  read: 10_000,
  describe: 10_000,
  members: 20_000,
  associate: 40_000,
  dissociate: 40_000,
};

/** A call that has begun. */
interface Running {
  readonly ticket: number;
  readonly write: boolean;
  readonly end: End;
  /** Its time limit counts no more. */
  readonly forget: () => void;
}

/** A call whose turn has not come. */
interface Waiting {
  readonly ticket: number;
  readonly run: () => void;
}

/**
 * One call at a time, whoever performs it: the clouds in real time, the simulated one in virtual time. Of two calls at
 * once one could overtake the other, and a reading that was asked before a write would be believed after it.
 */
export function createLane({ begin, now, after }: LaneParts): Performer {
  let running: Running | null = null;
  let waiting: Waiting | null = null;

  function start(ticket: number, call: Call, settle: Settle): void {
    if (running) waiting = { ticket, run: () => run(ticket, call, settle) };
    else run(ticket, call, settle);
  }

  function run(ticket: number, call: Call, settle: Settle): void {
    const since = now();
    const end = begin(call, (outcome) => {
      if (running === self) finish(self, () => settle(ticket, outcome, now() - since));
    });
    const forget = after(limits[call.kind], () => end('out of time'));
    const self: Running = { ticket, write: isWrite(call.kind), end, forget };
    running = self;
  }

  /** Frees the lane before anybody is told: who is told may start the next call at once. */
  function finish({ forget }: Running, tell: () => void): void {
    forget();
    running = null;
    tell();
    if (running === null) next();
  }

  /** A call that was waiting for a write to end. */
  function next(): void {
    const call = waiting;
    waiting = null;
    call?.run();
  }

  function abort(ticket: number): void {
    if (waiting?.ticket === ticket) waiting = null;
    const call = running;
    if (call?.ticket === ticket && !call.write) finish(call, () => call.end('no longer wanted'));
  }

  return { start, abort };
}
