import { isCredential } from './credentials.ts';
import type { Found, Layer } from './layers.ts';
import type { Option, OptionTable } from './option.ts';

export interface Detected {
  readonly cloud?: string;
  readonly origin?: string;
  readonly mistake?: string;
}

/**
 * The cloud whose credentials are there, if there is exactly one such. The first place that has credentials decides:
 * a token left over in the shell's environment does not matter to who names a key on the command line.
 */
export function detectCloud(layers: readonly Layer[], options: OptionTable): Detected {
  const credentials = Object.values(options).filter(isCredential);
  for (const layer of layers) {
    const evidence = credentials.flatMap((option) => layer(option).map((found) => witness(option, found)));
    if (evidence.length > 0) return judge(evidence);
  }
  return {};
}

/** `cloud` is null where the credential does not tell, as HA_IP_TOKEN. */
interface Evidence {
  readonly cloud: string | null;
  readonly what: string;
}

function witness(option: Option<unknown>, found: Found): Evidence {
  const what = found.origin === 'the command line' ? `--${option.name}` : found.origin;
  return { cloud: found.cloud ?? option.cloud ?? null, what };
}

function judge(evidence: readonly Evidence[]): Detected {
  const clouds = new Set(evidence.map(({ cloud }) => cloud));
  const [cloud = null] = clouds;
  if (clouds.size === 1)
    return cloud === null ? {} : { cloud, origin: `the credentials in ${evidence[0]!.what}` };
  const found = evidence.map(({ cloud: name, what }) => `${what} (${name ?? 'any cloud with tokens'})`);
  return {
    mistake: `--provider: expected the credentials of one cloud, got ${found.join(', ')}; add --provider NAME`,
  };
}
