import { deadInterval, guard, longestDeadInterval } from '../core/index.ts';
import type { Config } from './config.ts';
import type { Environment } from './layers.ts';
import type { OptionName } from './options.ts';
import { showDuration } from './parse.ts';
import { quote } from './quote.ts';

/** What a mode cannot do without. */
export type Need = 'address' | 'members';

export interface Origins {
  /** Where the value came from; undefined: nobody said anything. */
  of(option: OptionName): string | undefined;
  /** Something was said, but not understood: its own mistake is enough. */
  failed(option: OptionName): boolean;
}

/** What is wrong between settings that are each right. */
export function relationMistakes(config: Config, origins: Origins, needs: readonly Need[]): string[] {
  return [
    ...deadIntervalMistakes(config),
    ...checkTimeMistakes(config, origins),
    ...membershipMistakes(config, origins),
    ...ownAddressMistakes(config, origins),
    ...quorumMistakes(config, origins),
    ...(needs.includes('address') ? missingAddress(config, origins) : []),
    ...(needs.includes('members') ? missingMembers(config, origins) : []),
  ];
}

/** The guard keeps the deadline from racing the last heartbeat; it is part of the silence that peers must endure. */
function deadIntervalMistakes(config: Config): string[] {
  if (deadInterval(config) <= longestDeadInterval) return [];
  const { intervalMs, deadRatio } = config;
  return [
    `--dead-ratio: expected interval x ratio + guard to be at most ${showDuration(longestDeadInterval)}, ` +
      `got ${showDuration(intervalMs)} x ${deadRatio} + ${showDuration(guard(config))}; lower ` +
      '--interval or --dead-ratio',
  ];
}

/** A round of checks is over when the next one begins. */
function checkTimeMistakes({ health: { intervalMs, timeoutMs } }: Config, origins: Origins): string[] {
  if (timeoutMs <= intervalMs) return [];
  const [interval, timeout] = [showDuration(intervalMs), showDuration(timeoutMs)];
  return [
    origins.of('check-timeout') === undefined
      ? `--check-interval: expected at least --check-timeout (${timeout}), got ${interval}; raise ` +
        'it, or lower --check-timeout'
      : `--check-timeout: expected at most --check-interval (${interval}), got ${timeout}; lower ` +
        'it, or raise --check-interval',
  ];
}

function membershipMistakes({ peers, group }: Config, origins: Origins): string[] {
  if (peers.length === 0 || group === undefined) return [];
  return [
    `--peer: expected either peers or a group, got --peer (from ${origins.of('peer')}) ` +
      `and --group (from ${origins.of('group')}); drop one of them`,
  ];
}

/** Heartbeats to or from the shared address would reach whoever holds it. */
function ownAddressMistakes({ addresses, listen, peers, voters }: Config, origins: Origins): string[] {
  const shared = (host: string) => addresses.includes(host);
  const heard = listen.host !== undefined && shared(listen.host) ? (['listen'] as const) : [];
  const sent = peers.some(shared) ? (['peer'] as const) : [];
  const voting = voters.some(shared) ? (['voter'] as const) : [];
  return [...heard, ...sent, ...voting].map(
    (name) => `--${name}: expected a machine's own address, got the shared one (from ${origins.of(name)})`,
  );
}

const fewestVoters = 3;

/** Of two voters both are a majority: the loss of either would stop all. */
function quorumMistakes({ quorum, voters, witness, listen }: Config, origins: Origins): string[] {
  if (origins.failed('voter') || origins.failed('quorum')) return [];
  if (witness && !quorum && origins.of('voter') !== undefined)
    return [
      `--witness: expected a quorum, got --quorum off (from ${origins.of('quorum')}); drop one of the two`,
    ];
  const few = voters.length > 0 && voters.length < fewestVoters;
  const wanted = quorum && voters.length === 0;
  const families = new Set([...voters, ...literal(listen.host)].map((host) => host.includes(':')));
  return [
    ...(families.size > 1
      ? [
          '--voter: expected addresses of one family, that of --listen, got ' +
            `${[...voters, ...literal(listen.host)].join(', ')}; one socket speaks IPv4 or IPv6`,
        ]
      : []),
    ...(few
      ? [
          `--voter: expected at least ${fewestVoters} voters, got ${voters.length} (from ` +
            `${origins.of('voter')}); a witness may be the third: it needs no credentials`,
        ]
      : []),
    ...(wanted ? ['--quorum: expected the voters with it, got none; add --voter LIST'] : []),
    ...(witness && voters.length === 0
      ? ['--witness: expected the voters, got none; add --voter LIST with the address of this machine in it']
      : []),
  ];
}

/** A host that is an address; of a name the family is not known yet. */
function literal(host: string | undefined): string[] {
  return host !== undefined && /^[\d.]+$|:/.test(host) ? [host] : [];
}

function missingAddress({ addresses }: Config, origins: Origins): string[] {
  if (addresses.length > 0 || origins.failed('address')) return [];
  return ['--address: expected the shared address, got none; add -xi IP or set HA_IP_ADDRESS'];
}

function missingMembers({ peers, group, voters, witness }: Config, origins: Origins): string[] {
  if (
    witness ||
    peers.length > 0 ||
    voters.length > 0 ||
    group !== undefined ||
    origins.failed('peer') ||
    origins.failed('group')
  )
    return [];
  return [
    '--peer: expected the other machines, got none; add -p LIST, or -G NAME for a group that the cloud knows',
  ];
}

/** Node's own switches that would undo what ha-ip promises for credentials. */
export function nodeMistakes(env: Environment): string[] {
  const tls = env.NODE_TLS_REJECT_UNAUTHORIZED;
  const debug = env.NODE_DEBUG ?? '';
  const mistakes: string[] = [];
  if (tls === '0')
    mistakes.push(nodeMistake('NODE_TLS_REJECT_UNAUTHORIZED', tls, 'it lets anyone pose as the cloud'));
  if (printsRequests(debug)) mistakes.push(nodeMistake('NODE_DEBUG', debug, 'it prints credentials'));
  return mistakes;
}

/** NODE_DEBUG is a list in any case, with `*` standing for anything. */
function printsRequests(debug: string): boolean {
  const patterns = debug.split(',').map((name) => name.trim().replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return patterns.some((name) => {
    const pattern = new RegExp(`^${name.replaceAll('*', '.*')}$`, 'i');
    return name !== '' && ['http', 'https', 'net'].some((module) => pattern.test(module));
  });
}

function nodeMistake(name: string, value: string, why: string): string {
  return `${name}: expected it unset, got ${quote(value)}, and ${why}; run: unset ${name}`;
}
