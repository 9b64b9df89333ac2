import type { Server as Listener } from 'node:net';
import type { InstanceId, IpAddress, Traits } from '../src/core/index.ts';
import { Cloud, type SimInstance, type Timing } from '../src/sim/cloud.ts';
import { type Faults, type Route, serve } from '../src/sim/serve.ts';
import { isIPv6 } from '../src/wire/address.ts';
import {
  type SimulatorOptions as DigitalOceanOptions,
  routes as digitaloceanRoutes,
} from './digitalocean/simulator.ts';
import { type Caller, routes as exoscaleRoutes, type Quirks } from './exoscale/simulator.ts';
import { type Quirks as VultrQuirks, routes as vultrRoutes } from './vultr/simulator.ts';

/** For the demo, tests and benchmarks only; the product never imports this. */
export interface CloudOptions {
  /** Default `exoscale`, its cs-style API. `cloudstack` and `exoscale-v2` are other dialects of the same provider. */
  readonly flavour?: Flavour;
  /** Own addresses of each machine; default three machines, 127.0.0.11, .12, .13. They are called lb1, lb2 … */
  readonly machines?: readonly (readonly IpAddress[])[];
  /** Default 203.0.113.10 alone. */
  readonly shared?: readonly IpAddress[];
  /** Names of the holders at the start, of every shared address. Default: nobody. */
  readonly holders?: readonly string[];
  /** The security group of all machines, and a tag of theirs. Default `ha-ip`. */
  readonly group?: string;
  /** Default ch-gva-2; fra1 at DigitalOcean, fra at Vultr. */
  readonly zone?: string;
  /** How long actions take. Default 1 s. */
  readonly timing?: Timing;
  readonly quirks?: Quirks;
  readonly digitalocean?: Omit<DigitalOceanOptions, 'cloud' | 'callers'>;
  readonly vultr?: VultrQuirks;
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

export type Flavour = 'exoscale' | 'exoscale-v2' | 'cloudstack' | 'digitalocean' | 'vultr';

export interface ServedCloud {
  readonly flavour: Flavour;
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
  keyOf(name: string): string;
  /** The same for clouds with tokens. */
  readonly token: string;
  tokenOf(name: string): string;
  /** The name that `--provider` takes, and the variables by which the machine's watchdog is given its credentials. */
  readonly provider: string;
  environment(name: string): Record<string, string>;
  /** The machine called so. */
  machine(name: string): SimInstance;
  close(): Promise<void>;
}

const API_KEY = 'EXOsimulated0000000000000';
const API_SECRET = 'simulated-secret-simulated-secret-simulated';
const TOKEN = 'dop_v1_simulated000000000000000000000000';
const MACHINES = [['127.0.0.11'], ['127.0.0.12'], ['127.0.0.13']];

/** By what variable a flavour's watchdogs are told their credentials. */
const keyPair = (name: string) => ({
  EXOSCALE_API_KEY: `${API_KEY}-${name}`,
  EXOSCALE_API_SECRET: API_SECRET,
});

interface FlavourFacts {
  readonly provider: string;
  readonly environment: (name: string) => Record<string, string>;
  /** Of the endpoint. */
  readonly path: string;
  readonly mode: Traits['associate'];
  readonly zone: string;
  /** Of the machine with this number. */
  readonly id: (number: number) => InstanceId;
  readonly routes: (cloud: Cloud, options: CloudOptions) => Route[];
  readonly oneActionAtATime?: boolean;
}

const FLAVOURS: Record<Flavour, FlavourFacts> = {
  exoscale: { ...exoscaleFacts(), path: '/compute' },
  'exoscale-v2': { ...exoscaleFacts(), path: '/v2' },
  cloudstack: { ...exoscaleFacts(), path: '/client/api', mode: 'refusedWhileHeld' },
  digitalocean: {
    provider: 'digitalocean',
    environment: (name) => ({ DIGITALOCEAN_TOKEN: TOKEN + name }),
    path: '',
    mode: 'moves',
    zone: 'fra1',
    id: (number) => String(4_201_000 + number),
    routes: (cloud, options) =>
      digitaloceanRoutes({ ...options.digitalocean, cloud, callers: tokens(cloud) }),
    oneActionAtATime: true,
  },
  vultr: {
    provider: 'vultr',
    environment: (name) => ({ VULTR_API_KEY: TOKEN + name }),
    path: '/v2',
    mode: 'refusedWhileHeld',
    zone: 'fra',
    id: uuidOf,
    routes: (cloud, { vultr: quirks }) =>
      vultrRoutes({ cloud, callers: tokens(cloud), ...(quirks && { quirks }) }),
  },
};

/** All dialects of Exoscale are one provider. */
function exoscaleFacts() {
  const facts = { provider: 'exoscale', environment: keyPair, zone: 'ch-gva-2', id: uuidOf, routes };
  return { ...facts, mode: 'adds' as const };
}

/** Every flavour, for those who let a person choose. */
export const flavours = Object.keys(FLAVOURS) as Flavour[];

/** A small cloud on loopback HTTP: machines in one zone and group, a shared address or two. */
export async function serveCloud(options: CloudOptions = {}): Promise<ServedCloud> {
  const name = options.flavour ?? 'exoscale';
  const flavour = FLAVOURS[name];
  const cloud = new Cloud(world(options, flavour));
  const served = await serve({ ...options, cloud, routes: flavour.routes(cloud, options) });
  return {
    flavour: name,
    endpoint: served.url + flavour.path,
    metadata: served.url,
    cloud,
    faults: served.faults,
    apiKey: API_KEY,
    apiSecret: API_SECRET,
    keyOf: (name) => `${API_KEY}-${name}`,
    token: TOKEN,
    tokenOf: (name) => `${TOKEN}${name}`,
    provider: flavour.provider,
    environment: flavour.environment,
    machine: (name) => named(cloud, name),
    close: served.close,
  };
}

function routes(cloud: Cloud, options: CloudOptions): Route[] {
  const machines = [...cloud.instances.values()];
  const callers = new Map<string, Caller>([[API_KEY, { secret: API_SECRET, who: 'anyone' }]]);
  for (const { name } of machines) callers.set(`${API_KEY}-${name}`, { secret: API_SECRET, who: name });
  return exoscaleRoutes({ cloud, callers, ...(options.quirks && { quirks: options.quirks }) });
}

/** A token for everybody, and one for each machine. */
function tokens(cloud: Cloud): Map<string, { who: string }> {
  const named = [...cloud.instances.values()].map(({ name }) => [TOKEN + name, { who: name }] as const);
  return new Map([[TOKEN, { who: 'anyone' }], ...named]);
}

function world(options: CloudOptions, { mode, zone: usual, id, oneActionAtATime }: FlavourFacts) {
  const zone = options.zone ?? usual;
  const instances = (options.machines ?? MACHINES).map((addresses, index) =>
    machine(index + 1, id, addresses, zone, options),
  );
  const holders = (options.holders ?? []).map((name) => id(Number(name.replace('lb', ''))));
  const addresses = (options.shared ?? ['203.0.113.10']).map((ip, index) => ({
    id: `5ea12ed0-0000-4000-8000-${String(index + 1).padStart(12, '0')}`,
    ip,
    zone,
    mode,
    holders,
  }));
  return { instances, addresses, oneActionAtATime, ...(options.timing && { timing: options.timing }) };
}

function machine(
  number: number,
  id: FlavourFacts['id'],
  addresses: readonly IpAddress[],
  zone: string,
  options: CloudOptions,
): SimInstance {
  return {
    id: id(number),
    name: `lb${number}`,
    zone,
    state: 'running',
    nics: [
      {
        id: `00c00000-0000-4000-8000-${String(number).padStart(12, '0')}`,
        network: isIPv6(addresses[0] ?? '') ? 'net6' : 'net',
        default: true,
        addresses,
      },
    ],
    groups: [options.group ?? 'ha-ip'],
    tags: [options.group ?? 'ha-ip'],
  };
}

function uuidOf(number: number): InstanceId {
  return `1b000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

function named(cloud: Cloud, name: string): SimInstance {
  const found = [...cloud.instances.values()].find((one) => one.name === name);
  if (found === undefined) throw new Error(`no simulated machine ${name}`);
  return found;
}
