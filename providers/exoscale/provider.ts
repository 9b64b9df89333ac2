import { keepsSecrets } from '../../src/adapters/http.ts';
import {
  type AddressBook,
  type Provider,
  ProviderError,
  type ProviderModule,
  type ProviderSettings,
} from '../../src/ports/provider.ts';
import { ipOf } from '../../src/wire/resource.ts';
import { type CsDialect, createCs } from './cs/provider.ts';
import { isUuid } from './metadata.ts';
import { addressBook as createAddressBook } from './v2/address-book.ts';
import { createV2 } from './v2/provider.ts';

/** Exoscale, and every Apache CloudStack: the path of the endpoint tells which API is spoken there. */
export const exoscale: ProviderModule = { name: 'exoscale', check, create, addressBook, isHere };

type Dialect = 'v2' | CsDialect;

const DIALECTS: readonly { readonly path: RegExp; readonly dialect: Dialect }[] = [
  { path: /\/v2\/*$/, dialect: 'v2' },
  { path: /\/(compute|v1)\/*$/, dialect: 'exoscale' },
  { path: /\/client\/api\/*$/, dialect: 'cloudstack' },
];

const ENDPOINT_EXPECTED =
  'https://api-ZONE.exoscale.com/v2, or https://HOST/compute or /v1 (cs-style API of Exoscale), or https://HOST/client/api (Apache CloudStack)';

/** Without an endpoint it is API v2, of the zone that metadata tells. Exoscale has switched the cs-style API off. */
function dialectOf(endpoint: string | undefined): Dialect | undefined {
  if (endpoint === undefined) return 'v2';
  return DIALECTS.find(({ path }) => path.test(new URL(endpoint).pathname))?.dialect;
}

function check(settings: ProviderSettings): string[] {
  const wrong = [...checkEndpoint(settings.endpoint), ...checkMetadata(settings.metadata)];
  if (ipOf(settings.resource) === null) wrong.push('--address: expected an IPv4 or IPv6 address');
  if (settings.apiKey === undefined) wrong.push('--api-key-file: expected the API key (or EXOSCALE_API_KEY)');
  if (settings.apiSecret === undefined)
    wrong.push('--api-secret-file: expected its secret (or EXOSCALE_API_SECRET)');
  if (settings.instance !== undefined && !isUuid(settings.instance)) {
    wrong.push(`--instance: expected a UUID, got ${JSON.stringify(settings.instance)}`);
  }
  return wrong;
}

function checkEndpoint(text: string | undefined): string[] {
  if (text === undefined) return [];
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return [`--endpoint: expected ${ENDPOINT_EXPECTED}, got no URL`];
  if (url.username !== '' || url.password !== '')
    return ['--endpoint: expected no user name or password in the URL'];
  if (!keepsSecrets(url))
    return [`--endpoint: expected https (http only to this machine), got ${url.protocol}`];
  if (url.search !== '' || url.hash !== '') return ['--endpoint: expected a URL without ? and #'];
  return dialectOf(text) ? [] : [`--endpoint: expected ${ENDPOINT_EXPECTED}, got the path ${url.pathname}`];
}

function checkMetadata(text: string | undefined): string[] {
  if (text === undefined || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))) return [];
  return ['--metadata: expected the base URL of the metadata service, http://HOST'];
}

function create(settings: ProviderSettings): Provider {
  const wrong = check(settings);
  if (wrong.length > 0) throw new Error(`settings were not checked: ${wrong.join('; ')}`);
  const dialect = dialectOf(settings.endpoint);
  if (dialect === undefined) throw new Error('an endpoint of no dialect passed the check');
  return dialect === 'v2' ? createV2(settings) : createCs(dialect, settings);
}

/** `associateIpAddress` and its kind are left to CloudStack's console. */
function addressBook(settings: Omit<ProviderSettings, 'address'>): AddressBook {
  if (dialectOf(settings.endpoint) === 'v2') return createAddressBook(settings);
  const refuse = (): Promise<never> =>
    Promise.reject(
      new ProviderError(
        'rejected',
        'exoscale: addresses are listed, reserved and released by API v2 alone; leave out --endpoint, or give https://api-ZONE.exoscale.com/v2',
      ),
    );
  return { list: refuse, reserve: refuse, release: refuse };
}

/** As cloud-init detects it. */
function isHere({ product }: { readonly vendor: string; readonly product: string }): boolean {
  return product.startsWith('Exoscale');
}
