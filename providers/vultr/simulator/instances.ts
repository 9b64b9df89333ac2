import type { SimInstance } from '../../../src/sim/cloud.ts';
import type { Reply } from '../../../src/sim/serve.ts';
import { isIPv6, isPrivate } from '../../../src/wire/address.ts';
import { addressesOf, byFamily, heldBy, present } from '../../kit/simulator-machines.ts';
import { Refused } from '../../kit/simulator-operations.ts';
import { type Call, found, groupIdOf, networkOf, pageOf } from './answers.ts';

export function machineOf({ cloud, quirks }: Call, id = ''): SimInstance {
  const machine = present(cloud).find((one) => one.id === id);
  if (machine !== undefined) return machine;
  throw new Refused(quirks.unknownInstance ?? 404, 'Invalid instance ID.');
}

export function list(call: Call): Reply {
  const { asked, quirks, cloud } = call;
  const same = (key: string, ...values: readonly string[]) => {
    const wanted = quirks.filters === false ? null : asked.query.get(key);
    return wanted === null || values.includes(wanted);
  };
  const wanted = present(cloud)
    .filter((machine) => same('tag', ...machine.tags) && same('firewall_group_id', groupIdOf(machine)))
    .filter(({ name, zone }) => same('label', name) && same('region', zone))
    .filter((machine) => same('main_ip', byFamily(addressesOf(machine)).main ?? ''));
  const items = wanted.map((machine) => instance(call, machine));
  return pageOf(call, 'instances', items);
}

export function get(call: Call): Reply {
  return found({ instance: instance(call, machineOf(call, call.asked.groups.id)) });
}

/** The three states as the specification has them; `unknown` is a machine that is being made. */
const STATES = {
  running: { status: 'active', power_status: 'running', server_status: 'ok' },
  off: { status: 'active', power_status: 'stopped', server_status: 'ok' },
  unknown: { status: 'pending', power_status: 'running', server_status: 'installingbooting' },
  gone: { status: 'active', power_status: 'stopped', server_status: 'none' },
} as const;

function instance({ quirks }: Call, machine: SimInstance): object {
  const {
    main,
    internal,
    six: [six = ''],
  } = byFamily(addressesOf(machine));
  const flat = { v6_main_ip: six, v6_network: six && networkOf(six), v6_network_size: six ? 64 : 0 };
  return {
    id: machine.id,
    label: machine.name,
    hostname: machine.name,
    region: machine.zone,
    plan: 'vc2-1c-1gb',
    main_ip: main ?? '',
    netmask_v4: '255.255.254.0',
    internal_ip: internal ?? '',
    ...(quirks.v6Networks === true ? { v6_networks: six ? [{ main_ip: six }] : [] } : flat),
    ...STATES[machine.state],
    ...(quirks.locked?.includes(machine.name) && { server_status: 'locked' }),
    firewall_group_id: groupIdOf(machine),
    tags: machine.tags,
    features: ['ipv6'],
    vpc_only: main === undefined,
  };
}

/** The reserved addresses that the list of an instance's addresses names. */
function listed({ cloud, quirks }: Call, machine: SimInstance) {
  const held = quirks.listNames === false ? [] : heldBy(cloud, machine);
  return byFamily(held.map(({ ip }) => ip));
}

export function listIpv4(call: Call): Reply {
  const machine = machineOf(call, call.asked.groups.id);
  const own = byFamily(addressesOf(machine)).four;
  return pageOf(call, 'ipv4s', [
    ...own.map((ip) => ({ ip, netmask: '255.255.254.0', type: isPrivate(ip) ? 'private' : 'main_ip' })),
    ...listed(call, machine).four.map((ip) => {
      return { ip, netmask: '255.255.255.255', gateway: '', type: 'secondary_ip' };
    }),
  ]);
}

export function listIpv6(call: Call): Reply {
  const machine = machineOf(call, call.asked.groups.id);
  const row = (ip: string, type: string) => ({ ip, network: networkOf(ip), network_size: 64, type });
  const own = addressesOf(machine).filter(isIPv6);
  const more = listed(call, machine).six.map(networkOf);
  return pageOf(call, 'ipv6s', [
    ...own.map((ip) => row(ip, 'main_ip')),
    ...more.map((ip) => row(ip, 'secondary_ip')),
  ]);
}

export function getBareMetal({ asked, quirks }: Call): Reply {
  const { id = '' } = asked.groups;
  if (quirks.bareMetal?.includes(id)) return found({ bare_metal: { id, status: 'active' } });
  throw new Refused(quirks.unknownInstance ?? 404, 'Invalid bare metal ID.');
}
