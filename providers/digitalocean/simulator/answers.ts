import type { Asked, Reply } from '../../../src/sim/serve.ts';
import { jsonObject, type Call as KitCall, Refused } from '../../kit/simulator-operations.ts';
import type { Quirks } from './quirks.ts';

export type Call = KitCall<Quirks>;

const REQUEST_ID = '0e5a0000-0000-4000-8000-000000000001';
export const ALWAYS = { 'x-request-id': REQUEST_ID };

const IDS: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  422: 'unprocessable_entity',
  429: 'too_many_requests',
  500: 'server_error',
};

/** The status, and an id made from it. */
export function refuse({ status, message, headers }: Refused): Reply {
  const body = { id: IDS[status], message, request_id: REQUEST_ID };
  return { status, headers: { ...ALWAYS, ...headers }, body };
}

export function notFound(): Refused {
  return new Refused(404, 'The resource you were accessing could not be found.');
}

export function badRequest(message: string): Refused {
  return new Refused(400, message);
}

export function refused({ quirks }: Call, message: string): Refused {
  return new Refused(422, quirks.refusalText ?? message);
}

export function requireScope(call: Call, scope: string): void {
  if (!sees(call, scope)) throw new Refused(403, 'You are not authorized to perform this operation');
}

export function sees({ quirks: { scopes = null } }: Call, scope: string): boolean {
  return scopes === null || scopes.includes(scope);
}

/** Fields of which the token lacks the scope vanish without a word. */
export function seen(call: Call, scope: string, fields: object): object {
  if (sees(call, scope)) return fields;
  if (call.quirks.unseen === 'absent') return {};
  return Object.fromEntries(Object.keys(fields).map((name) => [name, null]));
}

export function requireKnown({ quirks }: Call, names: Iterable<string>, known: readonly string[]): void {
  const unknown = [...names].find((name) => !known.includes(name));
  if (unknown !== undefined && quirks.strict !== false) throw badRequest(`unknown parameter ${unknown}`);
}

export function bodyOf({ body, headers }: Asked): Record<string, unknown> {
  return (/^application\/json\b/.test(headers['content-type'] ?? '') && jsonObject(body)) || {};
}

export function regionAnswer(slug: string): object {
  return { name: slug.toUpperCase(), slug, features: ['metadata'], available: true, sizes: [] };
}

/** `links` is `{}` on a single page, as in every example; its documentation says that it is missing then. */
export function pageOf({ quirks, asked, fault }: Call, key: string, items: readonly object[]): Reply {
  const all = fault?.kind === 'empty' ? [] : items;
  const size = Math.min(wholeNumber(asked.query.get('per_page') ?? '20', 200), quirks.pageMax ?? 200);
  const page = wholeNumber(asked.query.get('page') ?? '1', 1_000_000);
  const host = quirks.nextHost ?? `http://${asked.headers.host}`;
  const next = `${host}${asked.path}?page=${page + 1}&per_page=${size}`;
  const links = page * size < all.length ? { pages: { next, last: next } } : {};
  const part = all.slice((page - 1) * size, page * size);
  return { status: 200, body: { [key]: part, links, meta: { total: all.length } } };
}

function wholeNumber(text: string, max: number): number {
  if (/^[1-9]\d{0,6}$/.test(text) && Number(text) <= max) return Number(text);
  throw badRequest('page and per_page are numbers from 1 on');
}
