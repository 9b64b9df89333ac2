import { Cloud } from "../src/sim/cloud.js";
import { serve } from "../src/sim/serve.js";
import { isIPv6 } from "../src/wire/address.js";
import { routes as digitaloceanRoutes, } from "./digitalocean/simulator.js";
import { routes as exoscaleRoutes } from "./exoscale/simulator.js";
import { routes as vultrRoutes } from "./vultr/simulator.js";
const API_KEY = 'EXOsimulated0000000000000';
const API_SECRET = 'simulated-secret-simulated-secret-simulated';
const TOKEN = 'dop_v1_simulated000000000000000000000000';
const MACHINES = [['127.0.0.11'], ['127.0.0.12'], ['127.0.0.13']];
/** By what variable a flavour's watchdogs are told their credentials. */
const keyPair = (name) => ({
    EXOSCALE_API_KEY: `${API_KEY}-${name}`,
    EXOSCALE_API_SECRET: API_SECRET,
});
const FLAVOURS = {
    exoscale: { ...exoscaleFacts(), path: '/compute' },
    'exoscale-v2': { ...exoscaleFacts(), path: '/v2' },
    cloudstack: { ...exoscaleFacts(), path: '/client/api', mode: 'refusedWhileHeld' },
    digitalocean: {
        provider: 'digitalocean',
        environment: (name) => ({ DIGITALOCEAN_TOKEN: TOKEN + name }),
        path: '',
        mode: 'moves',
        zone: 'fra1',
        id: (number) => String(4_201_000 + number),
        routes: (cloud, options) => digitaloceanRoutes({ ...options.digitalocean, cloud, callers: tokens(cloud) }),
        oneActionAtATime: true,
    },
    vultr: {
        provider: 'vultr',
        environment: (name) => ({ VULTR_API_KEY: TOKEN + name }),
        path: '/v2',
        mode: 'refusedWhileHeld',
        zone: 'fra',
        id: uuidOf,
        routes: (cloud, { vultr: quirks }) => vultrRoutes({ cloud, callers: tokens(cloud), ...(quirks && { quirks }) }),
    },
};
/** All dialects of Exoscale are one provider. */
function exoscaleFacts() {
    const facts = { provider: 'exoscale', environment: keyPair, zone: 'ch-gva-2', id: uuidOf, routes };
    return { ...facts, mode: 'adds' };
}
/** Every flavour, for those who let a person choose. */
export const flavours = Object.keys(FLAVOURS);
/** A small cloud on loopback HTTP: machines in one zone and group, a shared address or two. */
export async function serveCloud(options = {}) {
    const name = options.flavour ?? 'exoscale';
    const flavour = FLAVOURS[name];
    const cloud = new Cloud(world(options, flavour));
    const served = await serve({ ...options, cloud, routes: flavour.routes(cloud, options) });
    return {
        flavour: name,
        endpoint: served.url + flavour.path,
        metadata: served.url,
        cloud,
        faults: served.faults,
        apiKey: API_KEY,
        apiSecret: API_SECRET,
        keyOf: (name) => `${API_KEY}-${name}`,
        token: TOKEN,
        tokenOf: (name) => `${TOKEN}${name}`,
        provider: flavour.provider,
        environment: flavour.environment,
        machine: (name) => named(cloud, name),
        close: served.close,
    };
}
function routes(cloud, options) {
    const machines = [...cloud.instances.values()];
    const callers = new Map([[API_KEY, { secret: API_SECRET, who: 'anyone' }]]);
    for (const { name } of machines)
        callers.set(`${API_KEY}-${name}`, { secret: API_SECRET, who: name });
    return exoscaleRoutes({ cloud, callers, ...(options.quirks && { quirks: options.quirks }) });
}
/** A token for everybody, and one for each machine. */
function tokens(cloud) {
    const named = [...cloud.instances.values()].map(({ name }) => [TOKEN + name, { who: name }]);
    return new Map([[TOKEN, { who: 'anyone' }], ...named]);
}
function world(options, { mode, zone: usual, id, oneActionAtATime }) {
    const zone = options.zone ?? usual;
    const instances = (options.machines ?? MACHINES).map((addresses, index) => machine(index + 1, id, addresses, zone, options));
    const holders = (options.holders ?? []).map((name) => id(Number(name.replace('lb', ''))));
    const addresses = (options.shared ?? ['203.0.113.10']).map((ip, index) => ({
        id: `5ea12ed0-0000-4000-8000-${String(index + 1).padStart(12, '0')}`,
        ip,
        zone,
        mode,
        holders,
    }));
    return { instances, addresses, oneActionAtATime, ...(options.timing && { timing: options.timing }) };
}
function machine(number, id, addresses, zone, options) {
    return {
        id: id(number),
        name: `lb${number}`,
        zone,
        state: 'running',
        nics: [
            {
                id: `00c00000-0000-4000-8000-${String(number).padStart(12, '0')}`,
                network: isIPv6(addresses[0] ?? '') ? 'net6' : 'net',
                default: true,
                addresses,
            },
        ],
        groups: [options.group ?? 'ha-ip'],
        tags: [options.group ?? 'ha-ip'],
    };
}
function uuidOf(number) {
    return `1b000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
function named(cloud, name) {
    const found = [...cloud.instances.values()].find((one) => one.name === name);
    if (found === undefined)
        throw new Error(`no simulated machine ${name}`);
    return found;
}
