import type { Description, InstanceId, IpAddress, Traits, View } from '../../src/core/index.ts';
import type { ProviderModule } from '../../src/ports/cloud.ts';
import type {
  AccountSettings,
  GroupMember,
  Identity,
  Provider,
  ProviderSettings,
  ReadOptions,
} from '../../src/ports/provider.ts';
import { isOf, unlessSo } from '../kit/failures.ts';
import { described, Glance, identified, Once } from '../kit/machines.ts';
import { addressOf, checkSettings, mustBeChecked } from '../kit/settings.ts';
import { endOf, UnderWay } from '../kit/settle.ts';
import * as reserved from './addresses.ts';
import { holderOf, type Reserved, type Wish } from './addresses.ts';
import { anchor } from './anchor.ts';
import { Client } from './client.ts';
import { declaration } from './declaration.ts';
import { dropletsOf } from './groups.ts';
import * as droplets from './machines.ts';
import { type Action, asksDroplet, type Droplet, findDroplet, instanceIn, member } from './machines.ts';
import { obstacles, otherRegion, underWay } from './obstacles.ts';

/** DigitalOcean's reserved IPv4 and IPv6 addresses. */
export const digitalocean: ProviderModule = {
  ...declaration,
  check,
  create: (settings) => new DigitalOcean(settings),
  addressBook: (settings) => reserved.addressBook(clientOf(settings)),
  anchor,
};

function check(settings: AccountSettings): string[] {
  const id = { words: "a droplet's id (a number)", is: (text: string) => instanceIn(text) !== null };
  return checkSettings(declaration, id, settings);
}

function clientOf(settings: AccountSettings): Client {
  mustBeChecked(check(settings));
  return new Client(settings);
}

/** How long a reading tells `associate` that there is something to do. What it says wrongly costs one refusal. */
const SEEN_MS = 30_000;

class DigitalOcean implements Provider {
  readonly name = declaration.name;
  readonly traits: Traits;
  readonly #settings: ProviderSettings;
  readonly #ip: IpAddress;
  readonly #client: Client;
  /** Where this machine is: droplets never leave their region. */
  readonly #home = new Once((signal) => this.#identify(signal));
  /** Who held the address just now: spares `associate` its own look, so that a takeover reads once. */
  readonly #seen = new Glance<{ readonly holder: InstanceId | null }>(SEEN_MS);
  readonly #underWay = new UnderWay<Wish>();

  constructor(settings: ProviderSettings) {
    this.#client = clientOf(settings);
    this.traits = declaration.traits(settings);
    this.#settings = settings;
    this.#ip = addressOf(settings);
  }

  identify(signal: AbortSignal): Promise<Identity> {
    return this.#home.anew(signal);
  }

  async #identify(signal: AbortSignal): Promise<Identity> {
    const droplet = await this.#self(signal);
    const [self] = await this.#members([droplet], signal, false);
    if (self?.node === undefined || self.zone === undefined || self.addresses.length === 0)
      throw this.#unready(droplet);
    return identified({ ...self, node: self.node, zone: self.zone }, this.#ip);
  }

