import type { Config } from '../../config/config.ts';
import { spoken } from '../../config/duration.ts';
import type { InstanceId, IpAddress } from '../../core/index.ts';
import type { ByHand, Verdict } from '../../engine/by-hand.ts';
import type { GroupMember, Provider } from '../../ports/provider.ts';
import { providersFor } from '../../watchdog/cloud-access.ts';
import { type ExitCode, Failure } from '../../watchdog/failure.ts';
import type { Context } from '../context.ts';
import { confirm } from '../output/confirm.ts';
import { oneLine } from '../output/terminal.ts';
import { byHand, confirmed } from './by-hand.ts';

/** Longest time of looking up the group; the calls that follow have the limits of the lane. */
const patienceMs = 20_000;
const hint =
  'a watchdog may have moved it back: stop it first, or give the other machine the better priority';

/**
 * `ha-ip move --to INSTANCE`: associates the addresses with any machine of the cloud, by id or by its name in the
 * group, waits until the cloud confirms it, and prints before → after (a blue-green switch). Where the cloud allows
 * several holders, the new one is associated before the old ones are dissociated.
 */
export async function move(
  config: Config,
  context: Context,
  own: { readonly to: string | undefined },
): Promise<ExitCode> {
  if (own.to === undefined)
    throw new Failure('--to: expected the machine to move the address to, got none', { exitCode: 2 });
  for (const [{ text: address }, provider] of await providersFor(config)) {
    const hand = byHand(provider);
    const target = await findMachine(config, provider, hand, own.to);
    await moveOne({ address, provider, hand, target, config, context });
  }
  return 0;
}

interface Move {
  readonly address: IpAddress;
  readonly provider: Provider;
  readonly hand: ByHand;
  readonly target: Machine;
  readonly config: Config;
  readonly context: Context;
}

interface Machine {
  readonly instance: InstanceId;
  readonly name: string;
}

/** A name counts only where the group makes it unambiguous; anything else is an id, which the cloud must know. */
async function findMachine(
  config: Config,
  provider: Provider,
  hand: ByHand,
  wanted: string,
): Promise<Machine> {
  const members = await membersOf(config, provider);
  const named = members.filter(({ name, instance }) => name === wanted || instance === wanted.toLowerCase());
  if (named.length > 1)
    throw new Failure(`--to: ${named.length} machines of the group are called ${wanted}; give the id`, {
      exitCode: 2,
    });
  if (named[0]) return { instance: named[0].instance, name: named[0].name ?? wanted };
  const described = await hand.describe(wanted.toLowerCase());
  if (described.state !== 'gone') return { instance: described.instance, name: described.name ?? wanted };
  const known = members.map(({ name, instance }) => name ?? instance).join(', ');
  throw new Failure(`--to: the cloud knows no machine ${wanted}${known ? `; the group has ${known}` : ''}`);
}

async function membersOf({ group }: Config, provider: Provider): Promise<GroupMember[]> {
  if (!group || !provider.members) return [];
  const name = group.kind ? `${group.kind}:${group.name}` : group.name;
  return provider.members(name, AbortSignal.timeout(patienceMs));
}

async function moveOne(deed: Move): Promise<void> {
  const { provider, hand, target, address, context, config } = deed;
  const before = (await hand.read()).holders;
  const others = before.filter((instance) => instance !== target.instance);
  if (!config.yes) await confirmLeaving(deed, others);
  const begin = performance.now();
  const old = await Promise.all(others.map((instance) => nameOf(hand, instance)));
  const sure = (verdict: Verdict) => confirmed(address, verdict, hint);
  const clear = async () => {
    for (const instance of others) sure(await hand.dissociate(instance));
  };
  const { associate } = provider.traits;
  if (associate === 'refusedWhileHeld') await clear();
  sure(await hand.associate(target.instance));
  if (associate === 'adds') await clear();
  sure(await hand.confirm(({ holders }) => holders.join() === target.instance));
  const from = old.join(', ') || (before.length > 0 ? target.name : 'nobody');
  context.stdout(
    oneLine(`${address}: ${from} → ${target.name} in ${spoken(performance.now() - begin)}`).concat('\n'),
  );
}

async function confirmLeaving(
  { hand, address, context, target }: Move,
  others: readonly InstanceId[],
): Promise<void> {
  const machines = await Promise.all(others.map((instance) => hand.describe(instance)));
  const live = machines.filter(({ state }) => state === 'running' || state === 'unknown');
  if (live.length === 0) return;
  const names = live.map(({ name, instance }) => name ?? instance).join(', ');
  await confirm(context, `${address} is held by ${names}, which runs`, `move it to ${target.name}`);
}

async function nameOf(hand: ByHand, instance: InstanceId): Promise<string> {
  return (await hand.describe(instance)).name ?? instance;
}
