import type { Config } from '../../config/config.ts';
import { spoken } from '../../config/duration.ts';
import type { InstanceId, IpAddress, View } from '../../core/index.ts';
import type { Provider } from '../../ports/provider.ts';
import { providersFor } from '../../watchdog/cloud-access.ts';
import { type ExitCode, Failure } from '../../watchdog/failure.ts';
import type { Context } from '../context.ts';
import { confirm } from '../output/confirm.ts';
import { oneLine } from '../output/terminal.ts';

const patienceMs = 120_000;

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
  const signal = AbortSignal.timeout(patienceMs);
  for (const [{ text: address }, provider] of providersFor(config)) {
    const target = await findMachine(config, provider, own.to, signal);
    await moveOne({ address, provider, target, signal, config, context });
  }
  return 0;
}

interface Move {
  readonly address: IpAddress;
  readonly provider: Provider;
  readonly target: Machine;
  readonly signal: AbortSignal;
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
  wanted: string,
  signal: AbortSignal,
): Promise<Machine> {
  const { group } = config;
  const members =
    group && provider.members
      ? await provider.members(group.kind ? `${group.kind}:${group.name}` : group.name, signal)
      : [];
  const named = members.filter(({ name, instance }) => name === wanted || instance === wanted.toLowerCase());
  if (named.length > 1)
    throw new Failure(`--to: ${named.length} machines of the group are called ${wanted}; give the id`, {
      exitCode: 2,
    });
  if (named[0]) return { instance: named[0].instance, name: named[0].name ?? wanted };
  const described = await provider.describe(wanted.toLowerCase(), signal);
  if (described.state !== 'gone') return { instance: described.instance, name: described.name ?? wanted };
  const known = members.map(({ name, instance }) => name ?? instance).join(', ');
  throw new Failure(`--to: the cloud knows no machine ${wanted}${known ? `; the group has ${known}` : ''}`);
}

async function moveOne(deed: Move): Promise<void> {
  const { provider, target, address, signal, context, config } = deed;
  const before = (await provider.read(signal)).holders;
  const others = before.filter((instance) => instance !== target.instance);
  if (!config.yes) await confirmLeaving(deed, others);
  const begin = performance.now();
  const old = await Promise.all(others.map((instance) => nameOf(provider, instance, signal)));
  const clear = async () => {
    for (const instance of others) await provider.dissociate(instance, signal);
  };
  const { associate } = provider.traits;
  if (associate === 'refusedWhileHeld') await clear();
  await provider.associate(target.instance, signal);
  await confirmed(deed, (view) => view.holders.includes(target.instance));
  if (associate === 'adds') await clear();
  await confirmed(deed, ({ holders }) => holders.join() === target.instance);
  const from = old.join(', ') || (before.length > 0 ? target.name : 'nobody');
  context.stdout(
    oneLine(`${address}: ${from} → ${target.name} in ${spoken(performance.now() - begin)}`).concat('\n'),
  );
}

async function confirmLeaving(
  { provider, address, context, signal, target }: Move,
  others: readonly InstanceId[],
): Promise<void> {
  const machines = await Promise.all(others.map((instance) => provider.describe(instance, signal)));
  const live = machines.filter(({ state }) => state === 'running' || state === 'unknown');
  if (live.length === 0) return;
  const names = live.map(({ name, instance }) => name ?? instance).join(', ');
  await confirm(context, `${address} is held by ${names}, which runs`, `move it to ${target.name}`);
}

async function nameOf(provider: Provider, instance: InstanceId, signal: AbortSignal): Promise<string> {
  return (await provider.describe(instance, signal)).name ?? instance;
}

/** Reads until the cloud says so; while it says that a move is under way, or has not caught up, it is asked again. */
async function confirmed({ provider, address, signal }: Move, so: (view: View) => boolean): Promise<void> {
  const until = performance.now() + 30_000;
  for (;;) {
    const view = await provider.read(signal);
    if (so(view) && !view.pending) return;
    if (performance.now() > until) {
      const holders = view.holders.join(', ') || 'nobody';
      throw new Failure(`${address}: the cloud accepted the change, but says that ${holders} holds it`, {
        hint: 'a watchdog may have moved it back: stop it first, or give the other machine the better priority',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
