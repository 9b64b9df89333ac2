import { setTimeout as sleep } from 'node:timers/promises';
import { keepsSecrets, type Verdict } from '../../src/adapters/http.ts';
import type { Description, InstanceId, IpAddress, Traits, View } from '../../src/core/index.ts';
import {
  type AddressBook,
  type GroupMember,
  type Identity,
  type Provider,
  ProviderError,
  type ProviderModule,
  type ProviderSettings,
  type ReadOptions,
} from '../../src/ports/provider.ts';
import { canonicalAddress } from '../../src/wire/address.ts';
import { Addresses, Book, familyOf, holderOf, type Verb } from './addresses.ts';
import type { Action, Droplet, Reserved } from './answers.ts';
import { Client, type Question } from './client.ts';
import { Droplets, describe, member, nodeId, publicAddresses } from './droplets.ts';
import { Groups } from './groups.ts';
import { anchor, instanceIn, type Own, ownMachine } from './metadata.ts';

/** DigitalOcean's reserved IPv4 and IPv6 addresses. */
export const digitalocean: ProviderModule = {
  name: 'digitalocean',
  check,
  create,
  addressBook,
  anchor: (settings, signal) => anchor('digitalocean', settings, signal),
  isHere: ({ vendor }) => vendor.trim() === 'DigitalOcean',
};

type Account = Omit<ProviderSettings, 'address'>;

const ENDPOINT = 'https://api.digitalocean.com';

function check(settings: ProviderSettings): string[] {
  const wrong = checkAccount(settings);
  if (canonicalAddress(settings.address) === null) wrong.push('--address: expected an IPv4 or IPv6 address');
  return wrong;
}

function checkAccount({ endpoint, metadata, token, instance }: Account): string[] {
  const wrong = [...checkEndpoint(endpoint), ...checkMetadata(metadata)];
  if (token === undefined) wrong.push('--token-file: expected an API token (or DIGITALOCEAN_TOKEN)');
  else if (!/^[\x21-\x7e]+$/.test(token.reveal()))
    wrong.push('--token-file: expected a token of letters, digits and _, got other characters');
  if (instance !== undefined && instanceIn(instance) === null)
    wrong.push(`--instance: expected a droplet's id (a number), got ${JSON.stringify(instance)}`);
  return wrong;
}

