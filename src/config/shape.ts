import type { Config } from './config.ts';
import type { Environment } from './layers.ts';
import type { Values } from './option.ts';
import type { Options } from './options.ts';
import type { Secret } from './secret.ts';

/** Everything that is read, in the terms of the program; `cloud` is what the credentials tell. */
export function toConfig(
  values: Values<Options>,
  credentials: Readonly<Record<string, Secret>>,
  { cloud, env, uid }: { cloud: string | undefined; env: Environment; uid: number },
): Config {
  const given = {
    instance: values.instance,
    group: values.group,
    provider: values.provider ?? cloud,
    endpoint: values.endpoint,
    metadata: values.metadata,
    isolatedTakeoverAfterMs: values['isolated-takeover-after'],
  };
  return freeze({
    ...withoutUnset(given),
    credentials,
    addresses: values.address,
    priority: values.priority,
    listen: values.listen,
    peers: values.peer,
    quorum: values.quorum ?? values.voter.length > 0,
    voters: values.quorum === false ? [] : values.voter,
    witness: values.witness,
    deadRatio: values['dead-ratio'],
    intervalMs: values.interval,
    network: values.network,
    preempt: values.preempt,
    preemptDelayMs: values['preempt-delay'],
    onStop: values['on-stop'],
    handoverTimeoutMs: values['handover-timeout'],
    restartBoundMs: values['restart-bound'],
    crashGraceMs: values['crash-grace'],
    foreign: values.foreign,
    neverHeardTakeoverAfterMs: values['never-heard-takeover-after'],
    candidate: values.candidate,
    health: {
      checks: [...values['check-tcp'], ...values['check-exec']],
      intervalMs: values['check-interval'],
      timeoutMs: values['check-timeout'],
      rise: values['check-rise'],
      fall: values['check-fall'],
    },
    stdout: values.stdout,
    verbose: values.verbose,
    logFormat: values['log-format'],
    runtimeDir: values['runtime-dir'] ?? usualRuntimeDir(env, uid),
    yes: values.yes,
  });
}

/** systemd may name several directories; the first is ours. */
function usualRuntimeDir(env: Environment, uid: number): string {
  const [given = ''] = (env.RUNTIME_DIRECTORY ?? '').split(':');
  if (given !== '') return given;
  if (uid === 0) return '/run/ha-ip';
  const session = env.XDG_RUNTIME_DIR ?? '';
  return session === '' ? `/tmp/ha-ip-${uid}` : `${session}/ha-ip`;
}

type Known<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUnset<T extends object>(record: T): Known<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Known<T>;
}

/** Plain data all the way down, so that nobody changes a setting behind another's back. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && Object.isFrozen(value) === false) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}
