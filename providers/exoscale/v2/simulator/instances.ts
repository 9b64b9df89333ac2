import type { SimInstance } from '../../../../src/sim/cloud.ts';
import type { Reply } from '../../../../src/sim/serve.ts';
import { byFamily, defaultNic, heldBy, unique } from '../../../kit/simulator-machines.ts';
import { idOf } from '../../simulator/ids.ts';
import { type Call, found, listOf, notFound, zoneOf } from './answers.ts';
import { elasticIps, shownIp } from './elastic-ips.ts';

function instances(call: Call): SimInstance[] {
  return [...call.cloud.instances.values()]
    .filter(({ zone }) => zone === zoneOf(call))
    .filter(({ state }) => state !== 'gone' || call.quirks.lingering === true);
}

export function instance(call: Call, id: string): SimInstance {
  const machine = instances(call).find((one) => one.id === id);
  if (machine === undefined) throw notFound('Instance');
  return machine;
}

/** By the address as the API itself writes it: whether another one of the prefix would do is not known. */
export function list(call: Call): Reply {
  const filter = call.quirks.addressFilter === false ? null : call.asked.query.get('ip-address');
  const wanted = instances(call).filter(
    (machine) => filter === null || heldBy(call.cloud, machine).some((held) => shownIp(held) === filter),
  );
  const items = wanted.map((machine) => instanceAnswer(call, machine));
  return listOf(call, 'instances', items);
}

/** Only here are `elastic-ips`. */
export function get(call: Call): Reply {
  const machine = instance(call, call.asked.groups.id ?? '');
  const held = heldBy(call.cloud, machine).map(({ id }) => ({ id }));
  return found({ ...instanceAnswer(call, machine), 'elastic-ips': held });
}

const STATES = { running: 'running', off: 'stopped', gone: 'destroyed', unknown: 'starting' } as const;

function instanceAnswer({ quirks }: Call, machine: SimInstance): object {
  const {
    four: [four],
    six: [six],
  } = byFamily(defaultNic(machine)?.addresses ?? []);
  const named = quirks.groupNames === true;
  const pooled = quirks.pool?.machines.includes(machine.name) ?? false;
  const others = machine.nics.filter((nic) => !nic.default);
  return {
    id: machine.id,
    name: machine.name,
    state: STATES[machine.state],
    'public-ip-assignment': six !== undefined ? 'dual' : four !== undefined ? 'inet4' : 'none',
    ...(four !== undefined && { 'public-ip': four }),
    ...(six !== undefined && { 'ipv6-address': six }),
    'security-groups': machine.groups.map((name) => ({ id: idOf(name), ...(named && { name }) })),
    'private-networks': others.map((nic) => ({ id: idOf(nic.network), 'mac-address': '0a:00:00:00:00:01' })),
    ...(pooled && { manager: { id: idOf('pool'), type: 'instance-pool' } }),
  };
}

export function listSecurityGroups(call: Call): Reply {
  const names = unique([...call.cloud.instances.values()].flatMap(({ groups }) => groups));
  const items = names.map((name) => ({ id: idOf(name), name, description: '', rules: [] }));
  return listOf(call, 'security-groups', items);
}

/** Machines of the simulated cloud are in private networks with all but their default NICs. */
export function listPrivateNetworks(call: Call): Reply {
  const nics = instances(call).flatMap((machine) => {
    const others = machine.nics.filter((nic) => !nic.default);
    return others.map((nic) => ({ ...nic, machine: machine.id }));
  });
  const items = unique(nics.map(({ network }) => network)).map((name) => {
    const inside = nics.filter(({ network }) => network === name);
    const leases = inside.flatMap((nic) => nic.addresses.map((ip) => ({ ip, 'instance-id': nic.machine })));
    return { id: idOf(name), name, leases };
  });
  return listOf(call, 'private-networks', items);
}

export function getPool(call: Call): Reply {
  const { pool } = call.quirks;
  if (pool === undefined || call.asked.groups.id !== idOf('pool')) throw notFound('Instance Pool');
  const given = elasticIps(call).filter(({ ip }) => pool.addresses.includes(ip));
  return found({ id: idOf('pool'), name: 'pool', 'elastic-ips': given.map(({ id }) => ({ id })) });
}

export function listZones(call: Call): Reply {
  const zone = { name: zoneOf(call), 'api-endpoint': `http://${call.asked.headers.host}/v2` };
  return listOf(call, 'zones', [zone]);
}
