import type { Route } from '../../src/sim/serve.ts';
import type { Simulator } from '../kit/simulator-cloud.ts';
import type { Simulated } from '../kit/simulator-operations.ts';
import type { CsQuirks } from './cs/simulator/quirks.ts';
import { csRoutes } from './cs/simulator.ts';
import { metadata } from './simulator/metadata.ts';
import type { V2Quirks } from './v2/simulator/quirks.ts';
import { v2Routes } from './v2/simulator.ts';

/** Those of the cs dialects, and of API v2. */
export interface Quirks extends CsQuirks {
  readonly v2?: V2Quirks;
}

/** Both APIs of Exoscale, that of CloudStack, and the metadata service, over one simulated cloud. */
export const exoscale = {
  flavours: {
    exoscale: { path: '/compute' },
    'exoscale-v2': { path: '/v2' },
    cloudstack: { path: '/client/api', mode: 'refusedWhileHeld' },
  },
  provider: 'exoscale',
  credentials: { EXOSCALE_API_KEY: 'apiKey', EXOSCALE_API_SECRET: 'apiSecret' },
  mode: 'adds',
  zone: 'ch-gva-2',
  routes,
} as const satisfies Simulator<Quirks>;

function routes(of: Simulated<Quirks>): Route[] {
  const v2 = v2Routes({ ...of, quirks: of.quirks.v2 ?? {} });
  return [...v2, ...csRoutes(of), metadata(of.cloud)];
}
