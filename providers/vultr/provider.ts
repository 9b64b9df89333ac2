import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepsSecrets } from '../../src/adapters/http.ts';
import type { Description, InstanceId, IpAddress, Traits, View } from '../../src/core/index.ts';
import {
  type AddressBook,
  type Credential,
  type GroupMember,
  type Identity,
  type Provider,
  ProviderError,
  type ProviderModule,
  type ProviderSettings,
  type ReadOptions,
} from '../../src/ports/provider.ts';
import { canonicalAddress, inNetwork, isIPv6 } from '../../src/wire/address.ts';
import { ipOf } from '../../src/wire/resource.ts';
import { addressBook, covers, findReservedIp, noSuchAddress } from './addresses.ts';
import { type Instance, InstanceAddress, type ReservedIp, ReservedIpAnswer } from './answers.ts';
import { Client, type Question } from './client.ts';
import {
  addresses,
  describeMachine,
  findInstance,
  isUuid,
  membersOf,
  networksOf,
  nodeId,
} from './instances.ts';
import { isNamed, tell } from './metadata.ts';
import { obstacles } from './obstacles.ts';

/** Vultr by its API, version 2: reserved IPs, of either family. Nothing here ever restarts a machine. */
export const vultr: ProviderModule = {
  name: 'vultr',
  check,
  create,
  addressBook: bookOf,
  anchor,
  // cloud-init knows Vultr's machines by the same text.
  isHere: ({ vendor }) => vendor.trim() === 'Vultr',
};

const API = 'https://api.vultr.com/v2';

function check(settings: ProviderSettings): string[] {
  const wrong = [...checkEndpoint(settings.endpoint ?? API), ...checkMetadata(settings.metadata)];
  if (ipOf(settings.resource) === null) wrong.push('--address: expected an IPv4 or IPv6 address');
  if (settings.token === undefined) wrong.push('--token-file: expected the API key (or VULTR_API_KEY)');
  if (settings.instance !== undefined && !isUuid(settings.instance)) {
    wrong.push(`--instance: expected a UUID, got ${JSON.stringify(settings.instance)}`);
  }
  return wrong;
}

