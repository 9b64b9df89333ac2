import { timingSafeEqual } from 'node:crypto';
import { addressBytes, addressFromBytes, isIPv6 } from "../../../src/wire/address.js";
import { nameId } from "../simulator-parts.js";
import { authorization } from "./signature.js";
export function v2Routes(options) {
    const serving = { ...options, done: new Map() };
    return OPERATIONS.map(([name, method, path, run]) => ({
        method,
        path: new RegExp(`^/v2${path.replace('{id}', '(?<id>[^/:]+)')}$`),
        name: (asked) => {
            const write = method !== 'GET';
            return { who: callerOf(serving, asked), what: name, write, subject: write ? subjectOf(asked) : null };
        },
        answer: (asked, fault) => answer(serving, { name, run }, asked, fault),
    }));
}
/** By the names of the OpenAPI document. */
const OPERATIONS = [
    ['list-zones', 'GET', '/zone', zones],
    ['list-instances', 'GET', '/instance', listInstances],
    ['get-instance', 'GET', '/instance/{id}', getInstance],
    ['list-elastic-ips', 'GET', '/elastic-ip', listElasticIps],
    ['get-elastic-ip', 'GET', '/elastic-ip/{id}', getElasticIp],
    ['create-elastic-ip', 'POST', '/elastic-ip', createElasticIp],
    ['delete-elastic-ip', 'DELETE', '/elastic-ip/{id}', deleteElasticIp],
    ['attach-instance-to-elastic-ip', 'PUT', '/elastic-ip/{id}:attach', attach],
    ['detach-instance-from-elastic-ip', 'PUT', '/elastic-ip/{id}:detach', detach],
    ['get-operation', 'GET', '/operation/{id}', getOperation],
    ['list-security-groups', 'GET', '/security-group', listSecurityGroups],
    ['list-private-networks', 'GET', '/private-network', listPrivateNetworks],
    ['get-instance-pool', 'GET', '/instance-pool/{id}', getInstancePool],
];
/** A refusal: most statuses are not documented, and the provider tells kinds apart by them alone. */
class ApiError extends Error {
    status;
    constructor(status, text) {
        super(text);
        this.status = status;
    }
}
function answer(serving, operation, asked, fault) {
    try {
        // The list of zones is public; a signed request for it would be subject to the key's role.
        if (operation.name !== 'list-zones')
            admit(serving, asked, operation.name);
        return { status: 200, body: operation.run(serving, asked, fault) };
    }
    catch (error) {
        if (!(error instanceof ApiError))
            throw error;
        return errorReply(serving.quirks?.errors ?? 'message', error);
    }
}
function errorReply(shape, { status, message }) {
    if (shape === 'text')
        return { status, body: `${message}\n` };
    if (shape !== 'problem')
        return { status, body: { [shape]: message } };
    const headers = { 'content-type': 'application/problem+json' };
    return {
        status,
        headers,
        body: { type: 'about:blank', title: message, status, errors: [{ detail: message }] },
    };
}
function admit(serving, asked, name) {
    if (!verified(serving, asked)) {
        throw new ApiError(serving.quirks?.badSignature ?? 403, 'Invalid credentials or signature');
    }
    if (serving.quirks?.forbidden?.includes(name) === true)
        throw new ApiError(403, 'Forbidden by role policy for compute');
}
const AUTHORIZATION = /^EXO2-HMAC-SHA256 credential=(?<key>[^,]+)(,signed-query-args=[^,]+)?,expires=(?<expires>\d+),signature=[\w+/=]+$/;
/** All of the query must be signed, as all official clients do: whether the API insists on it is not known. */
function verified({ callers }, asked) {
    const given = asked.headers.authorization ?? '';
    const { key = '', expires = '0' } = AUTHORIZATION.exec(given)?.groups ?? {};
    const caller = callers.get(key);
    if (caller === undefined || Number(expires) * 1000 < Date.now())
        return false;
    const url = new URL(`http://api${asked.path}?${asked.query.toString()}`);
    const request = { method: asked.method, url, body: asked.body };
    const expected = authorization(request, { key, secret: caller.secret }, Number(expires));
    return expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}
