import { createHash } from 'node:crypto';
/** A UUID for a name, the same in every run. */
export function nameId(name) {
    const hex = createHash('sha256').update(`simulated ${name}`).digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
