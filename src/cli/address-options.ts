import { named, optional, single } from '../config/option.ts';
import { choice, type Parser } from '../config/parse.ts';
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
    fallbackText: '4',
    summary: 'reserve an IPv4 or an IPv6 address',
    group: 'the cloud',
  }),
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
