import type { History, Observed } from './history.ts';
import { Truth } from './truth.ts';

/**
 * What must never happen, looked for in a history. The rules are those of src/core/README.md, judged by what was done
 * to the machines and by what the cloud was asked, and by a node's own words only where the rule is about them.
 */
interface Violation {
  readonly at: number;
  readonly node: string;
  readonly what: string;
}

type Rule = (history: History, truth: Truth) => Violation[];
type Write = Extract<Observed, { kind: 'call' }>;

/** Instants are those of arrival, and a busy machine is late: a plan may seem so much closer to the last one. */
const arrivalMs = 300;
/** A line of the log may be read so much later than a request that was made after it. */
const readingMs = 500;
/** Beyond its dead interval a member may have gone unheard so long for reasons that nobody is to blame for. */
const patienceMs = 1_500;

/** The call limit: who has read so long ago that it holds may dissociate another (S3). */
const readingFreshMs = 5_000;
const planSpacingMs = 2_000;
const plansPerMinute = 10;
const minuteMs = 60_000;

/** One line for each violation; none is what a test wants to see. */
export function violations(history: History): string[] {
  const truth = new Truth(history);
  return Object.entries(RULES).flatMap(([name, rule]) =>
    rule(history, truth).map(({ at, node, what }) => `${name}: ${node} ${what} (at ${Math.round(at)} ms)`),
  );
}

const RULES: Readonly<Record<string, Rule>> = {
  'R21, distance': everyLife((writes, { setting }) => {
    const plans = plansOf(writes, setting.several);
    return plans.flatMap((plan, index) => {
      const gap = plan.at - (plans[index - 1]?.at ?? Number.NEGATIVE_INFINITY);
      return gap >= planSpacingMs - arrivalMs
        ? []
        : [blame(plan, `${plan.what} ${Math.round(gap)} ms after a plan`)];
    });
  }),

  'R21, budget': everyLife((writes, { setting }) => {
    const plans = plansOf(writes, setting.several);
    return plans.flatMap((plan, index) => {
      const tenth = plans[index - plansPerMinute];
      const early = tenth !== undefined && plan.at - tenth.at < minuteMs - arrivalMs;
      return early ? [blame(plan, `${plan.what}, the eleventh plan within a minute`)] : [];
    });
  }),

  'S4, reads between writes': everyLife((writes, { seen }) =>
    writes.slice(1).flatMap((write, index) => {
      const last = writes[index]!;
      const read = seen.some((one) => isReading(one, write.node) && one.at > last.at && one.at < write.at);
      return read ? [] : [blame(write, `${write.what} without a reading since ${last.what}`)];
    }),
  ),

  'S2, hold-off': everyLife((writes, _history, truth) =>
    writes.flatMap((write) => {
      const wokeAt = truth.wokeAt(write.node, write.at);
      const over = truth.holdOffOver(write.node, wokeAt);
      if (over <= write.at + readingMs) return [];
      return [blame(write, `${write.what} in hold-off, ${Math.round(write.at - wokeAt)} ms after it woke`)];
    }),
  ),

  'R30, hold-off ends early only when all are heard': everyLife((writes, { setting }, truth) =>
    writes.flatMap((write) => {
      const wokeAt = truth.wokeAt(write.node, write.at);
      if (write.at - wokeAt >= setting.deadMs) return [];
      const dumb = setting.nodes.find((name) => !truth.ranAt(name, write.at));
      return dumb ? [blame(write, `${write.what} ${Math.round(write.at - wokeAt)} ms after it woke`)] : [];
    }),
  ),

  "S1', takes from the living": everyLife((writes, { setting }, truth) =>
    writes
      .filter(({ what }) => isClaim(what))
      .flatMap((write) => {
        const since = write.at - setting.deadMs - patienceMs;
        const robbed = truth
          .holdersAt(write.at)
          .find((name) => name !== write.node && isBefore(setting, name, write.node));
        if (robbed === undefined || !truth.held(robbed, since, write.at)) return [];
        if (!truth.wasHeard(robbed, write.node, since, write.at) || truth.left(robbed, since, write.at))
          return [];
        return [blame(write, `${write.what} from ${robbed}, which lives and could be heard`)];
      }),
  ),

  'S3, dissociates another': everyLife((writes, { setting }, truth) =>
    writes
      .filter(({ what, node, subject }) => !isClaim(what) && subject !== null && subject !== node)
      .flatMap((write) => {
        const since = write.at - setting.deadMs;
        if (setting.several && !truth.heldWithin(write.node, write.at - readingFreshMs, write.at))
          return [blame(write, `${write.what} from ${write.subject} without holding`)];
        if (!truth.wasHeard(write.subject!, write.node, since - patienceMs, write.at)) return [];
        return [blame(write, `${write.what} from ${write.subject}, which lives and could be heard`)];
      }),
  ),

  'declares a living member dead': ({ seen, setting }, truth) =>
    seen.flatMap((one) => {
      if (one.kind !== 'said' || one.report?.kind !== 'peer') return [];
      const { peer, change } = one.report;
      if (change !== 'silent' && change !== 'refused') return [];
      const name = setting.nodes.find((node) => peer.startsWith(node));
      const since = one.at - setting.deadMs - patienceMs;
      if (name === undefined || !truth.wasHeard(name, one.node, since, one.at)) return [];
      return [blame(one, `says that ${peer} is ${change}, which lives and could be heard`)];
    }),

  'the end: the one active node holds': ({ seen, setting }, truth) => {
    const over = seen.findLast(({ kind }) => kind === 'over');
    if (over === undefined) return [];
    const active = setting.nodes.filter(
      (name) => truth.ranAt(name, over.at) && truth.roleAt(name, over.at) === 'active',
    );
    const holders = truth.holdersAt(over.at);
    if (active.length === 1 && holders.join() === active.join()) return [];
    return [{ at: over.at, node: holders.join() || 'nobody', what: `holds, active: ${active.join()}` }];
  },
};

/** Judges the writes of each life of each node. */
function everyLife(rule: (writes: readonly Write[], history: History, truth: Truth) => Violation[]): Rule {
  return (history, truth) =>
    history.setting.nodes.flatMap((node) =>
      truth.livesOf(node).flatMap(({ from, to }) => rule(writesOf(history, node, from, to), history, truth)),
    );
}

function writesOf({ seen }: History, node: string, from: number, to: number): Write[] {
  return seen.filter(
    (one): one is Write =>
      one.kind === 'call' && one.write && one.node === node && one.at >= from && one.at < to,
  );
}

/**
 * The first write of each plan: clear and attach are one, and so are an attach and the dissociation that follows it, of
 * the dead or of ourselves.
 */
function plansOf(writes: readonly Write[], several: boolean): Write[] {
  let follows = false;
  return writes.filter(({ what, at }, index) => {
    const last = writes[index - 1];
    const pair = several ? last && isClaim(last.what) && !isClaim(what) : last && !isClaim(last.what);
    follows = !follows && pair === true && at - last!.at < minuteMs;
    return !follows;
  });
}

function isReading(one: Observed, node: string): boolean {
  return one.kind === 'call' && one.node === node && !one.write && one.what !== 'queryAsyncJobResult';
}

function isClaim(what: string): boolean {
  return what === 'addIpToNic';
}

/** Without -P the machines rank in the order of their numbers. */
function isBefore({ nodes }: History['setting'], one: string, other: string): boolean {
  return nodes.indexOf(one) < nodes.indexOf(other);
}

function blame({ at, node }: { readonly at: number; readonly node: string }, what: string): Violation {
  return { at, node, what };
}
