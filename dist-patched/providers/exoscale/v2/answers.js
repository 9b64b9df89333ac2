import * as v from 'valibot';
/** What is read of the answers of API v2 (its OpenAPI document, 2.0.0); all else in them is ignored. */
/** Ids become parts of paths, and compare in lower case. */
const Id = v.pipe(v.string(), v.uuid(), v.toLowerCase());
const Text = v.nullish(v.string());
const Refs = v.nullish(v.array(v.object({ id: Id })), []);
export const Ref = v.object({ id: Id });
/** As `list-instances` has it: without `elastic-ips`. */
const listed = {
    id: Id,
    name: Text,
    state: v.string(),
    'public-ip': Text,
    'ipv6-address': Text,
    'public-ip-assignment': Text,
    'security-groups': Refs,
    'private-networks': Refs,
    manager: v.nullish(v.object({ id: Id, type: v.string() })),
};
export const ListedInstance = v.object(listed);
/** As `get-instance` has it. */
export const Instance = v.object({ ...listed, 'elastic-ips': Refs });
export const ElasticIp = v.object({
    id: Id,
    ip: v.string(),
    /** Of IPv6 a prefix of 96 bits. */
    cidr: Text,
    description: Text,
    /** Only a managed address has one. */
    healthcheck: v.nullish(v.looseObject({ mode: Text })),
});
export const SecurityGroup = v.object({ id: Id, name: v.string() });
export const PrivateNetwork = v.object({
    id: Id,
    /** Only of managed networks. */
    leases: v.nullish(v.array(v.object({ ip: v.string(), 'instance-id': v.nullish(Id) })), []),
});
export const InstancePool = v.object({ id: Id, name: Text, 'elastic-ips': Refs });
/** An asynchronous action. `failure` and `timeout` come with status 200 as well. */
export const Operation = v.object({
    id: Id,
    state: v.picklist(['pending', 'success', 'failure', 'timeout']),
    reason: Text,
    message: Text,
    reference: v.nullish(v.object({ id: v.nullish(Id) })),
});
