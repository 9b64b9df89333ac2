/** Virtual time and one source of chance: a world is decided by its seed. */
export interface World {
  /** Milliseconds since the beginning. */
  readonly now: number;
  readonly random: Random;
  /** Calls back at an instant not before now; what is due at the same instant happens in the order of the asking. */
  at(time: number, happen: () => void): Cancel;
  after(delay: number, happen: () => void): Cancel;
  /** One that is set again and again: as if each setting were asked for anew and the one before cancelled. */
  alarm(happen: () => void): Alarm;
  /** Lets everything happen up to and including that instant. */
  runUntil(time: number): void;
  readonly steps: number;
}

export type Cancel = () => void;

export interface Alarm {
  /** null: not at all. */
  set(time: number | null): void;
}

/** A number in [0, 1). */
export type Random = () => number;

interface Due {
  time: number;
  order: number;
  /** Its place in the heap; -1: none. */
  place: number;
  readonly happen: () => void;
}

export function createWorld(seed: number): World {
  const queue: Due[] = [];
  const random = mulberry32(seed);
  let now = 0;
  let order = 0;
  let steps = 0;

  function enqueue(due: Due, time: number): void {
    if (due.place >= 0) remove(queue, due);
    order += 1;
    due.order = order;
    due.time = Math.max(time, now);
    add(queue, due);
  }

  function at(time: number, happen: () => void): Cancel {
    const due = { time, order, place: -1, happen };
    enqueue(due, time);
    return () => remove(queue, due);
  }

  function alarm(happen: () => void): Alarm {
    const due = { time: now, order, place: -1, happen };
    return {
      set: (time) => {
        if (time === null) remove(queue, due);
        else enqueue(due, time);
      },
    };
  }

  function runUntil(time: number): void {
    for (let due = queue[0]; due !== undefined && due.time <= time; due = queue[0]) {
      remove(queue, due);
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
    alarm,
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

/** A binary heap whose members know their places: what is cancelled leaves it at once, and it stays small. */
function add(heap: Due[], due: Due): void {
  heap.push(due);
  rise(heap, due, heap.length - 1);
}

function remove(heap: Due[], due: Due): void {
  const { place } = due;
  if (place < 0) return;
  due.place = -1;
  const last = heap.pop()!;
  if (last === due) return;
  if (isBefore(last, due)) rise(heap, last, place);
  else sink(heap, last, place);
}

function rise(heap: Due[], due: Due, from: number): void {
  let i = from;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!isBefore(due, heap[parent]!)) break;
    put(heap, heap[parent]!, i);
    i = parent;
  }
  put(heap, due, i);
}

function sink(heap: Due[], due: Due, from: number): void {
  let i = from;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
    if (!isBefore(heap[child]!, due)) break;
    put(heap, heap[child]!, i);
    i = child;
  }
  put(heap, due, i);
}

function put(heap: Due[], due: Due, place: number): void {
  heap[place] = due;
  due.place = place;
}
