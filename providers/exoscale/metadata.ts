import { failure, type HttpRequest, request } from '../../src/adapters/http.ts';
import type { InstanceId } from '../../src/core/index.ts';
import type { ProviderSettings } from '../../src/ports/provider.ts';

/** The literal address needs no name server, and the link-local one no route. */
const METADATA = 'http://169.254.169.254';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * What the metadata service of this machine calls it. Anybody who answers on that address could lie: the caller
 * confirms the id by the signed API.
 */
export async function ownInstance(
  provider: string,
  settings: ProviderSettings,
  signal: AbortSignal,
): Promise<InstanceId> {
  const asked: HttpRequest = {
    provider,
    method: 'GET',
    url: `${(settings.metadata ?? METADATA).replace(/\/+$/, '')}/latest/meta-data/instance-id`,
    write: false,
    expect: 'text',
    signal,
    timeoutMs: 1000,
    maxBytes: 64 * 1024,
    anonymous: true,
    advice: 'run on the instance itself, or give its id with --instance',
    ...(settings.source !== undefined && { localAddress: settings.source }),
  };
  const text = (await request(asked)).text.trim();
  if (isUuid(text)) return text.toLowerCase();
  throw failure(asked, {
    kind: 'unavailable',
    came: `an instance id that is no UUID (${text.length} characters)`,
  });
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}
