import { ProviderError, } from "../../../src/ports/provider.js";
import { canonicalAddress } from "../../../src/wire/address.js";
import { isUuid, ownInstance } from "../metadata.js";
import { UnderWay } from "../under-way.js";
import { Machine, PublicAddress, SecurityGroup } from "./answers.js";
import { Client } from "./client.js";
import { addresses, defaultNic, describe, holding, member, nodeId, reaches, zoneName } from "./machines.js";
const TRAITS = {
    exoscale: { associate: 'adds', fences: true },
    cloudstack: { associate: 'refusedWhileHeld', fences: true },
};
/** The cs-style API: Exoscale's older one, and that of every Apache CloudStack. Expects settings that were checked. */
export function createCs(dialect, settings) {
    return new CsProvider(dialect, settings);
}
class CsProvider {
    name = 'exoscale';
    traits;
    #settings;
    #address;
    #exoscale;
    #client;
    #home = null;
    #addressExists = false;
    /**
     * Our own NIC, after a look that found the address absent from it. A takeover has just looked, so it need not look
     * again; the next action looks for itself. Should somebody have attached the address to us in between, then
     * attaching it again is refused or changes nothing.
     */
    #vacantNic = null;
    #underWay = new UnderWay();
    constructor(dialect, settings) {
        const address = canonicalAddress(settings.address);
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
    async identify(signal) {
        const machine = await this.#self(signal);
        const nic = defaultNic(machine);
        if (nic === undefined)
            throw this.#withoutNic(machine.id);
        const own = addresses(machine).filter(({ ip }) => ip !== this.#address);
        const name = machine.name == null ? {} : { name: machine.name };
        return { instance: machine.id, node: nodeId(nic), ...name, zone: zoneName(machine), addresses: own };
    }
    async read(signal) {
        const home = await this.#at(signal);
        const machines = await this.#candidates(home, signal);
        const holders = machines.filter((machine) => holding(machine, this.#address) !== undefined);
        if (holders.length > 0)
            this.#addressExists = true;
        else
            await this.#requireAddress(home, machines, signal);
        this.#vacantNic = holders.some(({ id }) => id === home.instance) ? null : home.nic;
        return {
            holders: holders.map(({ id }) => id),
            pending: await this.#underWay.pending((job) => this.#client.running(job, signal)),
            described: machines.map(describe),
        };
    }
    async describe(instance, signal) {
        const machine = await this.#machine(instance, signal);
        return machine === null
            ? { instance: instance.toLowerCase(), state: 'gone', addresses: [] }
            : describe(machine);
    }
    async associate(instance, signal, onAccepted) {
        const nicid = this.#ownVacantNic(instance) ?? (await this.#nicWithout(instance, signal));
        if (nicid === null)
            return;
        await this.#act('addIpToNic', { nicid, ipaddress: this.#address }, signal, onAccepted).catch((error) => this.#unlessSo(error, instance, true, signal));
    }
    async dissociate(instance, signal) {
        const machine = await this.#machine(instance, signal);
        const id = machine === null ? undefined : holding(machine, this.#address);
        if (id === undefined)
            return;
        await this.#act('removeIpFromNic', { id }, signal).catch((error) => this.#unlessSo(error, instance, false, signal));
    }
    async members(group, signal) {
        const home = await this.#at(signal);
        const machines = await this.#zone(home, signal);
        const members = machines.filter(({ securitygroup }) => securitygroup.some(({ name }) => name === group));
        if (members.length === 0)
            await this.#requireGroup(group, signal);
        return members.map(member);
    }
    async eligibility(signal) {
        const self = await this.#self(signal);
        if (defaultNic(self) === undefined)
            return [this.#withoutNic(self.id).message];
        return this.#requireAddress(await this.#at(signal), [self], signal).then(() => [], asReason);
    }
    /** What the last look left behind, once. */
    #ownVacantNic(instance) {
        if (instance.toLowerCase() !== this.#home?.instance)
            return null;
        const nic = this.#vacantNic;
        this.#vacantNic = null;
        return nic;
    }
    /** The NIC of a machine that lacks the address; null: it has it. */
    async #nicWithout(instance, signal) {
        const machine = await this.#machine(instance, signal);
        if (machine === null)
            throw this.#unknownMachine(instance);
        if (holding(machine, this.#address) !== undefined)
            return null;
        const nic = defaultNic(machine);
        if (nic === undefined)
            throw this.#withoutNic(machine.id);
        return nic.id;
    }
    /** Starts the action and waits for its end. What we lose sight of on the way stays noted as under way. */
    async #act(command, parameters, signal, onAccepted) {
        const job = await this.#client.start(command, parameters, signal);
        onAccepted?.();
        if (job === null)
            return;
        const end = this.#client.finished(command, job, signal);
        await this.#underWay.until(job, end, (error) => error instanceof ProviderError && !error.mayHaveHappened);
    }
    /**
     * A refusal where the wish is fulfilled already is no failure: another call of ours, or another node, was first.
     * Whether the cloud refuses to attach twice is not documented, so the state decides.
     */
    async #unlessSo(error, instance, held, signal) {
        if (!(error instanceof ProviderError) || !['conflict', 'rejected', 'missing'].includes(error.kind))
            throw error;
        const machine = await this.#machine(instance, signal).catch(() => {
            throw error;
        });
        const holds = machine !== null && holding(machine, this.#address) !== undefined;
        if (holds !== held)
            throw error;
    }
    /**
     * The machines among which the holders are. Exoscale can filter by address, but unknown parameters may be ignored
     * and stock CloudStack lacks this one: `holding` decides about each machine in either case.
     */
    #candidates(home, signal) {
        if (!this.#exoscale)
            return this.#zone(home, signal);
        return this.#list({ zoneid: home.zone, ipaddress: this.#address }, signal);
    }
    /** All machines of our zone. We are one of them: an answer without us is not the whole list. */
    async #zone(home, signal) {
        const machines = await this.#list({ zoneid: home.zone }, signal);
        const inZone = machines.filter(({ zoneid }) => zoneid === home.zone);
        if (inZone.some(({ id }) => id === home.instance))
            return inZone;
        const came = `${machines.length} machines, but not this one (${home.instance})`;
        throw this.#client.complaint('listVirtualMachines', { kind: 'unavailable', came });
    }
    async #list(filter, signal) {
        const machines = await this.#client.list('listVirtualMachines', 'virtualmachine', filter, Machine, signal);
        if (new Set(machines.map(({ id }) => id)).size === machines.length)
            return machines;
        const came = 'the same machine on two pages, so another one may be missing';
        throw this.#client.complaint('listVirtualMachines', { kind: 'unavailable', came });
    }
    /** null: the cloud answered that there is no such machine. */
    async #machine(instance, signal) {
        const id = instance.toLowerCase();
        if (!isUuid(id))
            throw this.#unknownMachine(instance);
        const found = await this.#client.lookUp('listVirtualMachines', 'virtualmachine', id, Machine, signal);
        const machine = found.find((other) => other.id === id);
        if (machine !== undefined || found.length === 0)
            return machine ?? null;
        const came = `${found.length} other machines instead of ${id}`;
        throw this.#client.complaint('listVirtualMachines', { kind: 'unavailable', came });
    }
    async #self(signal) {
        const instance = this.#settings.instance ?? (await ownInstance(this.#settings, signal));
        const machine = await this.#machine(instance, signal);
        if (machine === null)
            throw this.#unknownMachine(instance);
        const nic = defaultNic(machine)?.id ?? null;
        this.#home = { instance: machine.id, zone: machine.zoneid, zoneName: zoneName(machine), nic };
        this.#vacantNic = holding(machine, this.#address) === undefined ? nic : null;
        return machine;
    }
    async #at(signal) {
        if (this.#home === null)
            await this.#self(signal);
        if (this.#home === null)
            throw new Error('a machine was found but not noted');
        return this.#home;
    }
    /** That the account has the address, in this zone; asked until it was answered once with yes. */
    async #requireAddress(home, machines, signal) {
        if (this.#addressExists)
            return;
        const found = await this.#publicAddress(signal).catch(orUnasked);
        if (found === 'unasked')
            return;
        // On CloudStack any free address of a machine's own network will do, and such a network is not public.
        const free = !this.#exoscale && machines.some((machine) => reaches(machine, this.#address));
        if (found !== null && found.zoneid !== home.zone)
            throw this.#otherZone(found, home);
        if (found === null && !free)
            throw this.#unknownAddress();
        this.#addressExists = true;
    }
    async #publicAddress(signal) {
        const filter = { ipaddress: this.#address, ...(this.#exoscale && { iselastic: 'true' }) };
        const listed = await this.#client.list('listPublicIpAddresses', 'publicipaddress', filter, PublicAddress, signal);
        // Filters may be ignored: every entry is looked at.
        const same = listed.filter(({ ipaddress }) => canonicalAddress(ipaddress) === this.#address);
        return same.find(({ iselastic }) => !this.#exoscale || iselastic !== false) ?? null;
    }
    async #requireGroup(group, signal) {
        const groups = await this.#client.list('listSecurityGroups', 'securitygroup', {}, SecurityGroup, signal);
        if (groups.some(({ name }) => name === group))
            return;
        throw this.#client.complaint('listSecurityGroups', {
            kind: 'missing',
            came: `no security group ${JSON.stringify(group)}`,
            advice: `check --group: there are ${groups.map(({ name }) => JSON.stringify(name)).join(', ') || 'none'}`,
        });
    }
    #unknownMachine(instance) {
        return this.#client.complaint('listVirtualMachines', {
            kind: 'missing',
            came: `no instance ${JSON.stringify(instance)} in this account`,
            advice: 'check --instance, and that the API key belongs to the account of the instance',
        });
    }
    #unknownAddress() {
        return this.#client.complaint('listPublicIpAddresses', {
            kind: 'missing',
            came: `no shared address ${this.#address} in this account`,
            advice: 'check --address, and that the API key belongs to the account of the address',
        });
    }
    #otherZone(found, home) {
        const theirs = found.zonename ?? found.zoneid;
        return this.#client.complaint('listPublicIpAddresses', {
            kind: 'rejected',
            came: `${this.#address} is in zone ${theirs}, this instance in zone ${home.zoneName}`,
            advice: 'use an address of the zone of the instance',
        });
    }
    #withoutNic(instance) {
        const came = `instance ${instance} without a default NIC`;
        return this.#client.complaint('listVirtualMachines', { kind: 'unavailable', came });
    }
}
/** What stands in the way for good; anything else is a failure to find out. */
function asReason(error) {
    if (error instanceof ProviderError && ['missing', 'rejected'].includes(error.kind))
        return [error.message];
    throw error;
}
/** Keys of few rights may not list addresses. Nothing depends on it but an early word about a wrong address. */
function orUnasked(error) {
    if (error instanceof ProviderError && ['denied', 'rejected'].includes(error.kind))
        return 'unasked';
    throw error;
}