function callerOf({ callers }, asked) {
    const key = AUTHORIZATION.exec(asked.headers.authorization ?? '')?.groups?.key ?? '';
    return callers.get(key)?.who ?? asked.remote;
}
function subjectOf(asked) {
    try {
        return wantedInstance(asked);
    }
    catch {
        return null;
    }
}
/** `{"instance":{"id":"…"}}` */
function wantedInstance(asked) {
    const body = bodyOf(asked);
    const id = body.instance?.id;
    if (typeof id !== 'string')
        throw new ApiError(400, 'instance: required');
    return id;
}
function bodyOf(asked) {
    if (asked.headers['content-type'] !== 'application/json')
        throw new ApiError(400, 'not application/json');
    try {
        const body = JSON.parse(asked.body);
        if (typeof body === 'object' && body !== null)
            return body;
    }
    catch {
        // Refused below.
    }
    throw new ApiError(400, 'malformed JSON');
}
function notFound(what) {
    return new ApiError(404, `${what} not found`);
}
function list({ quirks }, key, items, fault) {
    const shown = fault?.kind === 'empty' ? [] : items;
    return shown.length === 0 && quirks?.emptyLists === 'absent' ? {} : { [key]: shown };
}
function zones(serving, asked, fault) {
    const name = zoneOf(serving);
    return list(serving, 'zones', [{ name, 'api-endpoint': `http://${asked.headers.host}/v2` }], fault);
}
/** An endpoint serves one zone and knows nothing of the others. */
function zoneOf({ cloud }) {
    return [...cloud.instances.values()][0]?.zone ?? '';
}
function instances(serving) {
    return [...serving.cloud.instances.values()]
        .filter(({ zone }) => zone === zoneOf(serving))
        .filter(({ state }) => state !== 'gone' || serving.quirks?.lingering === true);
}
function listInstances(serving, asked, fault) {
    const filter = serving.quirks?.addressFilter === false ? null : asked.query.get('ip-address');
    const found = instances(serving).filter((machine) => filter === null || hasElasticIp(serving, machine, filter));
    const items = found.map((machine) => instanceAnswer(serving, machine));
    return list(serving, 'instances', items, fault);
}
/** By the address as the API itself writes it: whether another one of the prefix would do is not known. */
function hasElasticIp(serving, machine, text) {
    return held(serving, machine).some((address) => shownIp(address) === text);
}
function held({ cloud }, machine) {
    return [...cloud.addresses.values()].filter(({ ip }) => cloud.holders(ip).includes(machine.id));
}
function instance(serving, id) {
    const found = instances(serving).find((machine) => machine.id === id);
    if (found === undefined)
        throw notFound('Instance');
    return found;
}
/** Only here are `elastic-ips`. */
function getInstance(serving, asked) {
    const machine = instance(serving, asked.groups.id ?? '');
    const elasticIps = held(serving, machine).map(({ id }) => ({ id }));
    return { ...instanceAnswer(serving, machine), 'elastic-ips': elasticIps };
}
const STATES = { running: 'running', off: 'stopped', gone: 'destroyed', unknown: 'starting' };
function instanceAnswer(serving, machine) {
    const own = machine.nics.find((nic) => nic.default)?.addresses ?? [];
    const [four, six] = [own.find((ip) => !isIPv6(ip)), own.find(isIPv6)];
    const named = serving.quirks?.groupNames === true;
    return {
        id: machine.id,
        name: machine.name,
        state: STATES[machine.state],
        'public-ip-assignment': six !== undefined ? 'dual' : four !== undefined ? 'inet4' : 'none',
        ...(four !== undefined && { 'public-ip': four }),
        ...(six !== undefined && { 'ipv6-address': six }),
        'security-groups': machine.groups.map((name) => ({ id: nameId(name), ...(named && { name }) })),
        'private-networks': machine.nics
            .filter((nic) => !nic.default)
            .map((nic) => ({ id: nameId(nic.network), 'mac-address': '0a:00:00:00:00:01' })),
        ...(inPool(serving, machine) && { manager: { id: nameId('pool'), type: 'instance-pool' } }),
    };
}
function inPool({ quirks }, machine) {
    return quirks?.pool?.machines.includes(machine.name) ?? false;
}
function elasticIps(serving) {
    return [...serving.cloud.addresses.values()].filter(({ zone }) => zone === zoneOf(serving));
}
function elasticIp(serving, id) {
    const found = elasticIps(serving).find((address) => address.id === id);
    if (found === undefined)
        throw notFound('Elastic IP');
    return found;
}
function listElasticIps(serving, _asked, fault) {
    const items = elasticIps(serving).map((address) => elasticIpAnswer(serving, address));
    return list(serving, 'elastic-ips', items, fault);
}
function getElasticIp(serving, asked) {
    return elasticIpAnswer(serving, elasticIp(serving, asked.groups.id ?? ''));
}
function elasticIpAnswer({ quirks }, address) {
    const six = isIPv6(address.ip);
    const healthcheck = {
        mode: 'tcp',
        port: 443,
        interval: 10,
        timeout: 2,
        'strikes-ok': 2,
        'strikes-fail': 3,
    };
    return {
        id: address.id,
        ip: shownIp(address),
        addressfamily: six ? 'inet6' : 'inet4',
        cidr: six ? `${prefix(address.ip)}/96` : `${address.ip}/32`,
        description: '',
        ...(quirks?.managed?.includes(address.ip) === true && { healthcheck }),
    };
}
/** Of IPv6 the first address of the prefix, as in the transcript of community.exoscale.com/documentation/compute/eipv6. */
function shownIp({ ip }) {
    return isIPv6(ip) ? addressFromBytes(Uint8Array.of(...prefixBytes(ip), 0, 0, 0, 1)) : ip;
}
function prefix(ip) {
    return addressFromBytes(Uint8Array.of(...prefixBytes(ip), 0, 0, 0, 0));
}
function prefixBytes(ip) {
    return addressBytes(ip).subarray(0, 12);
}
function createElasticIp(serving, asked) {
    const { addressfamily = 'inet4' } = bodyOf(asked);
    if (addressfamily !== 'inet4' && addressfamily !== 'inet6')
        throw new ApiError(400, 'addressfamily: invalid');
    const number = serving.cloud.addresses.size;
    const ip = addressfamily === 'inet6' ? `2001:db8:0:${number}::1` : `198.51.100.${number}`;
    const id = nameId(`elastic ip ${ip}`);
    serving.cloud.addresses.set(ip, { id, ip, zone: zoneOf(serving), mode: 'adds', holdings: [] });
    return doneAtOnce(serving, 'create-elastic-ip', id);
}
/** Attached addresses are taken off their instances: what the API does is not known. */
function deleteElasticIp(serving, asked) {
    const address = elasticIp(serving, asked.groups.id ?? '');
    serving.cloud.setHolders(address.ip, [], asked.at, callerOf(serving, asked));
    serving.cloud.addresses.delete(address.ip);
    return doneAtOnce(serving, 'delete-elastic-ip', address.id);
}
function doneAtOnce({ done }, command, subject) {
    const id = nameId(`operation ${done.size}`);
    const operation = {
        id,
        state: 'success',
        reference: { id: subject, link: `/v2/elastic-ip/${subject}`, command },
    };
    done.set(id, operation);
    return { ...operation, state: 'pending' };
}
function attach(serving, asked, fault) {
    const address = elasticIp(serving, asked.groups.id ?? '');
    const machine = instance(serving, wantedInstance(asked));
    refuseWithoutIPv6(address, machine);
    const again = serving.cloud.holders(address.ip).includes(machine.id);
    return act(serving, asked, { kind: 'associate', address, machine, fault, twice: again && 'attachTwice' });
}
function detach(serving, asked, fault) {
    const address = elasticIp(serving, asked.groups.id ?? '');
    const machine = instance(serving, wantedInstance(asked));
    const again = !serving.cloud.holders(address.ip).includes(machine.id);
    return act(serving, asked, { kind: 'dissociate', address, machine, fault, twice: again && 'detachTwice' });
}
/** "These instances need to have IPv6 enabled" (the same page); with which status it is refused is not known. */
function refuseWithoutIPv6({ ip }, machine) {
    const enabled = machine.nics.some((nic) => nic.default && nic.addresses.some(isIPv6));
    if (isIPv6(ip) && !enabled)
        throw new ApiError(409, 'IPv6 is not enabled on the instance');
}
function act(serving, asked, { kind, address, machine, fault, twice }) {
    const { cloud, quirks } = serving;
    const treated = twice === false ? 'success' : (quirks?.[twice] ?? 'success');
    if (treated === 'refused')
        throw new ApiError(409, 'The operation conflicts with the current state');
    const usual = fault?.kind === 'job' ? fault.timing : cloud.timing;
    const timing = treated === 'fails' ? { ...usual, appliesAfterMs: null, fails: 'conflict' } : usual;
    const action = { kind, address: address.ip, instance: machine.id };
    return operationAnswer(serving, accepted(cloud.start(action, asked.at, callerOf(serving, asked), timing)));
}
function accepted(outcome) {
    if (typeof outcome !== 'string')
        return outcome;
    throw new ApiError(outcome === 'pending' ? 409 : 404, outcome);
}
function getOperation(serving, asked) {
    const id = asked.groups.id ?? '';
    const job = serving.cloud.jobs.get(id);
    if (job !== undefined)
        return operationAnswer(serving, job);
    const done = serving.done.get(id);
    if (done === undefined)
        throw notFound('Operation');
    return done;
}
/** It may have ended when it is first answered. A failure is an answer like any other, with status 200. */
function operationAnswer({ cloud }, { id, state, action, error }) {
    const subject = cloud.addresses.get(action.address)?.id;
    const associate = action.kind === 'associate';
    const command = associate ? 'attach-instance-to-elastic-ip' : 'detach-instance-from-elastic-ip';
    const reference = { id: subject, link: `/v2/elastic-ip/${subject}`, command };
    if (state === 'failed')
        return { id, ...failureOf(error ?? ''), reference };
    return { id, state: state === 'done' ? 'success' : 'pending', reference };
}
/** A text may begin with its own reason: `busy`; `timeout` is a state of its own. */
function failureOf(text) {
    if (text === 'timeout')
        return { state: 'timeout', message: 'the operation took too long' };
    const reason = /^[a-z-]+/.exec(text)?.[0] ?? '';
    return { state: 'failure', reason: REASONS.includes(reason) ? reason : 'unknown', message: text };
}
const REASONS = 'busy conflict fault forbidden incorrect interrupted not-found partial unavailable unknown unsupported'.split(' ');
function listSecurityGroups(serving, _asked, fault) {
    const names = new Set([...serving.cloud.instances.values()].flatMap(({ groups }) => groups));
    const items = [...names].map((name) => ({ id: nameId(name), name, description: '', rules: [] }));
    return list(serving, 'security-groups', items, fault);
}
/** Machines of the simulated cloud are in private networks with all but their default NICs. */
function listPrivateNetworks(serving, _asked, fault) {
    const nics = instances(serving).flatMap((machine) => machine.nics.filter((nic) => !nic.default).map((nic) => ({ ...nic, machine })));
    const items = [...new Set(nics.map(({ network }) => network))].map((name) => ({
        id: nameId(name),
        name,
        leases: nics
            .filter(({ network }) => network === name)
            .flatMap(({ addresses, machine }) => addresses.map((ip) => ({ ip, 'instance-id': machine.id }))),
    }));
    return list(serving, 'private-networks', items, fault);
}
function getInstancePool(serving, asked) {
    const { pool } = serving.quirks ?? {};
    if (pool === undefined || asked.groups.id !== nameId('pool'))
        throw notFound('Instance Pool');
    const given = elasticIps(serving).filter(({ ip }) => pool.addresses.includes(ip));
    return { id: nameId('pool'), name: 'pool', 'elastic-ips': given.map(({ id }) => ({ id })) };
}
