import { ProviderError, } from "../../../src/ports/provider.js";
import { canonicalAddress, isIPv6 } from "../../../src/wire/address.js";
import { ownInstance } from "../metadata.js";
import { UnderWay } from "../under-way.js";
import { addresses, describe, holds, managed, member, nodeId } from "./machines.js";
import { eachInstance, findInstance, givingPool, groupIds, mayHold, privateNetworks, theElasticIp, theInstance, zoneInstances, } from "./questions.js";
import { zoneOf } from "./zone.js";
/** Exoscale's API v2. Expects settings that were checked. */
export function createV2(settings) {
    return new V2Provider(settings);
}
class V2Provider {
    name = 'exoscale';
    traits = { associate: 'adds', fences: true };
    #settings;
    #address;
    #underWay = new UnderWay();
    #home = null;
    /** Its id does not change while it exists, nor does whether it is managed. */
    #elasticIp = null;
    /**
     * Whether the last look found the address absent from us. A takeover has just looked, so it need not look again; the
     * next action looks for itself. Should somebody have attached the address to us in between, then attaching it again
     * is refused or changes nothing.
     */
    #vacant = false;
    constructor(settings) {
        const address = canonicalAddress(settings.address);
        if (address === null)
            throw new Error('settings were not checked');
        this.#settings = settings;
        this.#address = address;
    }
    async identify(signal) {
        const { zone, instance } = await this.#at(signal);
        const self = await theInstance(zone, instance, signal);
        const networks = await privateNetworks(zone, [self], signal);
        const name = self.name == null ? {} : { name: self.name };
        const own = addresses(self, networks);
        return { instance: self.id, node: nodeId(self), ...name, zone: zone.name, addresses: own };
    }
    /** Whether we hold it, we say ourselves: we would not see our own attachment if the filter lagged behind. */
    async read(signal) {
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
    async describe(instance, signal) {
        const { zone } = await this.#at(signal);
        const machine = await findInstance(zone, instance, signal);
        if (machine !== null)
            return describe(machine, zone.name);
        return { instance: instance.toLowerCase(), state: 'gone', addresses: [] };
    }
    async associate(instance, signal, onAccepted) {
        const { zone } = await this.#at(signal);
        const elasticIp = await this.#movable(zone, signal);
        const vacant = this.#justSeenVacant(instance) || !holds(await theInstance(zone, instance, signal), elasticIp);
        if (!vacant)
            return;
        await this.#act(zone, { instance, elasticIp, held: true }, signal, onAccepted);
    }
    async dissociate(instance, signal) {
        const { zone } = await this.#at(signal);
        const elasticIp = await this.#movable(zone, signal);
        const machine = await findInstance(zone, instance, signal);
        if (machine === null || !holds(machine, elasticIp))
            return;
        await this.#act(zone, { instance, elasticIp, held: false }, signal);
    }
    async members(group, signal) {
        const { zone, instance } = await this.#at(signal);
        const [ids, machines] = await Promise.all([
            groupIds(zone, group, signal),
            zoneInstances(zone, instance, signal),
        ]);
        const members = machines.filter((machine) => machine['security-groups'].some(({ id }) => ids.has(id)));
        const networks = await privateNetworks(zone, members, signal);
        return members.map((machine) => member(machine, zone.name, networks));
    }
    async eligibility(signal) {
        const { zone, instance } = await this.#at(signal);
        const self = await theInstance(zone, instance, signal);
        const elasticIp = await this.#movable(zone, signal).catch((error) => {
            if (error instanceof ProviderError && ['missing', 'rejected'].includes(error.kind))
                return error;
            throw error;
        });
        if (elasticIp instanceof ProviderError)
            return [elasticIp.message];
        const pool = await givingPool(zone, self, elasticIp, signal);
        return [...networkReasons(self, this.#address), ...poolReasons(pool, this.#address)];
    }
    /** Acts, except that a refusal where the wish is fulfilled already is no failure. */
    async #act(zone, wish, signal, onAccepted) {
        await this.#perform(zone, wish, signal, onAccepted).catch(async (error) => {
            if (!(error instanceof ProviderError))
                throw error;
            // The address itself may be what is missing.
            if (error.kind === 'missing')
                this.#elasticIp = null;
            const refused = ['conflict', 'rejected', 'missing'].includes(error.kind);
            if (!refused || !(await isSo(zone, wish, signal)))
                throw error;
        });
    }
    /** Starts the action and waits for its end. What we lose sight of on the way stays noted as under way. */
    async #perform(zone, wish, signal, onAccepted) {
        const { instance, elasticIp, held } = wish;
        const name = held ? 'attach-instance-to-elastic-ip' : 'detach-instance-from-elastic-ip';
        const input = { id: elasticIp.id, body: { instance: { id: instance.toLowerCase() } } };
        const operation = await zone.client.start(name, input, signal);
        onAccepted?.();
        const end = zone.client.finished(name, input, operation, signal);
        const isOver = (error) => error instanceof ProviderError && !error.mayHaveHappened;
        await this.#underWay.until(operation.id, end, isOver);
    }
    /** What the last look left behind, once. */
    #justSeenVacant(instance) {
        if (instance.toLowerCase() !== this.#home?.instance)
            return false;
        const vacant = this.#vacant;
        this.#vacant = false;
        return vacant;
    }
    async #at(signal) {
        if (this.#home !== null)
            return this.#home;
        const [instance, zone] = await Promise.all([
            this.#settings.instance ?? ownInstance(this.#settings, signal),
            zoneOf(this.#settings, signal),
        ]);
        this.#home = { instance: instance.toLowerCase(), zone };
        return this.#home;
    }
    /** The Elastic IP, looked for once. A managed one is moved by Exoscale itself: we would fight it. */
    async #movable(zone, signal) {
        this.#elasticIp ??= await theElasticIp(zone, this.#address, signal);
        const reason = managed(this.#elasticIp);
        if (reason === undefined)
            return this.#elasticIp;
        throw zone.client.complaint('list-elastic-ips', {
            kind: 'rejected',
            came: `${this.#address} must not be moved: ${reason}`,
            advice: 'use an Elastic IP without a health check; an existing one cannot be changed into one',
        });
    }
}
/** Another call of ours, or another node, may have been first; whether the API refuses twice is not documented. */
async function isSo(zone, { instance, elasticIp, held }, signal) {
    const machine = await findInstance(zone, instance, signal).catch(() => undefined);
    if (machine === undefined)
        return false;
    return (machine !== null && holds(machine, elasticIp)) === held;
}
function networkReasons(self, address) {
    if (self['public-ip-assignment'] === 'none')
        return ['the instance has no public network: give it a public IP (public-ip-assignment inet4 or dual)'];
    if (isIPv6(address) && self['ipv6-address'] == null)
        return ['the instance has no IPv6, which a prefix needs: enable IPv6 on it'];
    return [];
}
function poolReasons(pool, address) {
    if (pool === null)
        return [];
    return [`instance pool ${pool.name} gives ${address} to all its members: take the address off the pool`];
}
