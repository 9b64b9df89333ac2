import { duration, longDuration, type Parsed, type Parser } from '../../config/parse.ts';
import type { Deed, Fault, MachineDeed, Who } from '../../sim/planning/faults.ts';

/** What may be typed after `--fault`; `random` stands for faults that the seed chooses. */
export type PlannedFault =
  | Fault
  | { readonly random: true; readonly at: number; readonly for: number | null };

/** For help and manual. */
export const FAULTS: readonly (readonly [form: string, meaning: string])[] = [
  ['kill lb1 at 30s', 'its process is gone (SIGKILL); for 5s: and starts again'],
  ['stop lb1 at 30s', 'SIGTERM, by --on-stop; for 20s: and starts again'],
  ['restart lb1 at 30s', 'SIGTERM, and starts again as soon as it has ended'],
  ['start lb1 at 50s', 'after a kill or a stop'],
  ['pause lb2 at 10s for 60s', 'it stands still (SIGSTOP, a frozen VM)'],
  ['isolate lb1 at 1min for 30s', 'off the network, and off the API'],
  ['unhealthy lb1 at 30s for 1min', 'its health check fails'],
  ['cut lb1>lb2 at 60s for 20s', 'heartbeats from lb1 to lb2 are lost; lb1<>lb2: both ways'],
  ['loss 10% at 0s for 5min', 'of all heartbeats'],
  ['delay 50ms-200ms', 'one way; from the beginning, for good'],
  ['api down for lb1 at 30s for 1min', 'its calls are not answered; without "for lb1": of all'],
  ['api slow 3s at 30s', 'each call takes 3s'],
  ['api fail 30% at 30s', 'three calls of ten fail'],
  ['random', 'faults by chance (--seed); at 1min for 1h: in that time'],
];

export const FAULT_NOTES =
  'Instead of lb1: "holder" (who has the address then) or "all". "at" is when, counted from the ' +
  'start, and "for" is for how long; without "for" a fault stays. Several faults in one text are ' +
  'separated by commas.';

/** One fault. What is wrong is told with its place in the text. */
export const fault: Parser<PlannedFault> = (text) => {
  try {
    return { ok: true, value: new Reader(text).read() };
  } catch (error) {
    if (error instanceof Mistake) return { ok: false, expected: error.message };
    throw error;
  }
};

class Mistake extends Error {}

const machineWords: readonly MachineDeed[] = [
  'kill',
  'stop',
  'restart',
  'start',
  'pause',
  'isolate',
  'unhealthy',
];
const verbs = [...machineWords, 'cut', 'loss', 'delay', 'api', 'random'];
const longest = 7 * 86_400_000;
const time = longDuration(0, longest);
const delay = duration(0, 60_000);
const aMachine = 'a machine (lb1, lb2, …, holder, all)';

