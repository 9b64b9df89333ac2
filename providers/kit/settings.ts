import type { IpAddress } from '../../src/core/index.ts';
import type { CloudDeclaration } from '../../src/ports/cloud.ts';
import { keepsSecrets } from '../../src/ports/endpoint.ts';
import type { AccountSettings, ProviderSettings } from '../../src/ports/provider.ts';
import { ipOf } from '../../src/wire/resource.ts';

/** What an instance's id looks like at a cloud: `words` follow "expected". */
export interface IdForm {
  readonly words: string;
  is(text: string): boolean;
}

/**
 * Everything wrong with the settings of a cloud, by what it declares; each a line that names the option and what was
 * expected, and shows no secret. Of a resource, where there is one, only an address will do.
 */
export function checkSettings(
  { endpoint, credentials }: CloudDeclaration,
  instance: IdForm,
  settings: AccountSettings | ProviderSettings,
): string[] {
  const wrong = [...checkEndpoint(endpoint, settings.endpoint), ...checkMetadata(settings.metadata)];
  if ('resource' in settings && ipOf(settings.resource) === null)
    wrong.push('--address: expected an IPv4 or IPv6 address');
  for (const credential of credentials) wrong.push(...checkCredential(credential, settings));
  if (settings.instance !== undefined && !instance.is(settings.instance))
    wrong.push(`--instance: expected ${instance.words}, got ${JSON.stringify(settings.instance)}`);
  return wrong;
}

/** What is wrong with an endpoint; a URL may hold a password, so that of a bad one only harmless parts are shown. */
export function checkEndpoint(
  { path, expected }: CloudDeclaration['endpoint'],
  text: string | undefined,
): string[] {
  if (text === undefined) return [];
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return [`--endpoint: expected ${expected}, got no URL`];
  if (url.username !== '' || url.password !== '')
    return ['--endpoint: expected no user name or password in the URL'];
  if (!keepsSecrets(url))
    return [`--endpoint: expected https (http only to this machine), got ${url.protocol}`];
  if (url.search !== '' || url.hash !== '') return ['--endpoint: expected a URL without ? and #'];
  return path.test(url.pathname) ? [] : [`--endpoint: expected ${expected}, got the path ${url.pathname}`];
}

function checkMetadata(text: string | undefined): string[] {
  if (text === undefined || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))) return [];
  return ['--metadata: expected the base URL of the metadata service, http://HOST'];
}

function checkCredential(
  { option, label, variables, form }: CloudDeclaration['credentials'][number],
  { credentials }: AccountSettings,
): string[] {
  const given = credentials[option];
  if (given === undefined) return [`--${option}-file: expected the ${label} (or ${variables[0]})`];
  if (form === undefined || form.pattern.test(given.reveal())) return [];
  return [`--${option}-file: expected the ${label} to have ${form.characters}, got other characters`];
}

/** The shared address of settings that were checked. Here alone it enters a provider. */
export function addressOf({ resource }: ProviderSettings): IpAddress {
  const address = ipOf(resource);
  if (address === null) throw new Error('settings were not checked: no address');
  return address;
}

/** Fails, as a defect of ours, where nobody checked the settings. */
export function mustBeChecked(mistakes: readonly string[]): void {
  if (mistakes.length > 0) throw new Error(`settings were not checked: ${mistakes.join('; ')}`);
}
