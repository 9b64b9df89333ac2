import { keepsSecrets } from '../../src/adapters/http.ts';
import type { Provider, ProviderModule, ProviderSettings } from '../../src/ports/provider.ts';
import { canonicalAddress } from '../../src/wire/address.ts';
import { type CsDialect, createCs } from './cs/provider.ts';
import { isUuid } from './metadata.ts';

/** Exoscale, and every Apache CloudStack: the path of the endpoint tells which API is spoken there. */
export const exoscale: ProviderModule = { name: 'exoscale', check, create };

/** An elastic IP of Exoscale may have many holders; a secondary address of CloudStack belongs to one NIC. */
const DIALECTS: readonly { readonly path: RegExp; readonly dialect: CsDialect }[] = [
  { path: /\/(compute|v1)\/*$/, dialect: 'exoscale' },
  { path: /\/client\/api\/*$/, dialect: 'cloudstack' },
];

function dialectOf(endpoint: URL): CsDialect | undefined {
  return DIALECTS.find(({ path }) => path.test(endpoint.pathname))?.dialect;
}

const ENDPOINT_EXPECTED =
  'https://HOST/compute or https://HOST/v1 (Exoscale, cs-style), or https://HOST/client/api (Apache CloudStack)';

function check(settings: ProviderSettings): string[] {
  const wrong = [...checkEndpoint(settings.endpoint), ...checkMetadata(settings.metadata)];
  if (canonicalAddress(settings.address) === null) wrong.push('--address: expected an IPv4 or IPv6 address');
  if (settings.apiKey === undefined) wrong.push('--api-key-file: expected the API key (or EXOSCALE_API_KEY)');
  if (settings.apiSecret === undefined)
    wrong.push('--api-secret-file: expected its secret (or EXOSCALE_API_SECRET)');
  if (settings.instance !== undefined && !isUuid(settings.instance)) {
    wrong.push(`--instance: expected a UUID, got ${JSON.stringify(settings.instance)}`);
  }
  return wrong;
}

function checkEndpoint(text: string | undefined): string[] {
  if (text === undefined) return [`--endpoint: expected ${ENDPOINT_EXPECTED}`];
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return [`--endpoint: expected ${ENDPOINT_EXPECTED}, got no URL`];
  if (url.username !== '' || url.password !== '')
    return ['--endpoint: expected no user name or password in the URL'];
  if (!keepsSecrets(url))
    return [`--endpoint: expected https (http only to this machine), got ${url.protocol}`];
  if (url.search !== '' || url.hash !== '') return ['--endpoint: expected a URL without ? and #'];
  return dialectOf(url) ? [] : [`--endpoint: expected ${ENDPOINT_EXPECTED}, got the path ${url.pathname}`];
}

function checkMetadata(text: string | undefined): string[] {
  if (text === undefined || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))) return [];
  return ['--metadata: expected the base URL of the metadata service, http://HOST'];
}

function create(settings: ProviderSettings): Provider {
  const wrong = check(settings);
  const { endpoint, apiKey, apiSecret } = settings;
  const dialect = endpoint === undefined ? undefined : dialectOf(new URL(endpoint));
  if (wrong.length > 0 || endpoint === undefined || apiKey === undefined || apiSecret === undefined) {
    throw new Error(`settings were not checked: ${wrong.join('; ')}`);
  }
  if (dialect === undefined) throw new Error('settings were not checked');
  return createCs(dialect, settings, { endpoint: endpoint.replace(/\/+$/, ''), apiKey, apiSecret });
}
