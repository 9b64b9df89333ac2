import type { Description, InstanceId, Traits, View } from '../../../src/core/index.ts';
import type { GroupMember, Identity, Provider, ProviderSettings } from '../../../src/ports/provider.ts';
import { asReason, isOf, unlessSo } from '../../kit/failures.ts';
import { described, Glance, identified, Once } from '../../kit/machines.ts';
import { addressOf } from '../../kit/settings.ts';
import { UnderWay } from '../../kit/settle.ts';
import { declaration } from '../declaration.ts';
import { ownInstance } from '../metadata.ts';
import { type ElasticIp, holds, managed, obstacles, theElasticIp } from './addresses.ts';
import { type Question, type Zone, zoneOf } from './client.ts';
import { membersOf } from './groups.ts';
import { eachInstance, findInstance, instanceIds, member, privateNetworks, theInstance } from './machines.ts';

/** Where this machine is: none of it changes while the machine exists. */
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

/** Exoscale's API v2. Expects settings that were checked. */
export class V2Provider implements Provider {
  readonly name = declaration.name;
  readonly traits: Traits;
  readonly #settings: ProviderSettings;
  readonly #address: string;
  readonly #underWay = new UnderWay();
  readonly #home = new Once((signal) => this.#self(signal));
  /** Its id does not change while it exists, nor does whether it is managed. */
  #elasticIp: ElasticIp | null = null;
  /**
   * That the last look found the address absent from us. Should somebody have attached the address to us in between,
   * then attaching it again is refused or changes nothing.
   */
  readonly #vacant = new Glance<true>();

  constructor(settings: ProviderSettings) {
    this.traits = declaration.traits(settings);
    this.#settings = settings;
    this.#address = addressOf(settings);
  }

  async identify(signal: AbortSignal): Promise<Identity> {
    const { zone, instance } = await this.#home.get(signal);
    const self = await theInstance(zone, instance, signal);
    return identified(member(self, zone.name, await privateNetworks(zone, [self], signal)), this.#address);
  }

  /**
   * Instances that may hold the address, then what each says of itself: the API ignores parameters that it does not
   * know, without a word. Whether we hold it, we always say ourselves: we would not see our own attachment if the
   * filter lagged behind.
   */
  async read(signal: AbortSignal): Promise<View> {
    const { zone, instance } = await this.#home.get(signal);
    const elasticIp = await this.#movable(zone, signal);
    const [candidates, self] = await Promise.all([
      instanceIds(zone, signal, { 'ip-address': elasticIp.ip }),
      theInstance(zone, instance, signal),
    ]);
    const others = candidates.filter((id) => id !== instance);
    const seen = [self, ...(await eachInstance(zone, others, signal))];
    this.#vacant.leave(holds(self, elasticIp) ? null : true);
    return {
      holders: seen.filter((machine) => holds(machine, elasticIp)).map(({ id }) => id),
      pending: await this.#underWay.pending((id) => zone.client.running(id, signal)),
      described: seen.map((machine) => described(member(machine, zone.name, []))),
    };
  }

  async describe(instance: InstanceId, signal: AbortSignal): Promise<Description> {
    const { zone } = await this.#home.get(signal);
    const machine = await findInstance(zone, instance, signal);
    if (machine !== null) return described(member(machine, zone.name, []));
    return { instance: instance.toLowerCase(), state: 'gone', addresses: [] };
  }

  async associate(instance: InstanceId, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    const home = await this.#home.get(signal);
    const elasticIp = await this.#movable(home.zone, signal);
    const vacant = instance.toLowerCase() === home.instance && this.#vacant.take() !== null;
    if (!vacant && holds(await theInstance(home.zone, instance, signal), elasticIp)) return;
    await this.#act(home.zone, { instance, elasticIp, held: true }, signal, onAccepted);
  }

  async dissociate(instance: InstanceId, signal: AbortSignal): Promise<void> {
    const { zone } = await this.#home.get(signal);
    const elasticIp = await this.#movable(zone, signal);
    const machine = await findInstance(zone, instance, signal);
    if (machine === null || !holds(machine, elasticIp)) return;
    await this.#act(zone, { instance, elasticIp, held: false }, signal);
  }

  async members(group: string, signal: AbortSignal): Promise<GroupMember[]> {
    const { zone, instance } = await this.#home.get(signal);
    return membersOf(zone, group, instance, signal);
  }

  async eligibility(signal: AbortSignal): Promise<string[]> {
    const { zone, instance } = await this.#home.get(signal);
    const self = await theInstance(zone, instance, signal);
    const elasticIp = await this.#movable(zone, signal).catch(asReason);
    if (typeof elasticIp === 'string') return [elasticIp];
    return obstacles(zone, self, elasticIp, this.#address, signal);
  }

  /** Starts the action and waits for its end. What we lose sight of on the way stays noted as under way. */
  async #act(zone: Zone, wish: Wish, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    const { instance, elasticIp, held } = wish;
    const order: Question = {
      name: held ? 'attach-instance-to-elastic-ip' : 'detach-instance-from-elastic-ip',
      ...{ id: elasticIp.id, body: { instance: { id: instance.toLowerCase() } } },
    };
    try {
      const operation = await zone.client.start(order, signal);
      onAccepted?.();
      await this.#underWay.until(operation.id, () => zone.client.finished(order, operation, signal));
    } catch (error) {
      // The address itself may be what is missing.
      if (isOf(error, 'missing')) this.#elasticIp = null;
      await unlessSo(error, () => isSo(zone, wish, signal));
    }
  }

  async #self(signal: AbortSignal): Promise<Home> {
    const [instance, zone] = await Promise.all([
      this.#settings.instance ?? ownInstance(this.#settings, signal),
      zoneOf(this.#settings, signal),
    ]);
    return { instance: instance.toLowerCase(), zone };
  }

  /** The Elastic IP, looked for once. A managed one is moved by Exoscale itself: we would fight it. */
  async #movable(zone: Zone, signal: AbortSignal): Promise<ElasticIp> {
    this.#elasticIp ??= await theElasticIp(zone, this.#address, signal);
    const reason = managed(this.#elasticIp);
    if (reason === undefined) return this.#elasticIp;
    const came = `${this.#address} must not be moved: ${reason}`;
    const advice = 'use an Elastic IP without a health check; an existing one cannot be changed into one';
    throw zone.client.complaint({ name: 'list-elastic-ips' }, { kind: 'rejected', came, advice });
  }
}

/** Whether the API refuses twice is not documented: the state decides. */
async function isSo(zone: Zone, wish: Wish, signal: AbortSignal): Promise<true | null> {
  const machine = await findInstance(zone, wish.instance, signal);
  return (machine !== null && holds(machine, wish.elasticIp)) === wish.held || null;
}
