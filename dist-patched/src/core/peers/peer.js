const never = Number.NEGATIVE_INFINITY;
export function newPeer(member, now) {
    return {
        member,
        addedAt: now,
        missing: 0,
        liveness: 'never',
        last: null,
        heard: { at: never, responsive: never, gap: Number.POSITIVE_INFINITY, twoWay: false, ever: false },
        life: {
            newest: null,
            bornAt: never,
            adopted: false,
            retired: [],
            holdOffSince: null,
            acquiringSince: null,
        },
        echo: { sentAt: null, age: null, supportedAt: null },
        death: { at: null, revivals: [], refusals: 0, refusedAt: null },
        outbox: { sent: null, sentAt: never, fastAt: null, probeAt: [], answerDue: false },
    };
}
/** Everything that was learnt by listening is forgotten; what was sent stays known (R2, R25). */
export function forgetReception(peer, now) {
    const { member, missing, heard, life, death, outbox } = peer;
    const blank = newPeer(member, now);
    return {
        ...blank,
        missing,
        heard: { ...blank.heard, ever: heard.ever },
        life: { ...life, holdOffSince: null, acquiringSince: null },
        death: { ...blank.death, revivals: death.revivals },
        outbox: { ...blank.outbox, sent: outbox.sent, sentAt: outbox.sentAt },
    };
}
/**
 * A copy whose fields may be set. Field by field, as all that is copied for every datagram: what `...` makes has no
 * fixed shape, and costs ten times as much.
 */
export function openPeer(peer) {
    return {
        member: peer.member,
        addedAt: peer.addedAt,
        missing: peer.missing,
        liveness: peer.liveness,
        last: peer.last,
        heard: peer.heard,
        life: peer.life,
        echo: peer.echo,
        death: peer.death,
        outbox: peer.outbox,
    };
}
/** The peer with something else in its outbox. */
export function withOutbox(peer, change) {
    const { sent, sentAt, fastAt, probeAt, answerDue } = peer.outbox;
    const next = openPeer(peer);
    next.outbox = Object.assign({ sent, sentAt, fastAt, probeAt, answerDue }, change);
    return next;
}
export function peerName(peer) {
    return peer.member.name ? `${peer.member.name} (${peer.member.address})` : peer.member.address;
}
export function isAlive(peer) {
    return peer.liveness === 'alive';
}
/** Its last advertisement, if that is one of ours (version 2). */
export function full(peer) {
    return peer.last?.version === 2 ? peer.last : null;
}
