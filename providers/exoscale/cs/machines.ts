import * as v from 'valibot';
import type { IpAddress, MachineState, NodeId } from '../../../src/core/index.ts';
import type { GroupMember, NetworkAddress } from '../../../src/ports/provider.ts';
import { addressBytes, canonicalAddress, inNetwork, isIPv6, isPrivate } from '../../../src/wire/address.ts';
import { nodeOf } from '../../kit/ids.ts';
import { Lower, Text, Uuid } from '../../kit/schemas.ts';

const Nic = v.object({
  id: Uuid,
  isdefault: v.nullish(v.boolean(), false),
  networkid: Text,
  ipaddress: Text,
  netmask: Text,
  ip6address: Text,
  ip6cidr: Text,
  secondaryip: v.nullish(v.array(v.object({ id: Uuid, ipaddress: v.string() })), []),
});
type Nic = v.InferOutput<typeof Nic>;

export const Machine = v.object({
  id: Uuid,
  name: Text,
  zoneid: Lower,
  zonename: Text,
  state: v.string(),
  nic: v.nullish(v.array(Nic), []),
  securitygroup: v.nullish(v.array(v.object({ name: v.string() })), []),
});
export type Machine = v.InferOutput<typeof Machine>;

/** What the cs API says of a machine, in the words of the contract. */
export function member(machine: Machine): GroupMember {
  const nic = defaultNic(machine);
  return {
    instance: machine.id,
    state: stateOf(machine),
    addresses: addresses(machine),
    ...(nic !== undefined && { node: nodeId(nic) }),
    ...(machine.name != null && { name: machine.name }),
    zone: zoneName(machine),
  };
}

/** Only the default NIC counts for shared addresses. */
export function defaultNic(machine: Machine): Nic | undefined {
  return machine.nic.find((nic) => nic.isdefault);
}

/** exoip's datagrams carry the UUID of the default NIC: so do ours. */
function nodeId(nic: Nic): NodeId {
  return nodeOf(nic.id);
}

export function zoneName(machine: Machine): string {
  return machine.zonename ?? machine.zoneid;
}

/** The id of the relation between the machine and the address, which removing it asks for; undefined: not held. */
export function holding(machine: Machine, address: IpAddress): string | undefined {
  // By value: 10.0.0.1 is not 10.0.0.10, and an IPv6 address has many spellings.
  return defaultNic(machine)?.secondaryip.find((held) => canonicalAddress(held.ipaddress) === address)?.id;
}

/** Own addresses, never secondary ones; those of the default NIC first. */
function addresses(machine: Machine): NetworkAddress[] {
  const nics = [...machine.nic].sort((one, other) => Number(other.isdefault) - Number(one.isdefault));
  return nics.flatMap((nic) =>
    [nic.ipaddress, nic.ip6address]
      .map((text) => canonicalAddress(text ?? ''))
      .filter((ip) => ip !== null)
      .map((ip) => ({ ip, network: nic.networkid ?? nic.id, private: isPrivate(ip) })),
  );
}

/** Whether the address lies in the network of one of the machine's NICs. */
export function reaches(machine: Machine, address: IpAddress): boolean {
  return machine.nic.some((nic) => {
    const network = isIPv6(address) ? nic.ip6cidr : networkOf(nic);
    return network != null && inNetwork(address, network);
  });
}

function networkOf(nic: Nic): string | null {
  const ip = canonicalAddress(nic.ipaddress ?? '');
  const mask = canonicalAddress(nic.netmask ?? '');
  if (ip === null || mask === null || isIPv6(ip) || isIPv6(mask)) return null;
  const ones = [...addressBytes(mask)].map((byte) => byte.toString(2).replaceAll('0', '').length);
  return `${ip}/${ones.reduce((sum, count) => sum + count, 0)}`;
}

/** CloudStack's names of states. Migrating, Starting and the like are neither running for sure nor off for sure. */
function stateOf(machine: Machine): MachineState {
  const state = machine.state.toLowerCase();
  if (state === 'running') return 'running';
  if (['stopped', 'stopping', 'shutdowned'].includes(state)) return 'off';
  return ['destroyed', 'expunging'].includes(state) ? 'gone' : 'unknown';
}
