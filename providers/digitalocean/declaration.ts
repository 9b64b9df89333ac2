import type { CloudDeclaration } from '../../src/ports/cloud.ts';

/** DigitalOcean's reserved IPv4 and IPv6 addresses. */
export const declaration: CloudDeclaration = {
  name: 'digitalocean',
  title: 'DigitalOcean',
  credentials: [
    {
      option: 'token',
      label: 'API token',
      variables: ['DIGITALOCEAN_TOKEN', 'DIGITALOCEAN_ACCESS_TOKEN', 'IF_DIGITALOCEAN_TOKEN'],
      form: { pattern: /^[\x21-\x7e]+$/, characters: 'letters, digits and _' },
    },
  ],
  variables: { endpoint: ['DIGITALOCEAN_API_URL'] },
  detect: { vendor: /^DigitalOcean$/ },
  endpoint: {
    path: /^\/*(v2\/*)?$/,
    expected: 'https://api.digitalocean.com or another host without a path',
  },
  // And 250 a minute, for all machines together that share the token.
  budget: { requests: 5000, per: 'hour', of: 'token' },
  groupKinds: { bare: 'tag', prefixes: { tag: 'tag', vpc: 'VPC', firewall: 'cloud firewall' } },
  flavours: { digitalocean: '' },
  /** Unassigning takes the address from whoever has it: `dissociate` reads and compares first. */
  traits: () => ({ associate: 'moves', fences: true, settleMs: 0 }),
  // A reserved IPv4 arrives at the anchor address; a reserved IPv6 is routed to the droplet as it is.
  isOnHost: (address) => address.includes(':'),
};
