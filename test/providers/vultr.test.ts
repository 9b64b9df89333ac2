import { type CloudOptions, type ServedCloud, serveCloud } from '../../providers/simulators.ts';
import { vultr } from '../../providers/vultr/provider.ts';
import { Secret } from '../../src/config/secret.ts';
import type { ProviderSettings } from '../../src/ports/provider.ts';
import { conforms, type Stage } from './contract.ts';

const IP = '203.0.113.10';

function settingsOf(served: ServedCloud, address = IP, name = 'lb1'): ProviderSettings {
  return {
    address,
    endpoint: served.endpoint,
    metadata: served.metadata,
    source: served.machine(name).nics[0]!.addresses[0]!,
    token: new Secret(served.tokenOf(name)),
  };
}

async function open(options: CloudOptions, address = IP): Promise<Stage & { served: ServedCloud }> {
  const served = await serveCloud({
    flavour: 'vultr',
    timing: { reportsAfterMs: 5 },
    ...options,
    shared: [address],
  });
  return {
    served,
    provider: vultr.create(settingsOf(served, address)),
    cloud: served.cloud,
    faults: served.faults,
    address,
    id: (name) => served.machine(name).id,
    close: served.close,
  };
}

// The simulator's credential: no error may hold it, nor what metadata keeps secret.
const CANARIES = ['dop_v1_simulated000000000000000000000000lb1', 'simulated-user-data-secret'];

conforms({
  name: 'vultr',
  open: ({ shared, ...options } = {}) => open(options, shared),
  commands: {
    read: 'get-reserved-ip',
    associate: 'attach-reserved-ip',
    dissociate: 'detach-reserved-ip',
  },
  // An answer that repeats the credentials must not carry them into an error.
  errorBody: (status) => ({ error: `canary ${CANARIES[0]}\n\u001b[31m`, status }),
  secrets: CANARIES,
  emptyAnswers: true,
});