class Reader {
  readonly #text: string;
  readonly #words: readonly { readonly word: string; readonly at: number }[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#words = [...text.matchAll(/\S+/g)].map((found) => ({
      word: found[0].toLowerCase(),
      at: found.index,
    }));
  }

  read(): PlannedFault {
    const verb = this.#take(`one of ${verbs.join(', ')}`, (word) => verbs.find((known) => known === word));
    if (verb === 'random') return { random: true, ...this.#when(0) };
    const deed = this.#deed(verb);
    const always = ['loss', 'delay', 'api'].includes(verb);
    return { deed, ...this.#when(always ? 0 : null) };
  }

  #deed(verb: string): Deed {
    const kind = machineWords.find((known) => known === verb);
    if (kind !== undefined) return { kind, who: this.#take(aMachine, who) };
    if (verb === 'cut') return this.#take('two machines, such as lb1>lb2 or lb1<>lb2', cut);
    if (verb === 'loss') return { kind: 'loss', share: this.#take('a share, such as 10%', share) };
    if (verb === 'delay')
      return { kind: 'delay', ...this.#take('a time or two, such as 50ms or 50ms-200ms', range) };
    return this.#api();
  }

  #api(): Deed {
    const how = this.#take('down, slow or fail', (word) =>
      (['down', 'slow', 'fail'] as const).find((known) => known === word),
    );
    switch (how) {
      case 'down':
        return { kind: 'api down', who: this.#forWhom() };
      case 'slow': {
        // The simulator knows no deadline of a call that is merely slow.
        const ms = this.#take('a time up to 5s, such as 3s', parsed(duration(0, 5_000)));
        return { kind: 'api slow', ms, who: this.#forWhom() };
      }
      case 'fail':
        return {
          kind: 'api fail',
          share: this.#take('a share, such as 30%', share),
          who: this.#forWhom(),
        };
    }
  }

  /** `for lb1`, unless it is `for 20s`. */
  #forWhom(): Who {
    const [word, name] = [this.#words[this.#next]?.word, this.#words[this.#next + 1]?.word];
    if (word !== 'for' || name === undefined || !/^[a-z]/.test(name)) return 'all';
    this.#next += 1;
    return this.#take(aMachine, who);
  }

  /** `at` and `for` in either order, each once. `usual`: the time without `at`; null: it must be said. */
  #when(usual: number | null): { readonly at: number; readonly for: number | null } {
    const said: { at?: number; for?: number } = {};
    while (this.#next < this.#words.length) {
      const left = (['at', 'for'] as const).filter((word) => said[word] === undefined);
      const wanted = left.length === 0 ? 'nothing more' : `${left.join(' or ')} and a time`;
      const word = this.#take(wanted, (given) => left.find((known) => known === given));
      said[word] = this.#take('a time, such as 30s, 5min or 2h', parsed(time));
    }
    const at = said.at ?? usual;
    if (at === null) throw this.#mistake('at and a time');
    return { at, for: said.for ?? null };
  }

  #take<T>(wanted: string, read: (word: string) => T | undefined): T {
    const value = this.#next < this.#words.length ? read(this.#words[this.#next]!.word) : undefined;
    if (value === undefined) throw this.#mistake(wanted);
    this.#next += 1;
    return value;
  }

  #mistake(wanted: string): Mistake {
    const place = this.#words[this.#next];
    if (place !== undefined) return new Mistake(`${wanted} at character ${place.at + 1} ("${place.word}")`);
    return new Mistake(`${wanted} at the end, character ${this.#text.length + 1}`);
  }
}

function who(word: string): Who | undefined {
  if (word === 'holder' || word === 'all') return word;
  const [, digits] = /^lb([1-9]\d?)$/.exec(word) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

function cut(word: string): (Deed & { kind: 'cut' }) | undefined {
  const [, a = '', arrow, b = ''] = /^([a-z0-9]+)(<>|>)([a-z0-9]+)$/.exec(word) ?? [];
  const [from, to] = [who(a), who(b)];
  if (typeof from !== 'number' || typeof to !== 'number' || from === to) return undefined;
  return { kind: 'cut', from, to, both: arrow === '<>' };
}

function share(word: string): number | undefined {
  const [, digits] = /^(\d{1,3}(?:\.\d+)?)%$/.exec(word) ?? [];
  return digits === undefined || Number(digits) > 100 ? undefined : Number(digits) / 100;
}

function range(word: string): { readonly min: number; readonly max: number } | undefined {
  const [first = '', second = first, ...more] = word.split('-');
  const [min, max] = [parsed(delay)(first), parsed(delay)(second)];
  return min === undefined || max === undefined || min > max || more.length > 0 ? undefined : { min, max };
}

function parsed<T>(parse: (text: string) => Parsed<T>): (word: string) => T | undefined {
  return (word) => {
    const read = parse(word);
    return read.ok ? read.value : undefined;
  };
}

/** The machines that a planned fault names by number. */
export function machinesOf(planned: PlannedFault): number[] {
  if (!('deed' in planned)) return [];
  const { deed } = planned;
  if (deed.kind === 'cut') return [deed.from, deed.to];
  return 'who' in deed && typeof deed.who === 'number' ? [deed.who] : [];
}
