import { networkInterfaces } from 'node:os';
import { after } from '../adapters/after.ts';
import { type Control, type ControlHandlers, createControl } from '../adapters/control.ts';
import { ControlError } from '../adapters/control-client.ts';
import { createLog, type Log } from '../adapters/log.ts';
import { createPeerSource } from '../adapters/resolver.ts';
import { createSystemClock } from '../adapters/system-clock.ts';
import { createUdpTransport, type UdpTransport } from '../adapters/udp.ts';
import { version } from '../adapters/version.ts';
import type { Config } from '../config/config.ts';
import type { Loaded } from '../config/load.ts';
import type { IpAddress, Now, Policy } from '../core/index.ts';
import { createExecutor } from '../engine/executor.ts';
import { chooseAddresses } from '../engine/group.ts';
import { createJournal, type Journal } from '../engine/journal.ts';
import { createNode, type Node, type Served } from '../engine/node.ts';
import { createObservations, happened, type Observations } from '../engine/observations.ts';
import { statusBefore, statusOf } from '../engine/status.ts';
import type { Identity, Provider } from '../ports/provider.ts';
import { chosenModule, identifyPatiently, providersFor } from './cloud-access.ts';
import { type ExitCode, Failure } from './failure.ts';
import { handOver } from './handover.ts';
import { type HealthWatch, watchHealth } from './health.ts';
import { newEpoch, policyFor } from './policy.ts';
import { listenToSignals, type Signals } from './signals.ts';

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

/** What the watchdog is given beside its configuration. */
interface Context {
  /** Reads flags, environment and file again, as SIGHUP asks. */
  readonly reload: () => Loaded;
}

interface Parts {
  readonly config: Config;
  readonly context: Context;
  readonly providers: ReadonlyMap<IpAddress, Provider>;
  readonly log: Log;
}

/** What the watchdog has become so far: the control socket answers from the first moment on. */
interface Session {
  readonly journal: Journal;
  /** What the node tells: the journal is the first to hear it. */
  readonly observations: Observations;
  readonly signals: Signals;
  readonly clock: { now(): Now };
  node: Node | null;
  health: HealthWatch | null;
  /** Why the node is not there yet. */
  obstacle: string | null;
  /** Resolved when nothing is left to do but to end the process. */
  readonly left: Promise<void>;
}

