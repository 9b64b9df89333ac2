import { createHash } from 'node:crypto';
/** The first four bytes of SHA-256 of the id's 16 bytes, so that a datagram can name a node in four bytes. */
export function nodeTag(node) {
    return tags.get(node) ?? remember(node, firstWord(Buffer.from(node, 'hex')));
}
/** The first four bytes of SHA-256 of the agreement's text: members whose numbers differ are configured apart. */
export function configDigest(agreement) {
    return firstWord(canonicalText(agreement));
}
/** A group has at most 64 members; whoever sends forged ids must not fill our memory. */
const tagsMax = 1024;
const tags = new Map();
function remember(node, tag) {
    if (tags.size >= tagsMax)
        tags.clear();
    tags.set(node, tag);
    return tag;
}
function firstWord(input) {
    return createHash('sha256').update(input).digest().readUInt32BE(0);
}
/** With a quorum only the voters must agree on who they are: a witness knows neither the cloud nor its settings. */
function canonicalText(agreement) {
    const { address, voters, quorum } = agreement;
    const preempt = agreement.preempt && !quorum;
    const multi = agreement.multi && !quorum;
    return [
        `address=${address}\n`,
        `voters=${[...voters].sort().join(',')}\n`,
        `quorum=${bit(quorum)}\n`,
        `preempt=${bit(preempt)}\n`,
        `multi=${bit(multi)}\n`,
    ].join('');
}
function bit(value) {
    return value ? '1' : '0';
}
