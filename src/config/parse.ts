import type { IpAddress } from '../core/index.ts';
import { canonicalAddress } from '../wire/address.ts';
import type { Config, Group } from './config.ts';
import { Secret } from './secret.ts';

/** What became of one text: its value, or the words that follow "expected" in the message. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly expected: string };

/** Reads one text, whose surrounding blanks are gone. */
export type Parser<T> = (text: string) => Parsed<T>;

export function wholeNumber(min: number, max: number): Parser<number> {
  return (text) =>
    /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max
      ? value(Number(text))
      : expected(
          max === Number.MAX_SAFE_INTEGER
            ? `a whole number from ${min}`
            : `a whole number from ${min} to ${max}`,
        );
}

const milliseconds = { ms: 1, s: 1000, min: 60_000 } as const;

/** A duration in milliseconds, whole ones; a bare number counts seconds, as it does in exoip. */
export function duration(minMs: number, maxMs: number): Parser<number> {
  return (text) => {
    const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|min)?$/.exec(text) ?? [];
    const ms = Math.round(Number(amount) * milliseconds[unit as keyof typeof milliseconds]);
    return ms >= minMs && ms <= maxMs
      ? value(ms)
      : expected(`a duration from ${showDuration(minMs)} to ${showDuration(maxMs)}, such as 1, 0.2 or 200ms`);
  };
}

/** The same in hours too, for what may take long. */
export function longDuration(minMs: number, maxMs: number): Parser<number> {
  const parse = duration(minMs, maxMs);
  return (text) => {
    const [, hours] = /^(\d+(?:\.\d+)?|\.\d+)\s*h$/.exec(text) ?? [];
    return parse(hours === undefined ? text : `${Number(hours) * 60}min`);
  };
}

/** null: never. */
export function durationOrNever(minMs: number, maxMs: number): Parser<number | null> {
  const parse = duration(minMs, maxMs);
  return (text) => {
    const parsed = text === 'never' ? value(null) : parse(text);
    return parsed.ok ? parsed : expected(`${parsed.expected}, or never`);
  };
}

export function showDuration(ms: number): string {
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000}min`;
  return ms === 0 || (ms >= 50 && ms % 10 === 0) ? `${ms / 1000}s` : `${ms}ms`;
}

export function choice<const T extends string>(...words: readonly T[]): Parser<T> {
  return (text) => {
    const word = words.find((candidate) => candidate === text.toLowerCase());
    return word === undefined ? expected(`${words.slice(0, -1).join(', ')} or ${words.at(-1)}`) : value(word);
  };
}

const switches: Readonly<Record<string, boolean>> = {
  on: true,
  true: true,
  yes: true,
  '1': true,
  off: false,
  false: false,
  no: false,
  '0': false,
};

export const onOff: Parser<boolean> = (text) => {
  const known = switches[text.toLowerCase()];
  return known === undefined ? expected('on or off') : value(known);
};

export const ipAddress: Parser<IpAddress> = (text) => {
  const address = canonicalAddress(text);
  return address === null ? expected('an IPv4 or IPv6 address') : value(address);
};

/** A machine to send to: an address, or a name that the resolver is asked for again and again. */
export const hostOrAddress: Parser<string> = (text) => {
  const address = canonicalAddress(text);
  if (address !== null) return value(address);
  return isHostName(text)
    ? value(text.toLowerCase())
    : expected('addresses or host names, separated by commas');
};

/** The last label has a letter: `10.0.0` and `300.1.1.1` are mistyped addresses, not names. */
function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  return (
    text.length <= 253 &&
    labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?$/i.test(label)) &&
    /[a-z]/i.test(labels.at(-1) ?? '')
  );
}

/** An unspecified host stands for this machine's own address, as the cloud tells it. */
export const listenAddress: Parser<Config['listen']> = (text) => {
  const wanted = 'host:port, :port or [IPv6]:port';
  const [, six, four = '', digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (!(port >= 1 && port <= 65_535)) return expected(wanted);
  const host = six ?? four;
  if (['', '*', '0.0.0.0', '::'].includes(host)) return value({ port });
  const parsed = six === undefined ? hostOrAddress(host) : ipAddress(host);
  return parsed.ok ? value({ host: parsed.value, port }) : expected(wanted);
};

/** Of a kind that a cloud knows, or without one. Another word before a colon is a part of the name. */
export function machineGroup(kinds: readonly string[]): Parser<Group> {
  return (text) => {
    const [, before = '', after = ''] = /^([^:]*):\s*(\S.*)$/.exec(text) ?? [];
    if (kinds.includes(before)) return value({ kind: before, name: after });
    const name = text.trimStart();
    return /^\S.*$/.test(name) ? value({ name }) : expected(`a name, or one after ${colons(kinds)}`);
  };
}

function colons(kinds: readonly string[]): string {
  return kinds.map((kind) => `${kind}:`).join(', ');
}

/** Instance ids are compared as the cloud writes them in lower case. */
export const instanceId: Parser<string> = (text) =>
  /^[a-z0-9][a-z0-9-]{0,63}$/i.test(text)
    ? value(text.toLowerCase())
    : expected("an instance's id (letters, digits and dashes)");

export const cloudName: Parser<string> = (text) =>
  /^[a-z][a-z0-9-]*$/i.test(text) ? value(text.toLowerCase()) : expected("a cloud's name");

/** Requests carry credentials or are signed with them: TLS, unless they never leave this host. */
export const apiUrl: Parser<string> = (text) => {
  const url = plainUrl(text);
  const safe = url?.protocol === 'https:' || (url !== null && isLoopback(url.hostname));
  return url !== null && safe
    ? value(withoutSlash(url))
    : expected('an https:// URL without user, query or fragment (http:// on loopback only)');
};

/** Metadata services speak plain HTTP on a link-local address, and are told nothing. */
export const metadataUrl: Parser<string> = (text) => {
  const url = plainUrl(text);
  return url === null
    ? expected('an http:// or https:// URL without user, query or fragment')
    : value(withoutSlash(url));
};

function plainUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain = url !== null && /^https?:$/.test(url.protocol) && !/[?#]/.test(text);
  return plain && url.username === '' && url.password === '' ? url : null;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function withoutSlash(url: URL): string {
  return url.href.replace(/\/+$/, '');
}

export const network: Parser<Config['network']> = (text) => {
  if (text === 'auto' || text === 'private' || text === 'public') return value(text);
  const [host = '', prefix = '', ...rest] = text.split('/');
  const address = canonicalAddress(host);
  const longest = address?.includes(':') ? 128 : 32;
  return address !== null && rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest
    ? value({ cidr: `${address}/${Number(prefix)}` })
    : expected('private, public or a network such as 10.0.0.0/24');
};

export const absolutePath: Parser<string> = (text) =>
  text.startsWith('/') ? value(text) : expected('an absolute path');

export const path: Parser<string> = (text) => (text === '' ? expected('a path') : value(text));

/** Anything else could not go into a header of a request, and is a broken copy. */
export const secret: Parser<Secret> = (text) =>
  /^[\x21-\x7e]+$/.test(text)
    ? value(new Secret(text))
    : expected('one line of printable characters without blanks');

function value<T>(parsed: T): Parsed<T> {
  return { ok: true, value: parsed };
}

function expected<T>(words: string): Parsed<T> {
  return { ok: false, expected: words };
}