async function run(parts: Parts): Promise<ExitCode> {
  const { config, log } = parts;
  const journal = createJournal(({ severity, address, sentence, report }) => {
    const where = address === null || config.addresses.length === 1 ? '' : `${address}: `;
    log.write(severity, where + sentence, { address, ...(report && { event: report }) });
  });
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
    controls = await openControls(config, session);
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
  if (!config.witness) warnOfMissingAddresses(config, journal);
  warnOfNoVote(config, identity, journal);
  const code = await new Promise<ExitCode>((resolve) => {
    const node = createNode({
      clock: createSystemClock({ received: transport.received }),
      transport,
      observe: session.observations.observe,
      serve: servedAddresses(parts, identity, host, epoch),
      onStopped: (stopped) => resolve(stopped === 0 ? 0 : 1),
    });
    node.start();
    session.node = node;
    for (const [address, provider] of parts.providers) {
      if (!config.witness) void warnOfIneligibility(address, provider, session);
    }
    if (config.group === undefined || config.witness) peers.start((event) => node.tell(event));
    const say = (severity: 'notice' | 'warning', line: string) => journal.say(severity, line);
    session.health = watchHealth(config, say, (event) => node.tell(event));
    signals.attach({
      node,
      say,
      reload: () => reload({ context, parts, identity, node, epoch, health: session.health! }),
    });
  });
  peers.stop();
  session.health?.stop();
  await transport.close();
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

/** What would make a takeover fail is said at the start, not found out in the takeover. */
async function warnOfIneligibility(address: IpAddress, provider: Provider, session: Session): Promise<void> {
  const { node, journal, observations, signals } = session;
  const isSettled: Parameters<typeof happened>[1] = (told) =>
    told.kind === 'call' && told.change === 'settled' && told.address === address;
  // What keeps the address from being read is said by the election itself.
  while (!node?.state(address)?.cloud.reading) {
    if (!(await happened(observations, isSettled, signals.stopped))) return;
  }
  try {
    for (const reason of (await provider.eligibility?.(AbortSignal.timeout(20_000))) ?? []) {
      journal.say('warning', `this machine could not take the address: ${reason}`);
    }
  } catch {
    // The cloud does not answer: the election's own calls say so.
  }
}

/** A voter's address that is mistyped makes its machine a candidate without a vote. */
function warnOfNoVote({ voters, listen }: Config, { addresses }: Identity, journal: Journal): void {
  const own = [...new Set([...addresses.map(({ ip }) => ip), listen.host])].filter(
    (host) => host !== undefined,
  );
  if (voters.length === 0 || voters.some((voter) => own.includes(voter))) return;
  journal.say(
    'warning',
    `this machine does not vote: none of its addresses is among ${voters.join(', ')}; add one of ${own.join(', ')} to --voter everywhere, or name this machine to the witness with -p`,
  );
}

/** The cloud delivers to the address; a host that does not have it drops what comes. */
function warnOfMissingAddresses(config: Config, journal: Journal): void {
  const module = chosenModule(config);
  const local = Object.values(networkInterfaces()).flatMap(
    (list) => list?.map(({ address }) => address) ?? [],
  );
  for (const address of config.addresses) {
    if (local.includes(address) || module.isOnHost?.(address) === false) continue;
    const prefix = address.includes(':') ? 128 : 32;
    journal.say(
      'warning',
      `${address} is not configured on this host, so nothing would answer there: run ip addr add ${address}/${prefix} dev lo`,
    );
  }
}

async function openControls(config: Config, session: Session): Promise<Control[]> {
  const running = version();
  const controls: Control[] = [];
  for (const address of config.addresses) {
    let asked = false;
    const handlers = {
      status: () => statusNow(session, address, running),
      handover: (asked: Readonly<Record<string, unknown>>) =>
        handOver({ ...session, stopped: session.signals.stopped }, address, asked),
      stop: async () => {
        // `ha-ip stop` asks every address of this process at once: only the same question again is a second one.
        session.signals.stop('ha-ip stop', asked);
        asked = true;
        await session.left;
        return { message: 'left' };
      },
    };
    controls.push(await openControl(config.runtimeDir, address, handlers));
  }
  return controls;
}

async function openControl(dir: string, address: IpAddress, handlers: ControlHandlers): Promise<Control> {
  try {
    return await createControl({ dir, address, handlers });
  } catch (error) {
    throw error instanceof ControlError ? new Failure(error.message, { cause: error }) : error;
  }
}

function statusNow(
  { node, health, journal, clock, obstacle }: Session,
  address: IpAddress,
  running: string,
): object {
  const { mono, wall } = clock.now();
  const about = { version: running, pid: process.pid, mono, wall };
  if (!node) return statusBefore({ ...about, address, obstacle });
  const [policy, state] = [node.policy(address)!, node.state(address)!];
  return statusOf({ ...about, policy, state, journal, checks: health?.checks() ?? [] });
}

interface ReloadParts {
  readonly context: Context;
  readonly parts: Parts;
  readonly identity: Identity;
  readonly node: Node;
  readonly epoch: Policy['self']['epoch'];
  readonly health: HealthWatch;
}

/** SIGHUP. What cannot change in a running process is said, and everything else is in force at once. */
function reload({ context, parts, identity, node, epoch, health }: ReloadParts): string {
  const loaded = context.reload();
  if (!loaded.ok)
    return `the settings stay as they are, the new ones are not valid: ${loaded.mistakes.join('; ')}`;
  const next = loaded.config;
  for (const [address, provider] of parts.providers) {
    const { self } = node.policy(address)!;
    // Who votes is promised to the others: that never changes while we run.
    const { voters, witness } = parts.config;
    const settings = { ...next, voters, witness };
    node.reload({ ...policyFor(settings, address, identity, provider, epoch), self });
  }
  // After the policies: what a new check finds belongs to the new ones.
  health.follow(next.health);
  const fixed = [
    'addresses',
    'listen',
    'peers',
    'voters',
    'witness',
    'group',
    'endpoint',
    'provider',
    'network',
    'instance',
    'metadata',
    'stdout',
    'logFormat',
    'verbose',
    'runtimeDir',
  ] as const;
  const secrets = ['apiKey', 'apiSecret', 'token'] as const;
  const changed = [
    ...fixed.filter((key) => JSON.stringify(next[key]) !== JSON.stringify(parts.config[key])),
    ...secrets.filter((key) => next[key]?.reveal() !== parts.config[key]?.reveal()),
  ];
  return changed.length === 0
    ? 'settings reloaded'
    : `settings reloaded, but for a change of ${changed.join(', ')} restart`;
}
