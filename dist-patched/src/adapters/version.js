import { existsSync, readFileSync } from 'node:fs';
/** The version of the package that this file belongs to, as source or as built. */
export function version() {
    const manifest = JSON.parse(readFileSync(manifestAbove(new URL('.', import.meta.url)), 'utf8'));
    const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
    return isManifest ? String(manifest.version) : 'unknown';
}
/** Sources and build differ in depth, so look upwards. */
function manifestAbove(folder) {
    const manifest = new URL('package.json', folder);
    return existsSync(manifest) ? manifest : manifestAbove(new URL('..', folder));
}
