import { expect, test } from 'vitest';
import { chooseAddresses, type NetworkChoice, type OwnNetworks } from '../../src/engine/group.ts';
import type { GroupMember, NetworkAddress } from '../../src/ports/provider.ts';

const shared = '198.51.100.50';

/** `vpc 10.0.0.1` is an address of the private network `vpc`; a bare address is public. */
function address(text: string): NetworkAddress {
  const [network, ip] = text.includes(' ') ? text.split(' ') : ['public', text];
  return { ip: ip!, network: network!, private: network !== 'public' };
}

const machine = (instance: string, ...addresses: string[]): GroupMember => ({
  instance,
  state: 'running',
  addresses: addresses.map(address),
});

const own = (addresses: string[], listen = addresses[0]!.split(' ').at(-1)!): OwnNetworks => ({
  addresses: addresses.map(address),
  shared: [shared],
  listen,
});

/** Where advertisements go, by machine. */
function chosen(machines: GroupMember[], networks: OwnNetworks, choice: NetworkChoice): string[] {
  return chooseAddresses(machines, networks, choice).map(({ instance, address: to }) => `${instance} ${to}`);
}

const a = machine('a', '203.0.113.1', 'vpc 10.0.0.1');
const b = machine('b', '203.0.113.2', 'vpc 10.0.0.2');
const publicOnly = machine('c', '203.0.113.3');
const privateOnly = machine('d', 'vpc 10.0.0.4');
const elsewhere = machine('e', '203.0.113.5', 'other 10.9.0.5');
const me = own(['203.0.113.1', 'vpc 10.0.0.1']);

test.each<[string, GroupMember[], OwnNetworks, NetworkChoice, string[]]>([
  ['auto: a private network that all share', [a, b], me, 'auto', ['a 10.0.0.1', 'b 10.0.0.2']],
  ['auto: one lacks it, so all by public', [a, publicOnly], me, 'auto', ['a 203.0.113.1', 'c 203.0.113.3']],
  [
    'auto: a private network of others is none',
    [a, elsewhere],
    me,
    'auto',
    ['a 203.0.113.1', 'e 203.0.113.5'],
  ],
  [
    'auto: this node has no private network',
    [a, b],
    own(['203.0.113.1']),
    'auto',
    ['a 203.0.113.1', 'b 203.0.113.2'],
  ],
  ['auto: nobody has a public address', [privateOnly], own(['other 10.9.0.9']), 'auto', ['d 10.0.0.4']],
  ['auto: an empty group', [], me, 'auto', []],
  ['private: whoever has none is left out', [a, publicOnly], me, 'private', ['a 10.0.0.1']],
  ['public: whoever has none is left out', [a, privateOnly], me, 'public', ['a 203.0.113.1']],
  ['a network by its CIDR', [a, elsewhere], me, { cidr: '10.0.0.0/8' }, ['a 10.0.0.1', 'e 10.9.0.5']],
  ['a CIDR that some lack', [a, elsewhere], me, { cidr: '10.0.0.0/24' }, ['a 10.0.0.1']],
])('%s', (_name, machines, networks, choice, expected) => {
  expect(chosen(machines, networks, choice)).toEqual(expected);
});

test('a shared address is never a way to a machine, nor a mark of one', () => {
  const holder = machine('a', shared, '203.0.113.1');
  const [member] = chooseAddresses([holder], me, 'public');
  expect([member!.address, member!.addresses]).toEqual(['203.0.113.1', ['203.0.113.1']]);
});

test('a machine with nothing but the shared address cannot be heard, and is left out', () => {
  expect(chosen([a, machine('x', shared)], me, 'public')).toEqual(['a 203.0.113.1']);
});

test('members are reached by the family that this node listens on', () => {
  const both = machine('a', '203.0.113.1', '2001:db8::1');
  const onlyFour = machine('b', '203.0.113.2');
  expect(chosen([both, onlyFour], own(['2001:db8::9']), 'auto')).toEqual(['a 2001:db8::1']);
  expect(chosen([both, onlyFour], own(['203.0.113.9']), 'auto')).toEqual(['a 203.0.113.1', 'b 203.0.113.2']);
});

test('an IPv6 address does not match an IPv4 network', () => {
  const both = machine('a', '2001:db8::1', 'vpc 10.0.0.1');
  expect(chosen([both], own(['203.0.113.9']), { cidr: '10.0.0.0/8' })).toEqual(['a 10.0.0.1']);
  expect(chosen([both], own(['2001:db8::9']), { cidr: '10.0.0.0/8' })).toEqual([]);
});

test('datagrams are accepted from every address of a member, whichever is chosen', () => {
  const machines = [{ ...a, node: 'aa'.repeat(16), name: 'lb1' }];
  expect(chooseAddresses(machines, me, 'auto')).toEqual([
    {
      address: '10.0.0.1',
      addresses: ['203.0.113.1', '10.0.0.1'],
      instance: 'a',
      node: 'aa'.repeat(16),
      name: 'lb1',
    },
  ]);
});
