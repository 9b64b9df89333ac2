import type { InstanceId } from '../../src/core/index.ts';
import { isUuid } from '../kit/ids.ts';
import { Metadata, type MetadataSettings } from '../kit/metadata.ts';

/** Such as ch-gva-2. It becomes a part of a host name that is sent credentials: nothing else may pass. */
const ZONE = /^[a-z]{2}-[a-z]{2,4}-\d{1,2}$/;

/** What the metadata service calls this machine; the caller confirms it by the signed API. */
export function ownInstance(settings: MetadataSettings, signal: AbortSignal): Promise<InstanceId> {
  const service = metadata('its id with --instance', settings);
  return service.value('instance-id', 'UUID', (text) => (isUuid(text) ? text.toLowerCase() : null), signal);
}

/** The zone of this machine, which tells its endpoint. */
export function ownZone(settings: MetadataSettings, signal: AbortSignal): Promise<string> {
  const service = metadata('--endpoint https://api-ZONE.exoscale.com/v2', settings);
  return service.value('availability-zone', 'zone', (text) => (isZone(text) ? text : null), signal);
}

export function isZone(text: string): boolean {
  return ZONE.test(text);
}

function metadata(give: string, settings: MetadataSettings): Metadata {
  const advice = `run on the instance itself, or give ${give}`;
  return new Metadata({ provider: 'exoscale', prefix: '/latest/meta-data/', advice }, settings);
}
