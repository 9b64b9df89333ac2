import { parse as parseToml, TomlError } from 'smol-toml';
import { detectCloud } from "./detect.js";
import { documentLayer, secretKeys, unknownKeys } from "./document.js";
import { errorCode, exposure, readFile, readingFailure, tampering, } from "./files.js";
import * as layers from "./layers.js";
import { OPTIONS } from "./options.js";
import { quote } from "./quote.js";
import { lookUp, readValues } from "./reading.js";
import { nodeMistakes, relationMistakes } from "./relations.js";
import { toConfig } from "./shape.js";
/**
 * Flags before environment before file before defaults, checked and frozen; or everything that is wrong, each in one
 * line that names the option, what was expected, what came and from where. Never throws for what the user said.
 */
export function loadConfig(input) {
    const reading = startReading(input);
    const values = readValues(OPTIONS, reading);
    const own = readValues(input.own ?? {}, ownReading(reading));
    const config = toConfig(values, reading);
    const { mistakes, warnings } = reading.problems;
    mistakes.push(...relationMistakes(config, origins(reading), input.needs ?? []));
    if (reading.uses('api-key'))
        mistakes.push(...nodeMistakes(input.env));
    warnings.push(...exposedFlags(input.flags));
    if (mistakes.length > 0)
        return { ok: false, mistakes: [...new Set(mistakes)], warnings };
    return {
        ok: true,
        config,
        own,
        settings: settings(values, config, reading),
        check: values.check,
        warnings,
    };
}
/** Command line and environment alone. */
function ownReading(reading) {
    return { ...reading, uses: () => true, layers: reading.layers.slice(0, 2) };
}
function startReading(input) {
    const reading = {
        uses: (option) => input.uses === undefined || input.uses.some((used) => used === option),
        layers: [layers.flagLayer(input.flags), layers.environmentLayer(input.env)],
        env: input.env,
        readFile: input.readFile ?? readFile,
        uid: input.uid ?? process.getuid?.() ?? 0,
        problems: { mistakes: [], warnings: [] },
        said: new Map(),
        failed: new Set(),
        cloud: undefined,
    };
    const document = readDocument(reading, input.uses !== undefined && !input.strict);
    reading.layers.push(layers.credentialLayer(input.env, reading.readFile, reading.problems));
    if (document !== null)
        reading.layers.push(documentLayer(document, reading.problems));
    reading.cloud = chooseCloud(reading);
    return reading;
}
const usualFile = '/etc/ha-ip/ha-ip.toml';
/** A command that uses few settings, such as `stop`, must work with a broken file: it warns and goes on without. */
function readDocument(reading, lenient) {
    const { mistakes, warnings } = reading.problems;
    const complaints = lenient ? warnings : mistakes;
    const named = lookUp(OPTIONS.config, reading)?.texts.at(-1)?.trim();
    const path = named ?? usualFile;
    try {
        const content = reading.readFile(path);
        const document = { path, text: content.text, table: parseToml(content.text) };
        if (!lenient)
            mistakes.push(...documentMistakes(document, content, reading.uid));
        return document;
    }
    catch (error) {
        if (error instanceof TomlError)
            complaints.push(tomlMistake(path, error));
        else if (named !== undefined || !['ENOENT', 'ENOTDIR'].includes(errorCode(error)))
            complaints.push(`--config: expected a readable file, got ${quote(path)}: ${readingFailure(error)}`);
        return null;
    }
}
function documentMistakes(document, content, self) {
    const { path, table } = document;
    const [secret] = secretKeys(document, OPTIONS);
    const [exposed, tampered] = [exposure(path, content, self), tampering(path, content, self)];
    return [
        ...(secret !== undefined && exposed !== null ? [`${path}: it holds ${secret}: ${exposed}`] : []),
        ...('check-exec' in table && tampered !== null ? [`${path}: it holds check-exec: ${tampered}`] : []),
        ...unknownKeys(document, OPTIONS),
    ];
}
/** Only the first line: the others repeat the file's text, which may be a secret. */
function tomlMistake(path, { message, line, column }) {
    const [what = ''] = message.replace('Invalid TOML document: ', '').split('\n');
    return `${path}:${line}:${column}: expected TOML, but ${what}`;
}
function chooseCloud(reading) {
    const chosen = lookUp(OPTIONS.provider, reading);
    if (chosen !== undefined || !reading.uses('provider'))
        return chosen?.texts.at(-1)?.trim().toLowerCase();
    const detected = detectCloud(reading.layers, OPTIONS);
    if (detected.mistake !== undefined)
        reading.problems.mistakes.push(detected.mistake);
    if (detected.cloud !== undefined)
        reading.said.set('provider', detected.origin ?? '');
    return detected.cloud;
}
function exposedFlags(flags) {
    const names = Object.values(OPTIONS).filter(({ name, secret }) => secret && flags[name] !== undefined);
    if (names.length === 0)
        return [];
    const [given, better] = [names.map(({ name }) => `--${name}`), names.map(({ name }) => `--${name}-file`)];
    return [
        `${given.join(' and ')} on the command line can be read by every user of this host (ps); use ${better.join(' and ')}`,
    ];
}
function origins({ said, failed }) {
    return { of: (option) => said.get(option), failed: (option) => failed.has(option) };
}
function settings(values, config, { said, uses }) {
    const shown = {
        ...values,
        provider: config.provider,
        'runtime-dir': config.runtimeDir,
    };
    const options = Object.values(OPTIONS);
    return options
        .filter(({ name }) => uses(name) && name !== 'check')
        .map((option) => ({
        option: option.name,
        value: showValue(option, shown[option.name]),
        origin: said.get(option.name) ?? 'default',
    }));
}
function showValue(option, value) {
    return value === undefined ? (option.fallbackText ?? 'not set') : option.show(value);
}
