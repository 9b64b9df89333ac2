import type { Job, Refusal, SimAddress, SimInstance } from '../../../src/sim/cloud.ts';
import type { Reply } from '../../../src/sim/serve.ts';
import { isIPv6 } from '../../../src/wire/address.ts';
import { nameId } from '../../kit/simulator-machines.ts';
import { Refused, start, timingOf } from '../../kit/simulator-operations.ts';
import { type Call, fieldsOf, found, NOTHING, networkOf, pageOf } from './answers.ts';
import { machineOf } from './instances.ts';

export function list(call: Call): Reply {
  const items = [...call.cloud.addresses.values()].map((address) => reservedIp(call, address));
  return pageOf(call, 'reserved_ips', items);
}

export function get(call: Call): Reply {
  return found({ reserved_ip: reservedIp(call, addressOf(call)) });
}

function reservedIp({ cloud }: Call, { id, ip, zone }: SimAddress): object {
  const ip_type = isIPv6(ip) ? 'v6' : 'v4';
  const [instance_id = ''] = cloud.holders(ip);
  return { id, region: zone, ip_type, ...subnetOf(ip), label: 'simulated', instance_id };
}

function subnetOf(ip: string): object {
  return isIPv6(ip) ? { subnet: networkOf(ip), subnet_size: 64 } : { subnet: ip, subnet_size: 32 };
}

function addressOf({ cloud, asked, quirks }: Call): SimAddress {
  const address = [...cloud.addresses.values()].find(({ id }) => id === asked.groups.id);
  if (address === undefined) throw new Refused(quirks.unknownIp ?? 404, 'Invalid reserved-ip ID');
  return address;
}

export function create({ cloud, asked }: Call): Reply {
  const { region: zone, ip_type, label } = fieldsOf(asked);
  const zones = [...cloud.instances.values()].map((machine) => machine.zone);
  if (typeof zone !== 'string' || !zones.includes(zone)) throw new Refused(400, 'Invalid region.');
  if (ip_type !== 'v4' && ip_type !== 'v6') throw new Refused(400, 'Invalid ip_type.');
  const number = cloud.addresses.size + 100;
  const ip = ip_type === 'v4' ? `198.51.100.${number}` : `2001:db8:${number}::1`;
  const id = nameId(`reserved ${ip} ${asked.at}`);
  cloud.addresses.set(ip, { id, ip, zone, mode: 'refusedWhileHeld', holdings: [] });
  const own = { id, region: zone, ip_type, label: typeof label === 'string' ? label : '', instance_id: '' };
  return { status: 201, body: { reserved_ip: { ...own, ...subnetOf(ip) } } };
}

const STUCK = 'Unable to detach subnet, please restart your server from the control panel';

export function remove(call: Call): Reply {
  const { ip } = addressOf(call);
  if (call.cloud.holders(ip).length > 0) throw new Refused(400, STUCK);
  call.cloud.addresses.delete(ip);
  return NOTHING;
}

export function attach(call: Call): Reply {
  const { ip } = addressOf(call);
  const machine = machineOf(call, String(fieldsOf(call.asked).instance_id));
  refuseLocked(call, machine, 'attach');
  if (call.cloud.holders(ip).includes(machine.id) && call.quirks.attachTwice === 400)
    throw new Refused(400, 'Reserved IP is already attached to this server');
  return accepted(call, start(call, { kind: 'associate', address: ip, instance: machine.id }));
}

/** It takes the address from whoever has it: the request names no instance. */
export function detach(call: Call): Reply {
  const { cloud, quirks } = call;
  const { ip } = addressOf(call);
  const [holder] = cloud.holders(ip);
  if (holder === undefined) {
    if (quirks.detachFree === 400) throw new Refused(400, 'Reserved IP is not attached');
    return NOTHING;
  }
  const machine = cloud.instances.get(holder);
  if (machine !== undefined) refuseLocked(call, machine, 'detach');
  if (quirks.stuck?.includes(machine?.name ?? '')) throw new Refused(400, STUCK);
  return accepted(call, start(call, { kind: 'dissociate', address: ip, instance: null }));
}

function refuseLocked({ quirks }: Call, { name }: SimInstance, verb: string): void {
  if (!quirks.locked?.includes(name)) return;
  const text = quirks.lockedText ?? 'Server is currently locked';
  throw new Refused(quirks.lockedStatus ?? 500, `Unable to ${verb} reserved IP: ${text}`);
}

/** There is no job to ask for: an action that goes wrong shows by an error at once, or not at all. */
function accepted(call: Call, outcome: Job | Refusal): Reply {
  const { fails } = timingOf(call);
  if (outcome === 'held') {
    const text = 'Server add failed: Floating IPv4 address is already attached to another server';
    throw new Refused(call.quirks.heldStatus ?? 400, text);
  }
  if (outcome === 'otherZone') throw new Refused(400, 'Reserved IP is in another region');
  if (typeof outcome === 'string') throw new Refused(400, `Unable to move reserved IP: ${outcome}`);
  if (fails !== undefined) throw new Refused(500, `Unable to move reserved IP: ${fails}`);
  return NOTHING;
}