function checkEndpoint(text: string): string[] {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return [`--endpoint: expected ${API} or another URL that ends with /v2, got no URL`];
  if (url.username !== '' || url.password !== '')
    return ['--endpoint: expected no user name or password in the URL'];
  if (!keepsSecrets(url))
    return [`--endpoint: expected https (http only to this machine), got ${url.protocol}`];
  if (url.search !== '' || url.hash !== '') return ['--endpoint: expected a URL without ? and #'];
  return /\/v2\/*$/.test(url.pathname)
    ? []
    : [`--endpoint: expected a path that ends with /v2, got ${url.pathname}`];
}

function checkMetadata(text: string | undefined): string[] {
  if (text === undefined || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))) return [];
  return ['--metadata: expected the base URL of the metadata service, http://HOST'];
}

function create(settings: ProviderSettings): Provider {
  const wrong = check(settings);
  const address = ipOf(settings.resource);
  if (wrong.length > 0 || settings.token === undefined || address === null) {
    throw new Error(`settings were not checked: ${wrong.join('; ')}`);
  }
  return new VultrProvider(settings, address, clientOf(settings, settings.token));
}

function clientOf({ endpoint = API }: Pick<ProviderSettings, 'endpoint'>, token: Credential): Client {
  return new Client({ provider: vultr.name, endpoint: endpoint.replace(/\/+$/, ''), token });
}

function bookOf(settings: Omit<ProviderSettings, 'address'>): AddressBook {
  if (settings.token === undefined) throw new Error('settings were not checked: no token');
  const client = clientOf(settings, settings.token);
  return addressBook(client, async (signal) => (await tell(vultr.name, settings, signal)).region);
}

/** Where this machine is, learnt once: none of it changes while the machine exists. */
interface Home {
  readonly instance: InstanceId;
  readonly region: string;
}

/** What was asked for and accepted, and when it is over: done as wished or come to another end. */
interface Wish {
  readonly path: string;
  readonly body?: object;
  readonly instance: InstanceId;
  readonly isDone: (reserved: ReservedIp) => boolean;
  readonly isOver: (reserved: ReservedIp) => boolean;
}

/** How long an action whose end we have not seen still counts as under way; how long they take is not documented. */
const ACTION_LOST_MS = 60_000;
/** Metadata is given this long to name an address that was attached: whether it ever does is not documented. */
const DELIVERY_MS = 10_000;
/** A reading does not wait longer than this for a sign that decides nothing. */
const SIGN_MS = 300;

class VultrProvider implements Provider {
  readonly name = vultr.name;
  /** Whether an address could be attached straight away from its holder is not documented: it is detached first. */
  readonly traits: Traits = { associate: 'refusedWhileHeld', fences: true, settleMs: 0 };

  readonly #settings: ProviderSettings;
  readonly #address: IpAddress;
  readonly #client: Client;
  #home: Home | null = null;
  /** What the API calls the address. */
  #id: string | null = null;
  #unfinished: { readonly wish: Wish; readonly since: number } | null = null;
  #attachedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: ProviderSettings, address: IpAddress, client: Client) {
    this.#settings = settings;
    this.#address = address;
    this.#client = client;
  }

  async identify(signal: AbortSignal): Promise<Identity> {
    const instance = await this.#self(signal);
    const networks = await networksOf(this.#client, [instance], signal);
    return {
      instance: instance.id,
      node: nodeId(instance.id),
      ...(instance.label !== '' && { name: instance.label }),
      zone: instance.region,
      addresses: addresses(instance, networks).filter(({ ip }) => ip !== this.#address),
    };
  }

  async read(signal: AbortSignal, { background = false }: ReadOptions = {}): Promise<View> {
    const home = await this.#at(signal);
    const reserved = await this.#reserved(signal, background);
    if (reserved.region !== home.region) throw this.#otherRegion(reserved, home);
    const holders = reserved.instance_id === '' ? [] : [reserved.instance_id];
    const pending = this.#isPending(reserved);
    return { holders, pending, ...(await this.#delivery(home, reserved, signal)) };
  }

  async describe(instance: InstanceId, signal: AbortSignal): Promise<Description> {
    const id = instance.toLowerCase();
    if (!isUuid(id)) throw this.#unknownMachine(instance);
    return describeMachine(this.#client, id, signal);
  }

  async associate(instance: InstanceId, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    const id = instance.toLowerCase();
    if (!isUuid(id)) throw this.#unknownMachine(instance);
    const reserved = await this.#reserved(signal);
    if (reserved.instance_id === id) return;
    // The API's own refusal is no guard: whether it refuses is hearsay.
    if (reserved.instance_id !== '') throw this.#held(reserved);
    await this.#act(attach(reserved, id), signal, onAccepted);
    this.#attachedAt = performance.now();
  }

  /**
   * The API's call has no instance: it takes the address from whoever has it. Between our look and our call another
   * machine may have got it; that gap, one way to the API, cannot be closed.
   */
  async dissociate(instance: InstanceId, signal: AbortSignal): Promise<void> {
    const id = instance.toLowerCase();
    const reserved = await this.#reserved(signal);
    if (reserved.instance_id !== id || id === '') return;
    await this.#act(detach(reserved, id), signal);
  }

  async members(group: string, signal: AbortSignal): Promise<GroupMember[]> {
    const { region } = await this.#at(signal);
    return membersOf(this.#client, group, region, signal);
  }

  async eligibility(signal: AbortSignal): Promise<string[]> {
    const instance = await this.#self(signal);
    const reserved = await this.#reserved(signal);
    return obstacles(this.#client, { address: this.#address, instance, reserved }, signal);
  }

  /** Sends the request and waits for its end. What we lose sight of on the way stays noted as under way. */
  async #act(wish: Wish, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    try {
      await this.#client.order(orderOf(wish), signal);
    } catch (error) {
      return this.#unlessDone(error, wish, signal);
    }
    onAccepted?.();
    this.#unfinished = { wish, since: performance.now() };
    await this.#ended(wish, signal);
  }

  /** 204 said "accepted": whether it is done, only the reserved IP itself tells. */
  async #ended(wish: Wish, signal: AbortSignal): Promise<void> {
    const since = performance.now();
    for (;;) {
      const reserved = await this.#reserved(signal).catch((error) => {
        throw stillOpen(error);
      });
      if (wish.isOver(reserved)) return this.#over(wish, reserved);
      await sleep(pollAfterMs(performance.now() - since), undefined, { signal }).catch(() => {
        throw this.#lostSight(wish, 'unavailable', 'accepted, but given up before it was seen to be done');
      });
    }
  }

  #over(wish: Wish, reserved: ReservedIp): void {
    this.#unfinished = null;
    if (wish.isDone(reserved)) return;
    throw this.#lostSight(wish, 'conflict', `accepted, but ${holderOf(reserved)} has the address`);
  }

  /**
   * A refusal where the wish is fulfilled already is no failure: another call of ours, or another node, was first. Of
   * other refusals the state tells the reason, because neither statuses nor texts are documented.
   */
  async #unlessDone(error: unknown, wish: Wish, signal: AbortSignal): Promise<void> {
    if (!(error instanceof ProviderError) || !['conflict', 'rejected', 'missing'].includes(error.kind))
      throw error;
    const [reserved, instance] = await Promise.all([
      this.#reserved(signal),
      findInstance(this.#client, wish.instance, signal),
    ]).catch(() => {
      throw error;
    });
    if (wish.isDone(reserved)) return;
    throw this.#reason(error, wish, reserved, instance);
  }

  #reason(error: ProviderError, wish: Wish, reserved: ReservedIp, instance: Instance | null): ProviderError {
    if (error.kind === 'conflict') return error;
    if (wish.isOver(reserved)) return this.#held(reserved);
    if (instance === null && wish.body !== undefined) return this.#unknownMachine(wish.instance);
    if (instance?.server_status === 'locked') return this.#locked(wish);
    return error;
  }

  /** Only our own actions can be known: the API shows nobody else's. */
  #isPending(reserved: ReservedIp): boolean {
    const lost = this.#unfinished;
    if (lost === null) return false;
    const over = lost.wish.isOver(reserved) || performance.now() - lost.since > ACTION_LOST_MS;
    if (over) this.#unfinished = null;
    return !over;
  }

  /** By its id, which one look at the list has told; by the list again where the id names nothing any more. */
  async #reserved(signal: AbortSignal, background = false): Promise<ReservedIp> {
    const known = this.#id === null ? null : await this.#byId(this.#id, signal, background);
    if (known !== null) return known;
    this.#id = null;
    const listed = await findReservedIp(this.#client, this.#address, signal);
    if (listed === null) throw noSuchAddress(this.#client, this.#address);
    this.#id = listed.id;
    return listed;
  }

  async #byId(id: string, signal: AbortSignal, background: boolean): Promise<ReservedIp | null> {
    const question: Question = { path: `/reserved-ips/${id}`, background };
    const answer = await this.#client.ask(question, ReservedIpAnswer, signal).catch((error) => {
      if (error instanceof ProviderError && ['missing', 'rejected'].includes(error.kind)) return null;
      throw error;
    });
    if (answer === null || covers(answer.reserved_ip, this.#address)) return answer?.reserved_ip ?? null;
    const came = `another address than ${this.#address}`;
    throw this.#client.complaint(question, { kind: 'unavailable', came });
  }

  /** Metadata names this machine, then the API has to know the same one. */
  async #self(signal: AbortSignal): Promise<Instance> {
    const given = this.#settings.instance?.toLowerCase();
    const told = given === undefined ? await tell(this.name, this.#settings, signal) : null;
    if (told?.main != null && isLocal(told.main)) this.#client.callFrom(told.main);
    const id = given ?? told?.instance ?? '';
    const instance = await findInstance(this.#client, id, signal);
    if (instance === null) throw this.#unknownMachine(id);
    const main = canonicalAddress(instance.main_ip);
    if (told !== null && (told.region !== instance.region || (told.main ?? main) !== main)) {
      const came = `instance ${id} is at ${main} in ${instance.region}, but metadata says ${told.main} in ${told.region}`;
      const advice = 'check what answers at the metadata address, or give the instance with --instance';
      throw this.#client.complaint({ path: `/instances/${id}` }, { kind: 'rejected', came, advice });
    }
    this.#home = { instance: instance.id, region: instance.region };
    return instance;
  }

  async #at(signal: AbortSignal): Promise<Home> {
    if (this.#home === null) await this.#self(signal);
    if (this.#home === null) throw new Error('a machine was found but not noted');
    return this.#home;
  }

  /**
   * Attached, says the API; whether traffic comes needs eyes outside. What can be seen from here: metadata that names
   * the address, or the API's list of the machine's addresses naming it while metadata does not. Neither is
   * documented to follow, so that without a sign nothing is said; and nothing of it makes a reading fail.
   */
  async #delivery(
    { instance }: Home,
    { instance_id }: ReservedIp,
    signal: AbortSignal,
  ): Promise<Pick<View, 'delivered' | 'deliveryAdvice'>> {
    if (instance_id !== instance) return {};
    if (performance.now() - this.#attachedAt < DELIVERY_MS) return { delivered: null };
    const told = await tell(this.name, this.#settings, signal, SIGN_MS).catch(orNull);
    if (told === null || told.instance !== instance) return { delivered: null };
    if (isNamed(this.#address, told.additional)) return { delivered: true };
    const listed = await this.#ownList(instance, signal).catch(orNull);
    if (!isNamed(this.#address, listed?.map(({ covers }) => covers) ?? [])) return { delivered: null };
    return { delivered: false, deliveryAdvice: undelivered(this.#address) };
  }

  #ownList(instance: InstanceId, signal: AbortSignal) {
    const kind = isIPv6(this.#address) ? 'ipv6' : 'ipv4';
    const question = { path: `/instances/${instance}/${kind}`, background: true };
    return this.#client.list(question, `${kind}s`, InstanceAddress, signal);
  }

  #unknownMachine(instance: InstanceId): ProviderError {
    return this.#client.complaint(
      { path: `/instances/${encodeURIComponent(instance)}` },
      {
        kind: 'missing',
        came: `no instance ${JSON.stringify(instance)} in this account`,
        advice: 'check --instance, and that the API key belongs to the account of the instance',
      },
    );
  }

  #otherRegion(reserved: ReservedIp, home: Home): ProviderError {
    return this.#client.complaint(
      { path: `/reserved-ips/${reserved.id}` },
      {
        kind: 'rejected',
        came: `${this.#address} is in region ${reserved.region}, this instance in ${home.region}`,
        advice: 'use an address of the region of the instance',
      },
    );
  }

  #held(reserved: ReservedIp): ProviderError {
    return this.#client.complaint(
      { path: `/reserved-ips/${reserved.id}` },
      {
        kind: 'conflict',
        came: `${holderOf(reserved)} has the address`,
        advice: 'it has to be detached first',
      },
    );
  }

  #locked(wish: Wish): ProviderError {
    const came = `instance ${wish.instance} is locked`;
    const advice = 'another action on it has to end first: try again';
    return this.#client.complaint(orderOf(wish), { kind: 'conflict', came, advice });
  }

  #lostSight(wish: Wish, kind: 'unavailable' | 'conflict', came: string): ProviderError {
    return this.#client.complaint(orderOf(wish), { kind, came, mayHaveHappened: true });
  }
}

function attach({ id }: ReservedIp, instance: InstanceId): Wish {
  return {
    path: `/reserved-ips/${id}/attach`,
    body: { instance_id: instance },
    instance,
    isDone: ({ instance_id }) => instance_id === instance,
    isOver: ({ instance_id }) => instance_id !== '',
  };
}

function detach({ id }: ReservedIp, instance: InstanceId): Wish {
  const isGone = ({ instance_id }: ReservedIp) => instance_id !== instance;
  return { path: `/reserved-ips/${id}/detach`, instance, isDone: isGone, isOver: isGone };
}

function orderOf({ path, body }: Wish): Question {
  return { method: 'POST', path, ...(body !== undefined && { body }) };
}

/** A look that fails leaves the end of what was accepted unknown. */
function stillOpen(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error;
  const { kind, message, retryAfterMs, cause } = error;
  return new ProviderError(kind, message, {
    mayHaveHappened: true,
    cause,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/**
 * When to look again for the end of an action that was accepted so long ago. The API allows 30 requests a second and
 * machine: six addresses may be on the move at once.
 */
export function pollAfterMs(ranMs: number): number {
  if (ranMs < 300) return 100;
  return ranMs < 5_000 ? 250 : 1_000;
}

function holderOf({ instance_id }: ReservedIp): string {
  return instance_id === '' ? 'nobody' : `instance ${instance_id}`;
}

function undelivered(address: IpAddress): string {
  return `${address} is attached by the API, but this machine's metadata does not name it: look from outside whether traffic arrives; if not, a restart through Vultr's API or portal may be needed (ha-ip never restarts a machine)`;
}

function orNull(): null {
  return null;
}

/** Whether this host has the address, so that connections can leave from it. */
function isLocal(address: IpAddress): boolean {
  return Object.values(networkInterfaces())
    .flatMap((some) => some ?? [])
    .some(
      (own) => own.address === address || (own.internal && own.cidr !== null && inNetwork(address, own.cidr)),
    );
}

/** Vultr hands packets over as they are, to an address with no gateway of its own: `lo` is a good place for it. */
async function anchor({ resource }: ProviderSettings): Promise<string[]> {
  const address = resource.text;
  const prefixed = `${address}/${isIPv6(address) ? 128 : 32}`;
  return [
    `# packets arrive addressed to ${address}: every machine that may hold it needs it on its loopback interface, for good;`,
    '# who else holds it then does not matter, but a machine that does not hold it reaches itself there',
    `ip address add ${prefixed} dev lo`,
    '# with netplan, /etc/netplan/60-ha-ip.yaml (then: netplan apply):',
    'network:',
    '  version: 2',
    '  ethernets:',
    '    lo:',
    '      match: {name: lo}',
    `      addresses: [${prefixed}]`,
    '# with ifupdown, /etc/network/interfaces.d/ha-ip (then: ifup lo:ha):',
    'auto lo:ha',
    `iface lo:ha ${isIPv6(address) ? 'inet6' : 'inet'} static`,
    `    address ${prefixed}`,
  ];
}
