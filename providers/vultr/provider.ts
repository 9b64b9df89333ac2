import type { Description, InstanceId, IpAddress, Traits, View } from '../../src/core/index.ts';
import type { ProviderModule } from '../../src/ports/cloud.ts';
import type {
  AccountSettings,
  GroupMember,
  Identity,
  Provider,
  ProviderError,
  ProviderSettings,
  ReadOptions,
} from '../../src/ports/provider.ts';
import { canonicalAddress } from '../../src/wire/address.ts';
import { unlessSo } from '../kit/failures.ts';
import { isUuid, uuid } from '../kit/ids.ts';
import { identified, Once } from '../kit/machines.ts';
import { addressOf, checkSettings, mustBeChecked } from '../kit/settings.ts';
import { endOf, UnderWay } from '../kit/settle.ts';
import {
  addressBook,
  attach,
  detach,
  findReservedIp,
  holderOf,
  listOwn,
  pollAfterMs,
  type ReservedIp,
  readReservedIp,
  type Wish,
} from './addresses.ts';
import { anchor } from './anchor.ts';
import { Client } from './client.ts';
import { declaration } from './declaration.ts';
import { membersOf } from './groups.ts';
import {
  describeMachine,
  findInstance,
  type Instance,
  isNamed,
  member,
  networksOf,
  tell,
  unknownMachine,
} from './machines.ts';
import { isLocal, obstacles, undelivered } from './obstacles.ts';

/** Vultr by its API, version 2: reserved IPs, of either family. Nothing here ever restarts a machine. */
export const vultr: ProviderModule = {
  ...declaration,
  check,
  create: (settings) => new VultrProvider(settings),
  addressBook: (settings) =>
    addressBook(clientOf(settings), async (signal) => (await tell(settings, signal)).region),
  anchor,
};

function check(settings: AccountSettings): string[] {
  return checkSettings(declaration, uuid, settings);
}

function clientOf(settings: AccountSettings): Client {
  mustBeChecked(check(settings));
  return new Client(settings);
}

/** Metadata is given this long to name an address that was attached: whether it ever does is not documented. */
const DELIVERY_MS = 10_000;
/** A reading does not wait longer than this for a sign that decides nothing. */
const SIGN_MS = 300;

