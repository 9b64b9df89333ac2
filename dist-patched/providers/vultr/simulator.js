import { createHash } from 'node:crypto';
import { canonicalAddress, inNetwork, isIPv6, isPrivate } from "../../src/wire/address.js";
/** A refusal, with the API's status and text. */
class ApiError extends Error {
    status;
    retryAfterS;
    constructor(status, text, retryAfterS) {
        super(text);
        this.status = status;
        this.retryAfterS = retryAfterS;
    }
}
const ID = '(?<id>[^/]+)';
const OPERATIONS = [
    { method: 'GET', path: /^\/v2\/account$/, name: 'get-account', run: account },
    {
        method: 'GET',
        path: /^\/v2\/reserved-ips$/,
        name: 'list-reserved-ips',
        list: true,
        run: (serving) => page(serving, 'reserved_ips', reservedIps(serving)),
    },
    {
        method: 'POST',
        path: /^\/v2\/reserved-ips$/,
        name: 'create-reserved-ip',
        body: { region: true, ip_type: true, label: false },
        run: create,
    },
    {
        method: 'GET',
        path: new RegExp(`^/v2/reserved-ips/${ID}$`),
        name: 'get-reserved-ip',
        run: (serving) => found({ reserved_ip: reservedIp(serving, addressOf(serving)) }),
    },
    { method: 'DELETE', path: new RegExp(`^/v2/reserved-ips/${ID}$`), name: 'delete-reserved-ip', run: remove },
    {
        method: 'POST',
        path: new RegExp(`^/v2/reserved-ips/${ID}/attach$`),
        name: 'attach-reserved-ip',
        body: { instance_id: true },
        run: attach,
    },
    {
        method: 'POST',
        path: new RegExp(`^/v2/reserved-ips/${ID}/detach$`),
        name: 'detach-reserved-ip',
        body: {},
        run: detach,
    },
    {
        method: 'GET',
        path: /^\/v2\/instances$/,
        name: 'list-instances',
        list: true,
        query: ['tag', 'label', 'main_ip', 'region', 'firewall_group_id'],
        run: (serving) => page(serving, 'instances', filtered(serving)),
    },
    {
        method: 'GET',
        path: new RegExp(`^/v2/instances/${ID}$`),
        name: 'get-instance',
        run: (serving) => found({ instance: instance(serving, machineOf(serving, serving.asked.groups.id ?? '')) }),
    },
    {
        method: 'GET',
        path: new RegExp(`^/v2/instances/${ID}/ipv4$`),
        name: 'get-instance-ipv4',
        list: true,
        query: ['public_network'],
        run: (serving) => page(serving, 'ipv4s', ownIpv4(serving)),
    },
    {
        method: 'GET',
        path: new RegExp(`^/v2/instances/${ID}/ipv6$`),
        name: 'get-instance-ipv6',
        list: true,
        run: (serving) => page(serving, 'ipv6s', ownIpv6(serving)),
    },
    { method: 'GET', path: new RegExp(`^/v2/bare-metals/${ID}$`), name: 'get-baremetal', run: bareMetal },
    {
        method: 'GET',
        path: /^\/v2\/firewalls$/,
        name: 'list-firewall-groups',
        list: true,
        run: (serving) => page(serving, 'firewall_groups', firewallGroups(serving)),
    },
    {
        method: 'GET',
        path: /^\/v2\/vpcs$/,
        name: 'list-vpcs',
        list: true,
        run: (serving) => page(serving, 'vpcs', vpcs(serving)),
    },
    {
        method: 'GET',
        path: new RegExp(`^/v2/vpcs/${ID}/attachments$`),
        name: 'list-vpc-attachments',
        list: true,
        run: (serving) => page(serving, 'attachments', attachments(serving)),
    },
];
export function routes(options) {
    const rates = new Rates();
    return [
        ...OPERATIONS.map((operation) => routeOf(options, operation, rates)),
        ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => nowhere(options, method)),
        metadataRoute(options),
    ];
}
function routeOf(options, operation, rates) {
    return {
        method: operation.method,
        path: operation.path,
        name: (asked) => naming(options, operation, asked),
        answer: (asked, fault) => answered(() => serve(options, operation, rates, asked, fault)),
    };
}
function naming(options, operation, asked) {
    const write = operation.method !== 'GET';
    const who = options.callers.get(tokenOf(asked))?.who ?? asked.remote;
    return { who, what: operation.name, write, subject: write ? subjectOf(options.cloud, asked) : null };
}
/** Of a detachment: who holds the address, since the request does not say. */
function subjectOf(cloud, asked) {
    const { instance_id } = parsed(asked.body) ?? {};
    if (typeof instance_id === 'string')
        return instance_id;
    const address = [...cloud.addresses.values()].find(({ id }) => id === asked.groups.id);
    return address === undefined ? null : (cloud.holders(address.ip)[0] ?? null);
}
function answered(run) {
    try {
        return run();
    }
    catch (error) {
        if (!(error instanceof ApiError))
            throw error;
        const { status, message, retryAfterS } = error;
        const headers = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) };
        return { status, headers, body: { error: message, status } };
    }
}
function serve(options, operation, rates, asked, fault) {
    const quirks = options.quirks ?? {};
    rates.count(asked, quirks);
    const who = admitted(options, quirks, asked);
    checkQuery(operation, asked);
    const body = checkedBody(operation, asked);
    const reply = operation.run({ ...options, quirks, asked, fault, who, body });
    return fault?.kind === 'empty' && operation.list ? page0(reply) : reply;
}
/** The list with nothing in it, and nothing said of how many there should be. */
function page0({ status, body }) {
    const [key = ''] = Object.keys(body);
    return { status, body: { [key]: [], meta: { total: 0, links: { next: '', prev: '' } } } };
}
/** The limit counts by source address, whoever calls. */
class Rates {
    #since = new Map();
    count({ remote, at }, { rateLimit }) {
        const last = this.#since.get(remote);
        const window = last !== undefined && at - last.from < 1000 ? last : { from: at, count: 0 };
        window.count += 1;
        this.#since.set(remote, window);
        const { perSecond = 30, status = 429, retryAfterS } = rateLimit ?? { retryAfterS: 1 };
        if (window.count <= perSecond)
            return;
        const text = `Rate limit reached - please try your request again later. Current rate limit: ${perSecond} requests/sec`;
        throw new ApiError(status, text, retryAfterS);
    }
}
function tokenOf({ headers }) {
    return /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
}
/** Which of the two refusals comes first where both would do is not known. */
function admitted({ callers }, { allowed }, asked) {
    const who = callers.get(tokenOf(asked))?.who;
    if (who === undefined)
        throw new ApiError(401, 'Invalid API token.');
    if (allowed === undefined || allowed.some((network) => inNetwork(asked.remote, network)))
        return who;
    throw new ApiError(401, `Unauthorized IP address: ${asked.remote}`);
}
/** The real API's way with parameters that it does not know is not documented: refusing shows our typing errors. */
function checkQuery({ query = [], list, name }, asked) {
    const known = [...query, ...(list ? ['per_page', 'cursor'] : [])];
    const unknown = [...asked.query.keys()].find((key) => !known.includes(key));
    if (unknown !== undefined)
        throw new ApiError(400, `Unknown parameter ${unknown} of ${name}`);
}
function checkedBody({ body, name }, asked) {
    if (asked.body === '' && Object.values(body ?? {}).every((required) => !required))
        return {};
    const fields = body === undefined ? null : parsed(asked.body);
    const type = asked.headers['content-type'] ?? '';
    if (fields === null || !type.startsWith('application/json'))
        throw new ApiError(400, 'Invalid JSON body.');
    for (const [field, required] of Object.entries(body ?? {})) {
        if (required && typeof fields[field] !== 'string')
            throw new ApiError(400, `Missing or invalid ${field}.`);
    }
    const unknown = Object.keys(fields).find((field) => !(field in (body ?? {})));
    if (unknown !== undefined)
        throw new ApiError(400, `Unknown field ${unknown} of ${name}`);
    return fields;
}
function parsed(text) {
    try {
        const value = JSON.parse(text);
        return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
    }
    catch {
        return null;
    }
}
function found(body) {
    return { status: 200, body };
}
const nothing = { status: 204, body: '' };
function nowhere(options, method) {
    return {
        method,
        path: /^\/v2(\/|$)/,
        name: (asked) => ({
            who: options.callers.get(tokenOf(asked))?.who ?? asked.remote,
            what: 'nothing',
            write: false,
        }),
        answer: () => ({ status: 404, body: { error: 'Invalid API path', status: 404 } }),
    };
}
/** `next` is the cursor itself, in the form of the specification's samples. "" where the list ends. */
function page({ asked, quirks }, key, items) {
    const max = quirks.pageSizeMax ?? 500;
    const wanted = asked.query.get('per_page') ?? '100';
    if (!/^\d{1,3}$/.test(wanted) || Number(wanted) < 1 || Number(wanted) > 500) {
        throw new ApiError(400, 'Invalid per_page.');
    }
    const from = startOf(asked.query.get('cursor') ?? '');
    const to = from + Math.min(Number(wanted), max);
    const next = to < items.length ? cursorAt(to) : '';
    const links = { next, prev: from > 0 ? cursorAt(Math.max(0, from - max)) : '' };
    const total = quirks.total === false ? {} : { total: items.length };
    return found({ [key]: items.slice(from, to), meta: { ...total, links } });
}
function cursorAt(offset) {
    return Buffer.from(`next__${offset}`).toString('base64');
}
function startOf(cursor) {
    if (cursor === '')
        return 0;
    const offset = /^next__(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1];
    if (offset === undefined)
        throw new ApiError(400, 'Invalid cursor.');
    return Number(offset);
}
const ACLS = [
    ...['manage_users', 'subscriptions_view', 'subscriptions', 'billing', 'support', 'provisioning', 'dns'],
    ...['abuse', 'upgrade', 'firewall', 'alerts', 'objstore', 'loadbalancer'],
];
function account({ quirks }) {
    const { acls = ACLS } = quirks;
    return found({
        account: { name: 'Simulated', email: 'root@example.com', acls, balance: -1, pending_charges: 0 },
    });
}
function reservedIps(serving) {
    return [...serving.cloud.addresses.values()].map((address) => reservedIp(serving, address));
}
/** What moves of IPv6 is a network of 64 bits. */
function reservedIp({ cloud }, { id, ip, zone }) {
    const six = isIPv6(ip);
    return {
        id,
        region: zone,
        ip_type: six ? 'v6' : 'v4',
        subnet: six ? networkOf(ip) : ip,
        subnet_size: six ? 64 : 32,
        label: 'simulated',
        instance_id: cloud.holders(ip)[0] ?? '',
    };
}
/** The first half of the address, in the API's form. */
function networkOf(ip) {
    const [head = '', tail] = ip.split('::');
    const groups = tail === undefined ? head.split(':').slice(0, 4) : head.split(':');
    return canonicalAddress(`${groups.slice(0, 4).join(':')}::`) ?? ip;
}
function addressOf({ cloud, asked, quirks }) {
    const found = [...cloud.addresses.values()].find(({ id }) => id === asked.groups.id);
    if (found === undefined)
        throw new ApiError(quirks.unknownIp ?? 404, 'Invalid reserved-ip ID');
    return found;
}
function machineOf({ cloud, quirks }, id) {
    const machine = cloud.instances.get(id);
    if (machine !== undefined && machine.state !== 'gone')
        return machine;
    throw new ApiError(quirks.unknownInstance ?? 404, 'Invalid instance ID.');
}
function create({ cloud, asked, body }) {
    const zones = new Set([...cloud.instances.values()].map(({ zone }) => zone));
    if (!zones.has(String(body.region)))
        throw new ApiError(400, 'Invalid region.');
    if (body.ip_type !== 'v4' && body.ip_type !== 'v6')
        throw new ApiError(400, 'Invalid ip_type.');
    const number = cloud.addresses.size + 100;
    const ip = body.ip_type === 'v4' ? `198.51.100.${number}` : `2001:db8:${number}::1`;
    const address = {
        id: uuidOf(`reserved ${ip} ${asked.at}`),
        ip,
        zone: String(body.region),
        mode: 'refusedWhileHeld',
        holdings: [],
    };
    cloud.addresses.set(ip, address);
    const label = typeof body.label === 'string' ? body.label : '';
    return {
        status: 201,
        body: {
            reserved_ip: {
                ...{ id: address.id, region: address.zone, ip_type: body.ip_type, label, instance_id: '' },
                ...(isIPv6(ip) ? { subnet: networkOf(ip), subnet_size: 64 } : { subnet: ip, subnet_size: 32 }),
            },
        },
    };
}
function remove(serving) {
    const { ip } = addressOf(serving);
    if (serving.cloud.holders(ip).length > 0)
        throw new ApiError(400, STUCK);
    serving.cloud.addresses.delete(ip);
    return nothing;
}
const STUCK = 'Unable to detach subnet, please restart your server from the control panel';
function attach(serving) {
    const { cloud, asked, quirks, who, body, fault } = serving;
    const address = addressOf(serving);
    const machine = machineOf(serving, String(body.instance_id));
    refuseLocked(serving, machine, 'attach');
    const held = cloud.holders(address.ip).includes(machine.id);
    if (held && (quirks.attachTwice ?? 'success') !== 'success') {
        throw new ApiError(400, 'Reserved IP is already attached to this server');
    }
    const action = { kind: 'associate', address: address.ip, instance: machine.id };
    return accepted(serving, cloud.start(action, asked.at, who, timingOf(cloud, fault)));
}
/** It takes the address from whoever has it: the request names no instance. */
function detach(serving) {
    const { cloud, asked, quirks, who, fault } = serving;
    const address = addressOf(serving);
    const [holder] = cloud.holders(address.ip);
    if (holder === undefined) {
        if ((quirks.detachFree ?? 'success') === 'success')
            return nothing;
        throw new ApiError(400, 'Reserved IP is not attached');
    }
    const machine = cloud.instances.get(holder);
    if (machine !== undefined)
        refuseLocked(serving, machine, 'detach');
    if (quirks.stuck?.includes(machine?.name ?? ''))
        throw new ApiError(400, STUCK);
    const action = { kind: 'dissociate', address: address.ip, instance: null };
    return accepted(serving, cloud.start(action, asked.at, who, timingOf(cloud, fault)));
}
function refuseLocked({ quirks }, { name }, verb) {
    if (!quirks.locked?.includes(name))
        return;
    const text = quirks.lockedText ?? 'Server is currently locked';
    throw new ApiError(quirks.lockedStatus ?? 500, `Unable to ${verb} reserved IP: ${text}`);
}
/** There is no job to ask for: an action that goes wrong shows by an error at once, or not at all. */
function accepted({ quirks, cloud, fault }, outcome) {
    const { fails } = timingOf(cloud, fault);
    if (outcome === 'held') {
        const text = 'Server add failed: Floating IPv4 address is already attached to another server';
        throw new ApiError(quirks.heldStatus ?? 400, text);
    }
    if (outcome === 'otherZone')
        throw new ApiError(400, 'Reserved IP is in another region');
    if (typeof outcome === 'string')
        throw new ApiError(400, `Unable to move reserved IP: ${outcome}`);
    if (fails !== undefined)
        throw new ApiError(500, `Unable to move reserved IP: ${fails}`);
    return nothing;
}
function timingOf(cloud, fault) {
    return fault?.kind === 'job' ? fault.timing : cloud.timing;
}
function present({ cloud }) {
    return [...cloud.instances.values()].filter(({ state }) => state !== 'gone');
}
function filtered(serving) {
    const { asked, quirks } = serving;
    const wanted = (key) => (quirks.filters === false ? null : asked.query.get(key));
    const same = (key, value) => wanted(key) === null || wanted(key) === value;
    return present(serving)
        .filter(({ tags }) => wanted('tag') === null || tags.includes(wanted('tag') ?? ''))
        .filter((machine) => same('firewall_group_id', groupIdOf(machine)))
        .filter(({ name, zone }) => same('label', name) && same('region', zone))
        .filter((machine) => same('main_ip', mainOf(machine) ?? ''))
        .map((machine) => instance(serving, machine));
}
/** The three states as the specification has them; `unknown` is a machine that is being made. */
const STATES = {
    running: { status: 'active', power_status: 'running', server_status: 'ok' },
    off: { status: 'active', power_status: 'stopped', server_status: 'ok' },
    unknown: { status: 'pending', power_status: 'running', server_status: 'installingbooting' },
    gone: { status: 'active', power_status: 'stopped', server_status: 'none' },
};
function instance({ quirks }, machine) {
    const six = addressesOf(machine).find(isIPv6) ?? '';
    const flat = { v6_main_ip: six, v6_network: six && networkOf(six), v6_network_size: six ? 64 : 0 };
    return {
        id: machine.id,
        label: machine.name,
        hostname: machine.name,
        region: machine.zone,
        plan: 'vc2-1c-1gb',
        main_ip: mainOf(machine) ?? '',
        netmask_v4: '255.255.254.0',
        internal_ip: internalOf(machine) ?? '',
        ...(quirks.v6Networks === true ? { v6_networks: six ? [{ main_ip: six }] : [] } : flat),
        ...STATES[machine.state],
        ...(quirks.locked?.includes(machine.name) && { server_status: 'locked' }),
        firewall_group_id: groupIdOf(machine),
        tags: machine.tags,
        features: ['ipv6'],
        vpc_only: mainOf(machine) === undefined,
    };
}
function addressesOf({ nics }) {
    return nics.flatMap(({ addresses }) => addresses);
}
function mainOf(machine) {
    return addressesOf(machine).find((ip) => !isIPv6(ip) && !isPrivate(ip));
}
function internalOf(machine) {
    return addressesOf(machine).find((ip) => !isIPv6(ip) && isPrivate(ip));
}
/** An instance belongs to one firewall group at most. */
function groupIdOf({ groups: [group] }) {
    return group === undefined ? '' : uuidOf(`firewall ${group}`);
}
function firewallGroups({ cloud }) {
    const names = new Set([...cloud.instances.values()].flatMap(({ groups }) => groups));
    return [...names].map((name) => ({
        id: uuidOf(`firewall ${name}`),
        description: name,
        max_rule_count: 50,
    }));
}
function heldBy({ cloud }, { id }) {
    return [...cloud.addresses.values()].filter(({ ip }) => cloud.holders(ip).includes(id));
}
function ownIpv4(serving) {
    const machine = machineOf(serving, serving.asked.groups.id ?? '');
    const own = addressesOf(machine).filter((ip) => !isIPv6(ip));
    const reserved = serving.quirks.listNames === false ? [] : heldBy(serving, machine);
    const more = reserved.map(({ ip }) => ip).filter((ip) => !isIPv6(ip));
    return [
        ...own.map((ip) => ({ ip, netmask: '255.255.254.0', type: isPrivate(ip) ? 'private' : 'main_ip' })),
        ...more.map((ip) => ({ ip, netmask: '255.255.255.255', gateway: '', type: 'secondary_ip' })),
    ];
}
function ownIpv6(serving) {
    const machine = machineOf(serving, serving.asked.groups.id ?? '');
    const reserved = serving.quirks.listNames === false ? [] : heldBy(serving, machine);
    const more = reserved.map(({ ip }) => ip).filter(isIPv6);
    return [
        ...addressesOf(machine)
            .filter(isIPv6)
            .map((ip) => ({ ip, network: networkOf(ip), network_size: 64, type: 'main_ip' })),
        ...more.map((ip) => ({
            ip: networkOf(ip),
            network: networkOf(ip),
            network_size: 64,
            type: 'secondary_ip',
        })),
    ];
}
function bareMetal({ asked, quirks }) {
    const { id = '' } = asked.groups;
    if (quirks.bareMetal?.includes(id))
        return found({ bare_metal: { id, status: 'active' } });
    throw new ApiError(quirks.unknownInstance ?? 404, 'Invalid bare metal ID.');
}
/** A VPC for each network of NICs that has private addresses, all with the same range: ranges may overlap. */
function vpcs({ cloud }) {
    const all = [...cloud.instances.values()].flatMap((machine) => privateNics(machine).map(({ network }) => ({ network, region: machine.zone })));
    const unique = new Map(all.map((vpc) => [vpcId(vpc.network), vpc]));
    return [...unique].map(([id, { network, region }]) => ({
        ...{ id, region, description: network, v4_subnet: '10.40.0.0', v4_subnet_mask: 20 },
    }));
}
function privateNics({ nics }) {
    return nics.filter(({ addresses }) => addresses.some((ip) => !isIPv6(ip) && isPrivate(ip)));
}
function vpcId(network) {
    return uuidOf(`vpc ${network}`);
}
function attachments(serving) {
    const { asked, quirks } = serving;
    const { attachmentId = 'id' } = quirks;
    return present(serving)
        .filter((machine) => privateNics(machine).some(({ network }) => vpcId(network) === asked.groups.id))
        .map((machine) => ({
        id: attachmentId === 'id' ? machine.id : uuidOf(`attachment ${machine.id}`),
        type: 'vps',
        ip: { v4: internalOf(machine) },
        linked_subscription: {
            type: 'vps',
            id: attachmentId === 'linked' ? machine.id : uuidOf(`subscription ${machine.id}`),
        },
    }));
}
/** A UUID for a name, the same in every run. */
function uuidOf(name) {
    const hex = createHash('sha256').update(name).digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
/** By machine: the source address of the connection tells which one asks. Single values and the whole, as cloud-init reads them. */
function metadataRoute(options) {
    const machineAt = ({ remote }) => present(options).find((machine) => addressesOf(machine).includes(remote));
    return {
        method: 'GET',
        path: /^\/v1(?<key>\.json|\/[a-z0-9/-]+)$/,
        name: (asked) => ({
            who: machineAt(asked)?.name ?? asked.remote,
            what: `metadata ${(asked.groups.key ?? '').slice(1)}`,
            write: false,
        }),
        answer: (asked) => {
            const machine = machineAt(asked);
            if (machine === undefined)
                return { status: 404, body: 'not found\n' };
            const all = metadataOf(options, machine);
            if (asked.groups.key === '.json')
                return { status: 200, body: all };
            const value = { '/instance-v2-id': machine.id, '/hostname': machine.name }[asked.groups.key ?? ''];
            return value === undefined ? { status: 404, body: 'not found\n' } : { status: 200, body: value };
        },
    };
}
function metadataOf(options, machine) {
    const named = options.quirks?.metadataNames === false ? [] : heldBy(options, machine);
    const four = named.filter(({ ip }) => !isIPv6(ip));
    const six = named.filter(({ ip }) => isIPv6(ip));
    const internal = internalOf(machine);
    return {
        'instance-v2-id': machine.id,
        instanceid: '42506000',
        hostname: machine.name,
        region: { regioncode: machine.zone.toUpperCase(), countrycode: 'XX' },
        interfaces: [
            {
                'network-type': 'public',
                mac: '56:00:00:00:00:01',
                ipv4: {
                    address: mainOf(machine) ?? '',
                    netmask: '255.255.254.0',
                    gateway: '198.51.100.1',
                    additional: four.map(({ ip }) => ({ address: ip, netmask: '255.255.255.255' })),
                },
                ipv6: {
                    address: addressesOf(machine).find(isIPv6) ?? '',
                    additional: six.map(({ ip }) => ({ network: networkOf(ip), prefix: '64' })),
                },
            },
            ...(internal === undefined
                ? []
                : [
                    {
                        'network-type': 'private',
                        mac: '5a:00:00:00:00:01',
                        ipv4: { address: internal, additional: [] },
                    },
                ]),
        ],
        'user-data': 'simulated-user-data-secret',
        'vendor-data': 'simulated-vendor-data-secret',
    };
}
