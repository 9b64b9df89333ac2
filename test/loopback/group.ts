import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CloudOptions, type ServedCloud, serveCloud } from '../../providers/simulators.ts';
import type { InstanceId, IpAddress } from '../../src/core/index.ts';
import type { CallRecord } from '../../src/sim/cloud.ts';
import { type Bind, bindHere } from './bind.ts';
import { PROGRAM, Watchdog } from './watchdog.ts';

export interface GroupOptions extends Omit<CloudOptions, 'timing' | 'machines'> {
  /** The own address of each machine: lb1, lb2 … Default 127.0.0.11, .12, .13. */
  readonly hosts?: readonly IpAddress[];
  /** The advertisement interval of all; default 500 ms. */
  readonly intervalMs?: number;
  /** How long an association takes; default 100 ms. */
  readonly jobMs?: number;
  /** Every call takes so much longer; default 0. */
  readonly latencyMs?: number;
  /** Programs that run on a machine of their own: before the words of `lb1` and so on. */
  readonly prefix?: Readonly<Record<string, readonly string[]>>;
  /** The host name by which machines reach the API, where it is another than the one it listens on. */
  readonly reachedAt?: string;
  /** How a socket on such a machine is made. */
  readonly bind?: Bind;
  /** The port of all; default: one that is free on every address. */
  readonly udpPort?: number;
}

export interface StartOptions {
  /** Default 10 for lb1, 20 for lb2 … */
  readonly priority?: number;
  /** Further arguments; they come last. */
  readonly extra?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of the credentials in the environment. */
  readonly credentials?: Readonly<Record<string, string>>;
  /** Instead of its own runtime directory: that of this machine. */
  readonly runtimeOf?: string;
}

export interface Run {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A simulated cloud over HTTP, and watchdogs as real processes on the addresses of its machines. */
export class Group {
  readonly served: ServedCloud;
  readonly port: number;
  readonly hosts: readonly IpAddress[];
  readonly folder = mkdtempSync(join(tmpdir(), 'ha-ip-loopback-'));
  /** Everything that was ever started, in order. */
  readonly watchdogs: Watchdog[] = [];
  readonly #options: GroupOptions;
  readonly #waiting = new Set<() => void>();

