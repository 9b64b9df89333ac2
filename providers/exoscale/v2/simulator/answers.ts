import type { Asked, Reply } from '../../../../src/sim/serve.ts';
import { jsonObject, type Call as KitCall, Refused } from '../../../kit/simulator-operations.ts';
import type { V2Quirks } from './quirks.ts';

export type Call = KitCall<V2Quirks>;

/** Most statuses are not documented, and the provider tells kinds apart by them alone. */
export function refuse({ status, message }: Refused, { quirks: { errors = 'message' } }: Call): Reply {
  if (errors === 'text') return { status, body: `${message}\n` };
  if (errors !== 'problem') return { status, body: { [errors]: message } };
  const headers = { 'content-type': 'application/problem+json' };
  const body = { type: 'about:blank', title: message, status, errors: [{ detail: message }] };
  return { status, headers, body };
}

export function notFound(what: string): Refused {
  return new Refused(404, `${what} not found`);
}

export function found(body: object): Reply {
  return { status: 200, body };
}

export function listOf({ quirks, fault }: Call, key: string, items: object[]): Reply {
  const shown = fault?.kind === 'empty' ? [] : items;
  return found(shown.length === 0 && quirks.emptyLists === 'absent' ? {} : { [key]: shown });
}

export function bodyOf({ headers, body }: Asked): Readonly<Record<string, unknown>> {
  if (headers['content-type'] !== 'application/json') throw new Refused(400, 'not application/json');
  const fields = jsonObject(body);
  if (fields === null) throw new Refused(400, 'malformed JSON');
  return fields;
}

/** `{"instance":{"id":"…"}}` */
export function wantedInstance(asked: Asked): string {
  const { instance } = bodyOf(asked) as { instance?: { id?: unknown } };
  if (typeof instance?.id !== 'string') throw new Refused(400, 'instance: required');
  return instance.id;
}

/** An endpoint serves one zone and knows nothing of the others. */
export function zoneOf({ cloud }: Call): string {
  return [...cloud.instances.values()][0]?.zone ?? '';
}
