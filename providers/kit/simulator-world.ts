import type { InstanceId, IpAddress, Traits } from '../../src/core/index.ts';
import type { CloudWorld, SimInstance, Timing } from '../../src/sim/cloud.ts';
import { isIPv6 } from '../../src/wire/address.ts';

/** What a simulated cloud holds. */
export interface WorldOptions {
  /** Own addresses of each machine; default three machines, 127.0.0.11, .12, .13. They are called lb1, lb2 … */
  readonly machines?: readonly (readonly IpAddress[])[];
  /** Default 203.0.113.10 alone. */
  readonly shared?: readonly IpAddress[];
  /** Names of the holders at the start, of every shared address. Default: nobody. */
  readonly holders?: readonly string[];
  /** The security group of all machines, and a tag of theirs. Default `ha-ip`. */
  readonly group?: string;
  /** Default: one that the cloud really has. */
  readonly zone?: string;
  /** How long actions take. Default 1 s. */
  readonly timing?: Timing;
}

/** What a cloud makes of it. */
export interface WorldFacts {
  /** What associating does while somebody holds the address. */
  readonly mode: Traits['associate'];
  readonly zone: string;
  /** Of the machine with this number. Default: a UUID. */
  readonly idOf?: (number: number) => InstanceId;
  readonly oneActionAtATime?: boolean;
}

const MACHINES = [['127.0.0.11'], ['127.0.0.12'], ['127.0.0.13']];

/** Machines in one zone and group, a shared address or two. */
export function worldOf(options: WorldOptions, facts: WorldFacts): CloudWorld {
  const { mode, idOf = (number: number) => numbered('1b000000', number), oneActionAtATime = false } = facts;
  const { group = 'ha-ip', zone = facts.zone, timing } = options;
  const instances = (options.machines ?? MACHINES).map((addresses, index) =>
    machine(index + 1, idOf(index + 1), addresses, { zone, groups: [group], tags: [group] }),
  );
  const holders = (options.holders ?? []).map((name) => idOf(Number(name.replace('lb', ''))));
  const addresses = (options.shared ?? ['203.0.113.10']).map((ip, index) => ({
    id: numbered('5ea12ed0', index + 1),
    ip,
    zone,
    mode,
    holders,
  }));
  return { instances, addresses, oneActionAtATime, ...(timing && { timing }) };
}

type Place = Pick<SimInstance, 'zone' | 'groups' | 'tags'>;

function machine(number: number, id: InstanceId, addresses: readonly IpAddress[], place: Place): SimInstance {
  const network = isIPv6(addresses[0] ?? '') ? 'net6' : 'net';
  const nic = { id: numbered('00c00000', number), network, default: true, addresses };
  const { zone, groups, tags } = place;
  return { id, name: `lb${number}`, zone, state: 'running', nics: [nic], groups, tags };
}

/** Shaped as a UUID. */
function numbered(kind: string, number: number): string {
  return `${kind}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
