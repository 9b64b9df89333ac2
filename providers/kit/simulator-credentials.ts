import type { Cloud } from '../../src/sim/cloud.ts';
import type { Caller } from './simulator-operations.ts';

/** What a watchdog is told by an environment variable. */
export type Credential = 'apiKey' | 'apiSecret' | 'token';

/** Valid for everybody; calls with them are recorded as those of `anyone`. */
export const CREDENTIALS = {
  apiKey: 'EXOsimulated0000000000000',
  apiSecret: 'simulated-secret-simulated-secret-simulated',
  token: 'dop_v1_simulated000000000000000000000000',
} as const;

export function keyOf(name: string): string {
  return `${CREDENTIALS.apiKey}-${name}`;
}

export function tokenOf(name: string): string {
  return `${CREDENTIALS.token}${name}`;
}

/** The variables by which the watchdog of the machine `name` is given its own credentials. */
export function environment(variables: Readonly<Record<string, Credential>>, name: string) {
  const own = { apiKey: keyOf(name), apiSecret: CREDENTIALS.apiSecret, token: tokenOf(name) };
  const entries = Object.entries(variables).map(([variable, credential]) => [variable, own[credential]]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Who may call, by key or token: everybody, and each machine under its own name. */
export function callersOf(
  cloud: Cloud,
  variables: Readonly<Record<string, Credential>>,
): Map<string, Caller> {
  const tokens = Object.values(variables).includes('token');
  const secret = tokens ? '' : CREDENTIALS.apiSecret;
  const all = tokens ? CREDENTIALS.token : CREDENTIALS.apiKey;
  const own = [...cloud.instances.values()].map(
    ({ name }) => [tokens ? tokenOf(name) : keyOf(name), { who: name, secret }] as const,
  );
  return new Map([[all, { who: 'anyone', secret }], ...own]);
}
