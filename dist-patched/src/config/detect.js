/**
 * The cloud whose credentials are there, if there is exactly one such. The first place that has credentials decides:
 * a token left over in the shell's environment does not matter to who names a key on the command line.
 */
export function detectCloud(layers, options) {
    const credentials = Object.values(options).filter(({ group }) => group === 'credentials');
    for (const layer of layers) {
        const evidence = credentials.flatMap((option) => layer(option).map((found) => witness(option, found)));
        if (evidence.length > 0)
            return judge(evidence);
    }
    return {};
}
function witness(option, found) {
    const what = found.origin === 'the command line' ? `--${option.name}` : found.origin;
    return { cloud: found.cloud ?? option.cloud ?? null, what };
}
function judge(evidence) {
    const clouds = new Set(evidence.map(({ cloud }) => cloud));
    const [cloud = null] = clouds;
    if (clouds.size === 1)
        return cloud === null ? {} : { cloud, origin: `the credentials in ${evidence[0].what}` };
    const found = evidence.map(({ cloud: name, what }) => `${what} (${name ?? 'any cloud with tokens'})`);
    return {
        mistake: `--provider: expected the credentials of one cloud, got ${found.join(', ')}; add --provider NAME`,
    };
}
