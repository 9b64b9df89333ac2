import { clouds as listed } from '../../providers/index.ts';
import { type Dmi, readDmi } from '../adapters/dmi.ts';
import type { Config } from '../config/config.ts';
import type { IpAddress, Resource } from '../core/index.ts';
import type { CloudDeclaration, ListedCloud, ProviderModule } from '../ports/cloud.ts';
import type { AccountSettings, Provider, ProviderSettings } from '../ports/provider.ts';
import { addressResource } from '../wire/resource.ts';
import { Failure } from './failure.ts';
import { createNoCloud } from './witness.ts';

/** The cloud of the configuration, for each resource that it shares; a witness has none. */
export async function providersFor(config: Config): Promise<Map<Resource, Provider>> {
  const resources = config.addresses.map(addressResource);
  if (config.witness) return new Map(resources.map((resource) => [resource, createNoCloud(config)]));
  const module = await chosenCloud(config).load();
  const made = new Map<Resource, Provider>();
  for (const resource of resources) {
    const settings = settingsFor(config, resource);
    refuseMistakes(module, settings);
    made.set(resource, module.create(settings));
  }
  return made;
}

/** Ends the command where the cloud finds the settings wanting. */
export function refuseMistakes(module: ProviderModule, settings: AccountSettings | ProviderSettings): void {
  const mistakes = module.check(settings);
  if (mistakes.length > 0) throw new Failure(mistakes.join('; '), { exitCode: 2, hint: 'see ha-ip --help' });
}

/** The cloud that was named, or that the credentials tell, or the one whose machine this is by its firmware. */
export function chosenCloud({ provider }: Config, clouds = listed, dmi: Dmi = readDmi()): ListedCloud {
  const names = clouds.map(({ name }) => name).join(', ');
  if (provider !== undefined) {
    const named = clouds.find(({ name }) => name === provider);
    if (named) return named;
    throw new Failure(`--provider: expected one of ${names}, got ${JSON.stringify(provider)}`, {
      exitCode: 2,
    });
  }
  const here = cloudHere(clouds, dmi);
  if (here) return here;
  const found = [dmi.vendor, dmi.product].filter((text) => text !== '').join(' ') || 'nothing';
  throw new Failure(
    `--provider: expected one of ${names}; ` +
      `neither credentials of one cloud nor the firmware tell which (it says ${found})`,
    { exitCode: 2 },
  );
}

/** The cloud whose machine this is by its firmware; a guess from local facts, no network. */
export function cloudHere<T extends CloudDeclaration>(clouds: readonly T[], dmi: Dmi): T | undefined {
  return clouds.find(({ detect: { vendor, product } }) => {
    const told = [vendor?.test(dmi.vendor.trim()), product?.test(dmi.product)];
    return told.includes(true) && !told.includes(false);
  });
}

export function accountOf(config: Config): AccountSettings {
  const { credentials, endpoint, metadata, instance } = config;
  return { credentials, endpoint, metadata, instance, source: metadataSource(config) };
}

export function settingsFor(config: Config, resource: Resource): ProviderSettings {
  return { ...accountOf(config), resource };
}

/** A metadata service on loopback is a simulated one: it tells the machines of one host apart by their addresses. */
function metadataSource({ metadata, listen }: Config): IpAddress | undefined {
  if (metadata === undefined || !URL.canParse(metadata)) return undefined;
  return /^127\./.test(new URL(metadata).hostname) ? listen.host : undefined;
}
