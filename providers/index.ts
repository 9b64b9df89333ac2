import type { ListedCloud } from '../src/ports/cloud.ts';
import { declaration as digitalocean } from './digitalocean/declaration.ts';
import { declaration as exoscale } from './exoscale/declaration.ts';
import { declaration as vultr } from './vultr/declaration.ts';

/** Every cloud that `--provider` takes, the first one where a plan or a demo has to assume one. */
export const clouds: readonly ListedCloud[] = [
  { ...exoscale, load: async () => (await import('./exoscale/provider.ts')).exoscale },
  { ...digitalocean, load: async () => (await import('./digitalocean/provider.ts')).digitalocean },
  { ...vultr, load: async () => (await import('./vultr/provider.ts')).vultr },
];
