import { type FullAdvertisement, flagsOf } from '../../src/core/index.ts';
import { createWire } from '../../src/wire/wire.ts';
import type { Figures } from './conditions.ts';

const perRound = 200_000;

/** Encoded and decoded datagrams per second. */
export function figures(rounds: number): Figures[] {
  const { encode, decode } = createWire({ keys: null });
  const plain = encode(advertisement);
  const native = encode({ ...advertisement, resource: '2001:db8::50' });
  const exoip = plain.slice(0, 24);
  const noise = plain.map((byte, i) => (i === 24 ? byte ^ 1 : byte));
  const work: Record<string, () => unknown> = {
    encode: () => encode(advertisement),
    decode: () => decode(plain),
    'decode, IPv6': () => decode(native),
    'decode, exoip': () => decode(exoip),
    refuse: () => decode(noise),
  };
  return Object.entries(work).map(([what, act]) => ({
    what,
    unit: 'thousand/s',
    samples: Array.from({ length: rounds }, () => measure(act) / 1000),
  }));
}

const advertisement: FullAdvertisement = {
  version: 2,
  resource: '198.51.100.50',
  node: '9fd4b5f2e1734c8ab0d61122334455aa',
  tag: 0,
  priority: 20,
  exoipPriority: 255,
  flags: flagsOf(0x1180),
  role: 'backup',
  intervalMs: 1000,
  deadIntervalMs: 3250,
  epoch: { startedAt: 1767225600, random: 0xdeadbeef },
  sequence: 43,
  claim: 7,
  echo: { epochRandom: 0xcafebabe, sequence: 41, ageMs: 12 },
  support: 0,
  holder: { tag: 0xff232d8f, ageMs: 20 },
  configDigest: 0x0a0b0c0d,
  graceMs: 0,
  readiness: { ageMs: 1500, failing: 0 },
};

function measure(work: () => unknown): number {
  const start = performance.now();
  for (let i = 0; i < perRound; i++) work();
  return (perRound / (performance.now() - start)) * 1000;
}