function checkEndpoint(text: string | undefined): string[] {
  if (text === undefined) return [];
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return [`--endpoint: expected a URL such as ${ENDPOINT}, got none`];
  if (url.username !== '' || url.password !== '')
    return ['--endpoint: expected no user name or password in the URL'];
  if (!keepsSecrets(url))
    return [`--endpoint: expected https (http only to this machine), got ${url.protocol}`];
  if (url.search !== '' || url.hash !== '') return ['--endpoint: expected a URL without ? and #'];
  return /^\/*(v2\/*)?$/.test(url.pathname)
    ? []
    : [`--endpoint: expected ${ENDPOINT} or another host without a path, got the path ${url.pathname}`];
}

function checkMetadata(text: string | undefined): string[] {
  if (text === undefined || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))) return [];
  return ['--metadata: expected the base URL of the metadata service, http://HOST'];
}

function create(settings: ProviderSettings): Provider {
  const ip = canonicalAddress(settings.address);
  if (ip === null) throw new Error('settings were not checked: no address');
  return new DigitalOcean(settings, ip, clientOf(settings));
}

function addressBook(settings: Account): AddressBook {
  return new Book(clientOf(settings));
}

function clientOf(settings: Account): Client {
  const wrong = checkAccount(settings);
  const { endpoint = ENDPOINT, token } = settings;
  if (wrong.length > 0 || token === undefined)
    throw new Error(`settings were not checked: ${wrong.join('; ')}`);
  const base = endpoint.replace(/\/+$/, '').replace(/\/+v2$/, '');
  return new Client({ provider: digitalocean.name, endpoint: base, token });
}

/** Where this machine is, learnt once: droplets never leave their region. */
interface Home {
  readonly instance: InstanceId;
  readonly region: string;
}

/** How long a reading tells `associate` that there is something to do. What it says wrongly costs one refusal. */
const SEEN_MS = 30_000;
/** How long an action of ours that we lost sight of counts as under way: longer than the longest seen (11 s). */
const LOST_MS = 60_000;

class DigitalOcean implements Provider {
  readonly name = digitalocean.name;
  /** Unassigning takes the address from whoever has it: `dissociate` reads and compares first. */
  readonly traits: Traits = { associate: 'moves', fences: true };

  readonly #settings: ProviderSettings;
  readonly #ip: IpAddress;
  readonly #client: Client;
  readonly #addresses: Addresses;
  readonly #droplets: Droplets;
  readonly #groups: Groups;
  #home: Home | null = null;
  #seen: { readonly holder: InstanceId | null; readonly at: number } | null = null;
  #unfinished: { readonly verb: Verb; readonly instance: InstanceId; readonly since: number } | null = null;

  constructor(settings: ProviderSettings, ip: IpAddress, client: Client) {
    this.#settings = settings;
    this.#ip = ip;
    this.#client = client;
    this.#addresses = new Addresses(client);
    this.#droplets = new Droplets(client);
    this.#groups = new Groups(client, this.#droplets);
  }

  async identify(signal: AbortSignal): Promise<Identity> {
    const { instance } = this.#settings;
    const own = instance === undefined ? await ownMachine(this.name, this.#settings, signal) : null;
    const droplet = await this.#own(own?.instance ?? instance ?? '', own, signal);
    const [self] = await this.#members([droplet], signal);
    if (self?.zone === undefined || self.addresses.length === 0) throw this.#unready(droplet);
    this.#home = { instance: droplet.id, region: self.zone };
    const { name, zone, addresses } = self;
    return { instance: droplet.id, node: nodeId(droplet.id), zone, addresses, ...(name && { name }) };
  }

  async read(signal: AbortSignal, { background = false }: ReadOptions = {}): Promise<View> {
    const address = await this.#addresses.read(this.#ip, signal, background);
    if (this.#home !== null && this.#home.region !== address.region)
      throw this.#complaint(otherRegion(address, this.#home.region));
    const holder = holderOf(address);
    this.#seen = address.locked ? null : { holder, at: performance.now() };
    return {
      holders: holder === null ? [] : [holder],
      pending: address.locked || this.#stillWanted(address),
      described: this.#describedBy(address),
    };
  }

  async describe(instance: InstanceId, signal: AbortSignal): Promise<Description> {
    const droplet = instanceIn(instance) === null ? null : await this.#droplets.one(instance, signal);
    return droplet === null
      ? { instance, state: 'gone', addresses: [] }
      : describe(droplet, new Set([this.#ip]));
  }

  async associate(instance: InstanceId, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    if (instanceIn(instance) === null) throw this.#complaint(unknownDroplet(instance), 'assign', instance);
    if (!this.#sawElsewhere(instance) && (await this.#holds('assign', instance, signal))) return;
    await this.#act('assign', instance, signal, onAccepted);
  }

  async dissociate(instance: InstanceId, signal: AbortSignal): Promise<void> {
    if (await this.#holds('unassign', instance, signal)) await this.#act('unassign', instance, signal);
  }

  async members(group: string, signal: AbortSignal): Promise<GroupMember[]> {
    const home = await this.#at(signal);
    const droplets = await this.#groups.droplets(group, home.region, signal);
    return this.#members(
      droplets.filter(({ region }) => region?.slug === home.region),
      signal,
    );
  }

  async eligibility(signal: AbortSignal): Promise<string[]> {
    const home = await this.#at(signal);
    const address = await this.#addresses.read(this.#ip, signal);
    const lines: string[] = [];
    for await (const { came, advice } of this.#obstacles(address, home.instance, signal))
      lines.push(`${came}; ${advice}`);
    return lines;
  }

  /** Anybody may answer as the metadata service: what it says must be what the API says. */
  async #own(instance: InstanceId, own: Own | null, signal: AbortSignal): Promise<Droplet> {
    const droplet = await this.#droplets.one(instance, signal);
    if (droplet === null) throw this.#complaint(unknownDroplet(instance));
    if (own === null) return droplet;
    const known = describe(droplet, new Set([this.#ip]));
    if (known.zone === own.region && own.addresses.some((ip) => known.addresses.includes(ip))) return droplet;
    throw this.#complaint({
      kind: 'unavailable',
      came: `metadata says droplet ${instance} in ${own.region} with ${own.addresses.join(', ') || 'no address'}, the API says ${known.zone ?? 'no region'} with ${known.addresses.join(', ') || 'no address'}`,
      advice: 'give the id of this droplet with --instance, if you know better than its metadata',
    });
  }

  async #at(signal: AbortSignal): Promise<Home> {
    if (this.#home === null) await this.identify(signal);
    if (this.#home === null) throw new Error('a machine was identified but not noted');
    return this.#home;
  }

  /** A droplet with several public addresses of one family has a reserved one, and only their list tells which. */
  async #members(droplets: readonly Droplet[], signal: AbortSignal): Promise<GroupMember[]> {
    const shared = new Set([this.#ip]);
    for (const family of [4, 6] as const) {
      const several = droplets.some(
        (droplet) => publicAddresses(droplet, family).filter((ip) => ip !== this.#ip).length > 1,
      );
      if (!several) continue;
      for (const { ip } of await this.#addresses.list(family, signal, true)) shared.add(ip);
    }
    return droplets.map((droplet) => member(droplet, shared));
  }

  /** The holder is in the answer as a whole: nobody has to ask for it in a takeover. */
  #describedBy({ droplet }: Reserved): Description[] {
    const whole = droplet?.status != null && droplet.networks != null;
    return whole ? [describe(droplet, new Set([this.#ip]))] : [];
  }

  /** A reading just before spares `associate` its own, so that a takeover reads once. */
  #sawElsewhere(instance: InstanceId): boolean {
    const seen = this.#seen;
    this.#seen = null;
    return seen !== null && seen.holder !== instance && performance.now() - seen.at < SEEN_MS;
  }

  /** Whether the instance has the address; while an action runs on it, nobody can say what comes next. */
  async #holds(verb: Verb, instance: InstanceId, signal: AbortSignal): Promise<boolean> {
    const address = await this.#addresses.read(this.#ip, signal);
    if (address.locked) throw this.#complaint(underWay(address), verb, instance);
    return holderOf(address) === instance;
  }

  async #act(verb: Verb, instance: InstanceId, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    this.#seen = null;
    const action = await this.#addresses
      .start(this.#ip, verb, instance, signal)
      .catch((error: unknown) => this.#explain(error, verb, instance, signal));
    if (action === null) return;
    onAccepted?.();
    this.#unfinished = { verb, instance, since: performance.now() };
    await this.#finished(action, verb, instance, signal);
    this.#unfinished = null;
  }

  /**
   * Waits for the end of an action. It is only a hint: for some addresses (BYOIP) it cannot be asked for, and moves of
   * IPv6 addresses were seen to answer 500 there. Then the address itself tells.
   */
  async #finished(action: Action, verb: Verb, instance: InstanceId, signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    let ended = endOf(action);
    let askable = true;
    while (ended === null) {
      await sleep(pollAfterMs(performance.now() - begun), undefined, { signal }).catch(() => {
        throw this.#lost(verb, instance, 'unavailable', `given up while action ${action.id} was running`);
      });
      const state: Action | null = askable ? await this.#state(action, verb, instance, signal) : null;
      askable = state !== null;
      ended = state === null ? await this.#outcome(verb, instance, signal) : endOf(state);
    }
    if (ended === 'done') return;
    this.#unfinished = null;
    throw this.#lost(
      verb,
      instance,
      'conflict',
      `action ${action.id} ended in error, which does not say why`,
    );
  }

  async #state(
    { id }: Action,
    verb: Verb,
    instance: InstanceId,
    signal: AbortSignal,
  ): Promise<Action | null> {
    return this.#addresses.action(this.#ip, id, signal).catch((error: unknown) => {
      if (error instanceof ProviderError && !signal.aborted && /missing|unavailable/.test(error.kind))
        return null;
      throw this.#unsure(error, verb, instance);
    });
  }

  async #outcome(verb: Verb, instance: InstanceId, signal: AbortSignal): Promise<'done' | null> {
    const address = await this.#addresses.read(this.#ip, signal).catch((error: unknown) => {
      throw this.#unsure(error, verb, instance);
    });
    return asWished(address, verb, instance) ? 'done' : null;
  }

  /** A failure while an action of ours runs says nothing of its end. */
  #unsure(error: unknown, verb: Verb, instance: InstanceId): unknown {
    if (!(error instanceof ProviderError)) return error;
    const { kind, message, retryAfterMs } = error;
    const known = kind === 'throttled' || kind === 'denied' ? kind : 'unavailable';
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    return new ProviderError(known, `${message} (while ${verb} ran for droplet ${instance})`, {
      mayHaveHappened: true,
      ...wait,
    });
  }

  /**
   * One status stands for many causes, and their texts are not documented: the state tells them apart. null: the wish
   * is fulfilled already. The text counts only where the state shows nothing (`troubleOf`).
   */
  async #explain(error: unknown, verb: Verb, instance: InstanceId, signal: AbortSignal): Promise<null> {
    if (!(error instanceof ProviderError) || !/conflict|rejected|missing/.test(error.kind)) throw error;
    const found = await this.#cause(verb, instance, signal).catch(() => {
      throw error;
    });
    if (found === 'as wished') return null;
    throw found === 'unknown' ? error : this.#complaint(found, verb, instance);
  }

  async #cause(
    verb: Verb,
    instance: InstanceId,
    signal: AbortSignal,
  ): Promise<Verdict | 'as wished' | 'unknown'> {
    const address = await this.#addresses.read(this.#ip, signal);
    if (asWished(address, verb, instance)) return 'as wished';
    for await (const obstacle of this.#obstacles(address, instance, signal)) return obstacle;
    return 'unknown';
  }

  /** What keeps the address from the droplet, or would; what costs no further request first. */
  async *#obstacles(
    address: Reserved,
    instance: InstanceId,
    signal: AbortSignal,
  ): AsyncGenerator<Verdict & { readonly advice: string }> {
    if (address.locked) yield underWay(address);
    const droplet = await this.#droplets.one(instance, signal);
    if (droplet === null) return yield unknownDroplet(instance);
    const region = droplet.region?.slug ?? address.region;
    if (region !== address.region) yield otherRegion(address, region);
    if (droplet.networks != null && publicAddresses(droplet, 4).length === 0) yield notPublic(instance);
    const event = droplet.locked ? 'an event' : await this.#droplets.event(instance, signal);
    if (event !== null) yield busy(instance, event);
    const family = familyOf(this.#ip);
    const reserved = await this.#addresses.list(family, signal);
    const other = reserved.find((one) => holderOf(one) === instance && one.ip !== this.#ip);
    if (other !== undefined) yield occupied(instance, other.ip, family);
    // Whether DigitalOcean insists is not documented; without IPv6 the address would be of no use in any case.
    if (family === 6 && publicAddresses(droplet, 6).length === 0) yield withoutIPv6(instance);
  }

  /** Reserved IPv6 addresses have no lock: of actions on them only our own are known. */
  #stillWanted(address: Reserved): boolean {
    const mine = this.#unfinished;
    if (mine === null || familyOf(this.#ip) === 4) return false;
    const open = performance.now() - mine.since < LOST_MS && !asWished(address, mine.verb, mine.instance);
    if (!open) this.#unfinished = null;
    return open;
  }

  #lost(verb: Verb, instance: InstanceId, kind: 'unavailable' | 'conflict', came: string): ProviderError {
    return this.#complaint({ kind, came, mayHaveHappened: true }, verb, instance);
  }

  #unready({ id, name }: Droplet): ProviderError {
    const came = `droplet ${id} (${name ?? 'no name'}) without region or addresses`;
    const advice = 'a new droplet has them in a moment; else check that the token has all of droplet:read';
    return this.#complaint({ kind: 'unavailable', came, advice });
  }

  #complaint(verdict: Verdict, verb?: Verb, instance: InstanceId = '0'): ProviderError {
    const reading: Question = { path: '/v2/droplets', scope: 'droplet:read' };
    const question = verb === undefined ? reading : this.#addresses.asking(this.#ip, verb, instance);
    return this.#client.complaint(question, verdict);
  }
}

/** `new` and `in-progress` are under way, and so is any word to come; `done` was seen for `completed` in 2021. */
function endOf({ status }: Action): 'done' | 'failed' | null {
  if (status === 'completed' || status === 'done') return 'done';
  return status === 'errored' ? 'failed' : null;
}

/**
 * When to ask again for an action that has run for so long: what is done is known at most a fifth of its time late.
 * In 40 s, after which the engine gives up, that is about 50 of the token's 250 requests a minute.
 */
export function pollAfterMs(ranMs: number): number {
  return Math.min(1000, Math.max(100, ranMs / 5));
}

function asWished(address: Reserved, verb: Verb, instance: InstanceId): boolean {
  return !address.locked && (holderOf(address) === instance) === (verb === 'assign');
}

type Obstacle = Verdict & { readonly advice: string };

function underWay({ ip }: Reserved): Obstacle {
  const came = `an action on ${ip} is under way`;
  return { kind: 'conflict', came, advice: 'wait for its end, which takes seconds' };
}

function busy(instance: InstanceId, event: string): Obstacle {
  const came = `droplet ${instance} is busy with ${event}, and takes no address until that has ended`;
  return { kind: 'conflict', came, advice: 'wait for its end; keep backups and resizes of standbys short' };
}

function unknownDroplet(instance: InstanceId): Obstacle {
  const came = `no droplet ${JSON.stringify(instance)} in this account`;
  const advice = 'check --instance, and that the token belongs to the team of the droplet';
  return { kind: 'missing', came, advice };
}

function otherRegion({ ip, region }: Reserved, own: string): Obstacle {
  const came = `${ip} is in region ${region}, the droplet in ${own}`;
  return { kind: 'rejected', came, advice: 'use an address of the region of the droplets' };
}

function notPublic(instance: InstanceId): Obstacle {
  const came = `droplet ${instance} was made without public networking and can never have a reserved address`;
  return { kind: 'rejected', came, advice: 'make it anew with public networking' };
}

function occupied(instance: InstanceId, other: IpAddress, family: 4 | 6): Obstacle {
  const came = `droplet ${instance} has the reserved address ${other} already, and a droplet has room for one IPv${family}`;
  return { kind: 'rejected', came, advice: `unassign ${other} from it` };
}

function withoutIPv6(instance: InstanceId): Obstacle {
  const came = `droplet ${instance} has no IPv6`;
  return { kind: 'rejected', came, advice: 'enable it in the control panel, under networking' };
}
