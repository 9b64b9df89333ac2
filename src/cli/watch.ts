import { networkInterfaces } from 'node:os';
import { type Control, createControl } from '../adapters/control.ts';
import { createLog, type Log } from '../adapters/log.ts';
import { createPeerSource } from '../adapters/resolver.ts';
import { createSystemClock } from '../adapters/system-clock.ts';
import { createUdpTransport, type UdpTransport } from '../adapters/udp.ts';
import type { Config } from '../config/config.ts';
import type { IpAddress, Policy } from '../core/index.ts';
import { createExecutor } from '../engine/executor.ts';
import { chooseAddresses } from '../engine/group.ts';
import { createJournal, type Journal } from '../engine/journal.ts';
import { createNode, type Node, type Served } from '../engine/node.ts';
import { statusOf } from '../engine/status.ts';
import type { Identity, Provider } from '../ports/provider.ts';
import { identifyPatiently, providersFor } from './cloud-access.ts';
import type { Context, ExitCode } from './context.ts';
import { Failure } from './failure.ts';
import { newEpoch, policyFor } from './policy.ts';
import { version } from './version.ts';
import { listenToSignals } from './watch-signals.ts';

/**
 * `ha-ip -W`: holds the shared addresses on the best live member of the group until it is told to stop. Ends with 1
 * where it cannot even listen; a cloud that does not answer never ends it.
 */
export async function watch(config: Config, context: Context): Promise<ExitCode> {
  const providers = providersFor(config);
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

interface Parts {
  readonly config: Config;
  readonly context: Context;
  readonly providers: ReadonlyMap<IpAddress, Provider>;
  readonly log: Log;
}

async function run(parts: Parts): Promise<ExitCode> {
  const { config, providers, log } = parts;
  const journal = createJournal(({ severity, address, sentence, report }) => {
    const where = address === null || config.addresses.length === 1 ? '' : `${address}: `;
    log.write(severity, where + sentence, { address, ...(report && { event: report }) });
  });
  const signals = listenToSignals();
  try {
    journal.say('notice', `ha-ip ${version()} watches ${config.addresses.join(' and ')}`);
    const [first] = providers.values();
    const identity = await identifyPatiently(first!, signals.stopped, (line) => journal.say('warning', line));
    if (!identity) return 0;
    return await serve(parts, journal, identity, signals);
  } catch (error) {
    if (error instanceof Error) journal.say('error', error.message.split('\n')[0]!);
    throw error;
  } finally {
    signals.close();
  }
}

async function serve(
  parts: Parts,
  journal: Journal,
  identity: Identity,
  signals: ReturnType<typeof listenToSignals>,
): Promise<ExitCode> {
  const { config, context } = parts;
  const host = config.listen.host ?? identity.addresses[0]?.ip;
  if (host === undefined)
    throw new Failure('this machine has no address of its own: say where to listen with -l');
  const transport = await openSocket(host, config.listen.port);
  const clock = createSystemClock({ received: transport.received });
  const epoch = newEpoch();
  const served = servedAddresses(parts, identity, host, epoch);
  warnOfMissingAddresses(config, journal);

  let end: (code: ExitCode) => void = () => {};
  const ended = new Promise<ExitCode>((resolve) => {
    end = resolve;
  });
  const onStopped = (code: number) => end(code === 0 ? 0 : 1);
  const node = createNode({ clock, transport, journal, serve: served, onStopped });
  const controls = await openControls({ config, node, journal, clock, ended }).catch(async (error) => {
    await transport.close();
    throw error;
  });
  const peers = createPeerSource({
    names: config.peers,
    listen: host,
    say: (line) => journal.say('warning', line),
  });
  node.start();
  if (config.group === undefined) peers.start((event) => node.tell(event));
  signals.attach({
    node,
    say: (severity, line) => journal.say(severity, line),
    reload: () => reload({ context, parts, identity, node, epoch }),
  });
  const code = await ended;
  peers.stop();
  await Promise.all([transport.close(), ...controls.map((control) => control.close())]);
  return code;
}

async function openSocket(host: IpAddress, port: number): Promise<UdpTransport> {
  try {
    return await createUdpTransport({ host, port });
  } catch (error) {
    throw new Failure((error as Error).message, { cause: error });
  }
}

function servedAddresses(
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
  return [...providers].map(([address, provider]) => ({
    policy: policyFor(config, address, identity, provider, epoch),
    performer: createExecutor({ provider, group, now: () => performance.now(), after }),
  }));
}

function after(ms: number, expired: () => void): () => void {
  const timer = setTimeout(expired, ms);
  return () => clearTimeout(timer);
}

/** The cloud delivers to the address; a host that does not have it drops what comes. */
function warnOfMissingAddresses({ addresses }: Config, journal: Journal): void {
  const local = Object.values(networkInterfaces()).flatMap(
    (list) => list?.map(({ address }) => address) ?? [],
  );
  for (const address of addresses) {
    if (local.includes(address)) continue;
    const prefix = address.includes(':') ? 128 : 32;
    journal.say(
      'warning',
      `${address} is not configured on this host, so nothing would answer there: run ip addr add ${address}/${prefix} dev lo`,
    );
  }
}

interface ControlParts {
  readonly config: Config;
  readonly node: Node;
  readonly journal: Journal;
  readonly clock: ReturnType<typeof createSystemClock>;
  readonly ended: Promise<ExitCode>;
}

async function openControls({ config, node, journal, clock, ended }: ControlParts): Promise<Control[]> {
  const running = version();
  const controls: Control[] = [];
  for (const address of config.addresses) {
    const status = () => {
      const { mono, wall } = clock.now();
      const [policy, state] = [node.policy(address)!, node.state(address)!];
      return statusOf({ version: running, pid: process.pid, policy, state, journal, mono, wall });
    };
    const stop = async () => {
      journal.say('notice', 'asked to stop by ha-ip stop');
      node.command({ kind: 'drain' });
      await ended;
      return { message: 'left' };
    };
    controls.push(await createControl({ dir: config.runtimeDir, address, handlers: { status, stop } }));
  }
  return controls;
}

interface ReloadParts {
  readonly context: Context;
  readonly parts: Parts;
  readonly identity: Identity;
  readonly node: Node;
  readonly epoch: Policy['self']['epoch'];
}

/** SIGHUP. What cannot change in a running process is said, and everything else is in force at once. */
function reload({ context, parts, identity, node, epoch }: ReloadParts): string {
  const loaded = context.reload();
  if (!loaded.ok)
    return `the settings stay as they are, the new ones are not valid: ${loaded.mistakes.join('; ')}`;
  const next = loaded.config;
  for (const [address, provider] of parts.providers) {
    const { self } = node.policy(address)!;
    node.reload({ ...policyFor(next, address, identity, provider, epoch), self });
  }
  const fixed = [
    'addresses',
    'listen',
    'peers',
    'group',
    'endpoint',
    'provider',
    'network',
    'runtimeDir',
  ] as const;
  const changed = fixed.filter((key) => JSON.stringify(next[key]) !== JSON.stringify(parts.config[key]));
  return changed.length === 0
    ? 'settings reloaded'
    : `settings reloaded, but for a change of ${changed.join(', ')} restart`;
}