  private constructor(served: ServedCloud, port: number, hosts: readonly IpAddress[], options: GroupOptions) {
    this.served = served;
    this.port = port;
    this.hosts = hosts;
    this.#options = options;
    // So that nothing of this host's own configuration is read.
    writeFileSync(this.configFile, '', { mode: 0o600 });
    served.cloud.onCall(this.#stirred);
    served.cloud.onChange(this.#stirred);
  }

  static async open(options: GroupOptions = {}): Promise<Group> {
    const hosts = options.hosts ?? ['127.0.0.11', '127.0.0.12', '127.0.0.13'];
    const timing = { reportsAfterMs: options.jobMs ?? 100 };
    const machines = hosts.map((host) => [host]);
    const served = await serveCloud({ ...options, machines, timing });
    if (options.latencyMs) served.faults.add({ effect: { kind: 'latency', ms: options.latencyMs } });
    const port = options.udpPort ?? (await freePort(hosts));
    return new Group(served, port, hosts, options);
  }

  /** Makes a UDP socket on an address of a machine. */
  get bind(): Bind {
    return this.#options.bind ?? bindHere;
  }

  /** What all watchdogs read; empty at first. */
  get configFile(): string {
    return join(this.folder, 'ha-ip.toml');
  }

  get addresses(): readonly IpAddress[] {
    return this.#options.shared ?? ['203.0.113.10'];
  }

  /** The first of them. */
  get address(): IpAddress {
    return this.addresses[0]!;
  }

  get names(): string[] {
    return this.hosts.map((_, index) => `lb${index + 1}`);
  }

  /** Starts `ha-ip -W` on a machine. */
  start(name: string, options: StartOptions = {}): Watchdog {
    const watchdog = new Watchdog({
      name,
      host: this.hostOf(name),
      address: this.address,
      runtimeDir: this.runtimeDir(options.runtimeOf ?? name),
      arguments: ['-W', '-O', '--log-format', 'json', ...this.words(name, options)],
      env: this.env(name, options),
      ...(this.#options.prefix?.[name] && { prefix: this.#options.prefix[name] }),
      stirred: this.#stirred,
    });
    this.watchdogs.push(watchdog);
    return watchdog;
  }

  /** Starts `ha-ip -W --witness` on an address of its own: no cloud, no credentials, nothing but the voters. */
  startWitness(host: IpAddress, voters: readonly IpAddress[]): Watchdog {
    const interval = `${this.#options.intervalMs ?? 500}ms`;
    const watchdog = new Watchdog({
      name: 'witness',
      host,
      address: this.address,
      runtimeDir: this.runtimeDir(`witness-${host}`),
      arguments: [
        ...['-W', '-O', '--log-format', 'json', '--config', this.configFile, '-xi', this.address],
        ...['--witness', '--voter', voters.join(','), '-l', endpoint(host, this.port), '-t', interval],
        ...['--runtime-dir', this.runtimeDir(`witness-${host}`)],
      ],
      env: { PATH: process.env.PATH },
      stirred: this.#stirred,
    });
    this.watchdogs.push(watchdog);
    return watchdog;
  }

  /** Starts all machines' watchdogs and waits until one holds and the others stand by. */
  async startAll(options: StartOptions = {}): Promise<Record<string, Watchdog>> {
    const started = Object.fromEntries(this.names.map((name) => [name, this.start(name, options)]));
    await this.settled(...Object.values(started));
    return started;
  }

  /** One of these holds the address, and the others stand by and have heard it say so. Returns the holder. */
  async settled(...watchdogs: readonly Watchdog[]): Promise<Watchdog> {
    const holder = await this.#oneHolder(watchdogs);
    await Promise.all(watchdogs.map((other) => other === holder || this.#knows(other, holder)));
    // Fast beats and probes between them (R29) are on their way a few times.
    await sleep(500);
    return holder;
  }

  async #knows(backup: Watchdog, holder: Watchdog): Promise<void> {
    for (;;) {
      const { peers } = await backup.status();
      const seen = peers.find(({ address }) => address === holder.host);
      if (seen?.role === 'active' && seen.twoWay) return;
      await sleep(20);
    }
  }

  #oneHolder(watchdogs: readonly Watchdog[]): Promise<Watchdog> {
    return this.until('one holder, the others backups', () => {
      const active = watchdogs.filter(({ role }) => role === 'active');
      const backups = watchdogs.filter(({ role }) => role === 'backup');
      const [only] = active;
      if (only === undefined || active.length > 1 || backups.length + 1 < watchdogs.length) return null;
      return this.holders().join() === only.name ? only : null;
    });
  }

  /** Runs a command of ha-ip on a machine to its end, with the options of its watchdog. */
  run(name: string, words: readonly string[], options: StartOptions = {}): Promise<Run> {
    return this.runBare([...words, ...this.words(name, options)], this.env(name, options));
  }

  async runBare(words: readonly string[], env: NodeJS.ProcessEnv = { PATH: process.env.PATH }): Promise<Run> {
    const child = spawn(process.execPath, [PROGRAM, ...words], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    this.#outputs.push(output, errors);
    return { code, output, errors };
  }

  /** The options of a machine's ha-ip. */
  words(name: string, { priority, extra = [], runtimeOf }: StartOptions = {}): string[] {
    const number = this.names.indexOf(name) + 1;
    return [
      ...['--config', this.configFile, '-G', 'ha-ip'],
      ...this.addresses.flatMap((address) => ['-xi', address]),
      ...['-P', String(priority ?? number * 10), '-t', `${this.#options.intervalMs ?? 500}ms`],
      ...['-l', endpoint(this.hostOf(name), this.port)],
      ...['-xe', this.#reached(this.served.endpoint), '--metadata', this.#reached(this.served.metadata)],
      ...['--runtime-dir', this.runtimeDir(runtimeOf ?? name), ...extra],
    ];
  }

  env(name: string, { env = {}, credentials }: StartOptions = {}): NodeJS.ProcessEnv {
    const usual = {
      EXOSCALE_API_KEY: this.served.keyOf(name),
      EXOSCALE_API_SECRET: this.served.apiSecret,
    };
    return { PATH: process.env.PATH, ...(credentials ?? usual), ...env };
  }

  runtimeDir(name: string): string {
    return join(this.folder, name);
  }

  hostOf(name: string): IpAddress {
    const host = this.hosts[this.names.indexOf(name)];
    if (host === undefined) throw new Error(`no machine ${name} in this group`);
    return host;
  }

  /** The names of who has the address, by the cloud. */
  holders(address = this.address): string[] {
    return this.served.cloud.holders(address).map((instance) => this.nameOf(instance));
  }

  nameOf(instance: InstanceId): string {
    return this.served.cloud.instances.get(instance)?.name ?? instance;
  }

  /** Requests that change something, from a moment on. */
  writes(since = 0): CallRecord[] {
    return this.served.cloud.calls.filter(({ write, at }) => write && at >= since);
  }

  /**
   * Waits until the condition gives something; it is looked at whenever a watchdog says something or the cloud is
   * asked or changes.
   */
  until<T>(what: string, condition: () => T | null | undefined | false, patienceMs = 15_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = condition();
        if (found === null || found === undefined || found === false) return;
        stop();
        resolve(found);
      };
      const late = setTimeout(() => {
        stop();
        reject(new Error(`expected within ${patienceMs} ms: ${what}\n${this.transcript()}`));
      }, patienceMs);
      const stop = () => {
        clearTimeout(late);
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** What was said and done, in order, for a test that fails. */
  transcript(): string {
    const { cloud } = this.served;
    const words = this.watchdogs.flatMap(({ name, said }) =>
      said.map(({ at, message }) => ({ at, text: `${name}  ${message}` })),
    );
    const changes = cloud.changes.map(({ at, instance, change, holders }) => ({
      at,
      text: `cloud  ${this.nameOf(instance)} ${change} it: ${holders.map((id) => this.nameOf(id)).join()}`,
    }));
    const lines = [...words, ...changes].sort((a, b) => a.at - b.at);
    const errors = this.watchdogs.flatMap(({ name, complained }) =>
      complained.map((line) => `${name}! ${line}`),
    );
    return [...lines.map(({ at, text }) => `${(at / 1000).toFixed(3)}  ${text}`), ...errors].join('\n');
  }

  /** All output of all processes so far. */
  outputs(): string[] {
    const spoken = this.watchdogs.flatMap(({ said, complained }) => [
      ...said.map((line) => JSON.stringify(line)),
      ...complained,
    ]);
    return [...spoken, ...this.#outputs];
  }

  /** Ends all that was started. Fails if any of it printed credentials, whatever the test was about. */
  async close(): Promise<void> {
    await Promise.all(this.watchdogs.map((watchdog) => watchdog.end()));
    await this.served.close();
    rmSync(this.folder, { recursive: true, force: true });
    const { apiKey, apiSecret } = this.served;
    const leak = this.outputs().find((text) => text.includes(apiSecret) || text.includes(apiKey));
    if (leak !== undefined) throw new Error(`credentials were printed: ${leak}`);
  }

  readonly #outputs: string[] = [];

  #reached(url: string): string {
    const { reachedAt } = this.#options;
    return reachedAt === undefined ? url : url.replace(new URL(url).hostname, reachedAt);
  }

  readonly #stirred = (): void => {
    for (const look of this.#waiting) look();
  };
}

export function endpoint(host: IpAddress, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A UDP port that is free on all of these addresses. */
async function freePort(hosts: readonly IpAddress[]): Promise<number> {
  const taken = [];
  try {
    for (const host of hosts) {
      const socket = createSocket({
        type: host.includes(':') ? 'udp6' : 'udp4',
        ipv6Only: host.includes(':'),
      });
      taken.push(socket);
      socket.bind({
        address: host,
        port: taken[0] === socket ? 0 : taken[0]!.address().port,
        exclusive: true,
      });
      await once(socket, 'listening');
    }
    return taken[0]!.address().port;
  } finally {
    for (const socket of taken) socket.close();
  }
}
