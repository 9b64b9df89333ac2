import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { configDigest, nodeTag } from '../../src/wire/digest.ts';

const agreement = {
  resource: '198.51.100.50',
  voters: ['22222222222222222222222222222222', '11111111111111111111111111111111'],
  quorum: false,
  preempt: true,
  multi: false,
};

describe('the tag of a node', () => {
  test('is the first four bytes of SHA-256 of its 16 bytes', () => {
    // printf 9fd4b5f2e1734c8ab0d61122334455aa | xxd -r -p | sha256sum
    expect(nodeTag('9fd4b5f2e1734c8ab0d61122334455aa')).toBe(0x0c63c8cf);
  });

  test('is the same however many other nodes were asked for', () => {
    for (let i = 0; i < 3000; i++) nodeTag(i.toString(16).padStart(32, '0'));
    expect(nodeTag('9fd4b5f2e1734c8ab0d61122334455aa')).toBe(0x0c63c8cf);
  });
});

describe('the config digest', () => {
  test('is the first four bytes of SHA-256 of the canonical text', () => {
    const text =
      'address=198.51.100.50\n' +
      'voters=11111111111111111111111111111111,22222222222222222222222222222222\n' +
      'quorum=0\npreempt=1\nmulti=0\n';
    const expected = createHash('sha256').update(text).digest('hex').slice(0, 8);
    expect(configDigest(agreement).toString(16).padStart(8, '0')).toBe(expected);
  });

  test.each([{ preempt: false }, { multi: true }])(
    'with a quorum the voters alone must agree: not %j',
    (change) => {
      const quorum = { ...agreement, quorum: true };
      expect(configDigest({ ...quorum, ...change })).toBe(configDigest(quorum));
    },
  );

  test('does not depend on the order of the voters, and leaves their list alone', () => {
    const voters = [...agreement.voters];
    expect(configDigest({ ...agreement, voters: [...voters].reverse() })).toBe(configDigest(agreement));
    expect(agreement.voters).toEqual(voters);
  });

  test.each([
    ['resource', { resource: '198.51.100.51' }],
    ['voters', { voters: [] }],
    ['quorum', { quorum: true }],
    ['preempt', { preempt: false }],
    ['multi', { multi: true }],
  ])('differs with the %s', (_, change) => {
    expect(configDigest({ ...agreement, ...change })).not.toBe(configDigest(agreement));
  });
});
