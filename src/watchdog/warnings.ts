import { networkInterfaces } from 'node:os';
import type { Config } from '../config/config.ts';
import type { ResourceKey } from '../core/index.ts';
import type { Journal } from '../engine/journal.ts';
import type { Node } from '../engine/node.ts';
import { happened, type Observations } from '../engine/observations.ts';
import type { Observation } from '../ports/observation.ts';
import type { Identity, Provider } from '../ports/provider.ts';
import { chosenCloud } from './cloud-access.ts';
import type { Signals } from './signals.ts';

/** What the settings ask for and this host does not have. */
export function warnOfConfiguration(config: Config, identity: Identity, journal: Journal): void {
  if (!config.witness) warnOfMissingAddresses(config, journal);
  warnOfNoVote(config, identity, journal);
}

interface Started {
  readonly node: Node | null;
  readonly journal: Journal;
  readonly observations: Observations;
  readonly signals: Pick<Signals, 'stopped'>;
}

/** What would make a takeover fail is said at the start, not found out in the takeover. */
export async function warnOfIneligibility(
  key: ResourceKey,
  provider: Provider,
  { node, journal, observations, signals }: Started,
): Promise<void> {
  const isSettled = (told: Observation) =>
    told.kind === 'call' && told.change === 'settled' && told.resource.key === key;
  // What keeps the address from being read is said by the election itself.
  while (!node?.state(key)?.cloud.reading) {
    if (!(await happened(observations, isSettled, signals.stopped))) return;
  }
  try {
    for (const reason of (await provider.eligibility?.(AbortSignal.timeout(20_000))) ?? []) {
      journal.say('warning', `this machine could not take the address: ${reason}`);
    }
  } catch {
    // The cloud does not answer: the election's own calls say so.
  }
}

/** A voter's address that is mistyped makes its machine a candidate without a vote. */
function warnOfNoVote({ voters, listen }: Config, { addresses }: Identity, journal: Journal): void {
  const own = [...new Set([...addresses.map(({ ip }) => ip), listen.host])].filter(
    (host) => host !== undefined,
  );
  if (voters.length === 0 || voters.some((voter) => own.includes(voter))) return;
  journal.say(
    'warning',
    `this machine does not vote: none of its addresses is among ${voters.join(', ')}; add one of ` +
      `${own.join(', ')} to --voter everywhere, or name this machine to the witness with -p`,
  );
}

/** The cloud delivers to the address; a host that does not have it drops what comes. */
function warnOfMissingAddresses(config: Config, journal: Journal): void {
  const cloud = chosenCloud(config);
  const local = Object.values(networkInterfaces()).flatMap(
    (list) => list?.map(({ address }) => address) ?? [],
  );
  for (const address of config.addresses) {
    if (local.includes(address) || cloud.isOnHost?.(address) === false) continue;
    const prefix = address.includes(':') ? 128 : 32;
    journal.say(
      'warning',
      `${address} is not configured on this host, so nothing would answer there: run ip addr add ` +
        `${address}/${prefix} dev lo`,
    );
  }
}
