import { defaults, isolatedPatienceMs } from '../core/index.ts';
import { optional, single } from './option.ts';
import * as parse from './parse.ts';

/** How soon things happen. What each costs is told in core/defaults.ts. */
export const TIMING = {
  interval: single(parse.duration(50, 15_000), {
    short: 't',
    argument: 'S',
    variables: ['IF_ADVERTISEMENT_INTERVAL'],
    fallback: defaults.intervalMs,
    summary: 'time between heartbeats, 0.05s to 15s: 1, 0.2, 200ms',
    group: 'timing',
    show: parse.showDuration,
  }),
  'dead-ratio': single(parse.wholeNumber(2, Number.MAX_SAFE_INTEGER), {
    short: 'r',
    argument: 'N',
    variables: ['IF_DEAD_RATIO'],
    fallback: defaults.deadRatio,
    summary: 'intervals of silence after which a machine is dead, at least 2',
    group: 'timing',
  }),
  'preempt-delay': single(parse.duration(0, 3_600_000), {
    argument: 'DURATION',
    fallback: defaults.preemptDelayMs,
    summary: 'how long a better machine must have been the best before it takes over from a living holder',
    group: 'timing',
    show: parse.showDuration,
  }),
  'handover-timeout': single(parse.duration(0, 600_000), {
    argument: 'DURATION',
    fallback: defaults.handoverTimeoutMs,
    summary: 'how long a leaving holder waits for its successor to be verified',
    group: 'timing',
    show: parse.showDuration,
  }),
  'restart-bound': single(parse.duration(0, 600_000), {
    argument: 'DURATION',
    fallback: defaults.restartBoundMs,
    summary: 'with --on-stop keep: how long the others wait for this machine to be back',
    group: 'timing',
    show: parse.showDuration,
  }),
  'crash-grace': single(parse.duration(0, 60_000), {
    argument: 'DURATION',
    fallback: defaults.crashGraceMs,
    summary: 'how long the others wait after a crash, for a service manager that restarts at once',
    group: 'timing',
    show: parse.showDuration,
  }),
  'isolated-takeover-after': optional(parse.durationOrNever(0, 86_400_000), {
    argument: 'DURATION|never',
    fallbackText: `${parse.showDuration(isolatedPatienceMs)} where the cloud allows one holder, else never`,
    summary: 'with three machines or more: when one that hears no other may take over all the same',
    group: 'timing',
    show: (ms) => (ms === null ? 'never' : parse.showDuration(ms)),
  }),
  'never-heard-takeover-after': single(parse.duration(0, 86_400_000), {
    argument: 'DURATION',
    fallback: defaults.neverHeardTakeoverAfterMs,
    summary: 'how long to wait for a holder that runs but was never heard',
    group: 'timing',
    show: parse.showDuration,
  }),
} as const;
