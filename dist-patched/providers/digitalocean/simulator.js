import { createHash } from 'node:crypto';
import { canonicalAddress, isIPv6, isPrivate } from "../../src/wire/address.js";
const PAGING = ['page', 'per_page'];
const FAMILIES = {
    4: { path: '/v2/reserved_ips', one: 'reserved_ip', many: 'reserved_ips', created: 202 },
    6: { path: '/v2/reserved_ipv6', one: 'reserved_ipv6', many: 'reserved_ipv6s', created: 201 },
};
const OPERATIONS = [
    ...[4, 6].flatMap(addressOperations),
    {
        method: 'GET',
        path: '/v2/reserved_ips/{ip}/actions/{action}',
        scopes: ['reserved_ip:read'],
        run: (call) => oneAction(call, call.asked.groups.ip),
    },
    // The only way to ask for an action on an IPv6 address.
    { method: 'GET', path: '/v2/actions/{action}', scopes: ['actions:read'], run: (call) => oneAction(call) },
    {
        method: 'GET',
        path: '/v2/droplets',
        scopes: ['droplet:read'],
        query: [...PAGING, 'tag_name', 'name', 'type'],
        run: listDroplets,
    },
    { method: 'GET', path: '/v2/droplets/{droplet}', scopes: ['droplet:read'], run: oneDroplet },
    {
        method: 'GET',
        path: '/v2/droplets/{droplet}/actions',
        scopes: ['droplet:read'],
        query: PAGING,
        run: dropletActions,
    },
    { method: 'GET', path: '/v2/tags', scopes: ['tag:read'], query: PAGING, run: listTags },
    { method: 'GET', path: '/v2/vpcs', scopes: ['vpc:read'], query: PAGING, run: listVpcs },
    {
        method: 'GET',
        path: '/v2/vpcs/{vpc}/members',
        scopes: ['vpc:read'],
        query: [...PAGING, 'resource_type'],
        run: listMembers,
    },
    { method: 'GET', path: '/v2/firewalls', scopes: ['firewall:read'], query: PAGING, run: listFirewalls },
];
function addressOperations(family) {
    const { path, many } = FAMILIES[family];
    const scope = (verb) => [`reserved_ip:${verb}`];
    return [
        {
            method: 'GET',
            path,
            scopes: scope('read'),
            query: PAGING,
            run: (call) => list(call, many, ofFamily(call, family).map((address) => addressAnswer(call, address))),
        },
        { method: 'POST', path, scopes: scope('create'), run: (call) => reserve(call, family) },
        { method: 'GET', path: `${path}/{ip}`, scopes: scope('read'), run: (call) => oneAddress(call, family) },
        { method: 'DELETE', path: `${path}/{ip}`, scopes: scope('delete'), run: (call) => release(call, family) },
        {
            method: 'POST',
            path: `${path}/{ip}/actions`,
            scopes: scope('update'),
            run: (call) => act(call, family),
        },
    ];
}
export function routes(options) {
    const serving = { events: new Map(), scopes: null, quirks: {}, ...options, asked: new Map() };
    return [
        ...OPERATIONS.map((operation) => apiRoute(serving, operation)),
        ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => unknownRoute(serving, method)),
        metadataRoute(serving),
    ];
}
function apiRoute(serving, operation) {
    const path = operation.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    return {
        method: operation.method,
        path: new RegExp(`^${path}$`),
        name: (asked) => naming(serving, operation, asked),
        answer: (asked, fault) => guarded(serving, asked, (caller) => {
            requireScopes(serving, operation.scopes);
            requireKnown(serving, [...asked.query.keys()], operation.query ?? []);
            return operation.run({ serving, asked, caller, fault });
        }),
    };
}
function naming(serving, operation, asked) {
    const { type, droplet_id } = operation.method === 'POST' ? bodyOf(asked) : {};
    const verb = operation.path.endsWith('/actions') && typeof type === 'string' ? ` ${type}` : '';
    const ip = canonicalAddress(decodeURIComponent(asked.groups.ip ?? ''));
    const holder = ip === null ? undefined : serving.cloud.holders(ip)[0];
    const subject = typeof droplet_id === 'number' ? String(droplet_id) : (holder ?? null);
    const write = operation.method !== 'GET';
    return {
        who: callerOf(serving, asked)?.who ?? asked.remote,
        what: `${operation.method} ${operation.path}${verb}`,
        write,
        subject: write ? subject : null,
    };
}
function unknownRoute(serving, method) {
    return {
        method,
        path: /^\/v2(\/|$)/,
        name: ({ path, remote }) => ({ who: remote, what: `${method} ${path}`, write: method !== 'GET' }),
        answer: (asked) => guarded(serving, asked, () => {
            throw notFound();
        }),
    };
}
/** A refusal in the API's form: the status, and an id made from it. */
class ApiError extends Error {
    status;
    id;
    headers;
    constructor(status, id, message, headers = {}) {
        super(message);
        this.status = status;
        this.id = id;
        this.headers = headers;
    }
}
function notFound() {
    return new ApiError(404, 'not_found', 'The resource you were accessing could not be found.');
}
function badRequest(message) {
    return new ApiError(400, 'bad_request', message);
}
function refused(serving, message) {
    return new ApiError(422, 'unprocessable_entity', serving.quirks.refusalText ?? message);
}
/** Every answer tells what is left of the token's budget, errors too. */
function guarded(serving, asked, run) {
    const headers = { 'x-request-id': '0e5a0000-0000-4000-8000-000000000001' };
    try {
        const caller = callerOf(serving, asked);
        if (caller === null)
            throw new ApiError(401, 'unauthorized', 'Unable to authenticate you');
        Object.assign(headers, counted(serving, asked));
        const reply = run(caller);
        return { ...reply, headers: { ...headers, ...reply.headers } };
    }
    catch (error) {
        if (!(error instanceof ApiError))
            throw error;
        const body = { id: error.id, message: error.message, request_id: headers['x-request-id'] };
        return { status: error.status, headers: { ...headers, ...error.headers }, body };
    }
}
function callerOf({ callers }, { headers }) {
    const token = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
    return (token === undefined ? undefined : callers.get(token)) ?? null;
}
function requireScopes({ scopes }, wanted) {
    if (scopes === null || wanted.every((scope) => scopes.includes(scope)))
        return;
    throw new ApiError(403, 'forbidden', 'You are not authorized to perform this operation');
}
function sees({ serving: { scopes } }, scope) {
    return scopes === null || scopes.includes(scope);
}
const HOUR_MS = 3_600_000;
/**
 * The hour is a sliding window: each request counts for an hour, and the reset is when the oldest one stops counting.
 * `retry-after` comes with the limit of the minute alone (description of the API, "Rate Limit").
 */
