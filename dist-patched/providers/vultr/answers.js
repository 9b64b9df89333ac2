import * as v from 'valibot';
/** What is read of the answers of Vultr's API and metadata; all else in them is ignored. Ids compare in lower case. */
const Id = v.pipe(v.string(), v.uuid(), v.toLowerCase());
/** Fields that are empty texts where there is nothing; some samples lack them. */
const Text = v.nullish(v.string(), '');
/** `instance_id` is "" while nobody has it, else the id of an instance or of a bare-metal machine. */
export const ReservedIp = v.object({
    id: Id,
    region: v.pipe(v.string(), v.toLowerCase()),
    ip_type: v.picklist(['v4', 'v6']),
    /** The address, or the network of an IPv6 one. */
    subnet: v.string(),
    subnet_size: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(128)),
    label: Text,
    instance_id: v.union([v.literal(''), Id]),
});
export const Instance = v.object({
    id: Id,
    label: Text,
    region: v.pipe(v.string(), v.toLowerCase()),
    main_ip: Text,
    internal_ip: Text,
    v6_main_ip: Text,
    /** In the specification's schema; all samples and clients have the flat field. */
    v6_networks: v.nullish(v.array(v.object({ main_ip: Text })), []),
    status: v.string(),
    power_status: v.string(),
    server_status: v.string(),
    firewall_group_id: v.pipe(Text, v.toLowerCase()),
    tags: v.nullish(v.array(v.string()), []),
    vpc_only: v.nullish(v.boolean(), false),
});
export const InstanceAnswer = v.object({ instance: Instance });
export const ReservedIpAnswer = v.object({ reserved_ip: ReservedIp });
/** Of an instance's own lists of addresses: an IPv4 address, or an IPv6 one with its network. */
export const InstanceAddress = v.pipe(v.object({
    ip: v.string(),
    network: Text,
    network_size: v.nullish(v.union([v.string(), v.number()]), 128),
}), v.transform(({ ip, network, network_size }) => ({
    id: ip || network,
    covers: network === '' ? ip : `${network}/${network_size}`,
})));
export const FirewallGroup = v.object({ id: Id, description: Text });
export const Vpc = v.object({
    id: Id,
    region: v.pipe(v.string(), v.toLowerCase()),
    description: Text,
    v4_subnet: v.pipe(v.string(), v.ipv4()),
    v4_subnet_mask: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(32)),
});
/** Which of the two ids is the instance's is not documented. */
export const Attachment = v.object({
    id: v.pipe(v.string(), v.toLowerCase()),
    ip: v.nullish(v.object({ v4: Text })),
    linked_subscription: v.nullish(v.object({ id: v.pipe(Text, v.toLowerCase()) })),
});
export const BareMetalAnswer = v.object({ bare_metal: v.object({ id: Id }) });
export const AccountAnswer = v.object({ account: v.object({ acls: v.nullish(v.array(v.string()), []) }) });
export const Trouble = v.object({ error: v.string() });
/** `next` is a cursor, not a URL; "" on the last page. */
export const Page = v.looseObject({
    meta: v.nullish(v.object({
        total: v.nullish(v.pipe(v.number(), v.integer())),
        links: v.nullish(v.object({ next: Text })),
    })),
});
const Additional = v.object({
    address: Text,
    network: Text,
    prefix: v.nullish(v.union([v.string(), v.number()]), ''),
});
const Family = v.nullish(v.object({ address: Text, additional: v.nullish(v.array(Additional), []) }));
/**
 * Of `v1.json`, whose other parts hold secrets: they are dropped here. `instanceid` is another, older number, and the
 * region's code is in upper case, unlike the API's.
 */
export const Metadata = v.object({
    'instance-v2-id': Id,
    region: v.object({ regioncode: v.pipe(v.string(), v.nonEmpty(), v.toLowerCase()) }),
    interfaces: v.array(v.object({ 'network-type': Text, ipv4: Family, ipv6: Family })),
});
