import { failure, type HttpRequest, request } from '../../src/adapters/http.ts';
import type { InstanceId, IpAddress } from '../../src/core/index.ts';
import { ProviderError, type ProviderSettings } from '../../src/ports/provider.ts';
import { canonicalAddress, isIPv6 } from '../../src/wire/address.ts';
import { ipOf } from '../../src/wire/resource.ts';

/** What the metadata service says of the machine that asks. */
export interface Own {
  readonly instance: InstanceId;
  readonly region: string;
  readonly addresses: readonly IpAddress[];
}

/** The literal address needs no name server, and the link-local one no route. */
const METADATA = 'http://169.254.169.254';

/**
 * Asks path by path: the whole document holds secrets (`user_data`, `auth_key`). Anybody who answers on that address
 * could lie: the caller confirms all of it by the authenticated API. What it says of reserved addresses is not read,
 * because nobody documents how fresh that is.
 */
export async function ownMachine(
  provider: string,
  settings: ProviderSettings,
  signal: AbortSignal,
): Promise<Own> {
  const service = new Service(provider, settings, signal);
  const instance = await service.value('id', instanceIn);
  const region = await service.value('region', regionIn);
  const addresses = await Promise.all(
    ['public/0/ipv4', 'private/0/ipv4', 'public/0/ipv6'].map((path) =>
      service.optional(`interfaces/${path}/address`, canonicalAddress),
    ),
  );
  return { instance, region, addresses: addresses.filter((ip) => ip !== null) };
}

/** A droplet's id in text form, which the contract calls an instance id; null if it is none. */
export function instanceIn(text: string): InstanceId | null {
  return /^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text)) ? text : null;
}

function regionIn(text: string): string | null {
  return /^[a-z0-9-]{1,32}$/.test(text) ? text : null;
}

/**
 * What the host must have. A reserved IPv4 arrives at the anchor address, which DigitalOcean configures: nothing is to
 * be done. A reserved IPv6 is only routed to the droplet.
 */
export async function anchor(
  provider: string,
  settings: ProviderSettings,
  signal: AbortSignal,
): Promise<string[]> {
  const service = new Service(provider, settings, signal);
  const ip = ipOf(settings.resource) ?? settings.resource.text;
  if (!isIPv6(ip)) return anchor4(ip, service);
  const gateway = await service.optional('interfaces/public/0/ipv6/gateway', canonicalAddress);
  if (gateway === null)
    return [`this droplet has no IPv6: enable it in the control panel, or ${ip} cannot reach it`];
  return [
    `ip -6 addr replace ${ip}/128 dev lo`,
    `ip -6 route replace default via ${gateway} dev eth0`,
    "on every machine of the group; a restart forgets both, unless they are in the system's network settings",
  ];
}

async function anchor4(ip: IpAddress, service: Service): Promise<string[]> {
  const path = 'interfaces/public/0/anchor_ipv4';
  const own = await service.optional(`${path}/address`, canonicalAddress);
  const gateway = await service.optional(`${path}/gateway`, canonicalAddress);
  if (own === null)
    return [
      `this droplet has no anchor address: one made from a custom image needs none, one older than October 2015 must be remade to take ${ip}`,
    ];
  const lines = [
    `nothing to configure: what is sent to ${ip} arrives on eth0 at the anchor address ${own}`,
    `services listen on ${own} or on all addresses; none can bind ${ip} itself`,
  ];
  if (gateway === null) return lines;
  return [
    ...lines,
    `only to let connections of this machine's own leave from ${ip}: ip route replace default via ${gateway} dev eth0`,
  ];
}

/** One droplet's metadata, value by value. */
class Service {
  readonly #provider: string;
  readonly #settings: ProviderSettings;
  readonly #signal: AbortSignal;

  constructor(provider: string, settings: ProviderSettings, signal: AbortSignal) {
    this.#provider = provider;
    this.#settings = settings;
    this.#signal = signal;
  }

  async value<T>(path: string, parse: (text: string) => T | null): Promise<T> {
    const asked = this.#asked(path);
    const text = (await request(asked)).text.trim();
    const value = parse(text);
    if (value !== null) return value;
    const came = `no ${path.split('/').at(-1)}, but ${text.length} characters of something else`;
    throw failure(asked, { kind: 'unavailable', came });
  }

  /** null: the service answered that the droplet has no such thing. */
  async optional<T>(path: string, parse: (text: string) => T | null): Promise<T | null> {
    try {
      return await this.value(path, parse);
    } catch (error) {
      if (error instanceof ProviderError && error.kind === 'missing') return null;
      throw error;
    }
  }

  #asked(path: string): HttpRequest {
    const { metadata = METADATA, source } = this.#settings;
    return {
      provider: this.#provider,
      method: 'GET',
      url: `${metadata.replace(/\/+$/, '')}/metadata/v1/${path}`,
      write: false,
      expect: 'text',
      signal: this.#signal,
      timeoutMs: 1000,
      maxBytes: 64 * 1024,
      anonymous: true,
      advice: 'run on the droplet itself, or give its id with --instance',
      ...(source !== undefined && { localAddress: source }),
    };
  }
}
