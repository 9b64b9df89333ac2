import { timingSafeEqual } from 'node:crypto';
import { canonicalAddress, isIPv6 } from "../../../src/wire/address.js";
import { nameId } from "../simulator-parts.js";
import { sign } from "./signature.js";
export function csRoutes(options) {
    const api = (method, path, dialect) => ({
        method,
        path,
        name: (asked) => naming(options, asked),
        answer: (asked, fault) => answer({ ...options, dialect }, asked, fault),
    });
    return [
        // exoip's client signs GET requests, ours are POST.
        ...['GET', 'POST'].flatMap((method) => [
            api(method, /^\/(compute|v1)$/, 'exoscale'),
            api(method, /^\/client\/api$/, 'cloudstack'),
        ]),
    ];
}
/** A refusal, in the numbers of the API. */
class ApiError extends Error {
    code;
    cserrorcode;
    constructor(code, text, cserrorcode = 4350) {
        super(text);
        this.code = code;
        this.cserrorcode = cserrorcode;
    }
}
const PAGING = ['page', 'pagesize'];
const COMMANDS = {
    listVirtualMachines: {
        required: [],
        optional: ['id', 'zoneid', 'state', 'ipaddress', ...PAGING],
        run: (serving, parameters) => page(serving, parameters, 'virtualmachine', machines(serving, parameters)),
    },
    listPublicIpAddresses: {
        required: [],
        optional: ['ipaddress', 'zoneid', 'iselastic', 'allocatedonly', ...PAGING],
        run: (serving, parameters) => page(serving, parameters, 'publicipaddress', publicAddresses(serving, parameters)),
    },
    listSecurityGroups: {
        required: [],
        optional: ['securitygroupname', ...PAGING],
        run: (serving, parameters) => page(serving, parameters, 'securitygroup', groups(serving, parameters)),
    },
    listZones: {
        required: [],
        optional: ['available', ...PAGING],
        run: (serving, parameters) => page(serving, parameters, 'zone', zones(serving)),
    },
    addIpToNic: {
        required: ['nicid', 'ipaddress'],
        optional: [],
        key: 'addiptovmnicresponse',
        write: true,
        run: addIp,
    },
    removeIpFromNic: { required: ['id'], optional: [], write: true, run: removeIp },
    queryAsyncJobResult: { required: ['jobid'], optional: [], run: jobResult },
};
function naming(options, asked) {
    const parameters = lowerNames(rawParameters(asked));
    const what = parameters.get('command') ?? 'no command';
    const who = options.callers.get(parameters.get('apikey') ?? '')?.who ?? asked.remote;
    const subject = nicOf(options.cloud, parameters.get('nicid') ?? '')?.instance.id ??
        holdingOf(options.cloud, parameters.get('id') ?? '')?.instance ??
        null;
    const write = COMMANDS[what]?.write ?? false;
    return { who, what, write, subject: write ? subject : null };
}
function answer(serving, asked, fault) {
    const raw = rawParameters(asked);
    const name = lowerNames(raw).get('command') ?? '';
    const command = COMMANDS[name];
    try {
        const parameters = admitted(serving, raw, name, command);
        if (command === undefined)
            throw new ApiError(432, `The given command '${name}' does not exist`, 9999);
        const key = command.key ?? `${name.toLowerCase()}response`;
        if (fault?.kind === 'empty')
            return { status: 200, body: { [key]: {} } };
        return { status: 200, body: { [key]: command.run(serving, parameters, asked, fault) } };
    }
    catch (error) {
        if (!(error instanceof ApiError))
            throw error;
        // `errorresponse` where the command is not known (ACS getSerializedApiError).
        return errorReply(command === undefined ? 'errorresponse' : `${name.toLowerCase()}response`, error);
    }
}
/** The status of the answer is the error code itself (ACS ApiServlet). */
function errorReply(key, error) {
    const { code, cserrorcode, message } = error;
    return {
        status: code,
        body: { [key]: { uuidList: [], errorcode: code, cserrorcode, errortext: message } },
    };
}
function rawParameters(asked) {
    const all = new Map();
    for (const source of [asked.query, new URLSearchParams(asked.body)]) {
        // Only the first value of a repeated name counts (ACS).
        for (const [name, value] of source)
            if (!all.has(name))
                all.set(name, value);
    }
    return all;
}
function lowerNames(raw) {
    return new Map([...raw].map(([name, value]) => [name.toLowerCase(), value]));
}
/** Authenticates, then checks the parameters, in the server's order. */
function admitted(serving, raw, name, command) {
    const parameters = lowerNames(raw);
    if (!verified(serving, raw, parameters)) {
        // No detail of why: key, signature and expiry look alike (ACS verifyRequest).
        throw new ApiError(401, 'unable to verify user credentials and/or request signature', 9999);
    }
    for (const fixed of ['command', 'apikey', 'signature', 'signatureversion', 'expires', 'response']) {
        parameters.delete(fixed);
    }
    if (command !== undefined)
        checkNames(serving, parameters, name, command);
    return parameters;
}
function verified(serving, raw, parameters) {
    const caller = serving.callers.get(parameters.get('apikey') ?? '');
    if (caller === undefined || expired(parameters))
        return false;
    const signed = Object.fromEntries([...raw].filter(([name]) => name.toLowerCase() !== 'signature'));
    const expected = Buffer.from(sign(signed, caller.secret));
    const given = Buffer.from(parameters.get('signature') ?? '');
    return given.length === expected.length && timingSafeEqual(given, expected);
}
/** Without version 3, `expires` is ignored; more than 15 minutes ahead is refused where operators enforce expiry. */
function expired(parameters) {
    if (parameters.get('signatureversion') !== '3')
        return false;
    const at = Date.parse(parameters.get('expires') ?? '');
    return Number.isNaN(at) || at < Date.now() || at > Date.now() + 15 * 60_000;
}
function checkNames(serving, parameters, name, command) {
    const prefix = `Unable to execute API command ${name.toLowerCase()} due to`;
    for (const required of command.required) {
        if (!parameters.get(required))
            throw new ApiError(431, `${prefix} missing parameter ${required}`);
    }
    const known = [...command.required, ...command.optional];
    const unknown = [...parameters.keys()].find((parameter) => !known.includes(parameter));
    if (unknown !== undefined && serving.quirks?.strict !== false) {
        throw new ApiError(430, `${prefix} unknown parameter ${unknown}`);
    }
}
/** An id that is no UUID and one that names nothing get the same text (ACS ParamProcessWorker). */
function noEntity(parameter, value) {
    return new ApiError(431, `Invalid parameter ${parameter} value=${value} due to incorrect long value format, or entity does not exist`);
}
function wholeNumber(parameters, name, otherwise) {
    const text = parameters.get(name) ?? String(otherwise);
    if (!/^[1-9]\d{0,8}$/.test(text))
        throw new ApiError(431, `Invalid value for parameter ${name}: ${text}`);
    return Number(text);
}
/** `count` is the total; the key of the list is absent when nothing is on the page (egoscale, cs). */
function page(serving, parameters, key, items) {
    const max = serving.quirks?.pageSizeMax ?? 500;
    const wanted = wholeNumber(parameters, 'pagesize', max);
    if (wanted > max && serving.quirks?.pageSizeOver !== 'capped') {
        throw new ApiError(431, `Page size can not exceed max allowed page size value: ${max}`);
    }
    const size = Math.min(wanted, max);
    const from = (wholeNumber(parameters, 'page', 1) - 1) * size;
    const part = items.slice(from, from + size);
    const count = serving.quirks?.count === false || items.length === 0 ? {} : { count: items.length };
    return part.length === 0 ? count : { ...count, [key]: part };
}
function machines(serving, parameters) {
    const { cloud, quirks } = serving;
    const listed = [...cloud.instances.values()].filter(({ state }) => state !== 'gone' || quirks?.lingering === true);
    const id = parameters.get('id');
    if (id !== undefined && !listed.some((machine) => machine.id === id)) {
        if (quirks?.unknownId === 'empty')
            return [];
        throw noEntity('id', id);
    }
    const filtering = serving.dialect === 'exoscale' && quirks?.ipaddressFilter !== false;
    const ip = filtering ? parameters.get('ipaddress') : undefined;
    return listed
        .filter((machine) => id === undefined || machine.id === id)
        .filter((machine) => sameOrUnset(parameters.get('zoneid'), zoneId(machine.zone)))
        .filter((machine) => sameOrUnset(parameters.get('state'), stateName(machine)))
        .filter((machine) => ip === undefined || hasAddress(cloud, machine, ip))
        .map((machine) => machineAnswer(cloud, machine));
}
function sameOrUnset(wanted, value) {
    return wanted === undefined || wanted === value;
}
/** The filter also matches secondary addresses: vshn/floaty relied on it. */
function hasAddress(cloud, machine, text) {
    const ip = canonicalAddress(text) ?? text;
    return machine.nics.some((nic) => nic.addresses.includes(ip)) || cloud.holders(ip).includes(machine.id);
}
const STATES = { running: 'Running', off: 'Stopped', gone: 'Destroyed', unknown: 'Starting' };
function stateName(machine) {
    return STATES[machine.state];
}
function machineAnswer(cloud, machine) {
    return {
        id: machine.id,
        name: machine.name,
        zoneid: zoneId(machine.zone),
        zonename: machine.zone,
        state: stateName(machine),
        securitygroup: machine.groups.map((name) => ({ id: nameId(name), name })),
        nic: machine.nics.map((nic) => nicAnswer(cloud, machine, nic)),
    };
}
function nicAnswer(cloud, machine, nic) {
    const four = nic.addresses.find((ip) => !isIPv6(ip));
    const six = nic.addresses.find(isIPv6);
    const secondary = nic.default ? secondaryAddresses(cloud, machine, nic) : [];
    return {
        id: nic.id,
        isdefault: nic.default,
        networkid: nameId(nic.network),
        type: 'Shared',
        ...(four !== undefined && { ipaddress: four, netmask: '255.255.255.0' }),
        ...(six !== undefined && { ip6address: six, ip6cidr: `${six}/64` }),
        // The key is absent when there are none, as with every list.
        ...(secondary.length > 0 && { secondaryip: secondary }),
    };
}
function secondaryAddresses(cloud, machine, nic) {
    return [...cloud.addresses.values()].flatMap(({ ip, holdings }) => holdings
        .filter(({ instance }) => instance === machine.id)
        .map(({ id }) => ({ id, ipaddress: ip, nicid: nic.id })));
}
function publicAddresses(serving, parameters) {
    const ip = parameters.get('ipaddress');
    return [...serving.cloud.addresses.values()]
        .filter((address) => ip === undefined || address.ip === canonicalAddress(ip))
        .filter((address) => sameOrUnset(parameters.get('zoneid'), zoneId(address.zone)))
        .map(({ id, ip: ipaddress, zone }) => ({
        id,
        ipaddress,
        state: 'Allocated',
        zoneid: zoneId(zone),
        zonename: zone,
        ...(serving.dialect === 'exoscale' && { iselastic: true }),
    }));
}
function groups(serving, parameters) {
    const names = new Set([...serving.cloud.instances.values()].flatMap((machine) => machine.groups));
    const wanted = parameters.get('securitygroupname');
    return [...names].filter((name) => sameOrUnset(wanted, name)).map((name) => ({ id: nameId(name), name }));
}
function zones(serving) {
    const names = new Set([...serving.cloud.instances.values()].map(({ zone }) => zone));
    return [...names].map((name) => ({ id: zoneId(name), name }));
}
function addIp(serving, parameters, asked, fault) {
    const { cloud } = serving;
    const nicid = parameters.get('nicid') ?? '';
    const nic = nicOf(cloud, nicid);
    if (nic === undefined)
        throw noEntity('nicid', nicid);
    const ip = canonicalAddress(parameters.get('ipaddress') ?? '');
    const address = ip === null ? undefined : cloud.addresses.get(ip);
    if (address === undefined)
        throw new ApiError(431, 'Unable to find an address with this ipaddress');
    refuseTwice(serving, address, nic.instance);
    const action = { kind: 'associate', address: address.ip, instance: nic.instance.id };
    const job = started(serving, cloud.start(action, asked.at, whoIs(serving, asked), timingOf(cloud, fault)));
    return { id: job.id, ...startAnswer(serving, job) };
}
function removeIp(serving, parameters, asked, fault) {
    const { cloud } = serving;
    const id = parameters.get('id') ?? '';
    const held = holdingOf(cloud, id);
    if (held === undefined)
        throw noEntity('id', id);
    const action = { kind: 'dissociate', address: held.address, instance: held.instance };
    const job = started(serving, cloud.start(action, asked.at, whoIs(serving, asked), timingOf(cloud, fault)));
    return startAnswer(serving, job);
}
/** Neither vendor says what attaching again does; floaty does it every minute, which suggests success. */
function refuseTwice(serving, address, instance) {
    const twice = serving.quirks?.attachTwice ?? 'success';
    if (twice === 'success' || !serving.cloud.holders(address.ip).includes(instance.id))
        return;
    throw new ApiError(twice, `The address ${address.ip} is already assigned to the nic`);
}
/** Which error CloudStack gives for an address in use is not documented: a quirk, with the text of its source. */
function started(serving, outcome) {
    if (typeof outcome !== 'string')
        return outcome;
    if (outcome === 'held') {
        const text = 'Allocating ip to guest nic failed, please choose another ip';
        throw new ApiError(serving.quirks?.heldError ?? 431, text, 4370);
    }
    throw new ApiError(431, `Unable to find the entity (${outcome})`);
}
/** Exoscale's start answers also carried a job status and an empty result (egoscale's request_test.go). */
function startAnswer(serving, job) {
    return serving.dialect === 'exoscale' ? { jobid: job.id, jobstatus: 0, jobresult: {} } : { jobid: job.id };
}
function timingOf(cloud, fault) {
    return fault?.kind === 'job' ? fault.timing : cloud.timing;
}
function jobResult(serving, parameters) {
    const id = parameters.get('jobid') ?? '';
    const job = serving.cloud.jobs.get(id);
    if (job === undefined)
        throw noEntity('jobid', id);
    const common = { jobid: job.id, cmd: job.action.kind, jobprocstatus: 0, jobresulttype: 'object' };
    if (job.state === 'pending')
        return { ...common, jobstatus: 0, jobresultcode: 0 };
    if (job.state === 'done')
        return { ...common, jobstatus: 1, jobresultcode: 0, jobresult: success(serving, job) };
    // A failed job may carry result code 0 (egoscale's fixture): only jobstatus tells.
    const failed = jobError(job.error ?? '');
    return { ...common, jobstatus: 2, jobresultcode: 0, jobresult: failed };
}
function success(serving, job) {
    const { action } = job;
    if (action.kind === 'dissociate')
        return { success: serving.quirks?.successText === true ? 'true' : true };
    const nic = serving.cloud.instances.get(action.instance)?.nics.find((one) => one.default);
    return {
        nicsecondaryip: {
            id: job.id,
            ipaddress: action.address,
            nicid: nic?.id,
            virtualmachineid: action.instance,
        },
    };
}
/** A text may begin with its own code: `531 not allowed`. */
function jobError(text) {
    const code = /^5\d\d/.exec(text)?.[0] ?? (text === 'held' ? '537' : '530');
    return { errorcode: Number(code), cserrorcode: 9999, errortext: text };
}
function whoIs(serving, asked) {
    return naming(serving, asked).who;
}
function nicOf(cloud, id) {
    const present = [...cloud.instances.values()].filter(({ state }) => state !== 'gone');
    return present
        .flatMap((instance) => instance.nics.map((nic) => ({ instance, nic })))
        .find(({ nic }) => nic.id === id);
}
/** `secondaryip[].id`: the relation of an address and a NIC, not the address. */
function holdingOf(cloud, id) {
    return [...cloud.addresses.values()]
        .flatMap(({ ip, holdings }) => holdings.map((held) => ({ ...held, address: ip })))
        .find((held) => held.id === id);
}
function zoneId(zone) {
    return nameId(`zone ${zone}`);
}
