/** What people call it. */
export function checkName(check) {
    return `${check.kind} ${checkTarget(check)}`;
}
export function checkTarget(check) {
    if (check.kind === 'exec')
        return check.words.map(quoted).join(' ');
    const { host, port } = check;
    return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
/** As it could be typed again. */
function quoted(word) {
    if (word !== '' && !/[\s'"]/.test(word))
        return word;
    return word.includes("'") ? `"${word}"` : `'${word}'`;
}
