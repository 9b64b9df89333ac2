import type { CloudDeclaration } from '../../src/ports/cloud.ts';

/** Vultr by its API, version 2: reserved IPs, of either family. Nothing here ever restarts a machine. */
export const declaration: CloudDeclaration = {
  name: 'vultr',
  title: 'Vultr',
  credentials: [{ option: 'token', label: 'API key', variables: ['VULTR_API_KEY', 'IF_VULTR_API_KEY'] }],
  variables: { endpoint: ['VULTR_API_URL'] },
  // cloud-init knows Vultr's machines by the same text.
  detect: { vendor: /^Vultr$/ },
  endpoint: { path: /\/v2\/*$/, expected: 'https://api.vultr.com/v2 or another URL that ends with /v2' },
  budget: { requests: 30, per: 'second', of: 'machine' },
  groupKinds: { bare: 'firewall group', prefixes: { firewall: 'firewall group', tag: 'tag', vpc: 'VPC' } },
  flavours: { vultr: '' },
  /** Whether an address could be attached straight away from its holder is not documented: it is detached first. */
  traits: () => ({ associate: 'refusedWhileHeld', fences: true, settleMs: 0 }),
};