class VultrProvider implements Provider {
  readonly name = declaration.name;
  readonly traits: Traits;
  readonly #settings: ProviderSettings;
  readonly #address: IpAddress;
  readonly #client: Client;
  /** Where this machine is: none of it changes while the machine exists. */
  readonly #home = new Once((signal) => this.#self(signal));
  /** What the API calls the address. */
  #id: string | null = null;
  readonly #underWay = new UnderWay<Wish>();
  #attachedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: ProviderSettings) {
    this.#client = clientOf(settings);
    this.traits = declaration.traits(settings);
    this.#settings = settings;
    this.#address = addressOf(settings);
  }

  async identify(signal: AbortSignal): Promise<Identity> {
    const instance = await this.#home.anew(signal);
    return identified(member(instance, await networksOf(this.#client, [instance], signal)), this.#address);
  }

  async read(signal: AbortSignal, { background = false }: ReadOptions = {}): Promise<View> {
    const home = await this.#home.get(signal);
    const reserved = await this.#reserved(signal, background);
    if (reserved.region !== home.region)
      throw this.#refused(reserved, {
        kind: 'rejected',
        came: `${this.#address} is in region ${reserved.region}, this instance in ${home.region}`,
        advice: 'use an address of the region of the instance',
      });
    const holders = reserved.instance_id === '' ? [] : [reserved.instance_id];
    // Only our own actions can be known: the API shows nobody else's.
    const pending = await this.#underWay.pending((wish) => !wish.isOver(reserved));
    return { holders, pending, ...(await this.#delivery(home, reserved, signal)) };
  }

  describe(instance: InstanceId, signal: AbortSignal): Promise<Description> {
    return describeMachine(this.#client, instance, signal);
  }

  async associate(instance: InstanceId, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    const id = instance.toLowerCase();
    if (!isUuid(id)) throw unknownMachine(this.#client, instance);
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
    return membersOf(this.#client, group, (await this.#home.get(signal)).region, signal);
  }

  async eligibility(signal: AbortSignal): Promise<string[]> {
    const instance = await this.#home.anew(signal);
    const reserved = await this.#reserved(signal);
    return obstacles(this.#client, { address: this.#address, instance, reserved }, signal);
  }

  /** Sends the request and waits for its end. 204 says "accepted": whether it is done, the reserved IP tells. */
  async #act(wish: Wish, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    const sent = await this.#client.order(wish.order, signal).then(
      () => true,
      (error: unknown) => unlessSo(error, () => this.#explain(error as ProviderError, wish, signal)),
    );
    if (sent !== true) return;
    onAccepted?.();
    await this.#underWay.until(wish, () => this.#finished(wish, signal));
  }

  async #finished(wish: Wish, signal: AbortSignal): Promise<void> {
    const look = async () => {
      const seen = await this.#reserved(signal);
      return wish.isOver(seen) ? seen : null;
    };
    const givenUp = () =>
      this.#lost(wish, 'unavailable', 'accepted, but given up before it was seen to be done');
    const reserved = await endOf({ pace: pollAfterMs, signal, look, givenUp });
    if (!wish.isDone(reserved))
      throw this.#lost(wish, 'conflict', `accepted, but ${holderOf(reserved)} has the address`);
  }

  /** The state tells the reason of a refusal, because neither statuses nor texts are documented. */
  async #explain(error: ProviderError, wish: Wish, signal: AbortSignal): Promise<true | ProviderError> {
    const [reserved, instance] = await Promise.all([
      this.#reserved(signal),
      findInstance(this.#client, wish.instance, signal),
    ]);
    if (wish.isDone(reserved)) return true;
    if (error.kind === 'conflict') return error;
    if (wish.isOver(reserved)) return this.#held(reserved);
    if (instance === null && wish.order.body !== undefined)
      return unknownMachine(this.#client, wish.instance);
    if (instance?.server_status !== 'locked') return error;
    const came = `instance ${wish.instance} is locked`;
    const advice = 'another action on it has to end first: try again';
    return this.#client.complaint(wish.order, { kind: 'conflict', came, advice });
  }

  /** By its id, which one look at the list has told; by the list again where the id names nothing any more. */
  async #reserved(signal: AbortSignal, background = false): Promise<ReservedIp> {
    const [id, address] = [this.#id, this.#address];
    const known =
      id === null ? null : await readReservedIp(this.#client, { id, address, background }, signal);
    if (known !== null) return known;
    this.#id = null;
    const listed = await findReservedIp(this.#client, address, signal);
    this.#id = listed.id;
    return listed;
  }

  /** Metadata names this machine, then the API has to know the same one. */
  async #self(signal: AbortSignal): Promise<Instance> {
    const given = this.#settings.instance?.toLowerCase();
    const told = given === undefined ? await tell(this.#settings, signal) : null;
    if (told?.main != null && isLocal(told.main)) this.#client.callFrom(told.main);
    const id = given ?? told?.instance ?? '';
    const instance = await findInstance(this.#client, id, signal);
    if (instance === null) throw unknownMachine(this.#client, id);
    const main = canonicalAddress(instance.main_ip);
    if (told === null || (told.region === instance.region && (told.main ?? main) === main)) return instance;
    const api = `instance ${id} is at ${main} in ${instance.region}`;
    throw this.#client.complaint(
      { path: `/instances/${id}` },
      {
        kind: 'rejected',
        came: `${api}, but metadata says ${told.main} in ${told.region}`,
        advice: 'check what answers at the metadata address, or give the instance with --instance',
      },
    );
  }

  /**
   * Attached, says the API; whether traffic comes needs eyes outside. What can be seen from here: metadata that names
   * the address, or the API's list of the machine's addresses naming it while metadata does not. Neither is
   * documented to follow, so that without a sign nothing is said; and nothing of it makes a reading fail.
   */
  async #delivery(
    { id }: Instance,
    { instance_id }: ReservedIp,
    signal: AbortSignal,
  ): Promise<Pick<View, 'delivered' | 'deliveryAdvice'>> {
    if (instance_id !== id) return {};
    if (performance.now() - this.#attachedAt < DELIVERY_MS) return { delivered: null };
    const told = await tell(this.#settings, signal, SIGN_MS).catch(() => null);
    if (told === null || told.instance !== id) return { delivered: null };
    if (isNamed(this.#address, told.additional)) return { delivered: true };
    const listed = await listOwn(this.#client, id, this.#address, signal).catch(() => []);
    if (!isNamed(this.#address, listed)) return { delivered: null };
    return { delivered: false, deliveryAdvice: undelivered(this.#address) };
  }

  #held(reserved: ReservedIp): ProviderError {
    const came = `${holderOf(reserved)} has the address`;
    return this.#refused(reserved, { kind: 'conflict', came, advice: 'it has to be detached first' });
  }

  #refused({ id }: ReservedIp, verdict: Parameters<Client['complaint']>[1]): ProviderError {
    return this.#client.complaint({ path: `/reserved-ips/${id}` }, verdict);
  }

  #lost({ order }: Wish, kind: 'unavailable' | 'conflict', came: string): ProviderError {
    return this.#client.ended(order, { kind, came, mayHaveHappened: true });
  }
}
