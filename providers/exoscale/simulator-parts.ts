import { createHash } from 'node:crypto';

/** What the simulated dialects share. */

/** Whose an API key is, in a simulated account. */
export interface Caller {
  readonly secret: string;
  readonly who: string;
}

/** A UUID for a name, the same in every run. */
export function nameId(name: string): string {
  const hex = createHash('sha256').update(`simulated ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
