import { expect, test } from 'vitest';
import type { Report } from '../../src/core/index.ts';
import { createJournal, type Entry } from '../../src/engine/journal.ts';
import { addressResource } from '../../src/wire/resource.ts';

const resource = addressResource('198.51.100.50');
const other = addressResource('198.51.100.51');

function notebook() {
  const entries: Entry[] = [];
  const journal = createJournal((entry) => entries.push(entry));
  const lines = () => entries.map(({ severity, sentence }) => `${severity}: ${sentence}`);
  return { journal, entries, lines };
}

const role: Report = { kind: 'role', from: 'backup', to: 'taking over', why: 'nobody holds the address' };
const takeover: Report = {
  kind: 'takeover',
  why: 'dead',
  from: 'lb1',
  silentMs: 3_250,
  refusedMs: null,
  readMs: 40,
  associateMs: 300,
  acceptedMs: 50,
  verifiedMs: 20,
  totalMs: 360,
};

test.each<[Report, Entry['severity']]>([
  [role, 'notice'],
  [takeover, 'notice'],
  [{ kind: 'condition', change: 'began', code: 'group', subject: '', facts: { named: 0 } }, 'warning'],
  [{ kind: 'condition', change: 'ended', code: 'group', subject: '', facts: { named: 0 } }, 'notice'],
  [{ kind: 'write', what: 'associate', message: 'refused' }, 'warning'],
  [{ kind: 'peer', peer: 'lb1', change: 'silent' }, 'warning'],
  [{ kind: 'peer', peer: 'lb1', change: 'refused' }, 'warning'],
  [{ kind: 'peer', peer: 'lb1', change: 'heard' }, 'info'],
  [{ kind: 'peer', peer: 'lb1', change: 'leaving' }, 'info'],
  [{ kind: 'notice', message: 'priority 10 -> 11' }, 'info'],
])('a report is one entry of its address, as severe as it matters: %j', (report, severity) => {
  const { journal, entries } = notebook();
  journal.report(resource, report, 0);
  expect(entries).toEqual([{ severity, resource, sentence: expect.any(String), report }]);
});

test('what the process says itself belongs to no address', () => {
  const { journal, entries } = notebook();
  journal.say('error', 'the port is taken');
  expect(entries).toEqual([{ severity: 'error', resource: null, sentence: 'the port is taken' }]);
});

test('every dropped datagram is counted, by its reason', () => {
  const { journal } = notebook();
  for (let i = 0; i < 5; i++) journal.dropped('stranger', '10.0.0.9', i);
  journal.dropped('bad-length', '10.0.0.9', 5);
  expect(journal.counters).toEqual({ stranger: 5, 'bad-length': 1 });
});

test('a reason is said once a minute, with how many were not said', () => {
  const { journal, lines } = notebook();
  const drop = (mono: number) => journal.dropped('stranger', '10.0.0.9', mono);
  const said = 'warning: dropped a datagram from 10.0.0.9: it is no member of the group (see -p and -G)';
  for (const mono of [1_000, 2_000, 60_999]) drop(mono);
  expect(lines()).toEqual([said]);
  drop(61_000);
  expect(lines()).toEqual([said, `${said} (and 2 more since)`]);
  drop(121_000);
  expect(lines().at(-1)).toBe(said);
});

test('reasons do not silence each other', () => {
  const { journal, lines } = notebook();
  journal.dropped('stranger', '10.0.0.9', 0);
  journal.dropped('too-long', '10.0.0.9', 1);
  expect(lines()).toHaveLength(2);
});

test('ten thousand forged datagrams a second for ten minutes are ten lines', () => {
  const { journal, lines } = notebook();
  for (let ms = 0; ms < 600_000; ms += 1)
    for (let i = 0; i < 10; i++) journal.dropped('bad-magic', '10.0.0.9', ms);
  expect([lines().length, journal.counters]).toEqual([10, { 'bad-magic': 6_000_000 }]);
});

test.each([
  ['replayed', 'info'],
  ['delayed', 'info'],
  ['impostor', 'warning'],
  ['reflected', 'warning'],
  ['other-address', 'warning'],
  ['bad-tlv', 'warning'],
] as const)('networks repeat and reorder: %s is worth %s', (reason, severity) => {
  const { journal, entries } = notebook();
  journal.dropped(reason, '10.0.0.9', 0);
  expect(entries[0]).toMatchObject({ severity, resource: null });
});

test('the last transition of each address is remembered, and only transitions are', () => {
  const { journal } = notebook();
  expect(journal.lastTransition(resource.key)).toBeNull();
  journal.report(resource, role, 1_000);
  journal.report(resource, takeover, 2_000);
  expect(journal.lastTransition(resource.key)).toEqual({
    mono: 1_000,
    from: 'backup',
    to: 'taking over',
    why: 'nobody holds the address',
  });
  expect(journal.lastTransition(other.key)).toBeNull();
});

test('a condition is said with what to do when it begins, and is over without', () => {
  const lines: string[] = [];
  const journal = createJournal(
    ({ sentence }) => lines.push(sentence),
    ({ code }) => (code === 'group' ? 'check -G' : ''),
  );
  const condition = { kind: 'condition', code: 'group', subject: '', facts: { named: 0 } } as const;
  journal.report(resource, { ...condition, change: 'began' }, 0);
  journal.report(resource, { ...condition, change: 'ended' }, 1);
  const what = 'the cloud names no member at all in the group: the list known before stays';
  expect(lines).toEqual([`${what}; check -G`, `over: ${what}`]);
});
