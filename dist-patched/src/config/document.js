import { nearest } from "./suggest.js";
export function documentLayer(document, problems) {
    return (option) => {
        const value = document.table[option.name];
        if (value === undefined || !option.inFile)
            return [];
        const origin = where(document, option.name);
        const texts = asTexts(value);
        if (texts !== null && (option.kind === 'list' || !Array.isArray(value)))
            return [{ texts, origin }];
        problems.mistakes.push(`--${option.name}: expected ${form(option)}, got ${kindOf(value)} (from ${origin})`);
        return [];
    };
}
/** Keys that are no option, each with the one that was probably meant. Values are never repeated. */
export function unknownKeys(document, options) {
    const known = Object.values(options).filter(({ inFile }) => inFile);
    const names = known.map(({ name }) => name);
    return Object.keys(document.table)
        .filter((key) => !names.includes(key))
        .map((key) => `${where(document, key)}: expected a long option as key, got ${JSON.stringify(key)}${hint(key, names)}`);
}
export function secretKeys(document, options) {
    const secrets = Object.values(options).filter(({ secret }) => secret);
    return secrets.map(({ name }) => name).filter((name) => name in document.table);
}
function hint(key, names) {
    const near = nearest(key.replaceAll('_', '-'), names);
    return near === null ? '' : `; did you mean ${near}?`;
}
/** smol-toml does not say where a key stood, so the first line that begins with it has to do. */
function where({ path, text }, key) {
    const line = text.split('\n').findIndex((candidate) => beginsWith(candidate.trim(), key));
    return line === -1 ? `${path}, key ${JSON.stringify(key)}` : `${path}:${line + 1}`;
}
function beginsWith(line, key) {
    const [, start] = /^\[{0,2}\s*["']?([^"'=\]\s.]+)/.exec(line) ?? [];
    return start === key;
}
function asTexts(value) {
    if (typeof value === 'string')
        return [value];
    if (typeof value === 'number' || typeof value === 'boolean')
        return [String(value)];
    if (!Array.isArray(value))
        return null;
    const texts = value.map(asTexts);
    return texts.every((text) => text?.length === 1) ? texts.flatMap((text) => text ?? []) : null;
}
function form(option) {
    return option.kind === 'list' ? 'a text or a list of texts' : 'one value';
}
function kindOf(value) {
    if (Array.isArray(value))
        return 'a list';
    return value instanceof Date ? 'a date' : 'a table';
}
