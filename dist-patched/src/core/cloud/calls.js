export function isWrite(kind) {
    return kind === 'associate' || kind === 'dissociate';
}
