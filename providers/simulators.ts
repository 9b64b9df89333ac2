import { digitalocean } from './digitalocean/simulator.ts';
import { exoscale } from './exoscale/simulator.ts';
import {
  type FlavourFacts,
  type ServedCloud as Served,
  type ServeOptions,
  type Simulator,
  serveSimulator,
} from './kit/simulator-cloud.ts';
import { vultr } from './vultr/simulator.ts';

/** Simulated clouds, for the demo, tests and benchmarks only; a watchdog never imports this. */
const SIMULATORS = [exoscale, digitalocean, vultr] as const;

type Row = (typeof SIMULATORS)[number];
type KeyOf<T> = T extends unknown ? keyof T : never;

/** An API: most clouds speak one, some several. */
export type Flavour = KeyOf<Row['flavours']>;

/** `quirks` are those of the flavour's own simulator. */
export interface CloudOptions extends ServeOptions<Parameters<Row['routes']>[0]['quirks']> {
  /** Default: the first. */
  readonly flavour?: Flavour;
}

export interface ServedCloud extends Served {
  readonly flavour: Flavour;
}

const BY_FLAVOUR = new Map(
  SIMULATORS.flatMap((simulator) =>
    Object.entries<FlavourFacts>(simulator.flavours).map(
      ([name, facts]) => [name as Flavour, { simulator: simulator as Simulator<object>, facts }] as const,
    ),
  ),
);

/** Every flavour, for those who let a person choose. */
export const flavours: readonly Flavour[] = [...BY_FLAVOUR.keys()];

/** A small cloud on loopback HTTP: machines in one zone and group, a shared address or two. */
export async function serveCloud(options: CloudOptions = {}): Promise<ServedCloud> {
  const { flavour = flavours[0]! } = options;
  const { simulator, facts } = BY_FLAVOUR.get(flavour)!;
  return { flavour, ...(await serveSimulator(simulator, facts, options)) };
}
