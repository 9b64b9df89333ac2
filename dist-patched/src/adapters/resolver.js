import { lookup } from 'node:dns/promises';
import { canonicalAddress, isIPv6 } from "../wire/address.js";
/**
 * The peers of `-p`. Names are looked up away from the path of heartbeats, again and again; an answer that fails
 * keeps the last good one. Members are told only once every name has an answer: until then the list is not known.
 */
export function createPeerSource({ names, listen, say, periodMs = 60_000, retryMs = 2_000, }) {
    const all = names.map((name) => start(name));
    let timer;
    let stopped = false;
    async function round(emit) {
        const looked = all.filter(({ literal }) => !literal);
        await Promise.all(looked.map((known) => resolve(known, listen, say)));
        if (stopped)
            return;
        tellIfComplete(emit);
        const delay = looked.some(({ failed }) => failed) ? retryMs : periodMs;
        if (looked.length > 0)
            timer = setTimeout(() => void round(emit), delay);
    }
    function tellIfComplete(emit) {
        if (all.every(({ addresses }) => addresses !== null))
            emit({ kind: 'members', members: all.flatMap(toMember) });
    }
    return {
        start(emit) {
            if (all.every(({ literal }) => literal))
                return tellIfComplete(emit);
            void round(emit);
        },
        stop() {
            stopped = true;
            clearTimeout(timer);
        },
    };
}
function start(name) {
    const literal = canonicalAddress(name);
    return { name, literal: literal !== null, addresses: literal === null ? null : [literal], failed: false };
}
function toMember({ name, literal, addresses }) {
    const [address] = addresses ?? [];
    return address === undefined ? [] : [{ address, addresses: addresses, ...(literal ? {} : { name }) }];
}
async function resolve(known, listen, say) {
    try {
        const answers = await lookup(known.name, { all: true, family: isIPv6(listen) ? 6 : 4 });
        known.addresses = answers.flatMap(({ address }) => canonicalAddress(address) ?? []);
        if (known.failed)
            say(`peer ${known.name} resolves again`);
        known.failed = false;
    }
    catch (error) {
        if (!known.failed)
            say(failure(known, error));
        known.failed = true;
        if (error.code === 'ENOTFOUND')
            known.addresses ??= [];
    }
}
function failure({ name, addresses }, error) {
    const kept = addresses === null ? 'it cannot take part until it resolves' : 'its last addresses stay';
    return `peer ${name} does not resolve (${error.code ?? error}): ${kept}; check -p and DNS`;
}
