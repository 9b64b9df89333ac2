import { Firewall, Tag, Vpc, VpcMember } from "./answers.js";
/** The groups that droplets form: those of a tag, in a VPC, behind a firewall. In all regions, and always whole. */
export class Groups {
    #client;
    #droplets;
    constructor(client, droplets) {
        this.#client = client;
        this.#droplets = droplets;
    }
    /**
     * The droplets of `[tag:]NAME`, `vpc:NAME` or `firewall:NAME`; of the latter two the UUID names them too.
     * @param region - where a VPC is looked for by name
     * @throws missing - there is no such tag, VPC or firewall
     */
    droplets(group, region, signal) {
        const [, kind, name = ''] = /^(?:(tag|vpc|firewall):)?(.*)$/s.exec(group) ?? [];
        if (kind === 'vpc')
            return this.#inVpc(name, region, signal);
        return kind === 'firewall' ? this.#behindFirewall(name, signal) : this.#namedTag(name, signal);
    }
    async #namedTag(tag, signal) {
        const tagged = await this.#tagged(tag, signal);
        if (tagged.length > 0)
            return tagged;
        const question = { path: '/v2/tags', scope: 'tag:read', background: true };
        const listing = { question, key: 'tags', schema: Tag, id: ({ name }) => name };
        const names = (await this.#client.list(listing, signal)).map(({ name }) => name);
        if (names.some((name) => sameTag(name, tag)))
            return [];
        throw this.#unknown(question, 'tag', tag, names);
    }
    /** Whatever the filter did: a droplet that says its tags and does not have this one is not of the group. */
    async #tagged(tag, signal) {
        const found = await this.#droplets.list(signal, tag);
        return found.filter(({ tags }) => tags.length === 0 || tags.some((name) => sameTag(name, tag)));
    }
    async #inVpc(nameOrId, region, signal) {
        const id = isUuid(nameOrId) ? nameOrId.toLowerCase() : await this.#vpcId(nameOrId, region, signal);
        // Without droplet:read members are left out silently; this list proves it, and has the addresses.
        const all = await this.#droplets.list(signal);
        const question = membersOf(id);
        const listing = { question, key: 'members', schema: VpcMember, id: ({ urn }) => urn };
        const ids = (await this.#client.list(listing, signal)).map((one) => instanceOf(one, id, all));
        if (!ids.includes(null))
            return this.#byId(ids, all, signal);
        const came = 'a member of the VPC that names no droplet';
        throw this.#client.complaint(question, { kind: 'unavailable', came });
    }
    async #vpcId(name, region, signal) {
        const question = { path: '/v2/vpcs', scope: 'vpc:read', background: true };
        const listing = { question, key: 'vpcs', schema: Vpc, id: ({ id }) => id };
        const all = await this.#client.list(listing, signal);
        const here = all.filter((vpc) => vpc.region == null || vpc.region === region);
        return this.#only(question, 'vpc', name, here).id;
    }
    async #behindFirewall(nameOrId, signal) {
        const firewall = await this.#firewall(nameOrId, signal);
        // Without these scopes a firewall looks emptier than it is.
        await this.#client.prove('droplet:read', signal);
        await this.#client.prove('tag:read', signal);
        const direct = firewall.droplet_ids.length === 0 ? [] : await this.#droplets.list(signal);
        const found = await this.#byId(firewall.droplet_ids, direct, signal);
        for (const tag of firewall.tags)
            found.push(...(await this.#tagged(tag, signal)));
        return [...new Map(found.map((droplet) => [droplet.id, droplet])).values()];
    }
    async #firewall(nameOrId, signal) {
        const question = { path: '/v2/firewalls', scope: 'firewall:read', background: true };
        const listing = { question, key: 'firewalls', schema: Firewall, id: ({ id }) => id };
        const all = await this.#client.list(listing, signal);
        return (all.find(({ id }) => id === nameOrId.toLowerCase()) ?? this.#only(question, 'firewall', nameOrId, all));
    }
    /** From a list that has most of them, the others one by one. One that is gone meanwhile is no member. */
    async #byId(ids, listed, signal) {
        const found = [];
        for (const id of ids.filter((one) => one !== null)) {
            const droplet = listed.find((one) => one.id === id) ?? (await this.#droplets.one(id, signal, true));
            if (droplet !== null)
                found.push(droplet);
        }
        return found;
    }
    #only(question, kind, name, all) {
        const [found, ...more] = all.filter((one) => one.name === name);
        if (found === undefined) {
            const names = all.map((one) => one.name ?? one.id);
            throw this.#unknown(question, kind, name, names);
        }
        if (more.length === 0)
            return found;
        const came = `${more.length + 1} of the name ${JSON.stringify(name)}`;
        const advice = `name one by its id: --group ${kind}:${found.id}`;
        throw this.#client.complaint(question, { kind: 'rejected', came, advice });
    }
    #unknown(question, kind, name, names) {
        const some = names.slice(0, NAMES_SHOWN).map((one) => JSON.stringify(one));
        const list = [...some, ...(names.length > NAMES_SHOWN ? ['more'] : [])].join(', ') || 'none';
        const came = `no ${kind} ${JSON.stringify(name)}`;
        return this.#client.complaint(question, {
            kind: 'missing',
            came,
            advice: `check --group: there are ${list}`,
        });
    }
}
const NAMES_SHOWN = 10;
function membersOf(vpc) {
    const query = { resource_type: 'droplet' };
    return { path: `/v2/vpcs/${vpc}/members`, query, scope: 'vpc:read', background: true };
}
/**
 * `do:droplet:4201002`; the example of the API's own specification has a UUID instead of the number: then the name
 * tells, if it is the only one in the VPC.
 */
function instanceOf({ urn, name }, vpc, all) {
    const number = /^do:droplet:([1-9]\d*)$/.exec(urn)?.[1];
    if (number !== undefined)
        return number;
    const same = all.filter((droplet) => droplet.name === name && droplet.vpc_uuid === vpc);
    return same.length === 1 ? (same[0]?.id ?? null) : null;
}
/** Tags keep the case of their first use, and are the same in any. */
function sameTag(one, other) {
    return one.toLowerCase() === other.toLowerCase();
}
function isUuid(text) {
    return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
