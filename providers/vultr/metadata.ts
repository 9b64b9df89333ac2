import * as v from 'valibot';
import { failure, type HttpRequest, request } from '../../src/adapters/http.ts';
import type { IpAddress } from '../../src/core/index.ts';
import type { ProviderSettings } from '../../src/ports/provider.ts';
import { canonicalAddress, inNetwork, isIPv6 } from '../../src/wire/address.ts';
import { Metadata } from './answers.ts';

/** The literal address needs no name server, and the link-local one no route. */
const METADATA = 'http://169.254.169.254';

/** What this machine's metadata service says of it. Anybody who answers there could lie: the API has to confirm it. */
export interface Told {
  readonly instance: string;
  readonly region: string;
  /** Its main IPv4 address, null without one. */
  readonly main: IpAddress | null;
  /** What else it should answer to: addresses, and networks as `address/prefix`. */
  readonly additional: readonly string[];
}

/** @throws unavailable - nobody answers there as Vultr does */
export async function tell(
  provider: string,
  settings: Pick<ProviderSettings, 'metadata' | 'source'>,
  signal: AbortSignal,
  timeoutMs = 1000,
): Promise<Told> {
  const asked: HttpRequest = {
    provider,
    method: 'GET',
    url: `${(settings.metadata ?? METADATA).replace(/\/+$/, '')}/v1.json`,
    write: false,
    // Which content type it has is not documented.
    expect: 'text',
    signal,
    timeoutMs,
    anonymous: true,
    advice: 'run on the instance itself, or give its id with --instance',
    ...(settings.source !== undefined && { localAddress: settings.source }),
  };
  const result = v.safeParse(Metadata, parsed((await request(asked)).text));
  if (result.success) return inWords(result.output);
  // The text itself is never shown: user data and passwords may be in it.
  const where = v.getDotPath(result.issues[0]) ?? 'the whole';
  throw failure(asked, { kind: 'unavailable', came: `no metadata of Vultr (${where} is not as expected)` });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function inWords(metadata: Metadata): Told {
  const { interfaces } = metadata;
  const open = interfaces.find((one) => one['network-type'] === 'public');
  const more = interfaces.flatMap(({ ipv4, ipv6 }) => [
    ...(ipv4?.additional ?? []),
    ...(ipv6?.additional ?? []),
  ]);
  return {
    instance: metadata['instance-v2-id'],
    region: metadata.region.regioncode,
    main: canonicalAddress(open?.ipv4?.address ?? ''),
    additional: more.map(({ address, network, prefix }) => address || `${network}/${prefix}`),
  };
}

/** Whether one of the texts, from metadata or the API, is the address or a network with it. */
export function isNamed(address: IpAddress, texts: readonly string[]): boolean {
  return texts.some((text) => canonicalAddress(text) === address || isWithin(address, text));
}

function isWithin(address: IpAddress, text: string): boolean {
  const [network = '', prefix = ''] = text.split('/');
  const first = canonicalAddress(network);
  if (first === null || !/^\d{1,3}$/.test(prefix)) return false;
  return Number(prefix) <= (isIPv6(first) ? 128 : 32) && inNetwork(address, `${first}/${prefix}`);
}
