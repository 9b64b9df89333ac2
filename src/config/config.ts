import type { IpAddress, OnStop } from '../core/index.ts';
import type { CheckSettings } from '../ports/check.ts';
import type { Secret } from './secret.ts';

/** A group of machines as the cloud knows it; without a kind it is the cloud's usual one. */
export interface Group {
  readonly kind?: string;
  readonly name: string;
}

/** Everything that was said by flags, environment and file, checked and frozen. Durations in milliseconds. */
export interface Config {
  /** Canonical shared addresses, at least one for every mode that needs one. */
  readonly addresses: readonly IpAddress[];
  readonly priority: number;
  /** Without a host: the instance's own address, as the cloud gives it. */
  readonly listen: { readonly host?: string; readonly port: number };
  /** Own instance id, where metadata cannot tell. */
  readonly instance?: string;
  /** Host names or addresses. */
  readonly peers: readonly string[];
  readonly group?: Group;
  /** Taking and keeping the address needs the support of a majority of the voters. */
  readonly quorum: boolean;
  /** By address; empty without a quorum. */
  readonly voters: readonly IpAddress[];
  /** This machine votes and never holds. */
  readonly witness: boolean;
  readonly deadRatio: number;
  readonly intervalMs: number;
  /** undefined: to be detected. */
  readonly provider?: string;
  /** By the names of their options. */
  readonly credentials: Readonly<Record<string, Secret>>;
  readonly endpoint?: string;
  readonly metadata?: string;
  readonly network: 'auto' | 'private' | 'public' | { readonly cidr: string };
  readonly preempt: boolean;
  readonly preemptDelayMs: number;
  readonly onStop: OnStop;
  readonly handoverTimeoutMs: number;
  readonly restartBoundMs: number;
  readonly crashGraceMs: number;
  readonly foreign: 'wait' | 'steal';
  /** undefined: by the cloud's trait; null: never. */
  readonly isolatedTakeoverAfterMs?: number | null;
  readonly neverHeardTakeoverAfterMs: number;
  readonly candidate: boolean;
  readonly health: CheckSettings;
  readonly stdout: boolean;
  readonly verbose: boolean;
  readonly logFormat: 'text' | 'json';
  /** Where control sockets live. */
  readonly runtimeDir: string;
  /** Answers yes where a command would ask. */
  readonly yes: boolean;
}
