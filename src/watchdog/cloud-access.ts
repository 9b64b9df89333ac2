import { providers } from '../../providers/index.ts';
import { type Dmi, readDmi } from '../adapters/dmi.ts';
import type { Config } from '../config/config.ts';
import type { IpAddress, Resource } from '../core/index.ts';
import type { Provider, ProviderModule, ProviderSettings } from '../ports/provider.ts';
import { addressResource } from '../wire/resource.ts';
import { Failure } from './failure.ts';
import { createNoCloud } from './witness.ts';

/** The cloud of the configuration, for each resource that it shares; a witness has none. */
export function providersFor(config: Config): Map<Resource, Provider> {
  const resources = config.addresses.map(addressResource);
  if (config.witness) return new Map(resources.map((resource) => [resource, createNoCloud(config)]));
  const module = chosenModule(config);
  const made = new Map<Resource, Provider>();
  for (const resource of resources) {
    const settings = settingsFor(config, resource);
    const mistakes = module.check(settings);
    if (mistakes.length > 0)
      throw new Failure(mistakes.join('; '), { exitCode: 2, hint: 'see ha-ip --help' });
    made.set(resource, module.create(settings));
  }
  return made;
}

/** The cloud that was named, or that the credentials tell, or the one whose machine this is by its firmware. */
export function chosenModule({ provider }: Config, dmi: Dmi = readDmi()): ProviderModule {
  const names = [...providers.keys()].join(', ');
  if (provider !== undefined) {
    const module = providers.get(provider);
    if (module) return module;
    throw new Failure(`--provider: expected one of ${names}, got ${JSON.stringify(provider)}`, {
      exitCode: 2,
    });
  }
  const here = [...providers.values()].find((module) => module.isHere?.(dmi));
  if (here) return here;
  const found = [dmi.vendor, dmi.product].filter((text) => text !== '').join(' ') || 'nothing';
  throw new Failure(
    `--provider: expected one of ${names}; neither credentials of one cloud nor the firmware tell which (it says ${found})`,
    { exitCode: 2 },
  );
}

export function settingsFor(config: Config, resource: Resource): ProviderSettings {
  const { endpoint, metadata, instance, apiKey, apiSecret, token } = config;
  return { resource, endpoint, metadata, instance, apiKey, apiSecret, token, source: metadataSource(config) };
}

/** A metadata service on loopback is a simulated one: it tells the machines of one host apart by their addresses. */
function metadataSource({ metadata, listen }: Config): IpAddress | undefined {
  if (metadata === undefined || !URL.canParse(metadata)) return undefined;
  return /^127\./.test(new URL(metadata).hostname) ? listen.host : undefined;
}
