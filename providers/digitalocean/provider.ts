import { keepsSecrets } from '../../src/adapters/http.ts';
import type { Description, InstanceId, IpAddress, Traits, View } from '../../src/core/index.ts';
import type {
  AddressBook,
  GroupMember,
  Identity,
  Provider,
  ProviderError,
  ProviderModule,
  ProviderSettings,
  ReadOptions,
} from '../../src/ports/provider.ts';
import { isIPv6 } from '../../src/wire/address.ts';
import { ipOf } from '../../src/wire/resource.ts';
import { Actions } from './actions.ts';
import { Addresses, asksAction, asksAddress, Book, holderOf, type Wish } from './addresses.ts';
import type { Droplet, Reserved } from './answers.ts';
import { Client } from './client.ts';
import { asksDroplet, Droplets, describe, member, nodeId, publicAddresses } from './droplets.ts';
import { Groups } from './groups.ts';
import { anchor, instanceIn, type Own, ownMachine } from './metadata.ts';
import { obstacles, otherRegion, type Parts, underWay, unknownDroplet } from './obstacles.ts';

/** DigitalOcean's reserved IPv4 and IPv6 addresses. */
export const digitalocean: ProviderModule = {
  name: 'digitalocean',
  check,
  create,
  addressBook,
  anchor: (settings, signal) => anchor('digitalocean', settings, signal),
  isHere: ({ vendor }) => vendor.trim() === 'DigitalOcean',
  // A reserved IPv4 arrives at the anchor address; a reserved IPv6 is routed to the droplet as it is.
  isOnHost: (address) => isIPv6(address),
};

type Account = Omit<ProviderSettings, 'address'>;

const ENDPOINT = 'https://api.digitalocean.com';

function check(settings: ProviderSettings): string[] {
  const wrong = checkAccount(settings);
  if (ipOf(settings.resource) === null) wrong.push('--address: expected an IPv4 or IPv6 address');
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
  const ip = ipOf(settings.resource);
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

class DigitalOcean implements Provider {
  readonly name = digitalocean.name;
  /** Unassigning takes the address from whoever has it: `dissociate` reads and compares first. */
  readonly traits: Traits = { associate: 'moves', fences: true, settleMs: 0 };

  readonly #settings: ProviderSettings;
  readonly #ip: IpAddress;
  readonly #client: Client;
  readonly #parts: Parts;
  readonly #actions: Actions;
  readonly #groups: Groups;
  #home: Home | null = null;
  #seen: { readonly holder: InstanceId | null; readonly at: number } | null = null;

  constructor(settings: ProviderSettings, ip: IpAddress, client: Client) {
    this.#settings = settings;
    this.#ip = ip;
    this.#client = client;
    this.#parts = { addresses: new Addresses(client), droplets: new Droplets(client) };
    this.#actions = new Actions(client, this.#parts, ip);
    this.#groups = new Groups(client, this.#parts.droplets);
  }

  async identify(signal: AbortSignal): Promise<Identity> {
    const { instance } = this.#settings;
    const own = instance === undefined ? await ownMachine(this.name, this.#settings, signal) : null;
    const droplet = await this.#own(own?.instance ?? instance ?? '', own, signal);
    const [self] = await this.#members([droplet], signal, false);
    if (self?.zone === undefined || self.addresses.length === 0) throw this.#unready(droplet);
    this.#home = { instance: droplet.id, region: self.zone };
    const { name, zone, addresses } = self;
    return { instance: droplet.id, node: nodeId(droplet.id), zone, addresses, ...(name && { name }) };
  }

  async read(signal: AbortSignal, { background = false }: ReadOptions = {}): Promise<View> {
    const address = await this.#parts.addresses.read(this.#ip, signal, background);
    if (this.#home !== null && this.#home.region !== address.region)
      throw this.#client.complaint(asksAddress(this.#ip), otherRegion(address, this.#home.region));
    const holder = holderOf(address);
    this.#seen = address.locked ? null : { holder, at: performance.now() };
    return {
      holders: holder === null ? [] : [holder],
      pending: address.locked || this.#actions.awaited(address),
      described: this.#describedBy(address),
    };
  }

  async describe(instance: InstanceId, signal: AbortSignal): Promise<Description> {
    const droplet = instanceIn(instance) === null ? null : await this.#parts.droplets.one(instance, signal);
    return droplet === null
      ? { instance, state: 'gone', addresses: [] }
      : describe(droplet, new Set([this.#ip]));
  }

  async associate(instance: InstanceId, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    const wish: Wish = { verb: 'assign', instance };
    if (instanceIn(instance) === null)
      throw this.#client.complaint(asksDroplet('0'), unknownDroplet(instance));
    if (!this.#sawElsewhere(instance) && (await this.#holds(wish, signal))) return;
    await this.#actions.perform(wish, signal, onAccepted);
  }

  async dissociate(instance: InstanceId, signal: AbortSignal): Promise<void> {
    const wish: Wish = { verb: 'unassign', instance };
    if (await this.#holds(wish, signal)) await this.#actions.perform(wish, signal);
    this.#seen = null;
  }

  async members(group: string, signal: AbortSignal): Promise<GroupMember[]> {
    const home = await this.#at(signal);
    const droplets = await this.#groups.droplets(group, home.region, signal);
    return this.#members(
      droplets.filter(({ region }) => region?.slug === home.region),
      signal,
      true,
    );
  }

  async eligibility(signal: AbortSignal): Promise<string[]> {
    const home = await this.#at(signal);
    const address = await this.#parts.addresses.read(this.#ip, signal);
    const lines: string[] = [];
    for await (const { came, advice } of obstacles(this.#parts, address, home.instance, signal))
      lines.push(`${came}; ${advice}`);
    return lines;
  }

  /** Anybody may answer as the metadata service: what it says must be what the API says. */
  async #own(instance: InstanceId, own: Own | null, signal: AbortSignal): Promise<Droplet> {
    const droplet = await this.#parts.droplets.one(instance, signal);
    if (droplet === null) throw this.#client.complaint(asksDroplet(instance), unknownDroplet(instance));
    if (own === null) return droplet;
    const known = describe(droplet, new Set([this.#ip]));
    if (known.zone === own.region && own.addresses.some((ip) => known.addresses.includes(ip))) return droplet;
    throw this.#client.complaint(asksDroplet(instance), {
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
  async #members(
    droplets: readonly Droplet[],
    signal: AbortSignal,
    background: boolean,
  ): Promise<GroupMember[]> {
    const shared = new Set([this.#ip]);
    for (const family of [4, 6] as const) {
      const several = droplets.some(
        (droplet) => publicAddresses(droplet, family).filter((ip) => ip !== this.#ip).length > 1,
      );
      if (!several) continue;
      for (const { ip } of await this.#parts.addresses.list(family, signal, background)) shared.add(ip);
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
  async #holds(wish: Wish, signal: AbortSignal): Promise<boolean> {
    const address = await this.#parts.addresses.read(this.#ip, signal);
    if (address.locked) throw this.#client.complaint(asksAction(this.#ip, wish), underWay(address));
    return holderOf(address) === wish.instance;
  }

  #unready({ id, name }: Droplet): ProviderError {
    const came = `droplet ${id} (${name ?? 'no name'}) without region or addresses`;
    const advice = 'a new droplet has them in a moment; else check that the token has all of droplet:read';
    return this.#client.complaint(asksDroplet(id), { kind: 'unavailable', came, advice });
  }
}
