import type { Description, InstanceId, Traits, View } from '../../../src/core/index.ts';
import {
  type GroupMember,
  type Identity,
  type Provider,
  ProviderError,
  type ProviderSettings,
} from '../../../src/ports/provider.ts';
import { canonicalAddress } from '../../../src/wire/address.ts';
import { ipOf } from '../../../src/wire/resource.ts';
import { isUuid, ownInstance } from '../metadata.ts';
import { UnderWay } from '../under-way.ts';
import { Machine, PublicAddress, SecurityGroup } from './answers.ts';
import { Client } from './client.ts';
import { addresses, defaultNic, describe, holding, member, nodeId, reaches, zoneName } from './machines.ts';

/** Which server: an elastic IP of Exoscale may have many holders; a secondary address of CloudStack belongs to one NIC. */
export type CsDialect = 'exoscale' | 'cloudstack';

const TRAITS: Record<CsDialect, Traits> = {
  exoscale: { associate: 'adds', fences: true, settleMs: 0 },
  cloudstack: { associate: 'refusedWhileHeld', fences: true, settleMs: 0 },
};

/** The cs-style API: Exoscale's older one, and that of every Apache CloudStack. Expects settings that were checked. */
export function createCs(dialect: CsDialect, settings: ProviderSettings): Provider {
  return new CsProvider(dialect, settings);
}

/** Where this machine is, learnt once: none of it changes while the machine exists. */
interface Home {
  readonly instance: InstanceId;
  readonly zone: string;
  readonly zoneName: string;
  /** Its default NIC. */
  readonly nic: string | null;
}

class CsProvider implements Provider {
  readonly name = 'exoscale';
  readonly traits: Traits;

  readonly #settings: ProviderSettings;
  readonly #address: string;
  readonly #exoscale: boolean;
  readonly #client: Client;
  #home: Home | null = null;
  #addressExists = false;
  /**
   * Our own NIC, after a look that found the address absent from it. A takeover has just looked, so it need not look
   * again; the next action looks for itself. Should somebody have attached the address to us in between, then
   * attaching it again is refused or changes nothing.
   */
  #vacantNic: string | null = null;
  readonly #underWay = new UnderWay();