function counted(serving, { headers, at }) {
    const limits = serving.quirks.limits ?? { hour: 5000, minute: 250 };
    const token = headers.authorization ?? '';
    const times = (serving.asked.get(token) ?? []).filter((time) => at - time < HOUR_MS);
    const minute = times.filter((time) => at - time < 60_000);
    const allowed = times.length < limits.hour && minute.length < limits.minute;
    if (allowed)
        times.push(at);
    serving.asked.set(token, times);
    const said = {
        'ratelimit-limit': String(limits.hour),
        'ratelimit-remaining': String(allowed ? limits.hour - times.length : 0),
        'ratelimit-reset': String(Math.ceil((Date.now() + (times[0] ?? at) + HOUR_MS - at) / 1000)),
    };
    if (allowed)
        return said;
    const burst = minute.length < limits.minute ? [] : minute.slice(0, 1);
    const wait = burst.map((oldest) => ['retry-after', String(Math.ceil((oldest + 60_000 - at) / 1000))]);
    const text = 'API Rate limit exceeded.';
    throw new ApiError(429, 'too_many_requests', text, { ...said, ...Object.fromEntries(wait) });
}
function requireKnown({ quirks }, names, known) {
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined && quirks.strict !== false)
        throw badRequest(`unknown parameter ${unknown}`);
}
function bodyOf({ body, headers }) {
    if (!/^application\/json\b/.test(headers['content-type'] ?? ''))
        return {};
    try {
        const value = JSON.parse(body);
        return typeof value === 'object' && value !== null ? value : {};
    }
    catch {
        return {};
    }
}
/** `links` is `{}` on a single page, as in every example; its documentation says that it is missing then. */
function list({ serving, asked, fault }, key, items) {
    const all = fault?.kind === 'empty' ? [] : items;
    const max = serving.quirks.pageMax ?? 200;
    const size = Math.min(wholeNumber(asked.query.get('per_page') ?? '20', 200), max);
    const page = wholeNumber(asked.query.get('page') ?? '1', 1_000_000);
    const host = serving.quirks.nextHost ?? `http://${asked.headers.host}`;
    const next = `${host}${asked.path}?page=${page + 1}&per_page=${size}`;
    const links = page * size < all.length ? { pages: { next, last: next } } : {};
    const part = all.slice((page - 1) * size, page * size);
    return { status: 200, body: { [key]: part, links, meta: { total: all.length } } };
}
function wholeNumber(text, max) {
    if (/^[1-9]\d{0,6}$/.test(text) && Number(text) <= max)
        return Number(text);
    throw badRequest('page and per_page are numbers from 1 on');
}
// Reserved addresses.
function ofFamily({ serving }, family) {
    return [...serving.cloud.addresses.values()].filter(({ ip }) => isIPv6(ip) === (family === 6));
}
/** Colons come raw (godo) or encoded, and IPv6 in any spelling. */
function addressOf(call, family) {
    const ip = canonicalAddress(decodeURIComponent(call.asked.groups.ip ?? ''));
    const found = ofFamily(call, family).find((address) => address.ip === ip);
    if (found === undefined)
        throw notFound();
    return found;
}
function oneAddress(call, family) {
    const answer = addressAnswer(call, addressOf(call, family));
    const bare = family === 6 && call.serving.quirks.bare6 === true;
    return { status: 200, body: bare ? answer : { [FAMILIES[family].one]: answer } };
}
/** IPv6 has no lock, no project, and its region as a word. */
function addressAnswer(call, { ip, zone, holdings }) {
    const holder = call.serving.cloud.instances.get(holdings[0]?.instance ?? '');
    const droplet = holder === undefined ? null : dropletAnswer(call, holder);
    const shown = seen(call, 'droplet:read', { droplet });
    if (isIPv6(ip))
        return { ip, region_slug: zone, reserved_at: '2026-01-02T03:04:05Z', ...shown };
    return { ip, region: regionAnswer(zone), ...shown, locked: call.serving.cloud.pending(ip) };
}
/** Fields of which the token lacks the scope vanish without a word. */
function seen(call, scope, fields) {
    if (sees(call, scope))
        return fields;
    if (call.serving.quirks.unseen === 'absent')
        return {};
    return Object.fromEntries(Object.keys(fields).map((name) => [name, null]));
}
function regionAnswer(slug) {
    return { name: slug.toUpperCase(), slug, features: ['metadata'], available: true, sizes: [] };
}
/** Only for a region: ha-ip reserves nothing for a droplet. */
function reserve(call, family) {
    const { serving, asked } = call;
    const body = bodyOf(asked);
    const field = family === 6 ? 'region_slug' : 'region';
    requireKnown(serving, Object.keys(body), [field]);
    const zone = body[field];
    const zones = [...serving.cloud.instances.values()].map((machine) => machine.zone);
    if (typeof zone !== 'string' || !zones.includes(zone))
        throw refused(serving, 'Region is not available');
    const free = Array.from({ length: 200 }, (_, at) => family === 6 ? `2001:db8:10::${at + 1}` : `192.0.2.${at + 1}`);
    const ip = free.find((one) => !serving.cloud.addresses.has(one));
    if (ip === undefined)
        throw refused(serving, 'You have reached your limit of reserved IPs');
    const address = { id: ip, ip, zone, mode: 'moves', holdings: [] };
    serving.cloud.addresses.set(ip, address);
    const { one, created } = FAMILIES[family];
    return { status: created, body: { [one]: addressAnswer(call, address), links: {} } };
}
function release(call, family) {
    const { ip, holdings } = addressOf(call, family);
    refuseLocked(call, ip);
    // Seen for IPv6 (TF PR 1277).
    if (family === 6 && holdings.length > 0)
        throw badRequest('flipv6 released failed: assigned FLIP cannot be released');
    call.serving.cloud.addresses.delete(ip);
    return { status: 204, body: '' };
}
/** Assigning takes the address from its holder, who is not asked; it is not idempotent (FLIPOP, TF). */
function act(call, family) {
    const { serving, asked } = call;
    const { ip } = addressOf(call, family);
    const body = bodyOf(asked);
    requireKnown(serving, Object.keys(body), body.type === 'assign' ? ['type', 'droplet_id'] : ['type']);
    const action = body.type === 'assign' ? assignment(call, ip, body.droplet_id) : removal(call, ip, body.type);
    const broken = family === 6 && serving.cloud.holders(ip).length > 0 && action.kind === 'associate';
    const timing = call.fault?.kind === 'job' ? call.fault.timing : serving.cloud.timing;
    const job = serving.cloud.start(action, asked.at, call.caller.who, timing);
    if (typeof job === 'string')
        throw refused(serving, `The action was refused: ${job}`);
    if (broken && serving.quirks.brokenMoves6 === true)
        brokenActions.add(job);
    return { status: 201, body: { action: actionAnswer(serving, job) } };
}
const brokenActions = new WeakSet();
function assignment(call, ip, droplet) {
    const { serving } = call;
    if (typeof droplet !== 'number' || !Number.isInteger(droplet))
        throw badRequest('droplet_id is a number');
    refuseLocked(call, ip);
    const machine = serving.cloud.instances.get(String(droplet));
    if (machine === undefined || machine.state === 'gone')
        throw serving.quirks.unknownDroplet === 422 ? refused(serving, 'Droplet not found') : notFound();
    if (eventOf(serving, machine.id) !== null)
        throw refused(serving, 'Droplet already has a pending event.');
    refuseUnfit(call, ip, machine);
    return { kind: 'associate', address: ip, instance: machine.id };
}
/** Texts: "pending event" is known, the others are not. */
function refuseUnfit({ serving }, ip, machine) {
    const { cloud } = serving;
    if (cloud.holders(ip).includes(machine.id))
        throw refused(serving, `${ip} is already assigned to the droplet`);
    const other = reservedOf(cloud, machine).find((one) => isIPv6(one) === isIPv6(ip));
    if (other !== undefined)
        throw refused(serving, 'The droplet already has a reserved IP');
    if (cloud.addresses.get(ip)?.zone !== machine.zone)
        throw refused(serving, 'The droplet is in another region');
    if (!addressesOf(machine).some((own) => !isPrivate(own)))
        throw refused(serving, 'The droplet has no public networking');
}
function removal(call, ip, type) {
    if (type !== 'unassign')
        throw badRequest('type is assign or unassign');
    refuseLocked(call, ip);
    if (call.serving.cloud.holders(ip).length === 0)
        throw refused(call.serving, 'The reserved IP is not assigned to a droplet');
    return { kind: 'dissociate', address: ip, instance: null };
}
/** Seen with the old name under the old path (doctl#493). */
function refuseLocked({ serving }, ip) {
    if (serving.cloud.pending(ip))
        throw refused(serving, 'The floating IP already has a pending event.');
}
/** Actions are numbers here, texts in the model. */
function actionNumber(job) {
    return 990_000 + Number.parseInt(job.id.slice(-12), 16);
}
function actionAnswer({ cloud, quirks }, job) {
    const { kind, address } = job.action;
    const words = {
        pending: quirks.runningWord ?? 'in-progress',
        done: quirks.doneWord ?? 'completed',
        failed: 'errored',
    };
    const zone = cloud.addresses.get(address)?.zone ?? '';
    return {
        id: actionNumber(job),
        status: words[job.state],
        // Not the word that was sent.
        type: kind === 'associate' ? 'assign_ip' : 'unassign_ip',
        started_at: '2026-01-02T03:04:05Z',
        completed_at: job.state === 'pending' ? null : '2026-01-02T03:04:16Z',
        // Neither the address nor the droplet.
        resource_id: 880_000_111,
        resource_type: isIPv6(address) ? 'reserved_ipv6' : 'reserved_ip',
        region: regionAnswer(zone),
        region_slug: zone,
    };
}
function oneAction({ serving, asked }, ip) {
    const job = [...serving.cloud.jobs.values()].find((one) => String(actionNumber(one)) === asked.groups.action);
    const elsewhere = ip !== undefined && job?.action.address !== canonicalAddress(ip);
    if (job === undefined || elsewhere || serving.quirks.hiddenActions === true)
        throw notFound();
    if (brokenActions.has(job))
        throw new ApiError(500, 'server_error', 'Unexpected server-side error');
    return { status: 200, body: { action: actionAnswer(serving, job) } };
}
// Droplets.
/** A droplet does one thing at a time, and being given an address is one. */
function eventOf({ cloud, events }, droplet) {
    const assigned = [...cloud.jobs.values()].some(({ state, action }) => state === 'pending' && action.instance === droplet);
    return events.get(droplet) ?? (assigned ? 'assign_ip' : null);
}
function reservedOf(cloud, { id }) {
    return [...cloud.addresses.keys()].filter((ip) => cloud.holders(ip).includes(id));
}
function addressesOf({ nics }) {
    return nics.flatMap(({ addresses }) => addresses);
}
const STATUS = { running: 'active', off: 'off', unknown: 'new', gone: 'archive' };
function dropletAnswer(call, machine) {
    const { serving } = call;
    return {
        id: Number(machine.id),
        name: machine.name,
        status: STATUS[machine.state],
        locked: eventOf(serving, machine.id) !== null,
        region: regionAnswer(machine.zone),
        features: ['private_networking', 'monitoring'],
        created_at: '2026-01-01T00:00:00Z',
        networks: networksOf(serving, machine),
        ...seen(call, 'tag:read', { tags: machine.tags }),
        ...seen(call, 'vpc:read', { vpc_uuid: vpcOf(machine) }),
    };
}
/** A reserved IPv4 is listed as a public address like any other (FLIPOP, godo#343). */
function networksOf({ cloud, quirks }, machine) {
    const own = addressesOf(machine);
    const reserved = reservedOf(cloud, machine).filter((ip) => !isIPv6(ip));
    const four = own.filter((ip) => !isIPv6(ip));
    const ordered = quirks.reservedFirst === true ? [...reserved, ...four] : [...four, ...reserved];
    return {
        v4: ordered.map((ip) => ({
            ip_address: ip,
            netmask: '255.255.240.0',
            // The examples say it in letters.
            gateway: isPrivate(ip) ? 'nil' : ip.replace(/\d+$/, '1'),
            type: isPrivate(ip) ? 'private' : 'public',
        })),
        v6: own
            .filter(isIPv6)
            .map((ip) => ({ ip_address: ip, netmask: 64, gateway: '2001:db8::1', type: 'public' })),
    };
}
function present({ serving }) {
    return [...serving.cloud.instances.values()].filter(({ state }) => state !== 'gone');
}
/** Lists of all omit machines with GPUs: here those of the tag `gpu`. Lists of a tag have them. */
function listDroplets(call) {
    const { query } = call.asked;
    const tag = query.get('tag_name');
    if (tag !== null)
        requireScopes(call.serving, ['tag:read']);
    if (tag !== null && (query.has('name') || query.has('type')))
        throw badRequest('tag_name cannot be combined with name or type');
    const name = query.get('name')?.toLowerCase();
    const gpus = query.get('type') === 'gpus';
    const wanted = present(call).filter((machine) => {
        if (tag !== null)
            return machine.tags.some((one) => one.toLowerCase() === tag.toLowerCase());
        return (gpus === machine.tags.includes('gpu') && (name === undefined || machine.name.toLowerCase() === name));
    });
    return list(call, 'droplets', wanted.map((machine) => dropletAnswer(call, machine)));
}
function dropletOf(call) {
    const found = present(call).find(({ id }) => id === call.asked.groups.droplet);
    if (found === undefined)
        throw notFound();
    return found;
}
function oneDroplet(call) {
    return { status: 200, body: { droplet: dropletAnswer(call, dropletOf(call)) } };
}
/** The latest first: what runs, then the creation. */
function dropletActions(call) {
    const { id } = dropletOf(call);
    const event = eventOf(call.serving, id);
    const running = event === null ? [] : [{ id: 990_002, status: 'in-progress', type: event }];
    return list(call, 'actions', [...running, { id: 990_001, status: 'completed', type: 'create' }]);
}
// Groups.
function listTags(call) {
    const names = new Set(present(call).flatMap(({ tags }) => tags));
    return list(call, 'tags', [...names].map((name) => ({ name })));
}
/** The VPC of a machine is the network of its NIC; here a region has one of each name. */
function vpcOf({ nics, zone }) {
    return uuidOf(`vpc ${zone} ${nics.find((nic) => nic.default)?.network ?? ''}`);
}
function listVpcs(call) {
    const vpcs = new Map(present(call).map((machine) => {
        const name = machine.nics.find((nic) => nic.default)?.network ?? '';
        return [vpcOf(machine), { id: vpcOf(machine), name, region: machine.zone, ip_range: '10.0.0.0/20' }];
    }));
    return list(call, 'vpcs', [...vpcs.values()]);
}
/** Without droplet:read the droplets are left out silently. */
function listMembers(call) {
    const inside = present(call).filter((machine) => vpcOf(machine) === call.asked.groups.vpc);
    if (inside.length === 0)
        throw notFound();
    const shown = sees(call, 'droplet:read') ? inside : [];
    const members = shown.map(({ id, name }) => ({
        urn: `do:droplet:${call.serving.quirks.uuidMembers === true ? uuidOf(id) : id}`,
        name,
        created_at: '2026-01-01T00:00:00Z',
    }));
    return list(call, 'members', members);
}
/** One per group of machines, which has them by id; that of a group `tag:web` also has those with the tag. */
function listFirewalls(call) {
    const groups = new Set(present(call).flatMap((machine) => machine.groups));
    const firewalls = [...groups].map((group) => {
        const byTag = /^tag:(.*)$/.exec(group)?.[1];
        const ids = present(call).filter((machine) => machine.groups.includes(group));
        return {
            id: uuidOf(`firewall ${group}`),
            name: byTag === undefined ? group : `with ${group}`,
            status: 'succeeded',
            pending_changes: [],
            ...seen(call, 'droplet:read', { droplet_ids: ids.map(({ id }) => Number(id)) }),
            ...seen(call, 'tag:read', { tags: byTag === undefined ? [] : [byTag] }),
            inbound_rules: [],
            outbound_rules: [],
        };
    });
    return list(call, 'firewalls', firewalls);
}
/** A UUID for a name, the same in every run. */
export function uuidOf(name) {
    const hex = createHash('sha256').update(name).digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
// Metadata.
/** Plain text, a path for each value; the connection's source address tells which droplet asks. */
function metadataRoute(serving) {
    const machineOf = ({ remote }) => [...serving.cloud.instances.values()].find((machine) => addressesOf(machine).includes(remote));
    return {
        method: 'GET',
        path: /^\/metadata\/v1\/(?<key>.*)$/,
        name: (asked) => ({
            who: machineOf(asked)?.name ?? asked.remote,
            what: `metadata ${asked.groups.key}`,
            write: false,
        }),
        answer: (asked) => {
            const machine = machineOf(asked);
            const values = machine === undefined ? {} : metadataOf(serving, machine);
            return metadataAnswer(values, asked.groups.key ?? '');
        },
    };
}
/** A folder without its slash is a redirect. */
function metadataAnswer(values, key) {
    const value = values[key];
    if (value !== undefined)
        return { status: 200, body: value };
    const folder = Object.keys(values).some((name) => name.startsWith(`${key}/`));
    if (folder)
        return { status: 301, headers: { location: `/metadata/v1/${key}/` }, body: '' };
    return { status: 404, body: 'not found' };
}
function metadataOf({ cloud, quirks }, machine) {
    const own = addressesOf(machine);
    const [four, six] = [own.filter((ip) => !isIPv6(ip)), own.filter(isIPv6)];
    const reserved = reservedOf(cloud, machine).find((ip) => !isIPv6(ip));
    const anchored = quirks.anchorless?.includes(machine.id) !== true;
    const number = Number(machine.id) % 250;
    return {
        id: machine.id,
        hostname: machine.name,
        region: machine.zone,
        'interfaces/public/0/ipv4/address': four.find((ip) => !isPrivate(ip)),
        'interfaces/private/0/ipv4/address': four.find(isPrivate),
        'interfaces/public/0/ipv6/address': six[0] === undefined ? undefined : spelt(six[0]),
        'interfaces/public/0/ipv6/gateway': six[0] === undefined ? undefined : spelt('2001:db8::1'),
        ...(anchored && {
            'interfaces/public/0/anchor_ipv4/address': `10.19.0.${number}`,
            'interfaces/public/0/anchor_ipv4/gateway': '10.19.0.1',
        }),
        'reserved_ip/ipv4/active': String(reserved !== undefined),
        'reserved_ip/ipv4/ip_address': reserved,
    };
}
/** As the metadata service spells IPv6: upper case, in full. */
function spelt(ip) {
    const [head = '', tail = ''] = ip.split('::');
    const [before, after] = [head.split(':').filter(Boolean), tail.split(':').filter(Boolean)];
    const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
    return [...before, ...zeros, ...after].map((group) => group.padStart(4, '0').toUpperCase()).join(':');
}
