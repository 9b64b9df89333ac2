import type { CloudDeclaration } from '../../../src/ports/cloud.ts';

/** A cloud that does not exist, and is all that a cloud must be: it proves that nothing else has to change. */
export const declaration: CloudDeclaration = {
  name: 'toy',
  title: 'Toy',
  credentials: [{ option: 'pass-phrase', label: 'pass phrase', variables: ['TOY_PASS_PHRASE'] }],
  variables: { endpoint: ['TOY_URL'], peer: ['TOY_PEERS'] },
  detect: { vendor: /^Toys & Sons$/ },
  endpoint: { path: /^\/$/, expected: 'https://toy.example' },
  budget: { requests: 77, per: 'hour', of: 'pass phrase' },
  groupKinds: { bare: 'box', prefixes: { shelf: 'shelf' } },
  flavours: { toy: 'of wood' },
  traits: () => ({ associate: 'moves', fences: true, settleMs: 0 }),
  isOnHost: () => false,
};
