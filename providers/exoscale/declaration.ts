import type { CloudDeclaration } from '../../src/ports/cloud.ts';

/** Which API: v2, or the cs-style one of Exoscale or of any Apache CloudStack. */
export type Dialect = 'v2' | 'exoscale' | 'cloudstack';

/** Exoscale, and every Apache CloudStack: the path of the endpoint tells which API is spoken there. */
export const declaration: CloudDeclaration = {
  name: 'exoscale',
  title: 'Exoscale',
  credentials: [
    {
      option: 'api-key',
      short: 'xk',
      label: 'API key',
      variables: ['EXOSCALE_API_KEY', 'IF_EXOSCALE_API_KEY'],
    },
    {
      option: 'api-secret',
      short: 'xs',
      label: 'API secret',
      variables: ['EXOSCALE_API_SECRET', 'IF_EXOSCALE_API_SECRET'],
    },
  ],
  // As in a stanza of exoip, where they hold whatever the cloud is.
  variables: {
    endpoint: ['IF_EXOSCALE_API_ENDPOINT'],
    group: ['IF_EXOSCALE_PEER_GROUP'],
    instance: ['IF_EXOSCALE_INSTANCE_ID'],
    peer: ['IF_EXOSCALE_PEERS'],
  },
  // As cloud-init detects it.
  detect: { product: /^Exoscale/ },
  endpoint: {
    path: /\/(v2|compute|v1|client\/api)\/*$/,
    expected:
      'https://api-ZONE.exoscale.com/v2, or https://HOST/compute or /v1 (cs-style API of Exoscale), ' +
      'or https://HOST/client/api (Apache CloudStack)',
  },
  groupKinds: { bare: 'security group', prefixes: { firewall: 'security group' } },
  flavours: { exoscale: 'cs-style', 'exoscale-v2': '', cloudstack: '' },
  /** An Elastic IP may have many holders; a secondary address of CloudStack belongs to one NIC. */
  traits: ({ endpoint }) => ({
    associate: dialectOf(endpoint) === 'cloudstack' ? 'refusedWhileHeld' : 'adds',
    fences: true,
    settleMs: 0,
  }),
};

/** Without an endpoint it is API v2, of the zone that metadata tells. Exoscale has switched the cs-style API off. */
export function dialectOf(endpoint: string | undefined): Dialect {
  const path = endpoint === undefined ? '/v2' : new URL(endpoint).pathname.replace(/\/+$/, '');
  if (path.endsWith('/client/api')) return 'cloudstack';
  return path.endsWith('/v2') ? 'v2' : 'exoscale';
}
