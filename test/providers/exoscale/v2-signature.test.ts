import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { authorization, message } from '../../../providers/exoscale/v2/signature.ts';

interface Vector {
  name: string;
  key: string;
  secret: string;
  expires: number;
  method: string;
  url: string;
  body: string;
  message: string;
  signature: string;
  authorization: string;
}

const file = new URL('../../data/exo2-signature-vectors.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] };

// The vectors were computed with egoscale's and requests-exoscale-auth's signers (see `produced_by` in the file). They
// disagree about which names are listed of repeated and of empty parameters, which we never send; the signatures are
// the same, and `authorization` follows egoscale.
test.each(vectors)('$name', ({ method, url, body, expires, key, secret, ...expected }) => {
  const request = { method, url: new URL(url), body };
  expect(message(request, expires)).toBe(expected.message);
  const header = authorization(request, { key, secret }, expires);
  expect(header).toBe(expected.authorization);
  expect(header).toMatch(new RegExp(`signature=${expected.signature.replaceAll(/[+/=]/g, '\\$&')}$`));
});

test('all eighteen vectors are here', () => {
  expect(vectors).toHaveLength(18);
});
