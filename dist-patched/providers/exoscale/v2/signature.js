import { createHmac } from 'node:crypto';
/**
 * The `Authorization` of a request to Exoscale's API v2, EXO2-HMAC-SHA256, valid until `expires` (Unix seconds). As in
 * egoscale's `signRequest` and Exoscale's requests-exoscale-auth; neither host nor headers are signed.
 */
export function authorization(request, { key, secret }, expires) {
    const names = signedNames(request.url);
    const signature = createHmac('sha256', secret).update(message(request, expires)).digest('base64');
    // Left out, not empty, where there is nothing to list.
    const listed = names.length === 0 ? [] : [`signed-query-args=${names.join(';')}`];
    const parts = [`credential=${key}`, ...listed, `expires=${expires}`, `signature=${signature}`];
    return `EXO2-HMAC-SHA256 ${parts.join(',')}`;
}
/** What is signed: the path as it is sent, the body, the decoded values of the query, no headers, the expiry. */
export function message({ method, url, body }, expires) {
    const values = signedNames(url).map((name) => url.searchParams.get(name) ?? '');
    return [`${method} ${url.pathname}`, body, values.join(''), '', expires].join('\n');
}
/** Names that occur once, in the order of their bytes. The official clients differ on repeated names: avoid them. */
export function signedNames(url) {
    const names = [...new Set(url.searchParams.keys())];
    return names
        .filter((name) => url.searchParams.getAll(name).length === 1)
        .sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}
