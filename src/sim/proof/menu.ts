import {
  type Answer,
  type Blow,
  type Group,
  isWrite,
  kindRound,
  linkBit,
  type Outstanding,
  type Round,
  type Seat,
  seatName,
} from './rounds.ts';

/** A round with what it costs an adversary who has a limit: one for each thing that goes wrong anew. */
export interface Dish {
  readonly round: Round;
  readonly cost: number;
}

type Priced<T> = readonly [T, number];

/**
 * Everything that may happen in one round: each directed link loses all or nothing; one machine is struck at most; each
 * call is answered well, badly or not yet; each straggler lands, waits or vanishes. What was lost stays lost for free.
 */
export function menu(group: Group, limit: number): Dish[] {
  const dishes: Dish[] = [];
  const kind = kindRound(group);
  const answers = product(group.seats.map(({ call, pausedAt }) => answersTo(call, pausedAt !== null, group)));
  const landings = product(kind.landings.map(() => fates));
  const blows = blowsTo(group.seats);
  const links = lossesOf(group);
  for (const [lost, a] of links)
    for (const [blow, b] of blows)
      for (const [said, c] of answers)
        for (const [fate, d] of landings) {
          const cost = a + b + c + d;
          if (cost <= limit) dishes.push({ round: { lost, blow, answers: said, landings: fate }, cost });
        }
  return dishes;
}

const fates: readonly Priced<Round['landings'][number]>[] = [
  ['lands', 0],
  ['waits', 0],
  ['vanishes', 0],
];

/** Every choice of one from each. */
function product<T>(choices: readonly (readonly Priced<T>[])[]): Priced<readonly T[]>[] {
  return choices.reduce<Priced<readonly T[]>[]>(
    (sofar, next) =>
      sofar.flatMap(([list, sum]) => next.map(([one, cost]) => [[...list, one], sum + cost] as const)),
    [[[], 0]],
  );
}

function lossesOf({ seats, lost }: Group): Priced<number>[] {
  const links = seats.flatMap((_, from) =>
    seats.flatMap((_, to) => (from === to ? [] : [linkBit(seats.length, from, to)])),
  );
  const choices = links.map((link): Priced<number>[] => [
    [0, 0],
    [link, (lost & link) === 0 ? 1 : 0],
  ]);
  return product(choices).map(([bits, cost]) => [bits.reduce((a, b) => a | b, 0), cost]);
}

function blowsTo(seats: readonly Seat[]): Priced<Round['blow']>[] {
  const struck = seats.flatMap((seat, i) =>
    blowsFor(seat).map(([what, cost]): Priced<Round['blow']> => [{ seat: i, what }, cost]),
  );
  return [[null, 0], ...struck];
}

function blowsFor({ state, pausedAt, queue }: Seat): Priced<Blow>[] {
  if (!state) return [['start', 0]];
  const end: Priced<Blow>[] = [['crash', 1]];
  if (pausedAt === null) return [...end, ['restart', 1], ['pause', 1]];
  return queue.length === 0 ? [...end, ['resume', 0]] : [...end, ['resume', 0], ['resume, read first', 0]];
}

/** A reading ends within 10 s and a write within 40 s, of which 3 rounds are explored. */
function answersTo(out: Outstanding | null, paused: boolean, { holders }: Group): Priced<Answer | null>[] {
  if (out === null) return [[null, 0]];
  if (paused) return [['none', 0]];
  const answers: Priced<Answer>[] = [
    ['ok', 0],
    ['failed', 1],
  ];
  if (isWrite(out.call)) answers.push(['lied', 1], ['late', 1]);
  else if (out.call.kind === 'read' && out.holders.join() !== holders.join()) answers.push(['stale', 1]);
  if (out.rounds < 2) answers.push(['none', 1]);
  return answers;
}

/** A round in words, without what goes well. */
export function tell(round: Round, group: Group): string {
  const words: string[] = [];
  const names = group.seats.map((_, i) => seatName(group.seats, i));
  for (const [from, sender] of names.entries())
    for (const [to, name] of names.entries())
      if (round.lost & linkBit(names.length, from, to)) words.push(`${sender}>${name} lost`);
  if (round.blow) words.push(`${names[round.blow.seat]}: ${round.blow.what}`);
  for (const [i, answer] of round.answers.entries()) {
    const { call } = group.seats[i]!;
    if (answer && call) words.push(`${names[i]} ${call.call.kind}: ${answer}`);
  }
  for (const [i, fate] of round.landings.entries())
    words.push(`late ${group.stragglers[i]!.kind} ${group.stragglers[i]!.instance} ${fate}`);
  return words.join(', ') || 'nothing happens';
}
