import type { Cloud, SimAddress } from '../../../src/sim/cloud.ts';
import type { Reply } from '../../../src/sim/serve.ts';
import { canonicalAddress, isIPv6 } from '../../../src/wire/address.ts';
import {
  badRequest,
  bodyOf,
  type Call,
  notFound,
  pageOf,
  refused,
  regionAnswer,
  requireKnown,
  seen,
} from './answers.ts';
import { dropletAnswer } from './droplets.ts';

/** The two kinds of reserved addresses, which have paths of their own and differ a little everywhere. */
export const FAMILIES = {
  4: { path: '/v2/reserved_ips', one: 'reserved_ip', many: 'reserved_ips', zone: 'region' },
  6: { path: '/v2/reserved_ipv6', one: 'reserved_ipv6', many: 'reserved_ipv6s', zone: 'region_slug' },
} as const;

export type Family = keyof typeof FAMILIES;

function ofFamily(cloud: Cloud, family: Family): SimAddress[] {
  return [...cloud.addresses.values()].filter(({ ip }) => isIPv6(ip) === (family === 6));
}

/** Colons come raw (godo) or encoded, and IPv6 in any spelling. */
export function addressOf({ cloud, asked }: Call, family: Family): SimAddress {
  const ip = canonicalAddress(decodeURIComponent(asked.groups.ip ?? ''));
  const found = ofFamily(cloud, family).find((address) => address.ip === ip);
  if (found === undefined) throw notFound();
  return found;
}

export function list(call: Call, family: Family): Reply {
  const items = ofFamily(call.cloud, family).map((address) => addressAnswer(call, address));
  return pageOf(call, FAMILIES[family].many, items);
}

export function one(call: Call, family: Family): Reply {
  const answer = addressAnswer(call, addressOf(call, family));
  const bare = family === 6 && call.quirks.bare6 === true;
  return { status: 200, body: bare ? answer : { [FAMILIES[family].one]: answer } };
}

/** IPv6 has no lock, no project, and its region as a word. */
function addressAnswer(call: Call, { ip, zone, holdings }: SimAddress): object {
  const holder = call.cloud.instances.get(holdings[0]?.instance ?? '');
  const droplet = holder === undefined ? null : dropletAnswer(call, holder);
  const shown = seen(call, 'droplet:read', { droplet });
  if (isIPv6(ip)) return { ip, region_slug: zone, reserved_at: '2026-01-02T03:04:05Z', ...shown };
  return { ip, region: regionAnswer(zone), ...shown, locked: call.cloud.pending(ip) };
}

/** Only for a region: ha-ip reserves nothing for a droplet. */
export function reserve(call: Call, family: Family): Reply {
  const { cloud, asked } = call;
  const body = bodyOf(asked);
  const { one, zone: field } = FAMILIES[family];
  requireKnown(call, Object.keys(body), [field]);
  const zone = body[field];
  const zones = [...cloud.instances.values()].map((machine) => machine.zone);
  if (typeof zone !== 'string' || !zones.includes(zone)) throw refused(call, 'Region is not available');
  const prefix = family === 6 ? '2001:db8:10::' : '192.0.2.';
  const numbers = Array.from({ length: 200 }, (_, at) => `${prefix}${at + 1}`);
  const ip = numbers.find((free) => !cloud.addresses.has(free));
  if (ip === undefined) throw refused(call, 'You have reached your limit of reserved IPs');
  const address: SimAddress = { id: ip, ip, zone, mode: 'moves', holdings: [] };
  cloud.addresses.set(ip, address);
  const status = family === 6 ? 201 : 202;
  return { status, body: { [one]: addressAnswer(call, address), links: {} } };
}

export function release(call: Call, family: Family): Reply {
  const { ip, holdings } = addressOf(call, family);
  refuseLocked(call, ip);
  // Seen for IPv6 (TF PR 1277).
  if (family === 6 && holdings.length > 0)
    throw badRequest('flipv6 released failed: assigned FLIP cannot be released');
  call.cloud.addresses.delete(ip);
  return { status: 204, body: '' };
}

/** Seen with the old name under the old path (doctl#493). */
export function refuseLocked(call: Call, ip: string): void {
  if (call.cloud.pending(ip)) throw refused(call, 'The floating IP already has a pending event.');
}
