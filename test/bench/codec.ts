/**
 * Encode and decode, per second. Run from the top of the repository:
 *
 *   node -e "import('vite').then(async (vite) => (await vite.runnerImport('./test/bench/codec.ts')).module.run())"
 */
import type { FullAdvertisement } from '../../src/core/index.ts';
import { decode, encode } from '../../src/wire/codec.ts';

const rounds = 9;
const perRound = 200_000;

export function run(): void {
  const plain = encode(advertisement);
  const exoip = plain.slice(0, 24);
  const noise = plain.map((byte, i) => (i === 24 ? byte ^ 1 : byte));
  report('encode', () => encode(advertisement));
  report('decode', () => decode(plain));
  report('decode, IPv6', decodeOf(encode({ ...advertisement, address: '2001:db8::50' })));
  report('decode, exoip', () => decode(exoip));
  report('refuse', () => decode(noise));
}

const advertisement: FullAdvertisement = {
  version: 2,
  address: '198.51.100.50',
  node: '9fd4b5f2e1734c8ab0d61122334455aa',
  tag: 0,
  priority: 20,
  exoipPriority: 255,
  flags: {
    leaving: false,
    unhealthy: false,
    unable: false,
    witness: false,
    released: false,
    probe: false,
    reply: false,
    preempt: true,
    apiOk: true,
    multi: false,
    quorum: false,
    restarting: false,
    ready: true,
    notACandidate: false,
  },
  role: 'backup',
  intervalMs: 1000,
  deadIntervalMs: 3250,
  supporters: 0,
  epoch: { startedAt: 1767225600, random: 0xdeadbeef },
  sequence: 43,
  claim: 7,
  wallMs: 1767225610000,
  echo: { epochRandom: 0xcafebabe, sequence: 41, ageMs: 12 },
  support: 0,
  holder: { tag: 0xff232d8f, ageMs: 20 },
  configDigest: 0x0a0b0c0d,
  graceMs: 0,
  readiness: { ageMs: 1500, failing: 0 },
};

function decodeOf(bytes: Uint8Array): () => unknown {
  return () => decode(bytes);
}

function report(what: string, work: () => unknown): void {
  const perSecond = Array.from({ length: rounds }, () => measure(work)).sort((a, b) => a - b);
  const median = perSecond[(rounds - 1) / 2] ?? 0;
  console.log(`${what.padEnd(14)} ${Math.round(median / 1000).toLocaleString('en')} k/s`);
}

function measure(work: () => unknown): number {
  const start = performance.now();
  for (let i = 0; i < perRound; i++) work();
  return (perRound / (performance.now() - start)) * 1000;
}
