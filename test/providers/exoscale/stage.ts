import { exoscale } from '../../../providers/exoscale/provider.ts';
import { type CloudOptions, type ServedCloud, serveCloud } from '../../../providers/simulators.ts';
import { Secret } from '../../../src/config/secret.ts';
import type { ProviderSettings } from '../../../src/ports/provider.ts';
import { addressResource } from '../../../src/wire/resource.ts';
import type { Stage } from '../contract.ts';

/** The simulator's credentials: no error may hold any of them. */
export const CANARIES = ['EXOsimulated0000000000000-lb1', 'simulated-secret-simulated-secret-simulated'];
export const keys = (key: string, secret: string) => ({
  'api-key': new Secret(key),
  'api-secret': new Secret(secret),
});
export const IP = '203.0.113.10';
export { exoscale };

export type ExoscaleStage = Stage & { readonly served: ServedCloud };

export function settingsOf(served: ServedCloud, address = IP, name = 'lb1'): ProviderSettings {
  return {
    resource: addressResource(address),
    endpoint: served.endpoint,
    metadata: served.metadata,
    source: served.machine(name).nics[0]!.addresses[0]!,
    credentials: keys(served.keyOf(name), served.apiSecret),
  };
}

export async function open(options: CloudOptions, address = IP): Promise<ExoscaleStage> {
  const served = await serveCloud({ timing: { reportsAfterMs: 5 }, ...options, shared: [address] });
  return {
    served,
    provider: exoscale.create(settingsOf(served, address)),
    cloud: served.cloud,
    faults: served.faults,
    address,
    id: (name) => served.machine(name).id,
    close: served.close,
  };
}
