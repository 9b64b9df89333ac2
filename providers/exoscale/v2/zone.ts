import type { ProviderSettings } from '../../../src/ports/provider.ts';
import { isZone, ownZone } from '../metadata.ts';
import { Client } from './client.ts';

type ZoneSettings = Omit<ProviderSettings, 'address'>;

/** A zone and its API. Instances, addresses and endpoints are of one zone: no call ever needs another one. */
export interface Zone {
  readonly name: string;
  readonly client: Client;
}

/**
 * The zone that the endpoint names, else that of this machine. `GET /zone`, which lists the endpoints, is not asked:
 * the name of the zone is the endpoint.
 */
export async function zoneOf(settings: ZoneSettings, signal: AbortSignal): Promise<Zone> {
  const { apiKey, apiSecret } = settings;
  if (apiKey === undefined || apiSecret === undefined) throw new Error('settings were not checked');
  const name = await zoneName(settings, signal);
  const endpoint = settings.endpoint?.replace(/\/+$/, '') ?? endpointOf(name);
  return { name, client: new Client({ endpoint, apiKey, apiSecret }) };
}

export function endpointOf(zone: string): string {
  return `https://api-${zone}.exoscale.com/v2`;
}

/** Of an endpoint that is not Exoscale's own (a proxy), metadata tells the zone; where it cannot, the host is named. */
async function zoneName(settings: ZoneSettings, signal: AbortSignal): Promise<string> {
  if (settings.endpoint === undefined) return ownZone(settings, signal);
  const { hostname } = new URL(settings.endpoint);
  const zone = /^api-([a-z0-9-]+)\.exoscale\.com$/.exec(hostname)?.[1] ?? '';
  if (isZone(zone)) return zone;
  return settings.instance === undefined ? ownZone(settings, signal) : hostname;
}
