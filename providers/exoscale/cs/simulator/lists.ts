import type { Cloud, SimInstance, SimNic } from '../../../../src/sim/cloud.ts';
import { canonicalAddress } from '../../../../src/wire/address.ts';
import { addressesOf, byFamily, unique } from '../../../kit/simulator-machines.ts';
import { idOf } from '../../simulator/ids.ts';
import { type Call, noEntity, page } from './answers.ts';

function zoneId(zone: string): string {
  return idOf(`zone ${zone}`);
}

/** Whether a parameter is left out or has this value. */
function same({ parameters }: Call, name: string, value: string): boolean {
  const wanted = parameters.get(name);
  return wanted === undefined || wanted === value;
}

export function machines(call: Call): object {
  const { cloud, quirks, dialect, parameters } = call;
  const all = [...cloud.instances.values()];
  const listed = quirks.lingering === true ? all : all.filter(({ state }) => state !== 'gone');
  const id = parameters.get('id');
  if (id !== undefined && quirks.unknownId !== 'empty' && !listed.some((machine) => machine.id === id))
    throw noEntity('id', id);
  const filtering = dialect === 'exoscale' && quirks.ipaddressFilter !== false;
  const ip = filtering ? parameters.get('ipaddress') : undefined;
  const wanted = listed
    .filter((machine) => same(call, 'id', machine.id) && same(call, 'zoneid', zoneId(machine.zone)))
    .filter((machine) => same(call, 'state', STATES[machine.state]))
    .filter((machine) => ip === undefined || hasAddress(cloud, machine, ip));
  const items = wanted.map((machine) => machineAnswer(cloud, machine));
  return page(call, 'virtualmachine', items);
}

/** The filter also matches secondary addresses: vshn/floaty relied on it. */
function hasAddress(cloud: Cloud, machine: SimInstance, text: string): boolean {
  const ip = canonicalAddress(text) ?? text;
  return addressesOf(machine).includes(ip) || cloud.holders(ip).includes(machine.id);
}

const STATES = { running: 'Running', off: 'Stopped', gone: 'Destroyed', unknown: 'Starting' } as const;

function machineAnswer(cloud: Cloud, machine: SimInstance): object {
  return {
    id: machine.id,
    name: machine.name,
    zoneid: zoneId(machine.zone),
    zonename: machine.zone,
    state: STATES[machine.state],
    securitygroup: machine.groups.map((name) => ({ id: idOf(name), name })),
    nic: machine.nics.map((nic) => nicAnswer(cloud, machine, nic)),
  };
}

function nicAnswer(cloud: Cloud, machine: SimInstance, nic: SimNic): object {
  const {
    four: [four],
    six: [six],
  } = byFamily(nic.addresses);
  const secondary = nic.default ? secondaryAddresses(cloud, machine, nic) : [];
  return {
    id: nic.id,
    isdefault: nic.default,
    networkid: idOf(nic.network),
    type: 'Shared',
    ...(four !== undefined && { ipaddress: four, netmask: '255.255.255.0' }),
    ...(six !== undefined && { ip6address: six, ip6cidr: `${six}/64` }),
    // The key is absent when there are none, as with every list.
    ...(secondary.length > 0 && { secondaryip: secondary }),
  };
}

function secondaryAddresses(cloud: Cloud, machine: SimInstance, nic: SimNic): object[] {
  return [...cloud.addresses.values()].flatMap(({ ip, holdings }) => {
    const held = holdings.filter(({ instance }) => instance === machine.id);
    return held.map(({ id }) => ({ id, ipaddress: ip, nicid: nic.id }));
  });
}

export function publicAddresses(call: Call): object {
  const ip = call.parameters.get('ipaddress');
  const wanted = [...call.cloud.addresses.values()]
    .filter((address) => ip === undefined || address.ip === canonicalAddress(ip))
    .filter((address) => same(call, 'zoneid', zoneId(address.zone)));
  const elastic = call.dialect === 'exoscale' && { iselastic: true };
  const items = wanted.map(({ id, ip: ipaddress, zone }) => {
    return { id, ipaddress, state: 'Allocated', zoneid: zoneId(zone), zonename: zone, ...elastic };
  });
  return page(call, 'publicipaddress', items);
}

export function groups(call: Call): object {
  const names = unique([...call.cloud.instances.values()].flatMap((machine) => machine.groups));
  const wanted = names.filter((name) => same(call, 'securitygroupname', name));
  const items = wanted.map((name) => ({ id: idOf(name), name }));
  return page(call, 'securitygroup', items);
}

export function zones(call: Call): object {
  const names = unique([...call.cloud.instances.values()].map(({ zone }) => zone));
  const items = names.map((name) => ({ id: zoneId(name), name }));
  return page(call, 'zone', items);
}
