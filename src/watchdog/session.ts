import { after } from '../adapters/after.ts';
import type { Control } from '../adapters/control.ts';
import { createLog, type Log } from '../adapters/log.ts';
import { createPeerSource } from '../adapters/resolver.ts';
import { createSystemClock } from '../adapters/system-clock.ts';
import { createUdpTransport, type UdpTransport } from '../adapters/udp.ts';
import { version } from '../adapters/version.ts';
import { advice } from '../config/advice.ts';
import type { Config } from '../config/config.ts';
import type { Loaded } from '../config/load.ts';
import type { IpAddress, Policy, Resource } from '../core/index.ts';
import { createExecutor } from '../engine/executor.ts';
import { chooseAddresses } from '../engine/group.ts';
import { createJournal } from '../engine/journal.ts';
import { createNode, type Node, type Served } from '../engine/node.ts';
import { createObservations } from '../engine/observations.ts';
import type { Identity, Provider } from '../ports/provider.ts';
import { createWire } from '../wire/wire.ts';
import { providersFor } from './cloud-access.ts';
import { type Answering, openControls } from './controls.ts';
import { type ExitCode, Failure } from './failure.ts';
import { type HealthWatch, watchHealth } from './health.ts';
import { identifyPatiently } from './identify.ts';
import { newEpoch, policyFor } from './policy.ts';
import { reload } from './reload.ts';
import { listenToSignals } from './signals.ts';
import { warnOfConfiguration, warnOfIneligibility } from './warnings.ts';

/**
 * `ha-ip -W`: holds the shared addresses on the best live member of the group until it is told to stop. Ends with 1
 * where it cannot even listen; a cloud that does not answer never ends it.
 */
export async function watch(config: Config, context: Context): Promise<ExitCode> {
  const providers = await providersFor(config);
  const log = createLog({
    target: config.stdout ? 'stdout' : 'syslog',
    format: config.logFormat,
    verbose: config.verbose,
    tag: 'ha-ip',
  });
  try {
    return await run({ config, context, providers, log });
  } finally {
    await log.close();
  }
}

/** What the watchdog is given beside its configuration. */
interface Context {
  /** Reads flags, environment and file again, as SIGHUP asks. */
  readonly reload: () => Loaded;
}

interface Parts {
  readonly config: Config;
  readonly context: Context;
  readonly providers: ReadonlyMap<Resource, Provider>;
  readonly log: Log;
}

/** What the watchdog has become so far. */
interface Session extends Answering {
  node: Node | null;
  health: HealthWatch | null;
  obstacle: string | null;
}

async function run(parts: Parts): Promise<ExitCode> {
  const { config, log } = parts;
  const journal = createJournal(({ severity, resource, sentence, report }) => {
    const address = resource?.text ?? null;
    const where = address === null || config.addresses.length === 1 ? '' : `${address}: `;
    log.write(severity, where + sentence, { address, ...(report && { event: report }) });
  }, advice);
  const observations = createObservations((error) => {
    journal.say('error', `a defect of ha-ip: ${error instanceof Error ? error.message : String(error)}`);
  });
  observations.subscribe(journal.observe);
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const session: Session = {
    left,
    journal,
    observations,
    signals: listenToSignals(),
    clock: createSystemClock(),
    node: null,
    health: null,
    obstacle: null,
  };
  let controls: Control[] = [];
  try {
    journal.say('notice', `ha-ip ${version()} watches ${config.addresses.join(' and ')}`);
    controls = await openControls({ config, resources: [...parts.providers.keys()] }, session);
    return await start(parts, session);
  } catch (error) {
    if (error instanceof Error) journal.say('error', error.message.split('\n')[0]!);
    throw error;
  } finally {
    leave();
    await Promise.all(controls.map((control) => control.close()));
    session.signals.close();
  }
}

async function start(parts: Parts, session: Session): Promise<ExitCode> {
  const [first] = parts.providers.values();
  const identity = await identifyPatiently(first!, session.signals.stopped, (reason) => {
    session.obstacle = reason;
    session.journal.say('warning', reason);
  });
  return identity ? serve(parts, session, identity) : 0;
}

async function serve(parts: Parts, session: Session, identity: Identity): Promise<ExitCode> {
  const { config, context } = parts;
  const { journal, signals } = session;
  const host = config.listen.host ?? identity.addresses[0]?.ip;
  if (host === undefined)
    throw new Failure('this machine has no address of its own: say where to listen with -l');
  const transport = await openSocket(host, config.listen.port);
  const epoch = newEpoch();
  const others = [...new Set([...config.peers, ...config.voters])];
  const names = { names: others, listen: host, say: (line: string) => journal.say('warning', line) };
  const peers = createPeerSource(names);
  warnOfConfiguration(config, identity, journal);
  const code = await new Promise<ExitCode>((resolve) => {
    const node = createNode({
      clock: createSystemClock({ received: transport.received }),
      transport,
      wire: createWire({ keys: null }),
      observe: session.observations.observe,
      serve: served(parts, identity, host, epoch),
      onStopped: (stopped) => resolve(stopped === 0 ? 0 : 1),
    });
    node.start();
    session.node = node;
    for (const [{ key }, provider] of parts.providers) {
      if (!config.witness) void warnOfIneligibility(key, provider, session);
    }
    if (config.group === undefined || config.witness) peers.start((event) => node.tell(event));
    const say = (severity: 'notice' | 'warning', line: string) => journal.say(severity, line);
    session.health = watchHealth(config, say, (event) => node.tell(event));
    signals.attach({
      node,
      say,
      reload: () => reload(config, context.reload(), (inForce) => follow(inForce, parts, identity, session)),
    });
  });
  peers.stop();
  session.health?.stop();
  await transport.close();
  return code;
}

function follow(inForce: Config, { providers }: Parts, identity: Identity, { node, health }: Session): void {
  for (const [resource, provider] of providers) {
    const { self } = node!.policy(resource.key)!;
    node!.reload({ ...policyFor(inForce, resource, identity, provider, self.epoch), self });
  }
  // After the policies: what a new check finds belongs to the new ones.
  health?.follow(inForce.health);
}

async function openSocket(host: IpAddress, port: number): Promise<UdpTransport> {
  try {
    return await createUdpTransport({ host, port });
  } catch (error) {
    throw new Failure((error as Error).message, { cause: error });
  }
}

function served(
  parts: Parts,
  identity: Identity,
  listen: IpAddress,
  epoch: Policy['self']['epoch'],
): Served[] {
  const { config, providers } = parts;
  const own = { addresses: identity.addresses, shared: config.addresses, listen };
  const group = config.group && {
    name: config.group.kind ? `${config.group.kind}:${config.group.name}` : config.group.name,
    choose: (machines: Parameters<typeof chooseAddresses>[0]) =>
      chooseAddresses(machines, own, config.network),
  };
  return [...providers].map(([resource, provider]) => ({
    policy: policyFor(config, resource, identity, provider, epoch),
    performer: createExecutor({ provider, group, now: () => performance.now(), after }),
  }));
}
