import type { Description, InstanceId, Traits, View } from '../../../src/core/index.ts';
import {
  type GroupMember,
  type Identity,
  type Provider,
  ProviderError,
  type ProviderSettings,
} from '../../../src/ports/provider.ts';
import { isIPv6 } from '../../../src/wire/address.ts';
import { ipOf } from '../../../src/wire/resource.ts';
import { ownInstance } from '../metadata.ts';
import { UnderWay } from '../under-way.ts';
import type { ElasticIp, Instance } from './answers.ts';
import type { OperationName } from './client.ts';
import { addresses, describe, holds, managed, member, nodeId } from './machines.ts';
import {
  eachInstance,
  findInstance,
  givingPool,
  groupIds,
  mayHold,
  privateNetworks,
  theElasticIp,
  theInstance,
  zoneInstances,
} from './questions.ts';
import { type Zone, zoneOf } from './zone.ts';

/** Exoscale's API v2. Expects settings that were checked. */
export function createV2(settings: ProviderSettings): Provider {
  return new V2Provider(settings);
}

/** Where this machine is, learnt once: none of it changes while the machine exists. */
interface Home {
  readonly instance: InstanceId;
  readonly zone: Zone;
}

/** What an action is about. */
interface Wish {
  readonly instance: InstanceId;
  readonly elasticIp: ElasticIp;
  /** Whether the instance is to hold the address in the end. */
  readonly held: boolean;
}

class V2Provider implements Provider {
  readonly name = 'exoscale';
  readonly traits: Traits = { associate: 'adds', fences: true, settleMs: 0 };

  readonly #settings: ProviderSettings;
  readonly #address: string;
  readonly #underWay = new UnderWay();
  #home: Home | null = null;
  /** Its id does not change while it exists, nor does whether it is managed. */
  #elasticIp: ElasticIp | null = null;
  /**
   * Whether the last look found the address absent from us. A takeover has just looked, so it need not look again; the
   * next action looks for itself. Should somebody have attached the address to us in between, then attaching it again
   * is refused or changes nothing.
   */
  #vacant = false;

  constructor(settings: ProviderSettings) {
    const address = ipOf(settings.resource);
    if (address === null) throw new Error('settings were not checked');
    this.#settings = settings;
    this.#address = address;
  }

  async identify(signal: AbortSignal): Promise<Identity> {
    const { zone, instance } = await this.#at(signal);
    const self = await theInstance(zone, instance, signal);
    const networks = await privateNetworks(zone, [self], signal);
    const name = self.name == null ? {} : { name: self.name };
    const own = addresses(self, networks);
    return { instance: self.id, node: nodeId(self), ...name, zone: zone.name, addresses: own };
  }

  /** Whether we hold it, we say ourselves: we would not see our own attachment if the filter lagged behind. */
  async read(signal: AbortSignal): Promise<View> {
    const { zone, instance } = await this.#at(signal);
    const elasticIp = await this.#movable(zone, signal);
    const [candidates, self] = await Promise.all([
      mayHold(zone, elasticIp, signal),
      theInstance(zone, instance, signal),
    ]);
    const others = candidates.filter((id) => id !== instance);
    const seen = [self, ...(await eachInstance(zone, others, signal))];
    this.#vacant = !holds(self, elasticIp);
    return {
      holders: seen.filter((machine) => holds(machine, elasticIp)).map(({ id }) => id),
      pending: await this.#underWay.pending((id) => zone.client.running(id, signal)),
      described: seen.map((machine) => describe(machine, zone.name)),
    };
  }

  async describe(instance: InstanceId, signal: AbortSignal): Promise<Description> {
    const { zone } = await this.#at(signal);
    const machine = await findInstance(zone, instance, signal);
    if (machine !== null) return describe(machine, zone.name);
    return { instance: instance.toLowerCase(), state: 'gone', addresses: [] };
  }

  async associate(instance: InstanceId, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    const { zone } = await this.#at(signal);
    const elasticIp = await this.#movable(zone, signal);
    const vacant =
      this.#justSeenVacant(instance) || !holds(await theInstance(zone, instance, signal), elasticIp);
    if (!vacant) return;
    await this.#act(zone, { instance, elasticIp, held: true }, signal, onAccepted);
  }

  async dissociate(instance: InstanceId, signal: AbortSignal): Promise<void> {
    const { zone } = await this.#at(signal);
    const elasticIp = await this.#movable(zone, signal);
    const machine = await findInstance(zone, instance, signal);
    if (machine === null || !holds(machine, elasticIp)) return;
    await this.#act(zone, { instance, elasticIp, held: false }, signal);
  }

