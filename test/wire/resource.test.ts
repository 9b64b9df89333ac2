import { expect, test } from 'vitest';
import { addressResource, ipOf, keyBytes, keyFromBytes, recordResource } from '../../src/wire/resource.ts';

const www = { zone: 'example.org', name: 'www.example.org', type: 'A' };

test('an address is told apart by its text, and people read the same', () => {
  expect(addressResource('2001:db8::50')).toEqual({
    kind: 'address',
    ip: '2001:db8::50',
    key: '2001:db8::50',
    text: '2001:db8::50',
  });
});

test('a record is told apart by a digest of its three names', () => {
  // printf 'zone=example.org\nname=www.example.org\ntype=A\n' | sha256sum
  expect(recordResource(www)).toEqual({
    kind: 'record',
    ...www,
    key: 'record:5893ef73e280b99f',
    text: 'www.example.org A',
  });
});

test('case and a final dot make no other record', () => {
  const same = { zone: 'Example.ORG.', name: 'WWW.example.org.', type: 'a' };
  expect(recordResource(same)).toEqual(recordResource(www));
});

test.each([{ zone: 'org' }, { name: 'example.org' }, { type: 'AAAA' }])(
  'another name is another record: %j',
  (change) => {
    expect(recordResource({ ...www, ...change }).key).not.toBe(recordResource(www).key);
  },
);

test.each([
  '198.51.100.50',
  '2001:db8::50',
  '100:0:0:1::5',
  '1000::',
  'record:0000000000000001',
  recordResource(www).key,
])('%s goes into 16 bytes and comes back', (key) => {
  expect(keyBytes(key)).toHaveLength(16);
  expect(keyFromBytes(Uint8Array.from([7, ...keyBytes(key)]), 1)).toBe(key);
});

test('only an address has an address', () => {
  expect(
    [addressResource('198.51.100.50'), addressResource('nonsense'), recordResource(www)].map(ipOf),
  ).toEqual(['198.51.100.50', null, null]);
});
