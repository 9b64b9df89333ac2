import { flag, named, optional, single } from '../../config/option.ts';
import { choice, duration, type Parser, showDuration } from '../../config/parse.ts';
import { json } from './json-option.ts';

const word: Parser<string> = (text) =>
  text.trim() === '' ? { ok: false, expected: 'a name or an id' } : { ok: true, value: text.trim() };

function ipFamily(text: string): ReturnType<Parser<4 | 6>> {
  const chosen = choice('4', '6')(text);
  return chosen.ok ? { ok: true, value: chosen.value === '6' ? 6 : 4 } : chosen;
}

/** Options of `ha-ip address` alone. */
export const ADDRESS_OPTIONS = named({
  zone: optional(word, {
    argument: 'ZONE',
    fallbackText: "this machine's",
    summary: 'where to reserve an address: a zone, region or data centre of the cloud',
    group: 'the cloud',
  }),
  family: single(ipFamily, {
    argument: '4|6',
    fallback: 4,
    summary: 'reserve an IPv4 or an IPv6 address',
    group: 'the cloud',
  }),
  json,
});

/** Options of `ha-ip handover` alone. */
export const HANDOVER_OPTIONS = named({
  to: optional(word, {
    argument: 'PEER',
    fallbackText: 'the best',
    summary: 'who is to take over: a name, address or instance id as status shows it',
    group: 'the group',
  }),
  for: optional(duration(1_000, 30 * 86_400_000), {
    argument: 'DURATION',
    fallbackText: 'until told with --end',
    summary: 'stand aside for so long, then take part again',
    group: 'timing',
    show: showDuration,
  }),
  end: flag({ summary: 'take part again', group: 'the group' }),
  json,
});

/** Options of `ha-ip move` alone. */
export const MOVE_OPTIONS = named({
  to: optional(word, {
    argument: 'INSTANCE',
    summary: 'the machine, by id, or by name with --group',
    group: 'the address',
  }),
});
