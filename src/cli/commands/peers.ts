import type { Config } from '../../config/config.ts';
import type { GroupMember } from '../../ports/provider.ts';
import { providersFor } from '../../watchdog/cloud-access.ts';
import { type ExitCode, Failure } from '../../watchdog/failure.ts';
import type { Context } from '../context.ts';
import { table } from '../output/table.ts';
import { oneLine, palette } from '../output/terminal.ts';

const patienceMs = 30_000;

/** `ha-ip peers`: the group as the cloud gives it, this machine marked. With `json` an array of machines. */
export async function peers(
  config: Config,
  context: Context,
  own: { readonly json: boolean },
): Promise<ExitCode> {
  const [provider] = (await providersFor(config)).values();
  const { group } = config;
  if (!provider?.members || !group)
    throw new Failure('--group: expected the group whose members to show', { exitCode: 2 });
  const signal = AbortSignal.timeout(patienceMs);
  const self = await provider.identify(signal);
  const members = await provider.members(group.kind ? `${group.kind}:${group.name}` : group.name, signal);
  const told = members.map((member) => ({ ...member, self: member.instance === self.instance }));
  if (own.json) context.stdout(`${JSON.stringify(told, null, 2)}\n`);
  else context.stdout(page(told, context));
  return 0;
}

function page(members: readonly (GroupMember & { readonly self: boolean })[], { colour }: Context): string {
  const rows = members.map(({ instance, name, addresses, zone, state, self }) => [
    self ? '*' : '',
    instance,
    oneLine(name ?? '–'),
    addresses.map(({ ip }) => ip).join(', '),
    zone ?? '–',
    state,
  ]);
  const [heading = '', ...lines] = table([['', 'INSTANCE', 'NAME', 'ADDRESS', 'ZONE', 'STATE'], ...rows]);
  return `${[palette(colour).dim(heading), ...lines, '* this machine'].join('\n')}\n`;
}
