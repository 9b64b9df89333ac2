import { errorCode, readingFailure } from "./files.js";
export function flagLayer(flags) {
    return ({ name }) => {
        const texts = flags[name];
        return texts === undefined ? [] : [{ texts, origin: 'the command line' }];
    };
}
/** An empty variable is an unset one: ifupdown and systemd hand over such. */
export function environmentLayer(env) {
    return (option) => option.variables.flatMap((name) => {
        const text = env[name]?.trim() ?? '';
        if (text === '')
            return [];
        const cloud = option.perCloud ? cloudOf(name) : undefined;
        return [{ texts: [text], origin: name, ...(cloud === undefined ? {} : { cloud }) }];
    });
}
/** EXOSCALE_API_KEY and IF_EXOSCALE_API_KEY are of exoscale; HA_IP_API_KEY is of whatever cloud is meant. */
function cloudOf(variable) {
    const [, vendor = ''] = /^(?:IF_)?([A-Z]+)_/.exec(variable) ?? [];
    return vendor === 'HA' ? undefined : vendor.toLowerCase();
}
/**
 * What systemd's LoadCredential= hands over: files that only this service sees, so their modes do not matter
 * (systemd.exec(5), Credentials). A file is named as its option.
 */
export function credentialLayer(env, readFile, problems) {
    const directory = env.CREDENTIALS_DIRECTORY;
    return ({ name, secret }) => {
        if (!secret || directory === undefined || directory === '')
            return [];
        const path = `${directory}/${name}`;
        try {
            return [{ texts: [readFile(path).text], origin: path }];
        }
        catch (error) {
            if (errorCode(error) === 'ENOENT')
                return [];
            problems.mistakes.push(`--${name}: expected a readable file ${path}, got: ${readingFailure(error)}`);
            return [];
        }
    };
}
