import { isIPv6 } from "../../src/wire/address.js";
import { csRoutes } from "./cs/simulator.js";
import { v2Routes } from "./v2/simulator.js";
/** Both APIs of Exoscale, that of CloudStack, and the metadata service, over one simulated cloud. */
export function routes(options) {
    const { cloud, callers, quirks } = options;
    const v2 = v2Routes({ cloud, callers, ...(quirks?.v2 && { quirks: quirks.v2 }) });
    return [...v2, ...csRoutes(options), metadataRoute(cloud)];
}
/**
 * Plain text, by machine: the connection's source address tells which one asks. Keys as in egoscale v3's metadata.go;
 * `1.0` as read by cloud-init, `/latest/instance-id` as read by exoip from CloudStack's virtual router.
 */
function metadataRoute(cloud) {
    const machineOf = ({ remote }) => [...cloud.instances.values()].find(({ nics }) => nics.some(({ addresses }) => addresses.includes(remote)));
    return {
        method: 'GET',
        path: /^\/(latest|1\.0)\/(meta-data\/)?(?<key>[a-z0-9-]+)$/,
        name: (asked) => ({
            who: machineOf(asked)?.name ?? asked.remote,
            what: `metadata ${asked.groups.key}`,
            write: false,
        }),
        answer: (asked) => {
            const machine = machineOf(asked);
            const value = machine && metadataOf(machine)[asked.groups.key ?? ''];
            return value === undefined ? { status: 404, body: 'not found\n' } : { status: 200, body: `${value}\n` };
        },
    };
}
function metadataOf(machine) {
    const ip = machine.nics.find((nic) => nic.default)?.addresses.find((address) => !isIPv6(address));
    return {
        'instance-id': machine.id,
        'vm-id': machine.id,
        'availability-zone': machine.zone,
        'cloud-identifier': 'CloudStack-{simulated}',
        'local-hostname': machine.name,
        'public-hostname': machine.name,
        'local-ipv4': ip,
        'public-ipv4': ip,
        'service-offering': 'Tiny',
    };
}
