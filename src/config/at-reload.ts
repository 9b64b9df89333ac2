import type { Config } from './config.ts';
import type { OptionName } from './options.ts';

/**
 * What SIGHUP does to a setting: a live one is in force at once, the others stay as they were until a restart. A new
 * field of `Config` does not compile until that is decided here. What a running process has told others or has open
 * cannot change: who votes is a promise, a socket is bound, a log is begun, a cloud is signed in to.
 */
export const atReload: Readonly<Record<keyof Config, 'live' | 'restart'>> = {
  addresses: 'restart',
  priority: 'live',
  listen: 'restart',
  instance: 'restart',
  peers: 'restart',
  group: 'restart',
  quorum: 'restart',
  voters: 'restart',
  witness: 'restart',
  deadRatio: 'live',
  intervalMs: 'live',
  provider: 'restart',
  credentials: 'restart',
  endpoint: 'restart',
  metadata: 'restart',
  network: 'restart',
  preempt: 'live',
  preemptDelayMs: 'live',
  onStop: 'live',
  handoverTimeoutMs: 'live',
  restartBoundMs: 'live',
  crashGraceMs: 'live',
  foreign: 'live',
  isolatedTakeoverAfterMs: 'live',
  neverHeardTakeoverAfterMs: 'live',
  candidate: 'live',
  health: 'live',
  stdout: 'restart',
  verbose: 'restart',
  logFormat: 'restart',
  runtimeDir: 'restart',
  yes: 'live',
};

/**
 * The options that a field is made from, the plainest first: users know these names and no others. Credentials are
 * known by the names that the clouds give them.
 */
export const optionsOf: Readonly<
  Record<Exclude<keyof Config, 'credentials'>, readonly [OptionName, ...OptionName[]]>
> = {
  addresses: ['address'],
  priority: ['priority'],
  listen: ['listen'],
  instance: ['instance'],
  peers: ['peer'],
  group: ['group'],
  quorum: ['quorum'],
  voters: ['voter'],
  witness: ['witness'],
  deadRatio: ['dead-ratio'],
  intervalMs: ['interval'],
  provider: ['provider'],
  endpoint: ['endpoint'],
  metadata: ['metadata'],
  network: ['network'],
  preempt: ['preempt'],
  preemptDelayMs: ['preempt-delay'],
  onStop: ['on-stop'],
  handoverTimeoutMs: ['handover-timeout'],
  restartBoundMs: ['restart-bound'],
  crashGraceMs: ['crash-grace'],
  foreign: ['foreign'],
  isolatedTakeoverAfterMs: ['isolated-takeover-after'],
  neverHeardTakeoverAfterMs: ['never-heard-takeover-after'],
  candidate: ['candidate'],
  health: ['check-tcp', 'check-exec', 'check-interval', 'check-timeout', 'check-rise', 'check-fall'],
  stdout: ['stdout'],
  verbose: ['verbose'],
  logFormat: ['log-format'],
  runtimeDir: ['runtime-dir'],
  yes: ['yes'],
};
