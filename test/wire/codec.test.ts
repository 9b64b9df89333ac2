import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AdvertisedRole, type Flag, type FullAdvertisement, flagsOf } from '../../src/core/index.ts';
import { canonicalAddress } from '../../src/wire/address.ts';
import { nodeTag } from '../../src/wire/digest.ts';
import { layout } from '../../src/wire/layout.ts';
import { recordResource } from '../../src/wire/resource.ts';
import { createWire, type DecodeFailure } from '../../src/wire/wire.ts';

const node = '9fd4b5f2e1734c8ab0d61122334455aa';
const noFlags = flagsOf(0);
const { encode, decode } = createWire({ keys: null });

/** A holder's datagram, sealed with key 1. */
const sealedHex =
  '02010a0ac63364329fd4b5f2e1734c8ab0d61122334455aa4841493202010180007803e8014503026955b900deadbeef' +
  '0000002a000000070000019b76db4c10cafebabe000000290000000c01020304000000000a0b0c0d0000000000000000' +
  '0000ffffc6336432322609018df2fb57087b089bd2eb1748';
const holding: FullAdvertisement = {
  version: 2,
  resource: '198.51.100.50',
  node,
  tag: nodeTag(node),
  priority: 10,
  exoipPriority: 10,
  flags: { ...noFlags, preempt: true, apiOk: true },
  role: 'holding',
  intervalMs: 1000,
  deadIntervalMs: 3250,
  epoch: { startedAt: 1767225600, random: 0xdeadbeef },
  sequence: 42,
  claim: 7,
  echo: { epochRandom: 0xcafebabe, sequence: 41, ageMs: 12 },
  support: 0x01020304,
  holder: { tag: nodeTag(node), ageMs: 0 },
  configDigest: 0x0a0b0c0d,
  graceMs: 0,
};

/** A ready standby's datagram, not authenticated. */
const backupHex =
  '02011414c63364329fd4b5f2e1734c8ab0d61122334455aa4841493202001180008503e8014501006955b900deadbeef' +
  '0000002b000000070000019b76db4ff8cafebabe000000290000000c0000000000020000000000000000000000000000' +
  '0000ffffc63364320104ff232d8f0305000005dc0000000000000000000000000000000000';
const backup: FullAdvertisement = {
  ...holding,
  priority: 20,
  exoipPriority: 20,
  flags: { ...noFlags, preempt: true, apiOk: true, ready: true },
  role: 'backup',
  sequence: 43,
  support: 0,
  holder: { tag: 0xff232d8f, ageMs: 20 },
  configDigest: 0,
  readiness: { ageMs: 1500, failing: 0 },
};

/** exoip's own address, default priority and NIC id: the address of its README, the id of its tests. */
const exoipHex = '02010a0ac63364321128bd56b4d94ac6a7b9c715b187ce11';
const exoip = {
  version: 1,
  resource: '198.51.100.50',
  node: '1128bd56b4d94ac6a7b9c715b187ce11',
  tag: nodeTag('1128bd56b4d94ac6a7b9c715b187ce11'),
  priority: 10,
};

