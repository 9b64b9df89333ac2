import type { IpAddress } from '../../../src/core/index.ts';
import type { SimInstance } from '../../../src/sim/cloud.ts';
import type { Asked, Reply } from '../../../src/sim/serve.ts';
import { canonicalAddress } from '../../../src/wire/address.ts';
import { nameId } from '../../kit/simulator-machines.ts';
import { jsonObject, type Call as KitCall, Refused } from '../../kit/simulator-operations.ts';
import type { Quirks } from './quirks.ts';

export type Call = KitCall<Quirks>;

export const NOTHING: Reply = { status: 204, body: '' };

export function found(body: object): Reply {
  return { status: 200, body };
}

export function refuse({ status, message, headers }: Refused): Reply {
  return { status, headers, body: { error: message, status } };
}

/** Of the body, which was looked at. */
export function fieldsOf({ body }: Asked): Readonly<Record<string, unknown>> {
  return jsonObject(body) ?? {};
}

/** `next` is the cursor itself, in the form of the specification's samples. "" where the list ends. */
export function pageOf({ asked, quirks, fault }: Call, key: string, items: readonly object[]): Reply {
  const max = quirks.pageSizeMax ?? 500;
  const wanted = asked.query.get('per_page') ?? '100';
  if (!/^\d{1,3}$/.test(wanted) || Number(wanted) < 1 || Number(wanted) > 500)
    throw new Refused(400, 'Invalid per_page.');
  const from = startOf(asked.query.get('cursor') ?? '');
  if (fault?.kind === 'empty') return found({ [key]: [], meta: { total: 0, links: { next: '', prev: '' } } });
  const to = from + Math.min(Number(wanted), max);
  const next = to < items.length ? cursorAt(to) : '';
  const links = { next, prev: from > 0 ? cursorAt(Math.max(0, from - max)) : '' };
  const total = quirks.total === false ? {} : { total: items.length };
  return found({ [key]: items.slice(from, to), meta: { ...total, links } });
}

function cursorAt(offset: number): string {
  return Buffer.from(`next__${offset}`).toString('base64');
}

function startOf(cursor: string): number {
  const offset = /^next__(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1];
  if (cursor !== '' && offset === undefined) throw new Refused(400, 'Invalid cursor.');
  return Number(offset ?? 0);
}

/** What moves of IPv6 is a network of 64 bits: the first half of the address, in the API's form. */
export function networkOf(ip: IpAddress): string {
  const [head = '', tail] = ip.split('::');
  const groups = tail === undefined ? head.split(':').slice(0, 4) : head.split(':');
  return canonicalAddress(`${groups.slice(0, 4).join(':')}::`) ?? ip;
}

/** An instance belongs to one firewall group at most. */
export function groupIdOf({ groups: [group] }: SimInstance): string {
  return group === undefined ? '' : nameId(`firewall ${group}`);
}
