import type { Report } from '../../src/core/index.ts';
import type { Group } from '../loopback/group.ts';
import type { Watchdog } from '../loopback/watchdog.ts';
import type { LinkChange } from './network.ts';

/** What all members have in common. */
export interface Setting {
  readonly nodes: readonly string[];
  readonly intervalMs: number;
  /** D: silence after which a member is dead. */
  readonly deadMs: number;
  /** Whether the cloud allows several holders. */
  readonly several: boolean;
}

/** One thing that was seen from outside. Instants are milliseconds of the one clock of the test's process. */
export type Observed = { readonly at: number } & (
  | { readonly kind: 'started' | 'ended'; readonly node: string }
  | { readonly kind: 'signal'; readonly node: string; readonly signal: string }
  /** A line of its log. */
  | { readonly kind: 'said'; readonly node: string; readonly message: string; readonly report?: Report }
  /** A request that the cloud received; `subject`: the machine that a write concerns. */
  | {
      readonly kind: 'call';
      readonly node: string;
      readonly what: string;
      readonly write: boolean;
      readonly subject: string | null;
    }
  | { readonly kind: 'holders'; readonly holders: readonly string[] }
  | { readonly kind: 'link'; readonly from: string; readonly to: string; readonly sound: boolean }
  /** The scenario is over: from here on nothing would happen any more. */
  | { readonly kind: 'over' }
);

export interface History {
  readonly setting: Setting;
  /** In the order of their instants. */
  readonly seen: readonly Observed[];
}

/** Everything that was seen of a group of one shared address, up to now. */
export function historyOf(group: Group, links: readonly LinkChange[], setting: Setting): History {
  const { cloud } = group.served;
  const seen: Observed[] = [
    { at: 0, kind: 'holders', holders: cloud.holders(group.address, 0).map((id) => group.nameOf(id)) },
    ...group.watchdogs.flatMap(lifeOf),
    ...cloud.calls.map(({ at, who, what, write, subject }): Observed => {
      const machine = subject === null ? null : group.nameOf(subject);
      return { at, kind: 'call', node: who, what, write, subject: machine };
    }),
    ...cloud.changes.map(({ at, holders }): Observed => {
      return { at, kind: 'holders', holders: holders.map((id) => group.nameOf(id)) };
    }),
    ...links.map((link): Observed => ({ kind: 'link', ...link })),
    { at: performance.now(), kind: 'over' },
  ];
  return { setting, seen: seen.sort((a, b) => a.at - b.at) };
}

function lifeOf({ name, spawnedAt, endedAt, signals, said }: Watchdog): Observed[] {
  return [
    { at: spawnedAt, kind: 'started', node: name },
    ...signals.map(({ at, signal }): Observed => ({ at, kind: 'signal', node: name, signal })),
    ...said.map(({ at, message, event }): Observed => {
      return { at, kind: 'said', node: name, message, ...(event && { report: event }) };
    }),
    ...(endedAt === null ? [] : [{ at: endedAt, kind: 'ended', node: name } as const]),
  ];
}

/** One JSON object per line, the setting first. */
export function asLines({ setting, seen }: History): string {
  return [setting, ...seen].map((one) => JSON.stringify(one)).join('\n');
}
