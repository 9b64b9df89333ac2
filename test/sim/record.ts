import { Cluster } from '../../src/sim/cluster.ts';
import type { fate } from '../../src/sim/proof/nemesis.ts';
import type { Schedule } from '../../src/sim/proof/schedule.ts';
import { createWorld } from '../../src/sim/world.ts';

/** What the nemesis does to a seed, and where it drew in the chance that it shares with network and cloud. */
export function record(
  { options, storm }: ReturnType<typeof fate>,
  Kind: typeof Cluster = Cluster,
): Schedule {
  const { random } = createWorld(options.seed);
  const skips: number[] = [];
  let place = 0;
  const drawn = () => {
    place += 1;
    return random();
  };
  const forNemesis = () => {
    skips.push(place);
    return drawn();
  };
  const cluster = new Kind(options);
  Object.assign(cluster.world, { random: drawn });
  return { options, ...storm(cluster, forNemesis), skips };
}