describe('known datagrams', () => {
  test('a sealed one is of an unknown key as long as there are no keys', () => {
    expect(decode(bytes(sealedHex))).toEqual({ ok: false, reason: 'unknown-key' });
  });

  test('a holder’s, without its key and MAC', () => {
    expect(decode(unsealed(sealedHex))).toEqual({ ok: true, advertisement: holding });
    expect(hex(encode(holding))).toBe(hex(withoutReserved(unsealed(sealedHex))));
  });

  test('a ready standby’s', () => {
    expect(decode(bytes(backupHex))).toEqual({ ok: true, advertisement: backup });
    expect(hex(encode(backup))).toBe(hex(withoutReserved(bytes(backupHex))));
  });

  test('exoip’s 24 bytes', () => {
    expect(decode(bytes(exoipHex))).toEqual({ ok: true, advertisement: exoip });
  });

  test('what exoip reads of ours is its own datagram', () => {
    const ours = encode({ ...backup, node: exoip.node, priority: 3, exoipPriority: 10 });
    expect(hex(ours.subarray(0, 24))).toBe(exoipHex);
  });

  test('an IPv6 address: exoip’s version is not claimed, its address field is zero', () => {
    const sent = encode({ ...backup, resource: '2001:db8::50' });
    expect(hex(sent.subarray(0, 8))).toBe('0202141400000000');
    expect(advertisementOf(sent).resource).toBe('2001:db8::50');
  });

  test('a record: in the native form, by a key in the block that routers discard', () => {
    const { key } = recordResource({ zone: 'example.org', name: 'www.example.org', type: 'A' });
    const sent = encode({ ...backup, resource: key });
    expect(hex(sent.subarray(0, 8))).toBe('0202141400000000');
    expect(hex(sent.subarray(88, 104))).toBe('01000000000000005893ef73e280b99f');
    expect(advertisementOf(sent).resource).toBe(key);
  });

  test('a native IPv4 datagram is read as well', () => {
    const native = changed(bytes(backupHex), layout.form, [2, 2]);
    expect(decode(native)).toEqual({ ok: true, advertisement: backup });
  });
});

describe('layout', () => {
  test('fields touch each other, and the TLVs begin where they end', () => {
    const ends = Object.values(layout).map(([at, length]) => at + length);
    const starts = Object.values(layout).map(([at]) => at);
    expect(starts.slice(1)).toEqual(ends.slice(0, -1));
    expect(starts[0]).toBe(0);
  });
});

describe('round trip', () => {
  test('what is sent is what is read', () => {
    fc.assert(
      fc.property(advertisements(), (sent) => {
        expect(advertisementOf(encode(sent))).toEqual(sent);
      }),
      { numRuns: 2000 },
    );
  });

  test('a datagram may be a window of a larger buffer', () => {
    fc.assert(
      fc.property(advertisements(), fc.nat(64), (sent, offset) => {
        const datagram = encode(sent);
        const buffer = new Uint8Array(offset + datagram.length + 7).fill(0xa5);
        buffer.set(datagram, offset);
        expect(advertisementOf(buffer.subarray(offset, offset + datagram.length))).toEqual(sent);
      }),
    );
  });

  test('a datagram is not changed by the next one', () => {
    const first = encode(holding);
    const before = hex(first);
    encode(backup);
    expect(hex(first)).toBe(before);
  });

  test('nothing of a longer datagram is left in a shorter one', () => {
    const before = hex(encode(holding));
    encode({ ...backup, graceMs: 0xffffffff, readiness: { ageMs: 0xffffffff, failing: 0xff } });
    expect(hex(encode(holding))).toBe(before);
  });

  test('senders whose ids are alike are told apart', () => {
    const twin = (text: string) => `${text.padEnd(24, '0')}334455aa`;
    for (const id of ['1', '2', '01', '00000000a', '0000000000000000b', '1'].map(twin)) {
      expect(advertisementOf(encode({ ...backup, node: id }))).toMatchObject({ node: id, tag: nodeTag(id) });
    }
  });

  test('the tag is computed, whatever the sender wrote into it', () => {
    expect(advertisementOf(encode({ ...backup, tag: 99 })).tag).toBe(nodeTag(node));
  });
});

