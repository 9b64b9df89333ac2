import { createUdpTransport } from "../../adapters/udp.js";
import { Failure } from "../../watchdog/failure.js";
/** The simulated machines' own addresses. All of 127.0.0.0/8 is this host: on Linux without any configuration. */
export const HOSTS = ['127.0.0.11', '127.0.0.12', '127.0.0.13'];
const USUAL = 12_345;
const ATTEMPTS = 5;
/** A UDP port that is free on all of these addresses: the usual one if it is, so that the demo can run anywhere. */
export async function commonPort(hosts = HOSTS) {
    let reason = '';
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        try {
            return await tryPort(hosts, attempt === 0 ? USUAL : 0);
        }
        catch (error) {
            reason = error.message;
        }
    }
    throw new Failure(`no UDP port can be used on ${hosts.join(', ')}: ${reason}`);
}
/** 0: one that the system chooses for the first of them. */
async function tryPort(hosts, wanted) {
    const opened = [];
    try {
        for (const host of hosts)
            opened.push(await createUdpTransport({ host, port: opened[0]?.port ?? wanted }));
        return opened[0]?.port ?? wanted;
    }
    finally {
        await Promise.all(opened.map((transport) => transport.close()));
    }
}
