import { onOff } from "./parse.js";
export const optionGroups = [
    'the address',
    'the group',
    'timing',
    'health',
    'the cloud',
    'credentials',
    'behaviour',
    'files and output',
];
/** An option with one value and a default. */
export function single(parse, row) {
    return {
        ...common(row),
        kind: 'value',
        fallback: row.fallback,
        read: (texts) => readOne(parse, texts),
        show: row.show ?? String,
    };
}
/** An option that may stay unset. */
export function optional(parse, row) {
    const show = row.show ?? String;
    return {
        ...common(row),
        kind: 'value',
        fallback: undefined,
        read: (texts) => readOne(parse, texts),
        show: (value) => (value === undefined ? 'not set' : show(value)),
    };
}
/** An option whose values add up. */
export function list(parse, row) {
    const show = row.show ?? String;
    const split = (texts) => (row.whole ? texts : texts.flatMap((text) => text.split(',')));
    return {
        ...common(row),
        kind: 'list',
        fallback: [],
        read: (texts) => readAll(parse, show, split(texts)),
        show: (values) => (values.length === 0 ? 'not set' : values.map(show).join(', ')),
    };
}
/** An option without a value: there or not. */
export function flag(row) {
    return {
        ...common(row),
        kind: 'switch',
        fallback: false,
        read: (texts) => readOne(onOff, texts),
        show: (value) => (value ? 'on' : 'off'),
    };
}
/** Gives every row its name, and the variables that follow from the name. */
export function named(rows) {
    const entries = Object.entries(rows).map(([name, row]) => [name, withName(name, row)]);
    return Object.fromEntries(entries);
}
function withName(name, row) {
    const own = name.toUpperCase().replaceAll('-', '_');
    const variables = new Set([`HA_IP_${own}`, `IF_HA_IP_${own}`, ...row.variables]);
    return { ...row, name, variables: [...variables] };
}
function common(row) {
    return {
        ...(row.short === undefined ? {} : { short: row.short }),
        ...(row.fallbackText === undefined ? {} : { fallbackText: row.fallbackText }),
        ...(row.cloud === undefined ? {} : { cloud: row.cloud }),
        argument: row.argument ?? '',
        variables: row.variables ?? [],
        summary: row.summary,
        group: row.group,
        secret: row.secret ?? false,
        perCloud: row.perCloud ?? false,
        inFile: row.inFile ?? true,
    };
}
/** The last one counts, as in Go. */
function readOne(parse, texts) {
    const text = texts.at(-1)?.trim() ?? '';
    const parsed = parse(text);
    return parsed.ok ? parsed : { ...parsed, got: text };
}
/** What shows alike counts once. */
function readAll(parse, show, texts) {
    const pieces = texts.map((text) => text.trim());
    const values = [];
    for (const piece of pieces) {
        // A comma too many, as in `a,b,`, harms nobody; a list of nothing is a mistake.
        if (piece === '' && pieces.some((other) => other !== ''))
            continue;
        const parsed = parse(piece);
        if (!parsed.ok)
            return { ...parsed, got: piece };
        if (!values.some((value) => show(value) === show(parsed.value)))
            values.push(parsed.value);
    }
    return { ok: true, value: values };
}
