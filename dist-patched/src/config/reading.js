import { exposure, readingFailure } from "./files.js";
import { OPTIONS } from "./options.js";
import { quote } from "./quote.js";
export function readValues(table, reading) {
    const entries = Object.values(table).map((option) => [
        option.name,
        reading.uses(option.name) ? readOption(option, reading) : option.fallback,
    ]);
    return Object.fromEntries(entries);
}
function readOption(option, reading) {
    const found = option.secret ? lookUpSecret(option, reading) : lookUp(option, reading);
    if (found === undefined)
        return option.fallback;
    reading.said.set(option.name, found.origin);
    const read = option.read(found.texts);
    if (read.ok)
        return read.value;
    const got = option.secret ? 'something else (not shown)' : quote(read.got ?? '');
    return fail(option, `expected ${read.expected}, got ${got} (from ${found.origin})`, reading);
}
function fail(option, words, reading) {
    reading.failed.add(option.name);
    reading.problems.mistakes.push(`--${option.name}: ${words}`);
    return option.fallback;
}
export function lookUp(option, reading) {
    for (const layer of reading.layers) {
        const found = layer(option).find(({ cloud }) => holdsFor(cloud, reading.cloud));
        if (found !== undefined)
            return found;
    }
    return undefined;
}
/** VULTR_API_KEY says nothing when the cloud is another one. */
function holdsFor(cloud, chosen) {
    return cloud === undefined || chosen === undefined || cloud === chosen;
}
/** In each place, the file that holds the secret counts before the secret itself. */
function lookUpSecret(option, reading) {
    const fileOption = OPTIONS[`${option.name}-file`];
    for (const layer of reading.layers) {
        const path = fileOption && layer(fileOption)[0];
        if (fileOption !== undefined && path !== undefined)
            return readSecretFile(fileOption, path, reading);
        const found = layer(option).find(({ cloud }) => holdsFor(cloud, reading.cloud));
        if (found !== undefined)
            return found;
    }
    return undefined;
}
function readSecretFile(option, { texts, origin }, reading) {
    const path = texts.at(-1)?.trim() ?? '';
    try {
        const content = reading.readFile(path);
        const exposed = exposure(path, content, reading.uid);
        if (exposed === null)
            return { texts: [content.text], origin: `${path}, named by ${origin}` };
        fail(option, `${exposed} (from ${origin})`, reading);
    }
    catch (error) {
        fail(option, `expected a readable file, got ${shownPath(path)}: ${readingFailure(error)} (from ${origin})`, reading);
    }
    return undefined;
}
/** Who gives the key itself where its file is wanted must not find it in a log. */
function shownPath(path) {
    return path.startsWith('/') || path.startsWith('.')
        ? quote(path)
        : 'another text (not shown, it may be the secret)';
}
