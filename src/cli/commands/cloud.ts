import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Flavour, ServedCloud } from '../../../providers/simulators.ts';
import type { Config } from '../../config/config.ts';
import type { Values } from '../../config/option.ts';
import type { InstanceId, IpAddress } from '../../core/index.ts';
import { usualPort } from '../../ports/transport.ts';
import { type ExitCode, Failure } from '../../watchdog/failure.ts';
import type { Context } from '../context.ts';
import type { CLOUD_OPTIONS } from './cloud-options.ts';
import { nextStopSignal } from './stop-signal.ts';

type Own = Values<typeof CLOUD_OPTIONS>;

/**
 * `ha-ip cloud`: a simulated cloud on loopback, until SIGINT or SIGTERM. Prints one line per machine that starts its
 * watchdog, ready to paste; with `json` one line with an object for each cloud instead (`Offer`). Then one line per
 * change of holders, on stderr with `json`, and with -v one per call.
 */
export async function cloud(config: Config, context: Context, own: Own): Promise<ExitCode> {
  const stop = nextStopSignal();
  const served = await serveAll(config, own);
  const folder = mkdtempSync(join(tmpdir(), 'ha-ip-cloud-'));
  try {
    for (const one of served) {
      const offer = offerOf(one, config, own, folder);
      context.stdout(own.json ? `${JSON.stringify(offer)}\n` : page(offer, own));
    }
    const write = own.json ? context.stderr : context.stdout;
    for (const one of served) follow(one, config.verbose, write, served.length > 1 ? `${one.flavour}: ` : '');
    await stop.came;
    return 0;
  } finally {
    stop.close();
    await Promise.all(served.map((one) => one.close()));
    tidy(folder, own);
  }
}

/** Each cloud has its own port, and its own addresses and holders; the machines are the same in all. */
async function serveAll(config: Config, own: Own): Promise<ServedCloud[]> {
  const names = own.machines.map((_, index) => `lb${index + 1}`);
  const strangers = own.holders.filter((name) => !names.includes(name));
  if (strangers.length > 0)
    throw new Failure(`--holders: expected some of ${names.join(', ')}, got ${strangers.join(', ')}`, {
      exitCode: 2,
    });
  // Only now: no other command should wait for simulators to load.
  const { flavours } = await import('../../../providers/simulators.ts');
  const wanted = flavours.filter((flavour) => own.flavour === 'all' || own.flavour === flavour);
  return Promise.all(wanted.map((flavour, index) => serve(flavour, index, config, own)));
}

async function serve(flavour: Flavour, index: number, config: Config, own: Own): Promise<ServedCloud> {
  const { serveCloud } = await import('../../../providers/simulators.ts');
  const served = await serveCloud({
    flavour,
    machines: own.machines.map((address) => [address]),
    shared: sharedAddresses(config),
    holders: own.holders,
    group: groupName(config),
    timing: { reportsAfterMs: own['operation-time'] },
    ...(own.port !== undefined && { port: own.port + index }),
  }).catch((error: NodeJS.ErrnoException) => {
    throw portFailure(error, own);
  });
  if (own.latency > 0) served.faults.add({ effect: { kind: 'latency', ms: own.latency } });
  return served;
}

function portFailure(error: NodeJS.ErrnoException, { port }: Own): Error {
  if (error.code === undefined || port === undefined) return error;
  const why = error.code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${error.code})`;
  return new Failure(`127.0.0.1:${port} ${why}: name another --port, or none for any free one`, {
    cause: error,
  });
}

function sharedAddresses({ addresses }: Config): readonly IpAddress[] {
  return addresses.length > 0 ? addresses : ['203.0.113.10'];
}

function groupName({ group }: Config): string {
  return group?.name ?? 'ha-ip';
}

/** What `--json` prints, a line for each cloud. */
interface Offer {
  readonly flavour: string;
  readonly provider: string;
  readonly endpoint: string;
  readonly metadata: string;
  /** A key that may act for any machine. */
  readonly apiKey: string;
  readonly apiSecret: string;
  /** The same for clouds with tokens. */
  readonly token: string;
  readonly addresses: readonly IpAddress[];
  readonly group: string;
  readonly machines: readonly Machine[];
}

interface Machine {
  readonly name: string;
  readonly instance: InstanceId;
  readonly address: IpAddress;
  /** What its watchdog is started with. */
  readonly env: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
}

function offerOf(served: ServedCloud, config: Config, own: Own, folder: string): Offer {
  const { flavour, provider, endpoint, metadata, apiKey, apiSecret, token } = served;
  const [addresses, group] = [sharedAddresses(config), groupName(config)];
  const machines = own.machines.map((address, index): Machine => {
    const name = `lb${index + 1}`;
    return {
      name,
      instance: served.machine(name).id,
      address,
      env: served.environment(name),
      arguments: [
        ...['-W', '-O', '-xi', addresses.join(','), '-G', group, '-P', String(10 * (index + 1))],
        ...['-l', `${address}:${usualPort}`, '-xe', endpoint, '--metadata', metadata],
        // All on one host: each needs a control socket of its own.
        ...['--runtime-dir', join(folder, name)],
      ],
    };
  });
  return { flavour, provider, endpoint, metadata, apiKey, apiSecret, token, addresses, group, machines };
}

function page(offer: Offer, own: Own): string {
  const lines = offer.machines.map(({ env, arguments: words }) => {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    return [...variables, 'ha-ip', ...words.map(shellWord)].join(' ');
  });
  return [
    `a simulated cloud (${offer.flavour}) with ${offer.addresses.join(' and ')} and a watchdog's ` +
      'command for each machine;',
    `an operation takes ${own['operation-time']} ms, an answer ${own.latency} ms; Ctrl-C ends it`,
    '',
    ...lines,
    '',
    '',
  ].join('\n');
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** One line per change of holders and, if `calls`, per request when it arrives. */
function follow(
  { cloud: world }: ServedCloud,
  calls: boolean,
  write: (text: string) => void,
  prefix: string,
): void {
  const startedAt = performance.now();
  const name = (id: InstanceId) => world.instances.get(id)?.name ?? id;
  const say = (at: number, text: string) =>
    write(`${((at - startedAt) / 1000).toFixed(3).padStart(9)} s  ${prefix}${text}\n`);
  world.onChange(({ at, address, instance, change, holders }) => {
    const now = holders.map(name).join(' and ') || 'nobody';
    say(at, `${name(instance)} ${change} ${address}; held by ${now}`);
  });
  if (!calls) return;
  world.onCall(({ at, who, what, write: writes, subject }) =>
    say(at, `${who} asks ${what}${writes ? ` (a write, for ${subject ? name(subject) : 'nobody'})` : ''}`),
  );
}

/** Sockets of watchdogs that still run stay: whoever started them may want to stop them. */
function tidy(folder: string, { machines }: Own): void {
  const folders = [...machines.map((_, index) => join(folder, `lb${index + 1}`)), folder];
  for (const each of folders) {
    try {
      rmdirSync(each);
    } catch {
      // not there, or not empty
    }
  }
}
