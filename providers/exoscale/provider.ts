import type { ProviderModule } from '../../src/ports/cloud.ts';
import {
  type AccountSettings,
  type AddressBook,
  type Provider,
  ProviderError,
  type ProviderSettings,
} from '../../src/ports/provider.ts';
import { uuid } from '../kit/ids.ts';
import { checkSettings, mustBeChecked } from '../kit/settings.ts';
import { CsProvider } from './cs/provider.ts';
import { declaration, dialectOf } from './declaration.ts';
import { addressBook as createAddressBook } from './v2/addresses.ts';
import { V2Provider } from './v2/provider.ts';

/** Exoscale, and every Apache CloudStack: the path of the endpoint tells which API is spoken there. */
export const exoscale: ProviderModule = { ...declaration, check, create, addressBook };

function check(settings: AccountSettings): string[] {
  return checkSettings(declaration, uuid, settings);
}

function create(settings: ProviderSettings): Provider {
  mustBeChecked(check(settings));
  return dialectOf(settings.endpoint) === 'v2' ? new V2Provider(settings) : new CsProvider(settings);
}

/** `associateIpAddress` and its kind are left to CloudStack's console. */
function addressBook(settings: AccountSettings): AddressBook {
  if (dialectOf(settings.endpoint) === 'v2') return createAddressBook(settings);
  const refuse = (): Promise<never> =>
    Promise.reject(
      new ProviderError(
        'rejected',
        'exoscale: addresses are listed, reserved and released by API v2 alone; ' +
          'leave out --endpoint, or give https://api-ZONE.exoscale.com/v2',
      ),
    );
  return { list: refuse, reserve: refuse, release: refuse };
}
