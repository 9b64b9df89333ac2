import * as v from 'valibot';
import type { Description, InstanceId, Traits, View } from '../../../src/core/index.ts';
import type {
  GroupMember,
  Identity,
  Provider,
  ProviderError,
  ProviderSettings,
} from '../../../src/ports/provider.ts';
import { canonicalAddress } from '../../../src/wire/address.ts';
import { asReason, orNull, unlessSo } from '../../kit/failures.ts';
import { noSuchGroup } from '../../kit/groups.ts';
import { isUuid } from '../../kit/ids.ts';
import { described, Glance, identified, Once } from '../../kit/machines.ts';
import { Lower, Text } from '../../kit/schemas.ts';
import { addressOf } from '../../kit/settings.ts';
import { UnderWay } from '../../kit/settle.ts';
import { declaration, dialectOf } from '../declaration.ts';
import { ownInstance } from '../metadata.ts';
import { Client, type Command } from './client.ts';
import { defaultNic, holding, Machine, member, reaches, zoneName } from './machines.ts';

const PublicAddress = v.object({
  ipaddress: v.string(),
  iselastic: v.nullish(v.boolean()),
  zoneid: Lower,
  zonename: Text,
});
type PublicAddress = v.InferOutput<typeof PublicAddress>;

const SecurityGroup = v.object({ name: v.string() });

const MACHINES = 'listVirtualMachines';
const ADDRESSES = 'listPublicIpAddresses';

/** The cs-style API: Exoscale's older one, and that of every Apache CloudStack. Expects settings that were checked. */
export class CsProvider implements Provider {
  readonly name = declaration.name;
  readonly traits: Traits;
  readonly #settings: ProviderSettings;
  readonly #address: string;
  readonly #exoscale: boolean;
  readonly #client: Client;
  /** This machine, of which what is needed here never changes while it exists. */
  readonly #home = new Once((signal) => this.#self(signal));
  #addressExists = false;
  /**
   * Our own NIC, after a look that found the address absent from it. Should somebody have attached the address to us in
   * between, then attaching it again is refused or changes nothing.
   */
  readonly #vacantNic = new Glance<string>();
  readonly #underWay = new UnderWay();

  constructor(settings: ProviderSettings) {
    this.traits = declaration.traits(settings);
    this.#exoscale = dialectOf(settings.endpoint) === 'exoscale';
    this.#settings = settings;
    this.#address = addressOf(settings);
    this.#client = new Client(settings);
  }

  async identify(signal: AbortSignal): Promise<Identity> {
    const machine = await this.#home.anew(signal);
    const { node, ...self } = member(machine);
    if (node === undefined) throw this.#withoutNic(machine.id);
    return identified({ ...self, node, zone: zoneName(machine) }, this.#address);
  }

  async read(signal: AbortSignal): Promise<View> {
    const home = await this.#home.get(signal);
    const machines = await this.#candidates(home, signal);
    const holders = machines.filter((machine) => this.#isHeldBy(machine));
    if (holders.length > 0) this.#addressExists = true;
    else await this.#requireAddress(home, machines, signal);
    this.#vacantNic.leave(holders.some(({ id }) => id === home.id) ? null : (defaultNic(home)?.id ?? null));
    return {
      holders: holders.map(({ id }) => id),
      pending: await this.#underWay.pending((job) => this.#client.running(job, signal)),
      described: machines.map((machine) => described(member(machine))),
    };
  }

  async describe(instance: InstanceId, signal: AbortSignal): Promise<Description> {
    const machine = await this.#machine(instance, signal);
    if (machine !== null) return described(member(machine));
    return { instance: instance.toLowerCase(), state: 'gone', addresses: [] };
  }

  async associate(instance: InstanceId, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    const own = instance.toLowerCase() === this.#home.known?.id ? this.#vacantNic.take() : null;
    const nicid = own ?? (await this.#nicWithout(instance, signal));
    if (nicid === null) return;
    const parameters = { nicid, ipaddress: this.#address };
    await this.#act({ command: 'addIpToNic', parameters }, signal, onAccepted).catch((error: unknown) =>
      unlessSo(error, () => this.#isSo(instance, true, signal)),
    );
  }

  async dissociate(instance: InstanceId, signal: AbortSignal): Promise<void> {
    const machine = await this.#machine(instance, signal);
    const id = machine === null ? undefined : holding(machine, this.#address);
    if (id === undefined) return;
    await this.#act({ command: 'removeIpFromNic', parameters: { id } }, signal).catch((error: unknown) =>
      unlessSo(error, () => this.#isSo(instance, false, signal)),
    );
  }

  async members(group: string, signal: AbortSignal): Promise<GroupMember[]> {
    const machines = await this.#zone(await this.#home.get(signal), signal);
    const members = machines.filter(({ securitygroup }) => securitygroup.some(({ name }) => name === group));
    if (members.length > 0) return members.map(member);
    const command = 'listSecurityGroups';
    const groups = await this.#client.list({ command }, 'securitygroup', SecurityGroup, signal);
    const names = groups.map(({ name }) => name);
    if (names.includes(group)) return [];
    throw this.#client.refusal(command, noSuchGroup('security group', group, names));
  }

  async eligibility(signal: AbortSignal): Promise<string[]> {
    const self = await this.#home.anew(signal);
    if (defaultNic(self) === undefined) return [this.#withoutNic(self.id).message];
    return this.#requireAddress(self, [self], signal).then(
      () => [],
      (error: unknown) => [asReason(error)],
    );
  }

  #isHeldBy(machine: Machine): boolean {
    return holding(machine, this.#address) !== undefined;
  }

  /** The NIC of a machine that lacks the address; null: it has it. */
  async #nicWithout(instance: InstanceId, signal: AbortSignal): Promise<string | null> {
    const machine = await this.#machine(instance, signal);
    if (machine === null) throw this.#unknownMachine(instance);
    if (this.#isHeldBy(machine)) return null;
    const nic = defaultNic(machine);
    if (nic === undefined) throw this.#withoutNic(machine.id);
    return nic.id;
  }

  /** Starts the action and waits for its end. What we lose sight of on the way stays noted as under way. */
  async #act(command: Command, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    const order = { ...command, write: true };
    const job = await this.#client.start(order, signal);
    onAccepted?.();
    if (job !== null) await this.#underWay.until(job, () => this.#client.finished(order, job, signal));
  }

  /** Whether the cloud refuses to attach twice is not documented, so the state decides. */
  async #isSo(instance: InstanceId, held: boolean, signal: AbortSignal): Promise<true | null> {
    const machine = await this.#machine(instance, signal);
    return (machine !== null && this.#isHeldBy(machine)) === held || null;
  }

  /**
   * The machines among which the holders are. Exoscale can filter by address, but unknown parameters may be ignored
   * and stock CloudStack lacks this one: `holding` decides about each machine in either case.
   */
  #candidates(home: Machine, signal: AbortSignal): Promise<Machine[]> {
    if (!this.#exoscale) return this.#zone(home, signal);
    return this.#list({ zoneid: home.zoneid, ipaddress: this.#address }, signal);
  }

  /** All machines of our zone. We are one of them: an answer without us is not the whole list. */
  async #zone({ id: self, zoneid }: Machine, signal: AbortSignal): Promise<Machine[]> {
    const machines = await this.#list({ zoneid }, signal);
    const inZone = machines.filter((machine) => machine.zoneid === zoneid);
    if (inZone.some(({ id }) => id === self)) return inZone;
    const came = `${machines.length} machines, but not this one (${self})`;
    throw this.#client.refusal(MACHINES, { kind: 'unavailable', came });
  }

  #list(parameters: Record<string, string>, signal: AbortSignal): Promise<Machine[]> {
    return this.#client.list({ command: MACHINES, parameters }, 'virtualmachine', Machine, signal);
  }

  /** null: the cloud answered that there is no such machine. */
  async #machine(instance: InstanceId, signal: AbortSignal): Promise<Machine | null> {
    const id = instance.toLowerCase();
    if (!isUuid(id)) throw this.#unknownMachine(instance);
    const found = await this.#client.named(MACHINES, 'virtualmachine', id, Machine, signal);
    const machine = found.find((other) => other.id === id);
    if (machine !== undefined || found.length === 0) return machine ?? null;
    const came = `${found.length} other machines instead of ${id}`;
    throw this.#client.refusal(MACHINES, { kind: 'unavailable', came });
  }

  async #self(signal: AbortSignal): Promise<Machine> {
    const instance = this.#settings.instance ?? (await ownInstance(this.#settings, signal));
    const machine = await this.#machine(instance, signal);
    if (machine === null) throw this.#unknownMachine(instance);
    this.#vacantNic.leave(this.#isHeldBy(machine) ? null : (defaultNic(machine)?.id ?? null));
    return machine;
  }

