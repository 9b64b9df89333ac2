import { providers } from '../../providers/index.ts';
import { type CloudOptions, type ServedCloud, serveCloud } from '../../providers/simulators.ts';
import { Secret } from '../../src/config/secret.ts';
import type { ProviderSettings } from '../../src/ports/provider.ts';
import { conforms, type Stage } from './contract.ts';

const IP = '203.0.113.10';
// The simulator's tokens all begin so: no error may hold one.
const CANARY = 'dop_v1_simulated000000000000000000000000';
const digitalocean = providers.get('digitalocean')!;

function settingsOf(served: ServedCloud, address = IP, name = 'lb1'): ProviderSettings {
  return {
    address,
    endpoint: served.endpoint,
    metadata: served.metadata,
    source: served.machine(name).nics[0]!.addresses[0]!,
    token: new Secret(served.tokenOf(name)),
  };
}

async function open(
  { quirks: _, ...options }: CloudOptions,
  address = IP,
): Promise<Stage & { served: ServedCloud }> {
  const served = await serveCloud({
    timing: { reportsAfterMs: 5 },
    ...options,
    flavour: 'digitalocean',
    shared: [address, ...(options.shared ?? [])],
  });
  return {
    served,
    provider: digitalocean.create(settingsOf(served, address)),
    cloud: served.cloud,
    faults: served.faults,
    address,
    id: (name) => served.machine(name).id,
    close: served.close,
  };
}

const READ = 'GET /v2/reserved_ips/{ip}';
const ASSIGN = 'POST /v2/reserved_ips/{ip}/actions assign';
const UNASSIGN = 'POST /v2/reserved_ips/{ip}/actions unassign';

conforms({
  name: 'digitalocean',
  open: ({ shared, ...options } = {}) => open(options, shared),
  commands: { read: READ, associate: ASSIGN, dissociate: UNASSIGN },
  // An answer that repeats the token must not carry it into an error.
  errorBody: (status) => ({
    id: 'canary',
    message: `canary ${status} ${CANARY}lb1\n\u001b[31m`,
    request_id: `${CANARY}lb1`,
  }),
  secrets: [CANARY],
});