describe('numbers that do not fit', () => {
  const sent = (change: Partial<FullAdvertisement>) => advertisementOf(encode({ ...backup, ...change }));
  const holder = (ageMs: number) => sent({ holder: { tag: 5, ageMs } }).holder;

  test('the claim saturates', () => {
    expect(sent({ claim: 2 ** 32 + 5 }).claim).toBe(0xffffffff);
  });

  test('the age of the echo saturates; its fractions are dropped', () => {
    expect(sent({ echo: { epochRandom: 1, sequence: 2, ageMs: 2 ** 40 } }).echo?.ageMs).toBe(0xffffffff);
    expect(sent({ echo: { epochRandom: 1, sequence: 2, ageMs: 12.9 } }).echo?.ageMs).toBe(12);
  });

  test('the dead interval is rounded up to 10 ms', () => {
    expect(sent({ deadIntervalMs: 3241 }).deadIntervalMs).toBe(3250);
    expect(sent({ deadIntervalMs: 1e9 }).deadIntervalMs).toBe(655350);
  });

  test('the holder’s age is rounded up to 10 ms', () => {
    expect(holder(20.1)).toEqual({ tag: 5, ageMs: 30 });
  });

  test('only the holder itself says 0', () => {
    expect(holder(0)).toEqual({ tag: 5, ageMs: 10 });
    expect(sent({ role: 'holding', holder: null }).holder).toEqual({ tag: nodeTag(node), ageMs: 0 });
  });

  test('a very old holder is still a holder', () => {
    expect(holder(1e9)).toEqual({ tag: 5, ageMs: 655340 });
    expect(sent({ holder: null }).holder).toBeNull();
  });

  test('the age of the readiness proof saturates', () => {
    expect(sent({ readiness: { ageMs: Number.POSITIVE_INFINITY, failing: 300 } }).readiness).toEqual({
      ageMs: 0xffffffff,
      failing: 255,
    });
  });

  test('no number makes it throw or reach into a neighbouring field', () => {
    const odd = fc.constantFrom(
      -1,
      -0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      1e300,
    );
    fc.assert(
      fc.property(odd, (value) => {
        const read = sent({
          priority: value,
          intervalMs: value,
          graceMs: value,
        });
        expect(read.role).toBe('backup');
        expect(read.sequence).toBe(backup.sequence);
        expect(read.holder).toEqual(backup.holder);
      }),
    );
  });
});

describe('the priority exoip reads and the one that counts', () => {
  const words: [string, number[], number][] = [
    ['0: as byte 2', [0, 0], 20],
    ['marked: the low byte', [1, 7], 7],
    ['marked zero is priority 0', [1, 0], 0],
    ['another mark: as byte 2', [2, 7], 20],
    ['no mark: as byte 2', [0, 7], 20],
  ];
  test.each(words)('%s', (_, word, expected) => {
    const read = advertisementOf(changed(bytes(backupHex), layout.effectivePriority, word));
    expect([read.priority, read.exoipPriority]).toEqual([expected, 20]);
  });
});

describe('flags', () => {
  const masks: [Flag, number][] = [
    ['leaving', 0x0001],
    ['unhealthy', 0x0002],
    ['unable', 0x0004],
    ['witness', 0x0008],
    ['released', 0x0010],
    ['probe', 0x0020],
    ['preempt', 0x0080],
    ['apiOk', 0x0100],
    ['quorum', 0x0400],
    ['restarting', 0x0800],
    ['ready', 0x1000],
    ['notACandidate', 0x2000],
    ['heir', 0x4000],
  ];
  test.each(masks)('%s has its bit', (name, mask) => {
    const datagram = encode({ ...backup, flags: { ...noFlags, [name]: true } });
    expect(new DataView(datagram.buffer, datagram.byteOffset).getUint16(layout.flags[0])).toBe(mask);
  });
});

describe('extras of a later version', () => {
  test('unknown flags are ignored', () => {
    expect(decode(changed(bytes(backupHex), layout.flags, [0x93, 0xc0]))).toEqual({
      ok: true,
      advertisement: backup,
    });
  });

  test('reserved bytes are ignored', () => {
    const datagram = changed(bytes(backupHex), layout.reserved1, [7]);
    expect(decode(changed(datagram, layout.reserved8, Array(8).fill(0xff)))).toEqual({
      ok: true,
      advertisement: backup,
    });
  });

  test('unknown TLVs are skipped, wherever they stand', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 255 }), fc.uint8Array({ maxLength: 60 }), (type, value) => {
        const unknown = [type, value.length, ...value];
        const own = [...bytes(backupHex).subarray(104, -16)];
        for (const tlvs of [
          [...unknown, ...own],
          [...own, ...unknown],
        ]) {
          expect(advertisementOf(withTlvs(tlvs))).toEqual(backup);
        }
      }),
    );
  });

  test('the MAC is not looked at without a key', () => {
    const datagram = bytes(backupHex).fill(0xee, -16);
    expect(decode(datagram)).toEqual({ ok: true, advertisement: backup });
  });

  test('a holder without a name is no holder', () => {
    expect(advertisementOf(withTlvs([])).holder).toBeNull();
  });

  test('without TLV 1 the holder is the supported node', () => {
    const datagram = changed(withTlvs([]), layout.support, [1, 2, 3, 4]);
    expect(advertisementOf(datagram).holder).toEqual({ tag: 0x01020304, ageMs: 20 });
  });
});

