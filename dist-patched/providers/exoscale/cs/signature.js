import { createHmac } from 'node:crypto';
/**
 * Signs a request of the CloudStack kind: HMAC-SHA1, base64, over all parameters but the signature itself.
 *
 * The rule is the server's (Apache CloudStack, `ApiServer.verifyRequest`); where client libraries differ from it, on
 * `*` and `~`, they are wrong. Exoscale's cs API takes the same signature.
 */
export function sign(parameters, secret) {
    return createHmac('sha1', secret).update(canonical(parameters)).digest('base64');
}
/** Names in byte order as they are written, values escaped, then everything in lower case. */
export function canonical(parameters) {
    return Object.keys(parameters)
        .sort(byBytes)
        .map((name) => `${name}=${escaped(parameters[name] ?? '')}`)
        .join('&')
        .toLowerCase();
}
/** Case decides: the words of the manual, "lower-case, then sort", are not what the server does. */
function byBytes(one, other) {
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
/** Java's URLEncoder with %20 for the blank: unlike encodeURIComponent it escapes `! ' ( ) ~`. */
function escaped(value) {
    return encodeURIComponent(value).replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
