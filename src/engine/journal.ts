import {
  type Condition,
  type DropReason,
  type IpAddress,
  narrate,
  type Report,
  type Resource,
  type ResourceKey,
  type RoleName,
} from '../core/index.ts';
import type { Observe } from '../ports/observation.ts';
import { lengthMax } from '../wire/layout.ts';
import type { DecodeFailure } from '../wire/wire.ts';

export type Severity = 'info' | 'notice' | 'warning' | 'error';

/** One line of the log: what happened to which resource. */
export interface Entry {
  readonly severity: Severity;
  /** The shared resource concerned, or null for the process. */
  readonly resource: Resource | null;
  readonly sentence: string;
  readonly report?: Report;
}

/** What an operator should do about a condition. */
export type Advise = (condition: Condition) => string;

export interface Transition {
  readonly mono: number;
  readonly from: RoleName;
  readonly to: RoleName;
  readonly why: string;
}

type Dropped = DropReason | DecodeFailure | 'other-address';

/** Remembers what happened, tells it on, and counts what was dropped. */
export interface Journal {
  /** Subscribes it to what a node tells: reports and drops. */
  readonly observe: Observe;
  report(resource: Resource, report: Report, mono: number): void;
  /** A datagram was dropped: counted always, said once a minute at most for each reason. */
  dropped(reason: string, from: IpAddress, mono: number): void;
  say(severity: Severity, sentence: string): void;
  lastTransition(key: ResourceKey): Transition | null;
  readonly counters: Readonly<Record<string, number>>;
}

const repeatAfter = 60_000;
/** Networks duplicate and reorder. */
const harmless: ReadonlySet<string> = new Set<Dropped>(['early', 'replayed', 'delayed']);

/** @param advise - what to do about a condition, in words that name options; '' where nothing more can be said */
export function createJournal(write: (entry: Entry) => void, advise: Advise = () => ''): Journal {
  const transitions = new Map<ResourceKey, Transition>();
  const counters: Record<string, number> = {};
  const said = new Map<string, { at: number; count: number }>();

  function sayDropped(reason: string, from: IpAddress, mono: number): void {
    const last = said.get(reason);
    if (last && mono - last.at < repeatAfter) {
      last.count += 1;
      return;
    }
    const more = last && last.count > 0 ? ` (and ${last.count} more since)` : '';
    said.set(reason, { at: mono, count: 0 });
    write({
      severity: harmless.has(reason) ? 'info' : 'warning',
      resource: null,
      sentence: `dropped a datagram from ${from}: ${dropSentence[reason] ?? reason}${more}`,
    });
  }

  function report(resource: Resource, told: Report, mono: number): void {
    if (told.kind === 'role') {
      transitions.set(resource.key, { mono, from: told.from, to: told.to, why: told.why });
    }
    write({ severity: severityOf(told), resource, sentence: sentenceOf(told, advise), report: told });
  }

  function dropped(reason: string, from: IpAddress, mono: number): void {
    counters[reason] = (counters[reason] ?? 0) + 1;
    sayDropped(reason, from, mono);
  }

  return {
    counters,
    report,
    dropped,
    observe(observation) {
      const { kind } = observation;
      if (kind === 'report') report(observation.resource, observation.report, observation.mono);
      else if (kind === 'drop') dropped(observation.reason, observation.from, observation.mono);
    },
    say: (severity, sentence) => write({ severity, resource: null, sentence }),
    lastTransition: (key) => transitions.get(key) ?? null,
  };
}

const dropSentence: Readonly<Record<string, string | undefined>> = {
  early: 'the members of the group are not known yet',
  stranger: 'it is no member of the group (see -p and -G)',
  reflected: 'it is our own, sent back',
  impostor: 'it carries our own node id',
  replayed: 'it is not newer than the last one accepted',
  delayed: 'it was on its way for longer than a dead interval',
  downgraded: 'it has the form of exoip, and its sender runs ha-ip',
  'too-long': `it is longer than ${lengthMax} bytes`,
  'other-address': 'it is for a shared address that this node does not serve',
} satisfies Partial<Record<Dropped, string>>;

function sentenceOf(report: Report, advise: Advise): string {
  const advice = report.kind === 'condition' && report.change === 'began' ? advise(report) : '';
  return advice === '' ? narrate(report) : `${narrate(report)}; ${advice}`;
}

function severityOf(report: Report): Severity {
  switch (report.kind) {
    case 'role':
    case 'takeover':
      return 'notice';
    case 'write':
      return 'warning';
    case 'condition':
      return report.change === 'began' ? 'warning' : 'notice';
    case 'peer':
      return report.change === 'silent' || report.change === 'refused' ? 'warning' : 'info';
    case 'notice':
      return 'info';
  }
}
