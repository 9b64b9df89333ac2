import { networkInterfaces } from 'node:os';
import { examine } from '../../adapters/health.ts';
import type { Config } from '../../config/config.ts';
import type { IpAddress } from '../../core/index.ts';
import { chooseAddresses } from '../../engine/group.ts';
import type { Identity, Provider } from '../../ports/provider.ts';
import { chosenCloud, providersFor } from '../../watchdog/cloud-access.ts';
import type { ExitCode } from '../../watchdog/failure.ts';
import { createNoCloud } from '../../watchdog/witness.ts';
import type { Context } from '../context.ts';
import { oneLine, type Palette, palette } from '../output/terminal.ts';

const patienceMs = 20_000;

interface Finding {
  readonly verdict: 'ok' | 'warning' | 'failed';
  readonly what: string;
}

/**
 * `ha-ip -n`: everything that can be validated without touching an address. The settings are right when this runs;
 * what remains is what the cloud says (exit 1 if something fails).
 */
export async function check(config: Config, context: Context): Promise<ExitCode> {
  const colours = palette(context.colour);
  let failed = false;
  const tell = (finding: Finding) => {
    failed ||= finding.verdict === 'failed';
    context.stdout(`${line(finding, colours)}\n`);
  };
  for (const { option, value, origin } of context.settings) {
    if (origin !== 'default') tell({ verdict: 'ok', what: `${option} = ${value} (${origin})` });
  }
  if (config.witness) await checkWitness(config, tell);
  else
    for (const [{ text: address }, provider] of await providersFor(config))
      await checkAddress(config, address, provider, tell);
  for (const { name, seen } of await examine(config.health, config.addresses))
    tell({ verdict: seen.ok ? 'ok' : 'failed', what: `check ${name}: ${seen.words}` });
  return failed ? 1 : 0;
}

function line({ verdict, what }: Finding, colours: Palette): string {
  const colour = { ok: colours.good, warning: colours.warning, failed: colours.bad }[verdict];
  return `${colour(verdict.padEnd(7))}  ${oneLine(what)}`;
}

type Tell = (finding: Finding) => void;

async function checkAddress(
  config: Config,
  address: IpAddress,
  provider: Provider,
  tell: Tell,
): Promise<void> {
  const signal = AbortSignal.timeout(patienceMs);
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      tell({ verdict: 'failed', what: error instanceof Error ? error.message : String(error) });
    }
  };
  await attempt(async () => {
    const identity = await provider.identify(signal);
    tell({
      verdict: 'ok',
      what: `this machine is ${identity.name ?? ''} ${identity.instance} in ${identity.zone}`,
    });
    await attempt(() => checkHolder(address, provider, identity, signal, tell));
    checkVote(config, identity, tell);
    await attempt(() => checkEligibility(provider, signal, tell));
    if (config.group) await attempt(() => checkGroup(config, provider, identity, signal, tell));
  });
  if (chosenCloud(config).isOnHost?.(address) !== false) tell(checkLocal(address));
}

/** A mistyped voter makes its machine a candidate without a vote. */
function checkVote({ voters, listen }: Config, { addresses }: Identity, tell: Tell): void {
  if (voters.length === 0) return;
  const own = [...addresses.map(({ ip }) => ip), ...(listen.host ? [listen.host] : [])];
  const vote = voters.find((voter) => own.includes(voter));
  tell(
    vote === undefined
      ? {
          verdict: 'failed',
          what:
            `--voter: expected an address of this machine (${own.join(', ')}), got ` +
            `${voters.join(', ')}; add it to the list everywhere`,
        }
      : { verdict: 'ok', what: `this machine votes as ${vote}, one of ${voters.length}` },
  );
}

/** No cloud is asked: all that can be wrong is who it thinks it is. */
async function checkWitness(config: Config, tell: Tell): Promise<void> {
  try {
    const { addresses } = await createNoCloud(config).identify(AbortSignal.timeout(patienceMs));
    const [{ ip } = { ip: '' }] = addresses;
    tell({ verdict: 'ok', what: `this machine votes as ${ip}, one of ${config.voters.length}` });
  } catch (error) {
    tell({ verdict: 'failed', what: (error as Error).message });
  }
}

async function checkHolder(
  address: IpAddress,
  provider: Provider,
  identity: Identity,
  signal: AbortSignal,
  tell: Tell,
): Promise<void> {
  const { holders } = await provider.read(signal);
  const who = holders.map((one) => (one === identity.instance ? 'this machine' : one)).join(', ') || 'nobody';
  tell({ verdict: 'ok', what: `${address} exists and is held by ${who}` });
}

async function checkEligibility(provider: Provider, signal: AbortSignal, tell: Tell): Promise<void> {
  const reasons = (await provider.eligibility?.(signal)) ?? [];
  for (const what of reasons) tell({ verdict: 'failed', what: `this machine could not take it: ${what}` });
  if (provider.eligibility && reasons.length === 0)
    tell({ verdict: 'ok', what: 'this machine could take it' });
}

async function checkGroup(
  config: Config,
  provider: Provider,
  identity: Identity,
  signal: AbortSignal,
  tell: Tell,
): Promise<void> {
  const group = config.group!;
  if (!provider.members)
    return tell({ verdict: 'failed', what: `${provider.name} knows no groups: name the peers with -p` });
  const machines = await provider.members(group.kind ? `${group.kind}:${group.name}` : group.name, signal);
  const listen = config.listen.host ?? identity.addresses[0]?.ip ?? '';
  const members = chooseAddresses(
    machines,
    { addresses: identity.addresses, shared: config.addresses, listen },
    config.network,
  );
  const others = members.filter(({ instance }) => instance !== identity.instance);
  const inside = machines.some(({ instance }) => instance === identity.instance);
  tell({
    verdict: inside ? 'ok' : 'failed',
    what:
      `${group.name} has ${machines.length} members, this machine ` +
      `${inside ? 'among them' : 'not among them: add it to the group'}`,
  });
  const names = others.map(({ name, address }) => `${name ?? ''} ${address}`.trim()).join(', ');
  tell(
    others.length > 0
      ? { verdict: 'ok', what: `peers: ${names}` }
      : { verdict: 'warning', what: 'no peers: nobody would take over' },
  );
}

function checkLocal(address: IpAddress): Finding {
  const local = Object.values(networkInterfaces()).flatMap((list) => list?.map((one) => one.address) ?? []);
  if (local.includes(address)) return { verdict: 'ok', what: `${address} is configured on this host` };
  const prefix = address.includes(':') ? 128 : 32;
  return {
    verdict: 'warning',
    what: `${address} is not configured on this host: run ip addr add ${address}/${prefix} dev lo`,
  };
}
