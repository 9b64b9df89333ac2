import { randomBytes } from 'node:crypto';
import type { Config } from '../config/config.ts';
import {
  type Epoch,
  type IpAddress,
  isolatedTakeoverAfterMs,
  type Policy,
  type Resource,
} from '../core/index.ts';
import type { Identity, Provider } from '../ports/provider.ts';
import { configDigest, nodeTag } from '../wire/digest.ts';

/** This life of the process (R25). */
export function newEpoch(): Epoch {
  return { startedAt: Math.floor(Date.now() / 1000), random: randomBytes(4).readUInt32BE() || 1 };
}

/** What the rules need to know of one resource: settings, who we are, and the cloud's traits. */
export function policyFor(
  config: Config,
  resource: Resource,
  identity: Identity,
  { traits }: Pick<Provider, 'traits'>,
  epoch: Epoch,
): Policy {
  const oneHolder = traits.associate !== 'adds';
  return {
    self: {
      node: identity.node,
      tag: nodeTag(identity.node),
      instance: identity.instance,
      addresses: ownAddresses(config, identity),
      epoch,
    },
    resource,
    traits,
    grouped: config.group !== undefined && !config.witness,
    priority: config.priority,
    intervalMs: config.intervalMs,
    deadRatio: config.deadRatio,
    preempt: config.preempt,
    preemptDelayMs: config.preemptDelayMs,
    onStop: config.onStop,
    handoverTimeoutMs: config.handoverTimeoutMs,
    restartBoundMs: config.restartBoundMs,
    crashGraceMs: config.crashGraceMs,
    foreign: config.foreign,
    isolatedTakeoverAfterMs:
      config.isolatedTakeoverAfterMs === undefined
        ? isolatedTakeoverAfterMs(traits)
        : config.isolatedTakeoverAfterMs,
    neverHeardTakeoverAfterMs: config.neverHeardTakeoverAfterMs,
    candidate: config.candidate,
    quorum: config.voters.length > 0 ? { voters: config.voters } : null,
    witness: config.witness,
    checked: config.health.checks.length > 0,
    configDigest: configDigest({
      resource: resource.key,
      voters: config.voters,
      quorum: config.voters.length > 0,
      preempt: config.preempt,
      multi: !oneHolder,
    }),
  };
}

/** Every address by which this machine may meet itself in a list of members. */
function ownAddresses({ listen }: Config, identity: Identity): IpAddress[] {
  const own = identity.addresses.map(({ ip }) => ip);
  return listen.host === undefined || own.includes(listen.host) ? own : [...own, listen.host];
}