  /** That the account has the address, in this zone; asked until it was answered once with yes. */
  async #requireAddress(home: Machine, machines: readonly Machine[], signal: AbortSignal): Promise<void> {
    if (this.#addressExists) return;
    const listed = await this.#publicAddresses(signal);
    // Nothing depends on it but an early word about a wrong address.
    if (listed === null) return;
    // Filters may be ignored: every entry is looked at.
    const same = listed.filter(({ ipaddress }) => canonicalAddress(ipaddress) === this.#address);
    const found = same.find(({ iselastic }) => !this.#exoscale || iselastic !== false);
    // On CloudStack any free address of a machine's own network will do, and such a network is not public.
    const free = !this.#exoscale && machines.some((machine) => reaches(machine, this.#address));
    if (found !== undefined && found.zoneid !== home.zoneid) throw this.#otherZone(found, home);
    if (found === undefined && !free) throw this.#unknownAddress();
    this.#addressExists = true;
  }

  /** null: keys of few rights may not list addresses. */
  #publicAddresses(signal: AbortSignal): Promise<PublicAddress[] | null> {
    const parameters = { ipaddress: this.#address, ...(this.#exoscale && { iselastic: 'true' }) };
    return this.#client
      .list({ command: ADDRESSES, parameters }, 'publicipaddress', PublicAddress, signal)
      .catch(orNull('denied', 'rejected'));
  }

  #unknownMachine(instance: InstanceId): ProviderError {
    const came = `no instance ${JSON.stringify(instance)} in this account`;
    const advice = 'check --instance, and that the API key belongs to the account of the instance';
    return this.#client.refusal(MACHINES, { kind: 'missing', came, advice });
  }

  #unknownAddress(): ProviderError {
    const came = `no shared address ${this.#address} in this account`;
    const advice = 'check --address, and that the API key belongs to the account of the address';
    return this.#client.refusal(ADDRESSES, { kind: 'missing', came, advice });
  }

  #otherZone({ zonename, zoneid }: PublicAddress, home: Machine): ProviderError {
    const came = `${this.#address} is in zone ${zonename ?? zoneid}, this instance in zone ${zoneName(home)}`;
    const advice = 'use an address of the zone of the instance';
    return this.#client.refusal(ADDRESSES, { kind: 'rejected', came, advice });
  }

  #withoutNic(instance: InstanceId): ProviderError {
    const came = `instance ${instance} without a default NIC`;
    return this.#client.refusal(MACHINES, { kind: 'unavailable', came });
  }
}
