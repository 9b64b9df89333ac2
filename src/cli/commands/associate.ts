import type { Config } from '../../config/config.ts';
import type { Description, IpAddress } from '../../core/index.ts';
import type { ByHand } from '../../engine/by-hand.ts';
import type { Identity, Provider } from '../../ports/provider.ts';
import { providersFor } from '../../watchdog/cloud-access.ts';
import type { ExitCode } from '../../watchdog/failure.ts';
import type { Context } from '../context.ts';
import { confirm } from '../output/confirm.ts';
import { byHand, confirmed } from './by-hand.ts';

/** Longest time of finding out who this machine is; the calls that follow have the limits of the lane. */
const patienceMs = 20_000;
const hint = 'somebody else moves the address too: look at the other machines with ha-ip status';

/** `ha-ip -A`: gives the addresses to this machine, reads back, and says what changed. */
export async function associate(config: Config, context: Context): Promise<ExitCode> {
  return forEachAddress(config, async (deed) => {
    const { provider, hand, identity, address } = deed;
    const others = await otherHolders(deed);
    await confirmTaking(deed, others, config, context);
    if (provider.traits.associate === 'refusedWhileHeld') {
      for (const { instance } of others) confirmed(address, await hand.dissociate(instance), hint);
    }
    const { holders } = confirmed(address, await hand.associate(identity.instance), hint).view;
    const with_ =
      holders.length > 1 ? ` (beside ${holders.filter((one) => one !== identity.instance).join(', ')})` : '';
    context.stdout(`${address} is associated with ${identity.name ?? identity.instance}${with_}\n`);
  });
}

/** `ha-ip -D`: takes the addresses from this machine, reads back, and says what changed. */
export async function dissociate(config: Config, context: Context): Promise<ExitCode> {
  return forEachAddress(config, async ({ hand, identity, address }) => {
    const before = (await hand.read()).holders;
    confirmed(address, await hand.dissociate(identity.instance), hint);
    const what = before.includes(identity.instance) ? 'is dissociated from' : 'was not associated with';
    context.stdout(`${address} ${what} ${identity.name ?? identity.instance}\n`);
  });
}

interface Deed {
  readonly provider: Provider;
  readonly hand: ByHand;
  readonly identity: Identity;
  readonly address: IpAddress;
}

async function forEachAddress(config: Config, act: (deed: Deed) => Promise<void>): Promise<ExitCode> {
  for (const [{ text: address }, provider] of await providersFor(config)) {
    const identity = await provider.identify(AbortSignal.timeout(patienceMs));
    await act({ provider, hand: byHand(provider), identity, address });
  }
  return 0;
}

async function otherHolders({ hand, identity }: Deed): Promise<Description[]> {
  const { holders } = await hand.read();
  const others = holders.filter((instance) => instance !== identity.instance);
  return Promise.all(others.map((instance) => hand.describe(instance)));
}

/** Taking an address from a machine that runs is asked about, or needs --yes. */
async function confirmTaking(
  deed: Deed,
  others: Description[],
  config: Config,
  context: Context,
): Promise<void> {
  const live = others.filter(({ state }) => state === 'running' || state === 'unknown');
  if (live.length === 0 || config.yes) return;
  const names = live.map(({ name, instance }) => name ?? instance).join(', ');
  await confirm(context, `${deed.address} is held by ${names}, which runs`, 'associate it here');
}