  async members(group: string, signal: AbortSignal): Promise<GroupMember[]> {
    const { zone, instance } = await this.#at(signal);
    const [ids, machines] = await Promise.all([
      groupIds(zone, group, signal),
      zoneInstances(zone, instance, signal),
    ]);
    const members = machines.filter((machine) => machine['security-groups'].some(({ id }) => ids.has(id)));
    const networks = await privateNetworks(zone, members, signal);
    return members.map((machine) => member(machine, zone.name, networks));
  }

  async eligibility(signal: AbortSignal): Promise<string[]> {
    const { zone, instance } = await this.#at(signal);
    const self = await theInstance(zone, instance, signal);
    const elasticIp = await this.#movable(zone, signal).catch((error: unknown) => {
      if (error instanceof ProviderError && ['missing', 'rejected'].includes(error.kind)) return error;
      throw error;
    });
    if (elasticIp instanceof ProviderError) return [elasticIp.message];
    const pool = await givingPool(zone, self, elasticIp, signal);
    return [...networkReasons(self, this.#address), ...poolReasons(pool, this.#address)];
  }

  /** Acts, except that a refusal where the wish is fulfilled already is no failure. */
  async #act(zone: Zone, wish: Wish, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    await this.#perform(zone, wish, signal, onAccepted).catch(async (error: unknown) => {
      if (!(error instanceof ProviderError)) throw error;
      // The address itself may be what is missing.
      if (error.kind === 'missing') this.#elasticIp = null;
      const refused = ['conflict', 'rejected', 'missing'].includes(error.kind);
      if (!refused || !(await isSo(zone, wish, signal))) throw error;
    });
  }

  /** Starts the action and waits for its end. What we lose sight of on the way stays noted as under way. */
  async #perform(zone: Zone, wish: Wish, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    const { instance, elasticIp, held } = wish;
    const name: OperationName = held ? 'attach-instance-to-elastic-ip' : 'detach-instance-from-elastic-ip';
    const input = { id: elasticIp.id, body: { instance: { id: instance.toLowerCase() } } };
    const operation = await zone.client.start(name, input, signal);
    onAccepted?.();
    const end = zone.client.finished(name, input, operation, signal);
    const isOver = (error: unknown) => error instanceof ProviderError && !error.mayHaveHappened;
    await this.#underWay.until(operation.id, end, isOver);
  }

  /** What the last look left behind, once. */
  #justSeenVacant(instance: InstanceId): boolean {
    if (instance.toLowerCase() !== this.#home?.instance) return false;
    const vacant = this.#vacant;
    this.#vacant = false;
    return vacant;
  }

  async #at(signal: AbortSignal): Promise<Home> {
    if (this.#home !== null) return this.#home;
    const [instance, zone] = await Promise.all([
      this.#settings.instance ?? ownInstance(this.#settings, signal),
      zoneOf(this.#settings, signal),
    ]);
    this.#home = { instance: instance.toLowerCase(), zone };
    return this.#home;
  }

  /** The Elastic IP, looked for once. A managed one is moved by Exoscale itself: we would fight it. */
  async #movable(zone: Zone, signal: AbortSignal): Promise<ElasticIp> {
    this.#elasticIp ??= await theElasticIp(zone, this.#address, signal);
    const reason = managed(this.#elasticIp);
    if (reason === undefined) return this.#elasticIp;
    throw zone.client.complaint('list-elastic-ips', {
      kind: 'rejected',
      came: `${this.#address} must not be moved: ${reason}`,
      advice: 'use an Elastic IP without a health check; an existing one cannot be changed into one',
    });
  }
}

/** Another call of ours, or another node, may have been first; whether the API refuses twice is not documented. */
async function isSo(zone: Zone, { instance, elasticIp, held }: Wish, signal: AbortSignal): Promise<boolean> {
  const machine = await findInstance(zone, instance, signal).catch(() => undefined);
  if (machine === undefined) return false;
  return (machine !== null && holds(machine, elasticIp)) === held;
}

function networkReasons(self: Instance, address: string): string[] {
  if (self['public-ip-assignment'] === 'none')
    return ['the instance has no public network: give it a public IP (public-ip-assignment inet4 or dual)'];
  if (isIPv6(address) && self['ipv6-address'] == null)
    return ['the instance has no IPv6, which a prefix needs: enable IPv6 on it'];
  return [];
}

function poolReasons(pool: { readonly name: string } | null, address: string): string[] {
  if (pool === null) return [];
  return [`instance pool ${pool.name} gives ${address} to all its members: take the address off the pool`];
}
