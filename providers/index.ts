import type { ProviderModule } from '../src/ports/provider.ts';
import { digitalocean } from './digitalocean/provider.ts';
import { exoscale } from './exoscale/provider.ts';
import { vultr } from './vultr/provider.ts';

/** Every cloud by the name that `--provider` takes. */
export const providers: ReadonlyMap<string, ProviderModule> = new Map(
  [exoscale, digitalocean, vultr].map((module) => [module.name, module]),
);
