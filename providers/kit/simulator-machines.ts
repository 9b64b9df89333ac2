import { createHash } from 'node:crypto';
import type { IpAddress } from '../../src/core/index.ts';
import type { Cloud, SimAddress, SimInstance } from '../../src/sim/cloud.ts';
import { isIPv6, isPrivate } from '../../src/wire/address.ts';

/** What the APIs of all clouds tell of machines, each in its own words. */

export function present(cloud: Cloud): SimInstance[] {
  return [...cloud.instances.values()].filter(({ state }) => state !== 'gone');
}

/** The shared addresses that the machine has. */
export function heldBy(cloud: Cloud, { id }: SimInstance): SimAddress[] {
  return [...cloud.addresses.values()].filter(({ ip }) => cloud.holders(ip).includes(id));
}

/** A machine's own addresses. */
export function addressesOf({ nics }: SimInstance): IpAddress[] {
  return nics.flatMap(({ addresses }) => addresses);
}

export function defaultNic({ nics }: SimInstance) {
  return nics.find((nic) => nic.default);
}

/** Addresses by family; `main` and `internal` are the first public and the first private IPv4 address. */
export function byFamily(addresses: readonly IpAddress[]) {
  const [four, six] = [addresses.filter((ip) => !isIPv6(ip)), addresses.filter(isIPv6)];
  return { four, six, main: four.find((ip) => !isPrivate(ip)), internal: four.find(isPrivate) };
}

/** In the order of their first appearance. */
export function unique<T>(all: Iterable<T>): T[] {
  return [...new Set(all)];
}

/** A UUID for a name, the same in every run. */
export function nameId(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`];
  return `${parts.join('-')}-${hex.slice(20, 32)}`;
}