  constructor(dialect: CsDialect, settings: ProviderSettings) {
    const address = ipOf(settings.resource);
    const { endpoint, apiKey, apiSecret } = settings;
    if (address === null || endpoint === undefined || apiKey === undefined || apiSecret === undefined)
      throw new Error('settings were not checked');
    this.traits = TRAITS[dialect];
    this.#exoscale = dialect === 'exoscale';
    this.#settings = settings;
    this.#address = address;
    this.#client = new Client({
      provider: this.name,
      endpoint: endpoint.replace(/\/+$/, ''),
      apiKey,
      apiSecret,
    });
  }

  async identify(signal: AbortSignal): Promise<Identity> {
    const machine = await this.#self(signal);
    const nic = defaultNic(machine);
    if (nic === undefined) throw this.#withoutNic(machine.id);
    const own = addresses(machine).filter(({ ip }) => ip !== this.#address);
    const name = machine.name == null ? {} : { name: machine.name };
    return { instance: machine.id, node: nodeId(nic), ...name, zone: zoneName(machine), addresses: own };
  }

  async read(signal: AbortSignal): Promise<View> {
    const home = await this.#at(signal);
    const machines = await this.#candidates(home, signal);
    const holders = machines.filter((machine) => holding(machine, this.#address) !== undefined);
    if (holders.length > 0) this.#addressExists = true;
    else await this.#requireAddress(home, machines, signal);
    this.#vacantNic = holders.some(({ id }) => id === home.instance) ? null : home.nic;
    return {
      holders: holders.map(({ id }) => id),
      pending: await this.#underWay.pending((job) => this.#client.running(job, signal)),
      described: machines.map(describe),
    };
  }

  async describe(instance: InstanceId, signal: AbortSignal): Promise<Description> {
    const machine = await this.#machine(instance, signal);
    return machine === null
      ? { instance: instance.toLowerCase(), state: 'gone', addresses: [] }
      : describe(machine);
  }

  async associate(instance: InstanceId, signal: AbortSignal, onAccepted?: () => void): Promise<void> {
    const nicid = this.#ownVacantNic(instance) ?? (await this.#nicWithout(instance, signal));
    if (nicid === null) return;
    await this.#act('addIpToNic', { nicid, ipaddress: this.#address }, signal, onAccepted).catch((error) =>
      this.#unlessSo(error, instance, true, signal),
    );
  }

  async dissociate(instance: InstanceId, signal: AbortSignal): Promise<void> {
    const machine = await this.#machine(instance, signal);
    const id = machine === null ? undefined : holding(machine, this.#address);
    if (id === undefined) return;
    await this.#act('removeIpFromNic', { id }, signal).catch((error) =>
      this.#unlessSo(error, instance, false, signal),
    );
  }

  async members(group: string, signal: AbortSignal): Promise<GroupMember[]> {
    const home = await this.#at(signal);
    const machines = await this.#zone(home, signal);
    const members = machines.filter(({ securitygroup }) => securitygroup.some(({ name }) => name === group));
    if (members.length === 0) await this.#requireGroup(group, signal);
    return members.map(member);
  }

  async eligibility(signal: AbortSignal): Promise<string[]> {
    const self = await this.#self(signal);
    if (defaultNic(self) === undefined) return [this.#withoutNic(self.id).message];
    return this.#requireAddress(await this.#at(signal), [self], signal).then(() => [], asReason);
  }

  /** What the last look left behind, once. */
  #ownVacantNic(instance: InstanceId): string | null {
    if (instance.toLowerCase() !== this.#home?.instance) return null;
    const nic = this.#vacantNic;
    this.#vacantNic = null;
    return nic;
  }

  /** The NIC of a machine that lacks the address; null: it has it. */
  async #nicWithout(instance: InstanceId, signal: AbortSignal): Promise<string | null> {
    const machine = await this.#machine(instance, signal);
    if (machine === null) throw this.#unknownMachine(instance);
    if (holding(machine, this.#address) !== undefined) return null;
    const nic = defaultNic(machine);
    if (nic === undefined) throw this.#withoutNic(machine.id);
    return nic.id;
  }

  /** Starts the action and waits for its end. What we lose sight of on the way stays noted as under way. */
  async #act(
    command: string,
    parameters: Record<string, string>,
    signal: AbortSignal,
    onAccepted?: () => void,
  ): Promise<void> {
    const job = await this.#client.start(command, parameters, signal);
    onAccepted?.();
    if (job === null) return;
    const end = this.#client.finished(command, job, signal);
    await this.#underWay.until(job, end, (error) => error instanceof ProviderError && !error.mayHaveHappened);
  }

  /**
   * A refusal where the wish is fulfilled already is no failure: another call of ours, or another node, was first.
   * Whether the cloud refuses to attach twice is not documented, so the state decides.
   */
  async #unlessSo(error: unknown, instance: InstanceId, held: boolean, signal: AbortSignal): Promise<void> {
    if (!(error instanceof ProviderError) || !['conflict', 'rejected', 'missing'].includes(error.kind))
      throw error;
    const machine = await this.#machine(instance, signal).catch(() => {
      throw error;
    });
    const holds = machine !== null && holding(machine, this.#address) !== undefined;
    if (holds !== held) throw error;
  }

  /**
   * The machines among which the holders are. Exoscale can filter by address, but unknown parameters may be ignored
   * and stock CloudStack lacks this one: `holding` decides about each machine in either case.
   */
  #candidates(home: Home, signal: AbortSignal): Promise<Machine[]> {
    if (!this.#exoscale) return this.#zone(home, signal);
    return this.#list({ zoneid: home.zone, ipaddress: this.#address }, signal);
  }

  /** All machines of our zone. We are one of them: an answer without us is not the whole list. */
  async #zone(home: Home, signal: AbortSignal): Promise<Machine[]> {
    const machines = await this.#list({ zoneid: home.zone }, signal);
    const inZone = machines.filter(({ zoneid }) => zoneid === home.zone);
    if (inZone.some(({ id }) => id === home.instance)) return inZone;
    const came = `${machines.length} machines, but not this one (${home.instance})`;
    throw this.#client.complaint('listVirtualMachines', { kind: 'unavailable', came });
  }

  async #list(filter: Record<string, string>, signal: AbortSignal): Promise<Machine[]> {
    const machines = await this.#client.list(
      'listVirtualMachines',
      'virtualmachine',
      filter,
      Machine,
      signal,
    );
    if (new Set(machines.map(({ id }) => id)).size === machines.length) return machines;
    const came = 'the same machine on two pages, so another one may be missing';
    throw this.#client.complaint('listVirtualMachines', { kind: 'unavailable', came });
  }

  /** null: the cloud answered that there is no such machine. */
  async #machine(instance: InstanceId, signal: AbortSignal): Promise<Machine | null> {
    const id = instance.toLowerCase();
    if (!isUuid(id)) throw this.#unknownMachine(instance);
    const found = await this.#client.lookUp('listVirtualMachines', 'virtualmachine', id, Machine, signal);
    const machine = found.find((other) => other.id === id);
    if (machine !== undefined || found.length === 0) return machine ?? null;
    const came = `${found.length} other machines instead of ${id}`;
    throw this.#client.complaint('listVirtualMachines', { kind: 'unavailable', came });
  }

  async #self(signal: AbortSignal): Promise<Machine> {
    const instance = this.#settings.instance ?? (await ownInstance(this.#settings, signal));
    const machine = await this.#machine(instance, signal);
    if (machine === null) throw this.#unknownMachine(instance);
    const nic = defaultNic(machine)?.id ?? null;
    this.#home = { instance: machine.id, zone: machine.zoneid, zoneName: zoneName(machine), nic };
    this.#vacantNic = holding(machine, this.#address) === undefined ? nic : null;
    return machine;
  }

  async #at(signal: AbortSignal): Promise<Home> {
    if (this.#home === null) await this.#self(signal);
    if (this.#home === null) throw new Error('a machine was found but not noted');
    return this.#home;
  }

  /** That the account has the address, in this zone; asked until it was answered once with yes. */
  async #requireAddress(home: Home, machines: Machine[], signal: AbortSignal): Promise<void> {
    if (this.#addressExists) return;
    const found = await this.#publicAddress(signal).catch(orUnasked);
    if (found === 'unasked') return;
    // On CloudStack any free address of a machine's own network will do, and such a network is not public.
    const free = !this.#exoscale && machines.some((machine) => reaches(machine, this.#address));
    if (found !== null && found.zoneid !== home.zone) throw this.#otherZone(found, home);
    if (found === null && !free) throw this.#unknownAddress();
    this.#addressExists = true;
  }

  async #publicAddress(signal: AbortSignal): Promise<PublicAddress | null> {
    const filter = { ipaddress: this.#address, ...(this.#exoscale && { iselastic: 'true' }) };
    const listed = await this.#client.list(
      'listPublicIpAddresses',
      'publicipaddress',
      filter,
      PublicAddress,
      signal,
    );
    // Filters may be ignored: every entry is looked at.
    const same = listed.filter(({ ipaddress }) => canonicalAddress(ipaddress) === this.#address);
    return same.find(({ iselastic }) => !this.#exoscale || iselastic !== false) ?? null;
  }

  async #requireGroup(group: string, signal: AbortSignal): Promise<void> {
    const groups = await this.#client.list('listSecurityGroups', 'securitygroup', {}, SecurityGroup, signal);
    if (groups.some(({ name }) => name === group)) return;
    throw this.#client.complaint('listSecurityGroups', {
      kind: 'missing',
      came: `no security group ${JSON.stringify(group)}`,
      advice: `check --group: there are ${groups.map(({ name }) => JSON.stringify(name)).join(', ') || 'none'}`,
    });
  }

  #unknownMachine(instance: InstanceId): ProviderError {
    return this.#client.complaint('listVirtualMachines', {
      kind: 'missing',
      came: `no instance ${JSON.stringify(instance)} in this account`,
      advice: 'check --instance, and that the API key belongs to the account of the instance',
    });
  }

  #unknownAddress(): ProviderError {
    return this.#client.complaint('listPublicIpAddresses', {
      kind: 'missing',
      came: `no shared address ${this.#address} in this account`,
      advice: 'check --address, and that the API key belongs to the account of the address',
    });
  }

  #otherZone(found: PublicAddress, home: Home): ProviderError {
    const theirs = found.zonename ?? found.zoneid;
    return this.#client.complaint('listPublicIpAddresses', {
      kind: 'rejected',
      came: `${this.#address} is in zone ${theirs}, this instance in zone ${home.zoneName}`,
      advice: 'use an address of the zone of the instance',
    });
  }

  #withoutNic(instance: InstanceId): ProviderError {
    const came = `instance ${instance} without a default NIC`;
    return this.#client.complaint('listVirtualMachines', { kind: 'unavailable', came });
  }
}

/** What stands in the way for good; anything else is a failure to find out. */
function asReason(error: unknown): string[] {
  if (error instanceof ProviderError && ['missing', 'rejected'].includes(error.kind)) return [error.message];
  throw error;
}

/** Keys of few rights may not list addresses. Nothing depends on it but an early word about a wrong address. */
function orUnasked(error: unknown): 'unasked' {
  if (error instanceof ProviderError && ['denied', 'rejected'].includes(error.kind)) return 'unasked';
  throw error;
}
