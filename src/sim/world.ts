/** Virtual time and one source of chance: a world is decided by its seed. */
export interface World {
  /** Milliseconds since the beginning. */
  readonly now: number;
  readonly random: Random;
  /** Calls back at an instant not before now; what is due at the same instant happens in the order of the asking. */
  at(time: number, happen: () => void): Cancel;
  after(delay: number, happen: () => void): Cancel;
  /** Lets everything happen up to and including that instant. */
  runUntil(time: number): void;
  readonly steps: number;
}

export type Cancel = () => void;

/** A number in [0, 1). */
export type Random = () => number;

interface Due {
  readonly time: number;
  readonly order: number;
  happen: (() => void) | null;
}

export function createWorld(seed: number): World {
  const queue: Due[] = [];
  const random = mulberry32(seed);
  let now = 0;
  let order = 0;
  let steps = 0;

  function at(time: number, happen: () => void): Cancel {
    order += 1;
    const due: Due = { time: Math.max(time, now), order, happen };
    push(queue, due);
    return () => {
      due.happen = null;
    };
  }

  function runUntil(time: number): void {
    for (let due = queue[0]; due !== undefined && due.time <= time; due = queue[0]) {
      pop(queue);
      if (due.happen === null) continue;
      now = due.time;
      steps += 1;
      due.happen();
    }
    now = time;
  }

  return {
    get now() {
      return now;
    },
    get steps() {
      return steps;
    },
    random,
    at,
    after: (delay, happen) => at(now + delay, happen),
    runUntil,
  };
}

/** mulberry32 by Tommy Ettinger (public domain): small, fast, good enough to choose faults. */
function mulberry32(seed: number): Random {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function isBefore(a: Due, b: Due): boolean {
  return a.time !== b.time ? a.time < b.time : a.order < b.order;
}

/** A binary heap: the world of one run enqueues millions of things. */
function push(heap: Due[], due: Due): void {
  let i = heap.push(due) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!isBefore(due, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = due;
}

function pop(heap: Due[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
    if (!isBefore(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
}
