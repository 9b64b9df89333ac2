import { keepsSecrets } from "../../src/adapters/http.js";
import { canonicalAddress, isIPv6 } from "../../src/wire/address.js";
import { Actions } from "./actions.js";
import { Addresses, asksAction, asksAddress, Book, holderOf } from "./addresses.js";
import { Client } from "./client.js";
import { asksDroplet, Droplets, describe, member, nodeId, publicAddresses } from "./droplets.js";
import { Groups } from "./groups.js";
import { anchor, instanceIn, ownMachine } from "./metadata.js";
import { obstacles, otherRegion, underWay, unknownDroplet } from "./obstacles.js";
/** DigitalOcean's reserved IPv4 and IPv6 addresses. */
export const digitalocean = {
    name: 'digitalocean',
    check,
    create,
    addressBook,
    anchor: (settings, signal) => anchor('digitalocean', settings, signal),
    isHere: ({ vendor }) => vendor.trim() === 'DigitalOcean',
    // A reserved IPv4 arrives at the anchor address; a reserved IPv6 is routed to the droplet as it is.
    isOnHost: (address) => isIPv6(address),
};
const ENDPOINT = 'https://api.digitalocean.com';
function check(settings) {
    const wrong = checkAccount(settings);
    if (canonicalAddress(settings.address) === null)
        wrong.push('--address: expected an IPv4 or IPv6 address');
    return wrong;
}
function checkAccount({ endpoint, metadata, token, instance }) {
    const wrong = [...checkEndpoint(endpoint), ...checkMetadata(metadata)];
    if (token === undefined)
        wrong.push('--token-file: expected an API token (or DIGITALOCEAN_TOKEN)');
    else if (!/^[\x21-\x7e]+$/.test(token.reveal()))
        wrong.push('--token-file: expected a token of letters, digits and _, got other characters');
    if (instance !== undefined && instanceIn(instance) === null)
        wrong.push(`--instance: expected a droplet's id (a number), got ${JSON.stringify(instance)}`);
    return wrong;
}
function checkEndpoint(text) {
    if (text === undefined)
        return [];
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url === null)
        return [`--endpoint: expected a URL such as ${ENDPOINT}, got none`];
    if (url.username !== '' || url.password !== '')
        return ['--endpoint: expected no user name or password in the URL'];
    if (!keepsSecrets(url))
        return [`--endpoint: expected https (http only to this machine), got ${url.protocol}`];
    if (url.search !== '' || url.hash !== '')
        return ['--endpoint: expected a URL without ? and #'];
    return /^\/*(v2\/*)?$/.test(url.pathname)
        ? []
        : [`--endpoint: expected ${ENDPOINT} or another host without a path, got the path ${url.pathname}`];
}
function checkMetadata(text) {
    if (text === undefined || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)))
        return [];
    return ['--metadata: expected the base URL of the metadata service, http://HOST'];
}
function create(settings) {
    const ip = canonicalAddress(settings.address);
    if (ip === null)
        throw new Error('settings were not checked: no address');
    return new DigitalOcean(settings, ip, clientOf(settings));
}
function addressBook(settings) {
    return new Book(clientOf(settings));
}
function clientOf(settings) {
    const wrong = checkAccount(settings);
    const { endpoint = ENDPOINT, token } = settings;
    if (wrong.length > 0 || token === undefined)
        throw new Error(`settings were not checked: ${wrong.join('; ')}`);
    const base = endpoint.replace(/\/+$/, '').replace(/\/+v2$/, '');
    return new Client({ provider: digitalocean.name, endpoint: base, token });
}
/** How long a reading tells `associate` that there is something to do. What it says wrongly costs one refusal. */
const SEEN_MS = 30_000;
class DigitalOcean {
    name = digitalocean.name;
    /** Unassigning takes the address from whoever has it: `dissociate` reads and compares first. */
    traits = { associate: 'moves', fences: true };
    #settings;
    #ip;
    #client;
    #parts;
    #actions;
    #groups;
    #home = null;
    #seen = null;
    constructor(settings, ip, client) {
        this.#settings = settings;
        this.#ip = ip;
        this.#client = client;
        this.#parts = { addresses: new Addresses(client), droplets: new Droplets(client) };
        this.#actions = new Actions(client, this.#parts, ip);
        this.#groups = new Groups(client, this.#parts.droplets);
    }
    async identify(signal) {
        const { instance } = this.#settings;
        const own = instance === undefined ? await ownMachine(this.name, this.#settings, signal) : null;
        const droplet = await this.#own(own?.instance ?? instance ?? '', own, signal);
        const [self] = await this.#members([droplet], signal, false);
        if (self?.zone === undefined || self.addresses.length === 0)
            throw this.#unready(droplet);
        this.#home = { instance: droplet.id, region: self.zone };
        const { name, zone, addresses } = self;
        return { instance: droplet.id, node: nodeId(droplet.id), zone, addresses, ...(name && { name }) };
    }
    async read(signal, { background = false } = {}) {
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
    async describe(instance, signal) {
        const droplet = instanceIn(instance) === null ? null : await this.#parts.droplets.one(instance, signal);
        return droplet === null
            ? { instance, state: 'gone', addresses: [] }
            : describe(droplet, new Set([this.#ip]));
    }
    async associate(instance, signal, onAccepted) {
        const wish = { verb: 'assign', instance };
        if (instanceIn(instance) === null)
            throw this.#client.complaint(asksDroplet('0'), unknownDroplet(instance));
        if (!this.#sawElsewhere(instance) && (await this.#holds(wish, signal)))
            return;
        await this.#actions.perform(wish, signal, onAccepted);
    }
    async dissociate(instance, signal) {
        const wish = { verb: 'unassign', instance };
        if (await this.#holds(wish, signal))
            await this.#actions.perform(wish, signal);
        this.#seen = null;
    }
    async members(group, signal) {
        const home = await this.#at(signal);
        const droplets = await this.#groups.droplets(group, home.region, signal);
        return this.#members(droplets.filter(({ region }) => region?.slug === home.region), signal, true);
    }
    async eligibility(signal) {
        const home = await this.#at(signal);
        const address = await this.#parts.addresses.read(this.#ip, signal);
        const lines = [];
        for await (const { came, advice } of obstacles(this.#parts, address, home.instance, signal))
            lines.push(`${came}; ${advice}`);
        return lines;
    }
    /** Anybody may answer as the metadata service: what it says must be what the API says. */
    async #own(instance, own, signal) {
        const droplet = await this.#parts.droplets.one(instance, signal);
        if (droplet === null)
            throw this.#client.complaint(asksDroplet(instance), unknownDroplet(instance));
        if (own === null)
            return droplet;
        const known = describe(droplet, new Set([this.#ip]));
        if (known.zone === own.region && own.addresses.some((ip) => known.addresses.includes(ip)))
            return droplet;
        throw this.#client.complaint(asksDroplet(instance), {
            kind: 'unavailable',
            came: `metadata says droplet ${instance} in ${own.region} with ${own.addresses.join(', ') || 'no address'}, the API says ${known.zone ?? 'no region'} with ${known.addresses.join(', ') || 'no address'}`,
            advice: 'give the id of this droplet with --instance, if you know better than its metadata',
        });
    }
    async #at(signal) {
        if (this.#home === null)
            await this.identify(signal);
        if (this.#home === null)
            throw new Error('a machine was identified but not noted');
        return this.#home;
    }
    /** A droplet with several public addresses of one family has a reserved one, and only their list tells which. */
    async #members(droplets, signal, background) {
        const shared = new Set([this.#ip]);
        for (const family of [4, 6]) {
            const several = droplets.some((droplet) => publicAddresses(droplet, family).filter((ip) => ip !== this.#ip).length > 1);
            if (!several)
                continue;
            for (const { ip } of await this.#parts.addresses.list(family, signal, background))
                shared.add(ip);
        }
        return droplets.map((droplet) => member(droplet, shared));
    }
    /** The holder is in the answer as a whole: nobody has to ask for it in a takeover. */
    #describedBy({ droplet }) {
        const whole = droplet?.status != null && droplet.networks != null;
        return whole ? [describe(droplet, new Set([this.#ip]))] : [];
    }
    /** A reading just before spares `associate` its own, so that a takeover reads once. */
    #sawElsewhere(instance) {
        const seen = this.#seen;
        this.#seen = null;
        return seen !== null && seen.holder !== instance && performance.now() - seen.at < SEEN_MS;
    }
    /** Whether the instance has the address; while an action runs on it, nobody can say what comes next. */
    async #holds(wish, signal) {
        const address = await this.#parts.addresses.read(this.#ip, signal);
        if (address.locked)
            throw this.#client.complaint(asksAction(this.#ip, wish), underWay(address));
        return holderOf(address) === wish.instance;
    }
    #unready({ id, name }) {
        const came = `droplet ${id} (${name ?? 'no name'}) without region or addresses`;
        const advice = 'a new droplet has them in a moment; else check that the token has all of droplet:read';
        return this.#client.complaint(asksDroplet(id), { kind: 'unavailable', came, advice });
    }
}
