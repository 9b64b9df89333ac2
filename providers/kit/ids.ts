import type { IdForm } from './settings.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

export const uuid: IdForm = { words: 'a UUID', is: isUuid };

/** A UUID as a node id is written on the wire. */
export function nodeOf(id: string): string {
  return id.replaceAll('-', '');
}