  async read(signal: AbortSignal, { background = false }: ReadOptions = {}): Promise<View> {
    const address = await reserved.readAddress(this.#client, this.#ip, signal, background);
    const zone = this.#home.known?.zone ?? address.region;
    if (zone !== address.region) {
      const question = reserved.asksAddress(this.#ip);
      throw this.#client.complaint(question, otherRegion(address, zone));
    }
    const holder = holderOf(address);
    this.#seen.leave(address.locked ? null : { holder });
    return {
      holders: holder === null ? [] : [holder],
      pending: address.locked || (await this.#awaited(address)),
      described: this.#describedBy(address),
    };
  }

  async describe(instance: InstanceId, signal: AbortSignal): Promise<Description> {
    const known = instanceIn(instance) === null ? null : await findDroplet(this.#client, instance, signal);
    return known === null ? { instance, state: 'gone', addresses: [] } : this.#described(known);
  }

  async associate(instance: InstanceId, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    const wish: Wish = { verb: 'assign', instance };
    if (instanceIn(instance) === null)
      throw this.#client.complaint(asksDroplet('0'), droplets.unknownDroplet(instance));
    const seen = this.#seen.take();
    const elsewhere = seen !== null && seen.holder !== instance;
    if (!elsewhere && (await this.#holds(wish, signal))) return;
    await this.#act(wish, signal, onAccepted);
  }

  async dissociate(instance: InstanceId, signal: AbortSignal): Promise<void> {
    const wish: Wish = { verb: 'unassign', instance };
    if (await this.#holds(wish, signal)) await this.#act(wish, signal);
    this.#seen.leave(null);
  }

  async members(group: string, signal: AbortSignal): Promise<GroupMember[]> {
    const { zone } = await this.#home.get(signal);
    const all = await dropletsOf(this.#client, group, zone, signal);
    const here = all.filter(({ region }) => region?.slug === zone);
    return this.#members(here, signal, true);
  }

  async eligibility(signal: AbortSignal): Promise<string[]> {
    const { instance } = await this.#home.get(signal);
    const address = await reserved.readAddress(this.#client, this.#ip, signal);
    const lines: string[] = [];
    for await (const { came, advice } of obstacles(this.#client, address, instance, signal))
      lines.push(`${came}; ${advice}`);
    return lines;
  }

  /** Anybody may answer as the metadata service: what it says must be what the API says. */
  async #self(signal: AbortSignal): Promise<Droplet> {
    const given = this.#settings.instance;
    const own = given === undefined ? await droplets.ownMachine(this.#settings, signal) : null;
    const instance = own?.instance ?? given ?? '';
    const droplet = await findDroplet(this.#client, instance, signal);
    if (droplet === null)
      throw this.#client.complaint(asksDroplet(instance), droplets.unknownDroplet(instance));
    if (own === null) return droplet;
    const { zone = 'no region', addresses } = this.#described(droplet);
    if (zone === own.region && own.addresses.some((ip) => addresses.includes(ip))) return droplet;
    const list = (ips: readonly IpAddress[]) => ips.join(', ') || 'no address';
    const told = `droplet ${instance} in ${own.region} with ${list(own.addresses)}`;
    throw this.#client.complaint(asksDroplet(instance), {
      kind: 'unavailable',
      came: `metadata says ${told}, the API says ${zone} with ${list(addresses)}`,
      advice: 'give the id of this droplet with --instance, if you know better than its metadata',
    });
  }

  /** A droplet with several public addresses of one family has a reserved one, and only their list tells which. */
  async #members(some: readonly Droplet[], signal: AbortSignal, background: boolean): Promise<GroupMember[]> {
    const shared = new Set([this.#ip]);
    const others = (droplet: Droplet, family: 4 | 6) =>
      droplets.publicAddresses(droplet, family).filter((ip) => ip !== this.#ip);
    for (const family of [4, 6] as const) {
      if (some.every((droplet) => others(droplet, family).length <= 1)) continue;
      const all = await reserved.listAddresses(this.#client, family, signal, background);
      for (const { ip } of all) shared.add(ip);
    }
    return some.map((droplet) => member(droplet, shared));
  }

  /** The holder is in the answer as a whole: nobody has to ask for it in a takeover. */
  #describedBy({ droplet }: Reserved): Description[] {
    return droplet?.status != null && droplet.networks != null ? [this.#described(droplet)] : [];
  }

  #described(droplet: Droplet): Description {
    return described(member(droplet, new Set([this.#ip])));
  }

  /** Whether the instance has the address; while an action runs on it, nobody can say what comes next. */
  async #holds(wish: Wish, signal: AbortSignal): Promise<boolean> {
    const address = await reserved.readAddress(this.#client, this.#ip, signal);
    if (address.locked) throw this.#client.complaint(reserved.asksAction(this.#ip, wish), underWay(address));
    return holderOf(address) === wish.instance;
  }

  /** Starts the action and waits for its end. */
  async #act(wish: Wish, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    const action = await reserved
      .startAction(this.#client, this.#ip, wish, signal)
      .catch((error: unknown) => unlessSo(error, () => this.#explain(wish, signal)));
    if (action === undefined) return;
    onAccepted?.();
    await this.#underWay.until(wish, () => this.#finished(action, wish, signal));
  }

  /**
   * The action is only a hint: for some addresses (BYOIP) it cannot be asked for, and that of a moved IPv6 address was
   * seen to answer 500. Then the address itself tells.
   */
  async #finished(action: Action, wish: Wish, signal: AbortSignal): Promise<void> {
    let askable = true;
    const ended = await endOf({
      ...{ pace: reserved.pollAfterMs, signal, first: reserved.outcome(action) },
      note: ` (while ${wish.verb} ran for droplet ${wish.instance})`,
      givenUp: () => this.#lost(wish, 'unavailable', `given up while action ${action.id} was running`),
      look: async () => {
        const state = askable ? await this.#state(action, signal) : null;
        askable = state !== null;
        if (state !== null) return reserved.outcome(state);
        return reserved.fulfils(await reserved.readAddress(this.#client, this.#ip, signal), wish)
          ? 'done'
          : null;
      },
    });
    if (ended === 'failed')
      throw this.#lost(wish, 'conflict', `action ${action.id} ended in error, which does not say why`);
  }

  /** null: it cannot be asked for. */
  #state({ id }: Action, signal: AbortSignal): Promise<Action | null> {
    return reserved.readAction(this.#client, this.#ip, id, signal).catch((error: unknown) => {
      if (!signal.aborted && isOf(error, 'missing', 'unavailable')) return null;
      throw error;
    });
  }

  #lost(wish: Wish, kind: 'unavailable' | 'conflict', came: string) {
    return this.#client.ended(reserved.asksAction(this.#ip, wish), { kind, came, mayHaveHappened: true });
  }

  /**
   * One status stands for many causes whose texts are not documented: the state tells them apart. The text counts only
   * where the state shows nothing (`troubleOf` in client.ts).
   */
  async #explain(wish: Wish, signal: AbortSignal) {
    const address = await reserved.readAddress(this.#client, this.#ip, signal);
    if (reserved.fulfils(address, wish)) return true;
    for await (const obstacle of obstacles(this.#client, address, wish.instance, signal)) {
      // What forbids a droplet to have the address does not keep it from losing it.
      if (wish.verb === 'assign' || obstacle.kind === 'conflict')
        return this.#client.complaint(reserved.asksAction(this.#ip, wish), obstacle);
    }
    return null;
  }

  /** Whether an action of ours is still to take effect: reserved IPv6 addresses have no lock that would say so. */
  async #awaited(address: Reserved): Promise<boolean> {
    return (
      reserved.familyOf(this.#ip) === 6 && this.#underWay.pending((wish) => !reserved.fulfils(address, wish))
    );
  }

  #unready({ id, name }: Droplet) {
    const came = `droplet ${id} (${name ?? 'no name'}) without region or addresses`;
    const advice = 'a new droplet has them in a moment; else check that the token has all of droplet:read';
    return this.#client.complaint(asksDroplet(id), { kind: 'unavailable', came, advice });
  }
}