describe('what is no datagram', () => {
  const whole = bytes(backupHex);
  const cases: [DecodeFailure, string, Uint8Array][] = [
    ['too-long', '513 bytes', new Uint8Array(513)],
    ['too-long', 'whatever else is wrong', new Uint8Array(65507).fill(0xff)],
    ['bad-length', 'nothing', new Uint8Array(0)],
    ['bad-length', 'one byte less than exoip’s', whole.subarray(0, 23)],
    ['bad-length', 'one byte more than exoip’s', whole.subarray(0, 25)],
    ['bad-length', 'one byte less than ours', whole.subarray(0, 119)],
    ['bad-version', 'version 3', changed(whole, layout.form, [2, 3])],
    ['bad-version', 'version 1', changed(whole, layout.form, [1, 1])],
    [
      'bad-version',
      'the native form in exoip’s 24 bytes',
      changed(whole, layout.form, [2, 2]).subarray(0, 24),
    ],
    ['priorities-differ', 'the repetition', changed(whole, layout.priorityAgain, [21])],
    ['priorities-differ', 'exoip’s too', changed(whole, layout.priority, [21]).subarray(0, 24)],
    ['bad-magic', 'HAI3', changed(whole, layout.magic, [0x48, 0x41, 0x49, 0x33])],
    ['bad-extension-version', '3', changed(whole, layout.extensionVersion, [3])],
    ['bad-length-field', 'too large', changed(whole, layout.totalLength, [0, 134])],
    ['bad-length-field', 'too small', changed(whole, layout.totalLength, [0, 132])],
    ['unknown-key', '1', changed(whole, layout.keyId, [1])],
    ['bad-role', '4, which was never used', changed(whole, layout.role, [4])],
    ['bad-role', '6', changed(whole, layout.role, [6])],
    ['bad-role', '255', changed(whole, layout.role, [255])],
    ['bad-address', 'its two places differ', changed(whole, layout.address4, [198, 51, 100, 51])],
    ['bad-address', 'IPv6 in the compatible form', changed(encodeIPv6(), layout.form, [2, 1])],
    ['bad-address', 'IPv6 beside an IPv4 address', changed(encodeIPv6(), layout.address4, [1, 2, 3, 4])],
    ['bad-tlv', 'a type without a length', withTlvs([9])],
    ['bad-tlv', 'longer than its room', withTlvs([9, 1])],
    ['bad-tlv', 'reaching into the MAC', withTlvs([9, 16, 0])],
    ['bad-tlv', 'a holder tag of 3 bytes', withTlvs([1, 3, 0, 0, 0])],
    ['bad-tlv', 'a bound of 5 bytes', withTlvs([2, 5, 0, 0, 0, 0, 0])],
    ['bad-tlv', 'a readiness of 4 bytes', withTlvs([3, 4, 0, 0, 0, 0])],
  ];
  test.each(cases)('%s: %s', (reason, _, datagram) => {
    expect(decode(datagram)).toEqual({ ok: false, reason });
  });

  test('a cut-off datagram is none, but for exoip’s first 24 bytes', () => {
    for (const datagram of [whole, encode(holding), encodeIPv6()]) {
      for (let length = 0; length < datagram.length; length++) {
        const compatible = length === 24 && datagram[1] === 1;
        expect(decode(datagram.subarray(0, length)).ok, `${length} bytes`).toBe(compatible);
      }
    }
  });

  test('a datagram with bytes after it is none', () => {
    for (let more = 1; more <= 600; more++) {
      const longer = new Uint8Array(whole.length + more);
      longer.set(whole);
      const reason = longer.length > 512 ? 'too-long' : 'bad-length-field';
      expect(decode(longer)).toEqual({ ok: false, reason });
    }
  });

  test('the longest datagram is one', () => {
    expect(decode(withTlvs([9, 200, ...Array(200).fill(0), 10, 188, ...Array(188).fill(0)])).ok).toBe(true);
  });

  test('random bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (datagram) => {
        decode(datagram);
      }),
      { numRuns: 5000 },
    );
  });

  test('a datagram with random bytes in it never throws, and what is read can be sent again', () => {
    const change = fc.tuple(fc.nat(132), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const datagram = bytes(backupHex);
        for (const [at, byte] of changes) datagram[at] = byte;
        const read = decode(datagram);
        if (read.ok && read.advertisement.version === 2) {
          expect(advertisementOf(encode(read.advertisement)).node).toBe(read.advertisement.node);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

function hex(datagram: Uint8Array): string {
  return Buffer.from(datagram).toString('hex');
}

/** The same datagram as a node without keys sends it. */
function unsealed(text: string): Uint8Array {
  return changed(bytes(text), layout.keyId, [0]).fill(0, -16);
}

function changed(datagram: Uint8Array, [at]: readonly [number, number], value: number[]): Uint8Array {
  const copy = Uint8Array.from(datagram);
  copy.set(value, at);
  return copy;
}

/** The same datagram with its reserved bytes as they are sent: earlier versions wrote into them. */
function withoutReserved(datagram: Uint8Array): Uint8Array {
  return changed(changed(datagram, layout.reserved1, [0]), layout.reserved8, Array(8).fill(0));
}

/** The standby's datagram with these TLVs instead of its own. */
function withTlvs(tlvs: number[]): Uint8Array {
  const datagram = Uint8Array.from([...bytes(backupHex).subarray(0, 104), ...tlvs, ...Array(16).fill(0)]);
  new DataView(datagram.buffer).setUint16(layout.totalLength[0], datagram.length);
  return datagram;
}

function encodeIPv6(): Uint8Array {
  return encode({ ...backup, resource: '2001:db8::50' });
}

function advertisementOf(datagram: Uint8Array): FullAdvertisement {
  const read = decode(datagram);
  if (!read.ok || read.advertisement.version !== 2) throw new Error(`not read: ${JSON.stringify(read)}`);
  return read.advertisement;
}

const recordKey = fc.string().map((name) => recordResource({ zone: 'example.org', name, type: 'A' }).key);

/** Everything a node may say, in values that survive the journey unchanged. */
function advertisements(): fc.Arbitrary<FullAdvertisement> {
  const u8 = fc.nat(0xff);
  const u16 = fc.nat(0xffff);
  const u32 = fc.nat(0xffffffff);
  const some = fc.integer({ min: 1, max: 0xffffffff });
  const spoken = fc
    .record({
      version: fc.constant(2 as const),
      resource: fc.oneof(fc.ipV4(), fc.ipV6(), recordKey).map((text) => canonicalAddress(text) ?? text),
      node: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(hex),
      priority: u8,
      exoipPriority: u8,
      flags: fc.nat(0x7fff).map(flagsOf),
      role: fc.constantFrom<AdvertisedRole[]>('init', 'backup', 'acquiring', 'holding', 'witness'),
      intervalMs: u16,
      deadIntervalMs: u16.map((tens) => tens * 10),
      epoch: fc.record({ startedAt: u32, random: u32 }),
      sequence: u32,
      claim: u32,
      echo: fc.option(fc.record({ epochRandom: some, sequence: u32, ageMs: u32 })),
      support: u32,
      holder: fc.option(
        fc.record({ tag: some, ageMs: fc.integer({ min: 1, max: 0xfffe }).map((n) => n * 10) }),
      ),
      configDigest: u32,
      graceMs: u32,
      readiness: fc.option(fc.record({ ageMs: u32, failing: u8 }), { nil: undefined }),
    })
    .map((value) => ({ ...value, tag: nodeTag(value.node) }));
  return spoken.map((value) =>
    value.role === 'holding' ? { ...value, holder: { tag: value.tag, ageMs: 0 } } : value,
  );
}
