import { isEligible, isTwoWay, liveHolder, peerName, precedes, rankOf, viewOf, } from "../core/index.js";
/** Questions about a hand-over, answered from a machine's state for an operator. */
/** The peer that is called so, by name, address or instance id, or a sentence that lists those who are there. */
export function findPeer(state, wanted) {
    const word = wanted.toLowerCase();
    const found = state.peers.filter(({ member }) => [member.name, member.instance, member.address, ...member.addresses].some((known) => known?.toLowerCase() === word));
    if (found.length === 1)
        return found[0];
    const all = state.peers.map(peerName).join(', ');
    if (all === '')
        return `no peer is called ${wanted}: none is known yet`;
    return found.length === 0
        ? `no peer is called ${wanted}: there are ${all}`
        : `${found.length} peers are called ${wanted}, give the address of one: there are ${all}`;
}
/** Why that peer could not take over if it were asked, or null if it could. */
export function unfitness(policy, state, peer) {
    const { last, liveness } = peer;
    if (last === null || liveness === 'never')
        return 'is not heard';
    if (liveness === 'silent')
        return 'fell silent';
    if (liveness === 'refused')
        return 'is gone: its host refuses our datagrams';
    if (last.version === 1)
        return last.priority === 255 ? 'runs exoip and has resigned' : null;
    const { flags, role } = last;
    if (flags.witness || role === 'witness')
        return 'is a witness, which never holds';
    if (role === 'init')
        return 'is in hold-off';
    if (flags.leaving)
        return 'is leaving';
    if (flags.unhealthy)
        return 'is not healthy';
    if (flags.notACandidate)
        return 'is no candidate: excluded, or standing aside';
    if (flags.unable)
        return 'says that it could not take over: see ha-ip status there';
    return isTwoWay(viewOf(policy, state), peer) ? null : 'does not hear this node';
}
/** Every peer in a sentence: why nobody took over. */
export function bystanders(policy, state) {
    return state.peers.map((peer) => {
        const why = unfitness(policy, state, peer) ?? 'could, but did not in time: see its log';
        return `${peerName(peer)} ${why}`;
    });
}
/** The best peer that would preempt this one, once it holds. */
export function preemptor(policy, state, heir) {
    if (!policy.preempt)
        return null;
    const better = state.peers.filter((peer) => peer !== heir && isEligible(peer) && precedes(rankOf(peer), rankOf(heir)));
    return better.sort((a, b) => (precedes(rankOf(a), rankOf(b)) ? -1 : 1))[0] ?? null;
}
/** Who holds the address by what is heard, or null. */
export function holderName(state) {
    if (state.role === 'active' && state.association === 'confirmed')
        return 'this node';
    const holder = liveHolder(state);
    return holder && peerName(holder);
}
