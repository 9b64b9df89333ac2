import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
/** Asks the open file for its owner and mode, so that no other file can slip in between the look and the reading. */
export const readFile = (path) => {
    const file = openSync(path, 'r');
    try {
        const { mode, uid } = fstatSync(file);
        return { text: readFileSync(file, 'utf8'), mode: mode & 0o7777, uid };
    }
    finally {
        closeSync(file);
    }
};
/** Why a file could not be read, in words. */
export function readingFailure(error) {
    const code = errorCode(error);
    const words = {
        ENOENT: 'there is none',
        ENOTDIR: 'there is none',
        EACCES: 'permission denied',
        EISDIR: 'a directory',
    };
    return words[code] ?? code;
}
export function errorCode(error) {
    return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
/** What is wrong with a file that holds a secret, or null: others could read it, or replace it. */
export function exposure(path, content, self) {
    return foreignOwner(path, content, self) ?? openMode(path, content, 0o077, 'read', '600');
}
/** What is wrong with a file that names programs to run, or null: others could name theirs. */
export function tampering(path, content, self) {
    return foreignOwner(path, content, self) ?? openMode(path, content, 0o022, 'write', 'go-w');
}
function foreignOwner(path, { uid }, self) {
    if (uid === 0 || uid === self)
        return null;
    return `expected a file of root or of this user, got one of uid ${uid}; run: chown ${self} ${path}`;
}
function openMode(path, { mode }, others, may, mend) {
    if ((mode & others) === 0)
        return null;
    const octal = mode.toString(8).padStart(4, '0');
    return `expected a file that only its owner can ${may}, got mode ${octal} at ${path}; run: chmod ${mend} ${path}`;
}
