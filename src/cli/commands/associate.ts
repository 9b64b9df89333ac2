import type { Config } from '../../config/config.ts';
import type { Description, InstanceId, IpAddress } from '../../core/index.ts';
import type { Identity, Provider } from '../../ports/provider.ts';
import { providersFor } from '../../watchdog/cloud-access.ts';
import { type ExitCode, Failure } from '../../watchdog/failure.ts';
import type { Context } from '../context.ts';
import { confirm } from '../output/confirm.ts';

/** Longest time of one whole deed with its asynchronous action. */
const patienceMs = 60_000;

/** `ha-ip -A`: gives the addresses to this machine, reads back, and says what changed. */
export async function associate(config: Config, context: Context): Promise<ExitCode> {
  return forEachAddress(config, async (deed) => {
    const { provider, identity, address, signal } = deed;
    const others = await otherHolders(deed);
    await confirmTaking(deed, others, config, context);
    if (provider.traits.associate === 'refusedWhileHeld') {
      for (const { instance } of others) await provider.dissociate(instance, signal);
    }
    await provider.associate(identity.instance, signal);
    const holders = await verified(deed, true);
    const with_ =
      holders.length > 1 ? ` (beside ${holders.filter((one) => one !== identity.instance).join(', ')})` : '';
    context.stdout(`${address} is associated with ${identity.name ?? identity.instance}${with_}\n`);
  });
}

/** `ha-ip -D`: takes the addresses from this machine, reads back, and says what changed. */
export async function dissociate(config: Config, context: Context): Promise<ExitCode> {
  return forEachAddress(config, async (deed) => {
    const { provider, identity, address, signal } = deed;
    const before = (await provider.read(signal)).holders;
    await provider.dissociate(identity.instance, signal);
    await verified(deed, false);
    const what = before.includes(identity.instance) ? 'is dissociated from' : 'was not associated with';
    context.stdout(`${address} ${what} ${identity.name ?? identity.instance}\n`);
  });
}

interface Deed {
  readonly provider: Provider;
  readonly identity: Identity;
  readonly address: IpAddress;
  readonly signal: AbortSignal;
}

async function forEachAddress(config: Config, act: (deed: Deed) => Promise<void>): Promise<ExitCode> {
  for (const [{ text: address }, provider] of providersFor(config)) {
    const signal = AbortSignal.timeout(patienceMs);
    const identity = await provider.identify(signal);
    await act({ provider, identity, address, signal });
  }
  return 0;
}

async function otherHolders({ provider, identity, signal }: Deed): Promise<Description[]> {
  const { holders } = await provider.read(signal);
  const others = holders.filter((instance) => instance !== identity.instance);
  return Promise.all(others.map((instance) => provider.describe(instance, signal)));
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

/** Reads back until the cloud no longer says that a move is under way. */
async function verified(
  { provider, identity, address, signal }: Deed,
  wanted: boolean,
): Promise<readonly InstanceId[]> {
  for (;;) {
    const { holders, pending } = await provider.read(signal);
    if (holders.includes(identity.instance) === wanted) return holders;
    if (!pending) {
      const said = holders.join(', ') || 'nobody';
      throw new Failure(`${address}: the cloud accepted the change, but says now that ${said} holds it`, {
        hint: 'somebody else moves the address too: look at the other machines with ha-ip status',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
