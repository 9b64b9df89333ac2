import * as v from 'valibot';
/** What is read of the cs API's answers; all else in them is ignored. Ids compare in lower case. */
const Id = v.pipe(v.string(), v.uuid(), v.toLowerCase());
const Text = v.nullish(v.string());
const Nic = v.object({
    id: Id,
    isdefault: v.nullish(v.boolean(), false),
    networkid: Text,
    ipaddress: Text,
    netmask: Text,
    ip6address: Text,
    ip6cidr: Text,
    secondaryip: v.nullish(v.array(v.object({ id: Id, ipaddress: v.string() })), []),
});
export const Machine = v.object({
    id: Id,
    name: Text,
    zoneid: v.pipe(v.string(), v.toLowerCase()),
    zonename: Text,
    state: v.string(),
    nic: v.nullish(v.array(Nic), []),
    securitygroup: v.nullish(v.array(v.object({ name: v.string() })), []),
});
export const PublicAddress = v.object({
    ipaddress: v.string(),
    iselastic: v.nullish(v.boolean()),
    zoneid: v.pipe(v.string(), v.toLowerCase()),
    zonename: Text,
});
export const SecurityGroup = v.object({ name: v.string() });
/** Numbers come as texts from some operators. */
const Whole = v.union([v.pipe(v.number(), v.integer()), v.pipe(v.string(), v.digits(), v.transform(Number))]);
/** Jobs: 0 pending, 1 done, 2 failed. An answer without a job is one that is finished already. */
export const Started = v.object({
    jobid: v.nullish(v.union([v.string(), v.pipe(v.number(), v.transform(String))])),
    jobstatus: v.nullish(Whole, 0),
    jobresult: v.nullish(v.unknown()),
    success: v.nullish(v.union([
        v.boolean(),
        v.pipe(v.string(), v.transform((text) => text === 'true')),
    ])),
    displaytext: Text,
});
export const JobState = v.object({ jobstatus: Whole, jobresult: v.nullish(v.unknown()) });
export const Trouble = v.object({ errorcode: Whole, cserrorcode: v.nullish(Whole), errortext: Text });
export const Count = v.object({ count: v.nullish(Whole) });
