import type { Server as Listener } from 'node:net';
import type { IpAddress } from '../../src/core/index.ts';
import { Cloud, type SimInstance } from '../../src/sim/cloud.ts';
import { type Faults, type Route, serve } from '../../src/sim/serve.ts';
import {
  CREDENTIALS,
  type Credential,
  callersOf,
  environment,
  keyOf,
  tokenOf,
} from './simulator-credentials.ts';
import type { Simulated } from './simulator-operations.ts';
import { type WorldFacts, type WorldOptions, worldOf } from './simulator-world.ts';

/** What a cloud declares of its simulator; the rest is the same for all. */
export interface Simulator<Quirks> extends WorldFacts {
  /** The name that `--provider` takes. */
  readonly provider: string;
  /** The APIs that it speaks, by the name that `--flavour` takes, with what is theirs. */
  readonly flavours: Readonly<Record<string, FlavourFacts>>;
  /** By what variables a watchdog is told its credentials. */
  readonly credentials: Readonly<Record<string, Credential>>;
  readonly routes: (of: Simulated<Quirks>) => Route[];
}

export interface FlavourFacts extends Partial<WorldFacts> {
  /** Of the endpoint. Default: none. */
  readonly path?: string;
}

export interface ServeOptions<Quirks> extends WorldOptions {
  /** Where the cloud's documents leave a question open, which way it is. */
  readonly quirks?: Quirks;
  /** Where it listens. Default 127.0.0.1. */
  readonly host?: IpAddress;
  /** Default: any free one. */
  readonly port?: number;
  /** Besides: what listens already, perhaps in another network. */
  readonly listener?: Listener;
  /** How long idle connections live. Default 75 s. */
  readonly keepAliveMs?: number;
  /** Milliseconds of a monotonic clock. Default performance.now. */
  readonly now?: () => number;
}

export interface ServedCloud {
  /** What `--endpoint` takes. */
  readonly endpoint: string;
  /** What `--metadata` takes; machines are told apart by the source address of the connection. */
  readonly metadata: string;
  readonly cloud: Cloud;
  readonly faults: Faults;
  /** Valid for everybody; calls with it are recorded as those of `anyone`. */
  readonly apiKey: string;
  readonly apiSecret: string;
  /** A key with the same secret whose calls are recorded under the machine's name. */
  readonly keyOf: (name: string) => string;
  /** The same for clouds with tokens. */
  readonly token: string;
  readonly tokenOf: (name: string) => string;
  /** The name that `--provider` takes, and the variables by which the machine's watchdog is given its credentials. */
  readonly provider: string;
  readonly environment: (name: string) => Record<string, string>;
  /** The machine called so. */
  readonly machine: (name: string) => SimInstance;
  /** Idempotent. */
  readonly close: () => Promise<void>;
}

/** A small cloud on loopback HTTP: its API, its metadata service, and what a watchdog must be told to use them. */
export async function serveSimulator<Quirks>(
  simulator: Simulator<Quirks>,
  { path = '', ...facts }: FlavourFacts,
  options: ServeOptions<Quirks>,
): Promise<ServedCloud> {
  const { provider, credentials, routes } = simulator;
  const cloud = new Cloud(worldOf(options, { ...simulator, ...facts }));
  const callers = callersOf(cloud, credentials);
  const quirks = options.quirks ?? ({} as Quirks);
  const { url, faults, close } = await serve({
    ...options,
    cloud,
    routes: routes({ cloud, callers, quirks }),
  });
  return {
    endpoint: url + path,
    metadata: url,
    cloud,
    faults,
    close,
    provider,
    ...CREDENTIALS,
    keyOf,
    tokenOf,
    environment: (name) => environment(credentials, name),
    machine: (name) => named(cloud, name),
  };
}

function named(cloud: Cloud, name: string): SimInstance {
  const found = [...cloud.instances.values()].find((one) => one.name === name);
  if (found === undefined) throw new Error(`no simulated machine ${name}`);
  return found;
}
